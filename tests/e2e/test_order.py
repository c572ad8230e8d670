"""Where is my order, since when, and who touched it last? One search, one page, no scrolling."""

import pytest
from playwright.async_api import Browser, Locator, Page, Request, ViewportSize, expect

from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import PHONE, every_reader, link_of
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

DESK: ViewportSize = {"width": 1280, "height": 800}
ANSWERS = {
    "zh": {"#where": "物流揽收", "#since": "10:21:30", "#last": "揽收完成"},
    "en": {"#where": "Pickup", "#since": "10:21:30", "#last": "Pickup completed"},
}


async def at_the_board(
    morning: Shop, chrome: Browser, viewport: ViewportSize, language: str, userid: str
) -> Page:
    context = await chrome.new_context(viewport=viewport)
    page = await context.new_page()
    await page.goto(await link_of(morning, userid))
    await page.goto(f"{morning.address}/orders?lang={language}")
    return page


async def in_sight(one: Locator, viewport: ViewportSize) -> bool:
    """Whether all of it stands on the screen, unscrolled."""
    box = await one.bounding_box()
    return (
        box is not None
        and box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= viewport["width"]
        and box["y"] + box["height"] <= viewport["height"]
    )


@every_reader
async def test_one_search_answers_where_since_when_and_who(
    morning: Shop, chrome: Browser, language: str, viewport: ViewportSize
) -> None:
    page = await at_the_board(morning, chrome, viewport, language, "zhangsan")
    loads: list[str] = []

    def count(request: Request) -> None:
        if request.is_navigation_request() and request.redirected_from is None:
            loads.append(request.url)

    page.on("request", count)
    await page.get_by_role("searchbox").fill("YT0000000000001")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/orders/main/DB04")

    assert len(loads) == 1
    assert await page.evaluate("window.scrollY") == 0
    for place, words in ANSWERS[language].items():
        answer = page.locator(place)
        await expect(answer).to_contain_text(words)
        assert await in_sight(answer, viewport), place
    await expect(page.locator("#last")).to_contain_text("/erp")
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await no_serious_findings(page)
    await page.context.close()


@pytest.mark.parametrize(
    ("path", "theme"),
    [
        ("/orders/main/DB01", "light"),
        ("/orders/main/DB01", "dark"),
        ("/orders/main/DB01/events", "light"),
        ("/orders?band=late", "dark"),
        ("/orders?q=NOPE", "light"),
    ],
)
async def test_everybody_can_use_the_pages(morning: Shop, chrome: Browser, path: str, theme: str) -> None:
    context = await chrome.new_context(viewport=PHONE, color_scheme="dark" if theme == "dark" else "light")
    page = await context.new_page()
    await page.goto(await link_of(morning, "wangwu"))
    await page.goto(f"{morning.address}{path}")
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await no_serious_findings(page)
    await context.close()


async def test_without_scripts_everything_is_there(morning: Shop, chrome: Browser) -> None:
    context = await chrome.new_context(viewport=DESK, java_script_enabled=False, locale="zh-CN")
    page = await context.new_page()
    await page.goto(await link_of(morning, "wangwu"))
    await page.goto(f"{morning.address}/orders?q=DB01")
    await expect(page.get_by_role("heading", name="DB01")).to_be_visible()
    await expect(page.locator(".alarm")).to_contain_text("支付验证 · 未完成")
    assert await in_sight(page.locator(".alarm"), DESK)
    await page.get_by_role("link", name="查看全部原始事件").click()
    await expect(page.get_by_role("row")).not_to_have_count(1)
    await page.locator("tbody a").first.click()
    await expect(page.locator("pre")).to_contain_text('"specversion": "1.0"')
    await context.close()
