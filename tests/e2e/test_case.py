"""Can somebody work on an anomaly's page? At a desk and on a phone, in both languages, and without scripts."""

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import PHONE, every_reader, link_of, why_late
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

TOUCHED = {"zh": "最后操作", "en": "Last operation"}


async def the_page_of(number: str, shop: Shop, page: Page, language: str = "zh") -> None:
    """Somebody opens the newest case of an order."""
    case = next(one for one in await shop.anomalies() if one["order_no"] == number)
    await page.goto(await link_of(shop, "zhangsan"))
    await page.goto(f"{shop.address}/a/{case['id']}?lang={language}")


async def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@every_reader
async def test_the_page_can_be_read_by_everybody(
    morning: Shop, chrome: Browser, language: str, viewport: ViewportSize
) -> None:
    page = await chrome.new_page(viewport=viewport)
    await the_page_of("DB01", morning, page, language)

    last = page.get_by_role("region", name=TOUCHED[language])
    await expect(last).to_contain_text("/erp")
    assert await last.evaluate("node => node.getBoundingClientRect().bottom") < viewport["height"], (
        "seen at once"
    )
    assert await fits(page)
    await no_serious_findings(page)
    await page.close()


async def test_without_scripts_it_can_be_read_and_worked_on(morning: Shop, chrome: Browser) -> None:
    context = await chrome.new_context(java_script_enabled=False, viewport=PHONE)
    page = await context.new_page()
    await the_page_of("DB03", morning, page)
    await page.get_by_label("过多久再提醒").select_option("30")
    await page.get_by_role("button", name="稍后").click()

    await expect(page.get_by_role("status")).to_contain_text("稍后至")
    await why_late(page).get_by_label("其他", exact=True).check()
    await page.get_by_role("button", name="记录原因").click()
    await expect(page.get_by_role("status")).to_contain_text("要写明原因")
    await expect(why_late(page).get_by_label("其他", exact=True)).to_be_checked()
    await context.close()
