"""A promotion lane in a browser: from the rules in force to published in less than forty steps, and back in one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.deployment import Deployment
from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import every_reader, link_of
from tests.scenarios.shop import Shop, a_shop
from tests.scenarios.test_rules_page import TEAM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

MOST_STEPS = 40
PARTS = {"zh": ("lane", "overview"), "en": ("lanes", "calendar")}
ALL_PARTS = ("lane", "overview", "stages", "lanes", "ladder", "calendar", "storm", "yaml")
"""The long run looks at every part in both languages."""


@dataclass(slots=True)
class Hand:
    """Does one thing at a time, and counts."""

    steps: int = 0

    async def taps(self, what: Locator) -> None:
        self.steps += 1
        await what.click()

    async def writes(self, what: Locator, text: str) -> None:
        self.steps += 1
        await what.fill(text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("rules")
    async with a_shop(Deployment.embedded(folder), roster=TEAM) as shop:
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(shop: Shop, chrome: Browser) -> AsyncIterator[Page]:
    """The browser of somebody of operations."""
    page = await (await chrome.new_context(locale="zh-CN")).new_page()
    await page.goto(await link_of(shop, "wuyue"))
    yield page
    await page.context.close()


async def test_a_promotion_lane_is_made_and_published_in_few_steps_and_undone_in_one(
    shop: Shop, page: Page
) -> None:
    hand = Hand()
    await page.goto(f"{shop.address}/rules?lang=zh")
    await hand.taps(page.get_by_role("button", name="618 大促"))
    await expect(page.get_by_label("名字")).to_have_value("618 大促")
    await hand.writes(page.get_by_label("从", exact=True), "2026-03-02T09:00")
    await hand.writes(page.get_by_label("到（不含）"), "2026-03-03T00:00")
    await hand.writes(page.get_by_label("值").nth(1), "五百")
    await hand.taps(page.get_by_role("button", name="保存"))
    await expect(page.get_by_label("值").nth(1)).to_have_value("五百")
    await expect(page.locator("small.fault")).to_have_text("写金额，单位元，至多两位小数")
    await hand.writes(page.get_by_label("值").nth(1), "500")
    await hand.taps(page.get_by_role("button", name="保存"))
    await expect(page.get_by_role("status")).to_contain_text("没有填错的")
    await hand.taps(page.get_by_role("link", name="预览和发布").first)
    await expect(page.locator("table.changes")).to_contain_text("标签 含有 618")
    await hand.writes(page.get_by_label("为什么改（必填）"), "618 仓库加班")
    await hand.taps(page.get_by_role("button", name="发布", exact=True))
    await expect(page.get_by_role("status")).to_contain_text("第 2 版已发布")
    assert hand.steps < MOST_STEPS

    before = hand.steps
    await hand.taps(page.get_by_role("button", name="撤销，恢复第 1 版"))
    await expect(page.get_by_role("status")).to_contain_text("第 3 版已发布")
    assert hand.steps == before + 1
    await page.goto(f"{shop.address}/rules")
    await expect(page.get_by_text("没有通道")).to_be_visible()


@every_reader
async def test_every_page_about_rules_can_be_read_by_everybody(
    shop: Shop, page: Page, language: str, viewport: ViewportSize, request: pytest.FixtureRequest
) -> None:
    await page.set_viewport_size(viewport)
    await page.goto(f"{shop.address}/rules?lang={language}")
    await page.get_by_role("button", name="双11").click()
    draft = page.url.partition("?")[0]
    parts = ALL_PARTS if request.node.get_closest_marker("long") else PARTS[language]
    for address in (
        f"{shop.address}/rules",
        f"{shop.address}/rules/1",
        *(f"{draft}?part={one}" for one in parts),
    ):
        await page.goto(address)
        wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{address} scrolls sideways"
        await no_serious_findings(page)
