"""Does the employee's client play its part for a page in the sidebar? wecom.md §9.3 (96935, 98539, 98706)."""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.config import Knobs, SidebarAnswer
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import CUSTOMER, App, a_sandbox, an_app

APIS = ["getContext", "getCurExternalContact", "sendChatMessage"]


@dataclass(kw_only=True)
class OurPage:
    """A page of ours, wherever it lives; it remembers what it was asked."""

    origin: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(
        default_factory=list[tuple[str, str, dict[str, str]]]
    )

    async def answer(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        self.asked.append((request.path_qs, body, dict(request.headers)))
        if request.path == "/away":
            raise web.HTTPFound(f"{self.origin}/sidebar")
        if request.path == "/data":
            return web.json_response({"url": request.query.get("url", "")})
        page = "<!doctype html><html><head><title>侧边栏</title></head><body>订单</body></html>"
        headers = {
            "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; img-src 'self'",
            "X-Frame-Options": "DENY",
        }
        return web.Response(text=page, content_type="text/html", headers=headers)


@asynccontextmanager
async def a_page() -> AsyncGenerator[OurPage, None]:
    page = OurPage()
    application = web.Application()
    application.add_routes([web.route("*", "/{tail:.*}", page.answer)])
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    page.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield page
    finally:
        await runner.cleanup()


@pytest.fixture
async def page() -> AsyncIterator[OurPage]:
    async with a_page() as one:
        yield one


@dataclass(kw_only=True)
class Client:
    """A browser in the employee's client, without the browser."""

    app: App
    page: OurPage
    http: aiohttp.ClientSession

    @property
    def here(self) -> str:
        return self.app.sandbox.api_base

    @property
    def shown_at(self) -> str:
        return f"{self.here}/sidebar?o=1"

    async def get(self, path: str, **fields: Any) -> aiohttp.ClientResponse:
        async with self.http.get(f"{self.here}{path}", allow_redirects=False, **fields) as response:
            await response.read()
            return response

    async def invoke(self, name: str, **params: Any) -> dict[str, Any] | None:
        body = {"name": name, "params": params, "url": self.shown_at}
        async with self.http.post(f"{self.here}/_sidebar/invoke", json=body) as response:
            return None if response.status == 204 else await response.json()

    async def configure(self, apis: Sequence[str] = APIS, **wrong: str) -> str:
        """Call agentConfig with a signature by the app's ticket; its err_msg."""
        answer = await self.app.get("ticket/get", access_token=self.app.token, type="agent_config")
        signed = f"jsapi_ticket={answer['ticket']}&noncestr=n&timestamp=1&url={self.page.origin}/sidebar?o=1"
        params: dict[str, Any] = {
            "corpid": self.app.sandbox.config.corp_id,
            "agentid": str(self.app.agent_id),
            "timestamp": "1",
            "nonceStr": "n",
            "signature": hashlib.sha1(signed.encode()).hexdigest(),
            "jsApiList": list(apis),
        }
        answered = await self.invoke("agentConfig", **(params | wrong))
        assert answered
        return answered["err_msg"]

    async def send(self, **params: Any) -> dict[str, Any] | None:
        text = {"msgtype": "text", "text": {"content": "您的包裹已补发"}}
        return await self.invoke("sendChatMessage", **(text | params))


@asynccontextmanager
async def a_client(app: App, page: OurPage, userid: str = "lisi") -> AsyncGenerator[Client, None]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        client = Client(app=app, page=page, http=http)
        query = urlencode(
            {"userid": userid, "external_userid": CUSTOMER, "page": f"{page.origin}/sidebar?o=1"}
        )
        response = await client.get(f"/_sidebar?{query}")
        assert response.status == 200
        yield client


@asynccontextmanager
async def playing(knobs: Knobs | None = None, **fields: Any) -> AsyncGenerator[Client, None]:
    async with (
        a_sandbox(knobs, **fields) as sandbox,
        an_app(sandbox) as app,
        a_page() as page,
        a_client(app, page) as client,
    ):
        yield client


async def test_9_3_what_the_employee_sends_stands_in_the_customers_chat() -> None:
    async with playing() as client:
        assert await client.configure() == "agentConfig:ok"
        context = await client.invoke("getContext")
        assert context
        assert context["entry"] == "single_chat_tools"
        contact = await client.invoke("getCurExternalContact")
        assert contact
        assert (contact["err_msg"], contact["userId"]) == ("getCurExternalContact:ok", CUSTOMER)
        sent = await client.send()
        assert sent
        assert (sent["err_msg"], sent["err_code"]) == ("sendChatMessage:ok", 0)
        (message,) = client.app.sandbox.customer(CUSTOMER).messages
        assert (message.sender, message.content.text) == ("lisi", "您的包裹已补发")
        assert client.app.sandbox.friends.employee_of(CUSTOMER) == "lisi"


@pytest.mark.parametrize(
    ("wrong", "err_msg"),
    [
        ({"signature": "0" * 40}, "agentConfig:fail invalid signature"),
        ({"nonceStr": "other"}, "agentConfig:fail invalid signature"),
        ({"agentid": "7"}, "agentConfig:fail invalid signature"),
        ({"agentid": "x"}, "agentConfig:fail invalid signature"),
        ({"corpid": "wwOther"}, "agentConfig:fail invalid corpid"),
    ],
)
async def test_9_3_a_wrong_agent_config_grants_nothing(wrong: dict[str, str], err_msg: str) -> None:
    async with playing() as client:
        assert await client.configure(APIS, **wrong) == err_msg
        refused = await client.send()
        assert refused
        assert refused["err_msg"] == "sendChatMessage:no permission"
        assert not client.app.sandbox.customer(CUSTOMER).messages


async def test_9_3_only_what_is_listed_is_granted_and_only_to_this_load_of_the_page() -> None:
    async with playing() as client:
        await client.configure(["getContext"])
        refused = await client.invoke("getCurExternalContact")
        assert refused
        assert refused["err_msg"] == "getCurExternalContact:no permission"
        await client.configure()
        await client.get("/sidebar?o=1")
        refused = await client.send()
        assert refused
        assert refused["err_msg"] == "sendChatMessage:no permission"


async def test_9_3_config_is_signed_with_the_corps_ticket() -> None:
    async with playing() as client:
        answer = await client.app.get("get_jsapi_ticket", access_token=client.app.token)
        signed = (
            f"jsapi_ticket={answer['ticket']}&noncestr=n&timestamp=1&url={client.page.origin}/sidebar?o=1"
        )
        params = {
            "verifyAppId": client.app.sandbox.config.corp_id,
            "verifyTimestamp": "1",
            "verifyNonceStr": "n",
            "verifySignature": hashlib.sha1(signed.encode()).hexdigest(),
        }
        good = await client.invoke("preVerifyJSAPI", **params)
        bad = await client.invoke("preVerifyJSAPI", **(params | {"verifyTimestamp": "2"}))
        assert good
        assert bad
        assert (good["err_code"], bad["err_code"]) == (0, 40093)


@pytest.mark.parametrize(
    ("answer", "err_msg", "sent"),
    [
        (SidebarAnswer.NO_PERMISSION, "sendChatMessage:no permission", 0),
        (SidebarAnswer.CANCEL, "sendChatMessage:cancel", 0),
        (SidebarAnswer.SILENT, None, 0),
        (SidebarAnswer.SENT_IN_SILENCE, None, 1),
    ],
)
async def test_9_3_the_client_may_refuse_or_never_answer(
    answer: SidebarAnswer, err_msg: str | None, sent: int
) -> None:
    async with playing(Knobs(sidebar_answer=answer)) as client:
        await client.configure()
        reply = await client.send()
        assert (reply["err_msg"] if reply else None) == err_msg
        assert len(client.app.sandbox.customer(CUSTOMER).messages) == sent
        contact = await client.invoke("getCurExternalContact")
        assert contact
        assert contact["err_code"] == 0


@pytest.mark.parametrize(("entry", "sent"), [("chat_attachment", 1), ("normal", 0)])
async def test_9_3_where_the_page_was_opened_decides_what_it_may(entry: str, sent: int) -> None:
    async with playing(Knobs(sidebar_entry=entry)) as client:
        await client.configure()
        contact = await client.invoke("getCurExternalContact")
        assert contact
        assert contact["err_msg"] == "getCurExternalContact:without context of external contact"
        await client.send()
        assert len(client.app.sandbox.customer(CUSTOMER).messages) == sent


async def test_9_3_the_employee_needs_the_function_and_the_range() -> None:
    async with playing(contact_members=frozenset({"zhangsan"})) as client:
        await client.configure()
        refused = await client.send()
        assert refused
        assert refused["err_msg"] == "sendChatMessage:no permission"
    async with playing(visible=frozenset({"zhangsan"})) as client:
        assert await client.configure() == "agentConfig:fail no permission"


@pytest.mark.parametrize(
    ("params", "ok"),
    [
        ({"msgtype": "news", "news": {"link": "https://x.example", "title": "订单", "desc": "d"}}, True),
        ({"msgtype": "miniprogram", "miniprogram": {"appid": "wx1", "title": "t", "page": "p.html"}}, True),
        ({"msgtype": "miniprogram", "miniprogram": {"appid": "wx1", "title": "t", "page": "p"}}, False),
        ({"msgtype": "image", "image": {"mediaid": "made-up"}}, False),
        ({"msgtype": "text", "text": {"content": ""}}, False),
        ({"msgtype": "card"}, False),
    ],
)
async def test_9_3_messages_of_the_sidebar_are_checked(params: dict[str, Any], ok: bool) -> None:
    async with playing() as client:
        await client.configure()
        reply = await client.send(**params)
        assert reply
        assert (reply["err_code"] == 0) is ok
        assert len(client.app.sandbox.customer(CUSTOMER).messages) == int(ok)


async def test_9_3_an_unknown_call_does_not_exist() -> None:
    async with playing() as client:
        reply = await client.invoke("openThirdAppServiceChat")
        assert reply
        assert reply["err_msg"] == "openThirdAppServiceChat:function not exist"


async def test_the_page_comes_under_this_origin_with_the_bridge_first() -> None:
    async with playing() as client:
        response = await client.get("/sidebar?o=1")
        text = await response.text()
        assert '<head><script src="/static/bridge.js"></script><title>侧边栏' in text
        assert "frame-ancestors" not in response.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in response.headers
        script = await client.get("/static/bridge.js")
        assert "WeixinJSBridge" in await script.text()


async def test_the_chat_beside_the_page_stays_live(app: App, sandbox: Sandbox, page: OurPage) -> None:
    async with a_client(app, page) as client:
        sandbox.customer_says(CUSTOMER, "<b>在吗</b>")
        chat = await (await client.get("/_sidebar/chat")).text()
        assert '<li class="theirs">&lt;b&gt;在吗&lt;/b&gt;</li>' in chat
        assert "<iframe" not in chat


async def test_addresses_are_put_right_in_both_directions() -> None:
    async with playing() as client:
        query = urlencode({"url": client.shown_at})
        headers = {"Origin": client.here, "Referer": client.shown_at, "X-Other": "kept"}
        response = await client.get(f"/data?{query}", headers=headers)
        assert (await response.json())["url"] == f"{client.page.origin}/sidebar?o=1"
        _, _, seen = client.page.asked[-1]
        assert seen["Origin"] == client.page.origin
        assert seen["Referer"] == f"{client.page.origin}/sidebar?o=1"
        assert seen["Host"] == client.page.origin.removeprefix("http://")
        body = json.dumps({"url": client.shown_at, "text": "单"}, ensure_ascii=False).encode()
        async with client.http.post(f"{client.here}/data", data=body) as posted:
            assert posted.status == 200
        assert json.loads(client.page.asked[-1][1]) == {
            "url": f"{client.page.origin}/sidebar?o=1",
            "text": "单",
        }
        away = await client.get("/away")
        assert away.headers["Location"] == f"{client.here}/sidebar"


async def test_a_login_that_began_in_the_sidebar_stays_there() -> None:
    async with playing() as client:
        query = {
            "appid": client.app.sandbox.config.corp_id,
            "redirect_uri": f"{client.page.origin}/login?next=1",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "s",
        }
        path = f"/connect/oauth2/authorize?{urlencode(query)}"
        inside = await client.get(path, headers={"Sec-Fetch-Dest": "iframe"})
        assert inside.headers["Location"].startswith(f"{client.here}/login?next=1&code=")
        outside = await client.get(path, headers={"Sec-Fetch-Dest": "document"})
        assert outside.headers["Location"].startswith(f"{client.page.origin}/login?next=1&code=")


async def test_without_the_clients_frame_nothing_is_passed_on(
    app: App, sandbox: Sandbox, page: OurPage
) -> None:
    for path, status in (("/sidebar", 404), ("/_sidebar/none", 404), ("/_sidebar/chat", 403)):
        async with app.http.get(f"{sandbox.api_base}{path}") as response:
            assert response.status == status
    async with app.http.post(f"{sandbox.api_base}/_sidebar/invoke", json={}) as response:
        assert response.status == 403
    assert not page.asked


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"userid": "nobody"}, "userid"),
        ({"external_userid": "no such/one"}, "external_userid"),
        ({"page": "ftp://127.0.0.1/x"}, "page"),
        ({"page": "https://example.com/x"}, "page"),
        ({"page": "http://127.0.0.1:1/"}, "page"),
        ({"page": "http://127.0.0.1:1/cgi-bin/x"}, "page"),
    ],
)
async def test_a_wrong_frame_is_400(app: App, fields: dict[str, str], field: str) -> None:
    query = {"userid": "lisi", "external_userid": CUSTOMER, "page": "http://127.0.0.1:1/sidebar"}
    url = f"{app.sandbox.api_base}/_sidebar?{urlencode(query | fields)}"
    async with app.http.get(url) as response:
        assert (response.status, (await response.json())["field"]) == (400, field)
