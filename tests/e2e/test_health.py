"""Does the front page say at a glance how all orders are doing, and keep saying it while it is open?"""

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import DESK, PHONE, every_reader, link_of
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

HURTS = {"zh": ("审单锁库", "超时"), "en": ("Confirmation", "Late")}


async def at_the_board(
    shop: Shop, chrome: Browser, viewport: ViewportSize, address: str, *, scripts: bool = True
) -> Page:
    context = await chrome.new_context(viewport=viewport, java_script_enabled=scripts, locale="zh-CN")
    page = await context.new_page()
    await page.goto(await link_of(shop, "wangwu"))
    await page.goto(f"{shop.address}{address}")
    return page


@every_reader
async def test_the_page_says_where_it_hurts(
    morning: Shop, chrome: Browser, language: str, viewport: ViewportSize
) -> None:
    page = await at_the_board(morning, chrome, viewport, f"/?lang={language}")

    confirmation, late = HURTS[language]
    stage = page.locator(".pipeline li").filter(has_text=confirmation)
    await expect(stage.get_by_role("link", name=f"{late} 2")).to_have_attribute(
        "href", "/orders?band=late&stage=confirm"
    )
    await expect(page.locator(".worst tbody tr").first).to_contain_text(confirmation)
    p1 = page.locator(".golden").get_by_role("link", name="1")
    await expect(p1).to_have_attribute("href", "/anomalies?priority=P1&state=open,claimed,replied,recovered")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"]
    await no_serious_findings(page)
    await page.context.close()


async def test_stages_worst_first_and_the_golden_ten_minutes_are_seen_without_scrolling(
    morning: Shop, chrome: Browser
) -> None:
    page = await at_the_board(morning, chrome, DESK, "/?lang=zh")
    for part in ("stages", "worst", "golden"):
        where = f"document.querySelector('[data-live={part}]').getBoundingClientRect().bottom"
        assert await page.evaluate(where) <= DESK["height"], part
    await page.context.close()


async def test_an_open_page_shows_what_changes_by_itself(morning: Shop, chrome: Browser) -> None:
    page = await at_the_board(morning, chrome, DESK, "/?lang=zh&by=carrier")
    anomalies = await page.context.new_page()
    await anomalies.goto(f"{morning.address}/anomalies")
    for one in (page, anomalies):
        await expect(one.locator("#live")).to_have_text("实时")
    before = page.locator(".pipeline li").filter(has_text="支付验证").get_by_role("link", name="超时 1")
    await expect(before).to_be_visible()
    await page.locator("summary").click()
    await page.get_by_role("link", name="按承运商").focus()

    await morning.passes(minutes=3)  # DB05 passes its limit

    after = page.locator(".pipeline li").filter(has_text="支付验证").get_by_role("link", name="超时 2")
    await expect(after).to_be_visible()
    await expect(anomalies.get_by_role("link", name="1 条新的异常 · 刷新")).to_be_visible()
    await expect(page.locator("details")).to_have_attribute("open", "")
    await expect(page.get_by_role("link", name="按承运商")).to_be_focused()
    await page.context.close()


async def test_a_page_that_is_cut_off_says_so_and_finds_its_way_back(morning: Shop, chrome: Browser) -> None:
    page = await at_the_board(morning, chrome, DESK, "/orders")
    await page.route("**/live?*", lambda route: route.abort())
    await page.goto(f"{morning.address}/?lang=zh")
    await expect(page.locator("#live")).to_have_text("已断开")
    await page.unroute("**/live?*")
    await expect(page.locator("#live")).to_have_text("实时", timeout=20_000)
    await page.context.close()


async def test_the_page_can_be_read_and_used_without_scripts(morning: Shop, chrome: Browser) -> None:
    page = await at_the_board(morning, chrome, PHONE, "/?lang=zh", scripts=False)
    await expect(page.locator("#live")).to_be_hidden()
    await page.get_by_role("link", name="按承运商").click()
    await expect(page.locator(".worst")).to_contain_text("未知承运商")
    await page.locator("summary").click()
    await expect(page.get_by_role("cell", name="10:00")).to_be_visible()
    await page.context.close()


async def test_a_wrong_parameter_is_told_and_its_mend(morning: Shop, chrome: Browser) -> None:
    page = await at_the_board(morning, chrome, DESK, "/?lang=zh&top=0")
    await expect(page.get_by_role("alert")).to_contain_text("1 到 500")
    await page.context.close()
