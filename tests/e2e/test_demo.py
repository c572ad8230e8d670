"""Does a newcomer see the main job? `make demo`, in a browser, from the card to the closed case."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from bot.demo import READ, Stage, play, stage
from bot.sandbox.story import WAITING_FOR_PICKUP
from tests.e2e.browser import DESK, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
FIRST_CARD_MS = 30_000


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Stage]:
    """The demo, being played."""
    async with stage(tmp_path / "demo", _free_port(), _free_port()) as up:
        playing = asyncio.create_task(play(up))
        yield up
        playing.cancel()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_the_whole_path_works_by_hand(demo: Stage, browser: Browser) -> None:
    page = await browser.new_page(viewport=DESK)
    await page.goto(demo.wecom.page_url)
    group, phone = page.locator("#thread-group"), page.locator("#thread-customer")
    card = group.locator("li.message", has_text=WAITING_FOR_PICKUP).filter(has=page.get_by_role("button"))

    await expect(card.get_by_role("button", name="发送回复")).to_be_visible(timeout=FIRST_CARD_MS)
    shown = await card.inner_text()
    await card.get_by_role("button", name="发送回复").click()
    reply = phone.locator("li.message", has_text=WAITING_FOR_PICKUP)
    await expect(reply).to_be_visible()
    words = (await reply.locator(".bubble").inner_text()).strip()
    assert words.replace("\n", "") in shown.replace("\n", "")
    await expect(card).to_contain_text("已提交 · 张三")

    await card.get_by_role("button", name="记录原因").click()
    await card.get_by_role("button", name="提交").click()
    await expect(card).to_contain_text("记录：物流未取件")

    assert await _closed(demo) == WAITING_FOR_PICKUP


async def _closed(demo: Stage) -> str:
    """The order whose case closes first."""
    headers = {"Authorization": f"Bearer {READ}"}
    async with aiohttp.ClientSession(headers=headers) as http, asyncio.timeout(60):
        while True:
            async with http.get(f"{demo.service.address}/api/anomalies?state=closed") as answer:
                items = (await answer.json())["items"]
            if items:
                return items[0]["order_no"]
            await asyncio.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
