"""Can an agent work on a case on its page? Edit the words, see them again, send them; say why in own words."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import DESK, PHONE, link_of, why_late
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


async def a_page(shop: Shop, browser: Browser, userid: str, *, phone: bool = False) -> Page:
    page = await browser.new_page(viewport=PHONE if phone else DESK, locale="zh-CN")
    await page.goto(await link_of(shop, userid))
    await page.goto(f"{shop.address}/anomalies")
    return page


async def a_late_payment(shop: Shop) -> None:
    await shop.created("DB1")
    await shop.customer_writes("DB1")
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=5, seconds=1)


async def test_an_edited_text_is_shown_again_and_then_sent_as_shown(shop: Shop, browser: Browser) -> None:
    await a_late_payment(shop)
    page = await a_page(shop, browser, "zhangsan")
    await page.get_by_role("link", name="DB1").click()
    await page.get_by_label("可以改").fill("陈女士，订单 DB1 的付款我们正在核对，请放心。")
    await page.get_by_role("button", name="预览").click()

    await expect(page.locator(".bubble")).to_have_text("陈女士，订单 DB1 的付款我们正在核对，请放心。")
    assert shop.customer_read == []
    await page.get_by_role("button", name="确认发送").click()

    await expect(page.get_by_role("status")).to_contain_text("已提交 · 张三")
    await shop.settled()
    assert shop.customer_read == ["陈女士，订单 DB1 的付款我们正在核对，请放心。"]
    assert any("已提交 · 张三" in line for line in shop.group_lines)


async def test_the_reason_other_takes_own_words(shop: Shop, browser: Browser) -> None:
    await a_late_payment(shop)
    page = await a_page(shop, browser, "zhangsan", phone=True)
    await page.get_by_role("link", name="DB1").click()
    await why_late(page).get_by_label("其他", exact=True).check()
    await why_late(page).get_by_label("请写明").fill("支付通道维护")
    await page.get_by_role("button", name="记录原因").click()

    await expect(page.get_by_role("status")).to_contain_text("支付通道维护")
    (case,) = await shop.anomalies()
    assert (case["reason"], case["reason_text"]) == ("other", "支付通道维护")


async def test_a_stranger_sees_nothing_and_changes_nothing(shop: Shop, browser: Browser) -> None:
    await a_late_payment(shop)
    (case,) = await shop.anomalies()
    address = f"{shop.address}/a/{case['id']}"
    page = await browser.new_page()
    answer = await page.goto(address)
    assert answer
    assert answer.status == 401
    assert "DB1" not in await page.content()

    member = await a_page(shop, browser, "zhangsan")
    refused = await member.request.post(address, form={"do": "claim", "token": "made-up"})
    assert refused.status == 403
    (case,) = await shop.anomalies()
    assert case["state"] == "open"
