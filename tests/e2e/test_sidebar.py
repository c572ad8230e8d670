"""Does the page in the chat's sidebar send what it shows? In a real browser, with WeCom's own SDK and a client behind it."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser import DESK, PHONE, link_of
from tests.scenarios.shop import CHEN, Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]
WECOM = "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 wxwork/4.1.36 MicroMessenger/7.0.1"
BRIDGE = """
window.WeixinJSBridge = {
  invoke(name, params, done) { window.client(name, JSON.stringify(params)).then((said) => done(JSON.parse(said))); },
  on() {},
};
"""
"""What WeCom's client puts into each page: the employee's client, which answers in Python."""


class Client:
    """The client of an employee who has the chat with 陈女士 open. It believes in right signatures only."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.url = ""
        self.customer = CHEN
        self.answer = "ok"
        """What comes of sendChatMessage."""
        self.sent: list[str] = []
        self.configured = False

    async def said(self, name: str, params: str) -> str:
        asked: dict[str, Any] = json.loads(params)
        match name:
            case "preVerifyJSAPI" | "agentConfig":
                self.configured = self._is_signed(name, asked)
                word = "ok" if self.configured else "fail invalid signature"
                return json.dumps({"err_msg": f"{name}:{word}"})
            case "getCurExternalContact":
                return json.dumps({"err_msg": f"{name}:ok", "userId": self.customer})
            case "sendChatMessage" if self.configured:
                if self.answer == "ok":
                    self.sent.append(asked["text"]["content"])
                return json.dumps({"err_msg": f"{name}:{self.answer}"})
            case _:
                return json.dumps({"err_msg": f"{name}:fail no permission"})

    def _is_signed(self, name: str, asked: dict[str, Any]) -> bool:
        jsapi = self.shop.wecom.jsapi
        if name == "agentConfig":
            given = {
                "timestamp": asked["timestamp"],
                "nonce": asked["nonceStr"],
                "signature": asked["signature"],
            }
            return jsapi.signs_agent_config(int(asked["agentid"]), self.url, **given)
        given = {
            "timestamp": asked["verifyTimestamp"],
            "nonce": asked["verifyNonceStr"],
            "signature": asked["verifySignature"],
        }
        return jsapi.signs_config(self.url, **given)


async def beside_the_chat(
    shop: Shop, browser: Browser, size: ViewportSize = PHONE
) -> tuple[Page, Client, BrowserContext]:
    """李四's sidebar, beside the chat with 陈女士."""
    context = await browser.new_context(viewport=size, user_agent=WECOM)
    page, client = await context.new_page(), Client(shop)
    await page.goto(await link_of(shop, "lisi"))
    await context.expose_function("client", client.said)  # pyright: ignore[reportUnknownMemberType] -- Playwright leaves callbacks untyped
    await context.add_init_script(BRIDGE)
    page.on("framenavigated", lambda frame: setattr(client, "url", frame.url))
    await page.goto(f"{shop.address}/wecom/sidebar")
    return page, client, context


async def a_late_payment(shop: Shop) -> None:
    await shop.created("DB1", customer={"external_userid": CHEN})
    await shop.created("DB2", customer={"name": "陈女士", "external_userid": CHEN})
    await shop.stage("DB2", "payment", "started")
    await shop.passes(minutes=5, seconds=1)


async def test_the_page_finds_out_whose_chat_it_is_and_sends_what_it_shows(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    await a_late_payment(shop)
    errors: list[str] = []
    page, client, _ = await beside_the_chat(shop, browser)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    button = page.get_by_role("button", name="发送")
    await expect(button).to_be_visible()
    assert page.url.endswith(f"?customer={CHEN}")
    await expect(page.get_by_text("DB1")).to_be_visible()
    words = await page.locator(".bubble").inner_text()
    await page.screenshot(path=tmp_path / "sidebar-375.png", full_page=True)

    await button.click()

    await expect(page.get_by_role("status")).to_contain_text("已发给顾客")
    assert client.sent == [words]
    await shop.settled()
    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"]) == ("replied", "lisi")
    assert errors == [], "nothing that the policy of the page forbids"
    await page.screenshot(path=tmp_path / "sidebar-sent-375.png", full_page=True)


async def test_an_employee_who_thinks_better_of_it_can_send_it_later(shop: Shop, browser: Browser) -> None:
    await a_late_payment(shop)
    page, client, _ = await beside_the_chat(shop, browser, DESK)
    client.answer = "cancel"
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_role("status")).to_contain_text("没有发出")
    client.answer = "ok"
    await page.get_by_role("button", name="再次联系").click()
    await expect(page.get_by_role("status")).to_contain_text("已发给顾客")
    assert len(client.sent) == 1


async def test_a_client_that_never_tells_leaves_the_question_to_the_employee(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    await a_late_payment(shop)
    page, _, context = await beside_the_chat(shop, browser)
    await context.route("**/wecom/sidebar/result", lambda route: route.abort())
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_text("这一条您发出去了吗")).to_be_visible(timeout=20_000)
    await page.screenshot(path=tmp_path / "sidebar-asked-375.png", full_page=True)
    await page.get_by_role("button", name="标记已发").click()
    await expect(page.get_by_role("status")).to_contain_text("已发给顾客")


async def test_when_the_chat_is_another_one_by_now_nothing_is_sent(shop: Shop, browser: Browser) -> None:
    await a_late_payment(shop)
    page, client, _ = await beside_the_chat(shop, browser)
    await expect(page.get_by_role("button", name="发送")).to_be_visible()
    client.customer = "wmSomebodyElse"
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_text("没有您负责的店铺的订单")).to_be_visible()
    assert client.sent == []


async def test_outside_of_wecom_it_can_be_read_and_not_sent(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    await a_late_payment(shop)
    page = await browser.new_page(viewport=DESK, java_script_enabled=False)
    await page.goto(await link_of(shop, "lisi"))
    await page.goto(f"{shop.address}/wecom/sidebar?customer={CHEN}")
    await expect(page.get_by_text("DB2").first).to_be_visible()
    await expect(page.get_by_role("button", name="发送")).to_have_count(0)
    await page.screenshot(path=tmp_path / "sidebar-1280.png", full_page=True)


async def test_in_the_employee_s_client_of_the_sandbox_it_sends_as_well(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    await a_late_payment(shop)
    page = await browser.new_page(viewport=DESK)

    async def opens(address: str) -> None:
        await page.goto(shop.wecom.sidebar_url("lisi", CHEN, address))

    await opens(await link_of(shop, "lisi"))
    await page.wait_for_load_state("networkidle")  # the link has left its session in the client
    await opens(f"{shop.address}/wecom/sidebar")
    ours = page.frame_locator("iframe")
    await expect(ours.get_by_role("button", name="发送")).to_be_visible()
    words = await ours.locator(".bubble").inner_text()
    await page.screenshot(path=tmp_path / "client-1280.png", full_page=True)
    await ours.get_by_role("button", name="发送").click()
    await expect(ours.get_by_role("status")).to_contain_text("已发给顾客")
    assert words in shop.wecom.customer(CHEN).texts()
