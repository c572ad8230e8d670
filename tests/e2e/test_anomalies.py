"""Can somebody find an anomaly on the board? At a desk and on a phone, in both languages."""

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import DESK, every_reader, link_of
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

UNCLAIMED = {"zh": "待认领", "en": "Unclaimed"}


@every_reader
async def test_the_list_can_be_read_by_everybody(
    morning: Shop, chrome: Browser, language: str, viewport: ViewportSize
) -> None:
    page = await chrome.new_page(viewport=viewport)
    await page.goto(await link_of(morning, "zhangsan"))
    await page.goto(f"{morning.address}/anomalies?lang={language}&state=open")

    row = page.get_by_role("row").filter(has_text="DB01")
    await expect(row).to_contain_text(UNCLAIMED[language])
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await no_serious_findings(page)
    await page.close()


async def the_list(morning: Shop, chrome: Browser, userid: str, query: str = "") -> Page:
    page = await chrome.new_page(viewport=DESK, locale="zh-CN")
    await page.goto(await link_of(morning, userid))
    await page.goto(f"{morning.address}/anomalies{query}")
    return page


async def test_the_keyboard_moves_chooses_finds_and_opens(morning: Shop, chrome: Browser) -> None:
    page = await the_list(morning, chrome, "wangwu", "?state=open,claimed&sort=newest")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="DB01")).to_be_focused()
    await page.keyboard.press("x")
    box = page.get_by_role("checkbox", name="选 DB01")
    await expect(box).to_be_checked()
    await expect(page.get_by_role("button", name="认领所选 (1)")).to_be_visible()
    await page.keyboard.press("x")
    await expect(box).not_to_be_checked()
    await page.keyboard.press("k")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="DB03")).to_be_focused()

    await page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="键盘快捷键")
    await expect(help_).to_be_visible()
    await no_serious_findings(page)
    await page.keyboard.press("Escape")
    await expect(help_).to_be_hidden()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="找订单")).to_be_focused()
    await page.keyboard.type("jx")
    await expect(page.get_by_role("searchbox", name="找订单")).to_have_value("jx")

    await page.get_by_role("link", name="DB01").focus()
    await page.keyboard.press("o")
    await expect(page.get_by_role("heading", level=1)).to_have_text("DB01")
    await page.close()


async def test_what_is_chosen_by_mouse_is_claimed_by_key_and_the_page_says_so(
    morning: Shop, chrome: Browser
) -> None:
    await morning.stage("DB77", "payment", "started")
    await morning.passes(minutes=6)
    page = await the_list(morning, chrome, "lisi", "?state=open&q=DB77")
    await page.get_by_role("checkbox", name="全选这一页").check()
    await page.keyboard.press("c")

    await expect(page.get_by_role("status")).to_contain_text("认领了 1 笔")
    (case,) = await morning.anomalies(q="DB77")
    assert case["owner"] == "lisi"
    await page.close()


async def test_filters_stay_in_the_address_and_wrong_ones_keep_what_was_typed(
    morning: Shop, chrome: Browser
) -> None:
    page = await the_list(morning, chrome, "wangwu")
    await page.get_by_label("订单号开头").fill("DB02")
    await page.get_by_role("checkbox", name="已认领", exact=True).check()
    await page.get_by_role("checkbox", name="已关闭", exact=True).check()
    await page.get_by_role("button", name="筛选").click()
    await expect(page.locator("#found")).to_have_text("1 笔")
    assert "state=claimed&state=closed" in page.url
    await expect(page.get_by_role("checkbox", name="已关闭", exact=True)).to_be_checked()

    await page.goto(f"{morning.address}/anomalies?since=gestern&q=DB0&kind=no_update")
    await expect(page.get_by_role("alert")).to_contain_text("从哪天起发现 是日期，写成 2026-11-27")
    await expect(page.get_by_label("从哪天起发现")).to_have_value("gestern")
    await expect(page.get_by_label("订单号开头")).to_have_value("DB0")
    await expect(page.get_by_label("停滞的种类")).to_have_value("no_update")
    await page.close()
