"""A promotion lane in a browser: made, rehearsed, tried and rolled out in less than forty steps, and back in one."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.deployment import Deployment
from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import DESK, PHONE, every_reader, link_of
from tests.scenarios.shop import PATIENCE_SECONDS, Shop, a_shop
from tests.scenarios.test_rules_page import TEAM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

MOST_STEPS = 40
PARTS = {"zh": ("lane", "overview"), "en": ("lanes", "calendar")}
ALL_PARTS = ("lane", "overview", "stages", "lanes", "ladder", "calendar", "storm", "replies", "yaml")
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def history(shop: Shop) -> None:
    """Four orders of the past, two of them of the promotion; nobody has picked them in time."""
    for number in range(4):
        await shop.created(f"DB{number}", tags=["618"] if number % 2 else [], amount_fen=60000)
        for stage in ("payment", "confirm"):
            await shop.stage(f"DB{number}", stage, "completed")
    await shop.passes(hours=2)


async def rehearsed(shop: Shop) -> None:
    """The clock of the service goes on until what was asked for has been played."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await shop.rows("SELECT id FROM rehearsals WHERE ended_at IS NULL"):
            await shop.passes(seconds=1)
            await asyncio.sleep(0.2)


@pytest.mark.usefixtures("history")
async def test_a_promotion_lane_is_made_rehearsed_tried_rolled_out_and_undone_in_few_steps(
    shop: Shop, page: Page
) -> None:
    hand = Hand()
    await page.goto(f"{shop.address}/rules?lang=zh")
    await hand.taps(page.get_by_role("button", name="618 大促"))
    await expect(page.get_by_label("名字")).to_have_value("618 大促")
    await hand.writes(page.get_by_label("从", exact=True), "2026-03-02T09:00")
    await hand.writes(page.get_by_label("到（不含）"), "2026-03-03T00:00")
    await hand.taps(page.locator("summary", has_text="值班经理"))
    await hand.taps(page.get_by_label("王五"))
    await hand.writes(page.get_by_label("值", exact=True).nth(1), "五百")
    await hand.taps(page.get_by_role("button", name="保存"))
    await expect(page.get_by_label("值", exact=True).nth(1)).to_have_value("五百")
    await expect(page.locator("small.fault")).to_have_text("写金额，单位元，至多两位小数")
    await hand.writes(page.get_by_label("值", exact=True).nth(1), "500")
    await hand.taps(page.get_by_role("button", name="保存"))
    await expect(page.get_by_role("status")).to_contain_text("没有填错的")
    await hand.taps(page.get_by_role("status").get_by_role("link", name="预览和发布"))
    await expect(page.locator("table.changes")).to_contain_text("标签 含有 618")
    await expect(page.locator("table.changes")).to_contain_text("值班经理 王五")

    await hand.taps(page.get_by_role("button", name="排练全部历史"))
    await expect(page.get_by_role("heading", name="排练 草稿：618 大促")).to_be_visible()
    await rehearsed(shop)
    alerts = page.get_by_role("row").filter(has=page.get_by_text("提醒", exact=True))
    await expect(alerts.get_by_role("cell")).to_have_text(["提醒", "8", "6", "-2"])
    await expect(page.locator(".told.wait").first).to_contain_text("历史不满 7 天")
    await expect(page.get_by_role("link", name="DB1")).to_be_visible()

    await hand.taps(page.get_by_role("link", name="先给一成订单试"))
    await hand.taps(page.get_by_role("button", name="让 10% 的订单先试"))
    await expect(page.get_by_role("alert")).to_contain_text("「要它变好的」至少选一样")
    await hand.taps(page.get_by_label("发现后十分钟内联系到"))
    await hand.taps(page.get_by_role("button", name="让 10% 的订单先试"))
    share = page.locator(".figures").get_by_text("比例").locator("..").locator("strong")
    await expect(share).to_have_text("10%")
    await hand.taps(page.get_by_role("button", name="扩大到 30%"))
    await expect(share).to_have_text("30%")
    await hand.taps(page.get_by_role("button", name="全部采用"))
    await expect(page.get_by_role("status")).to_contain_text("所有订单按新的规则")
    assert hand.steps < MOST_STEPS
    reading = await page.context.new_page()
    await reading.goto(f"{shop.address}/rules")
    await expect(reading.get_by_role("row").filter(has_text="618 大促").first).to_contain_text("进行中")

    before = hand.steps
    await hand.taps(page.get_by_role("button", name="撤回，恢复原来的"))
    await expect(page.get_by_role("status")).to_contain_text("已撤回")
    assert hand.steps == before + 1
    await reading.reload()
    await expect(reading.get_by_text("没有通道")).to_be_visible()
    await reading.close()


async def is_read_by_everybody(page: Page) -> None:
    """At both widths, and by whoever hears pages or goes by keys."""
    for viewport in (PHONE, DESK):
        await page.set_viewport_size(viewport)
        assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), viewport
        await no_serious_findings(page)


@pytest.mark.usefixtures("history")
async def test_a_reply_is_shown_on_real_orders_while_it_is_typed_and_facts_are_tapped_into_it(
    shop: Shop, page: Page
) -> None:
    await page.goto(f"{shop.address}/rules?lang=zh")
    await page.get_by_role("button", name="改规则").click()
    await page.get_by_role("link", name="话术").click()
    await page.locator("summary", has_text="仓库拣货").click()
    await is_read_by_everybody(page)
    await page.get_by_role("button", name="为此话术写自己的：仓库拣货 · 未开始").click()
    shown = page.locator("#words")
    await expect(shown).to_contain_text("DB3")
    await page.get_by_label("说的话").fill("亲，{{ order_no }} 还没开始拣货，{{ news_by }} 前告诉您。")
    await expect(shown).to_contain_text("亲，DB3 还没开始拣货，")
    await expect(shown).to_contain_text("给消息")

    await page.set_viewport_size(PHONE)
    await page.locator("summary", has_text="没用到的").click()
    await page.get_by_role("button", name="插入 下单时间").click()
    await expect(page.get_by_role("combobox", name="下单时间")).to_have_value("facts")
    await expect(page.get_by_label("说的话")).to_have_value(re.compile("{{ ordered_at }}"))
    await expect(shown).to_contain_text("下单时间")
    await page.get_by_label("说的话").fill("亲，{{ order_no }}，{{ news_by }} 前告诉您，明天发出。")
    await expect(shown).to_contain_text("「明天发」是自己写的时间")
    await is_read_by_everybody(page)
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("small.fault")).to_contain_text("第 1 行：「明天发」是自己写的时间")
    await page.get_by_label("说的话").fill("亲，{{ order_no }}，{{ news_by }} 前告诉您。")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("status")).to_contain_text("没有填错的")
    await page.get_by_role("link", name="预览和发布").first.click()
    await expect(page.get_by_role("heading", name="同意话术")).to_be_visible()
    await is_read_by_everybody(page)


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
