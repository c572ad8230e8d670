"""How do the tests of the sandbox play the app, the bot and their callback URL? With plain aiohttp."""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from xml.etree.ElementTree import Element

import aiohttp
from aiohttp import web

from bot.clock import ManualClock
from bot.sandbox.config import Knobs, SandboxConfig
from bot.sandbox.server import Sandbox
from bot.wecom.crypto import Envelope
from bot.wecom.markup import read_xml

GROUP = "wrAbCdEf0001"
CUSTOMER = "wmCustomer0001"
KFID = "wkAccount0001"
MEMBERS = {"zhangsan": "张三", "lisi": "李四", "wangwu": "王五"}
SOON = 5.0
_numbers = itertools.count(1)


def a_config(knobs: Knobs | None = None, **fields: Any) -> SandboxConfig:
    defaults: dict[str, Any] = {
        "groups": {GROUP: "订单异常处理群"},
        "members": MEMBERS,
        "open_kfid": KFID,
        "callback_url": "http://127.0.0.1:9/wecom/callback",
        "knobs": knobs or Knobs(),
    }
    return SandboxConfig(**(defaults | fields))


def a_task_id() -> str:
    return f"task-{next(_numbers)}"


def a_button_card(**fields: Any) -> dict[str, Any]:
    """A card with four buttons; None takes a field away."""
    card: dict[str, Any] = {
        "card_type": "button_interaction",
        "main_title": {"title": "未揽收 3h12m · DB20251222-883", "desc": "截至 14:12"},
        "task_id": a_task_id(),
        "button_list": [
            {"text": "发送回复", "style": 1, "key": "send"},
            {"text": "认领", "style": 2, "key": "claim"},
            {"text": "升级", "style": 2, "key": "escalate"},
            {"text": "稍后", "style": 2, "key": "snooze"},
        ],
    }
    return without_none(card | fields)


def a_text_notice(**fields: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "card_type": "text_notice",
        "main_title": {"title": "已恢复"},
        "card_action": {"type": 1, "url": "https://example.com/o/1"},
    }
    return without_none(card | fields)


def a_news_notice(**fields: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "card_type": "news_notice",
        "main_title": {"title": "周报"},
        "card_image": {"url": "https://example.com/1.png", "aspect_ratio": 1.6},
        "card_action": {"type": 1, "url": "https://example.com/o/1"},
    }
    return without_none(card | fields)


def a_vote(**fields: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "card_type": "vote_interaction",
        "main_title": {"title": "延误原因"},
        "task_id": a_task_id(),
        "checkbox": {
            "question_key": "reason",
            "mode": 0,
            "option_list": [
                {"id": "pay", "text": "支付失败", "is_checked": True},
                {"id": "pack", "text": "打包延误"},
            ],
        },
        "submit_button": {"text": "提交", "key": "submit"},
    }
    return without_none(card | fields)


def a_form(**fields: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "card_type": "multiple_interaction",
        "main_title": {"title": "延误原因"},
        "task_id": a_task_id(),
        "select_list": [a_selector()],
        "submit_button": {"text": "提交", "key": "submit"},
    }
    return without_none(card | fields)


def a_selector(**fields: Any) -> dict[str, Any]:
    selector: dict[str, Any] = {
        "question_key": "reason",
        "title": "原因",
        "option_list": [{"id": "pay", "text": "支付失败"}, {"id": "pack", "text": "打包延误"}],
    }
    return without_none(selector | fields)


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(kw_only=True)
class App:
    """The self-built app's side of the API."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    token: str = ""
    agent_id: int = 0

    async def log_in(self, secret: str | None = None, agent_id: int | None = None) -> None:
        config = self.sandbox.config
        self.agent_id = agent_id or config.agent_id
        answer = await self.get("gettoken", corpid=config.corp_id, corpsecret=secret or config.secret)
        assert answer["errcode"] == 0, answer
        self.token = answer["access_token"]

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        async with self.http.get(f"{self.sandbox.api_base}/cgi-bin/{path}", params=query) as response:
            return cast(dict[str, Any], await response.json())

    async def call(self, path: str, body: Mapping[str, Any] | bytes) -> dict[str, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = f"{self.sandbox.api_base}/cgi-bin/{path}"
        async with self.http.post(url, params={"access_token": self.token}, data=data) as response:
            return cast(dict[str, Any], await response.json())

    async def send(self, msgtype: str = "text", content: Any = None, **fields: Any) -> dict[str, Any]:
        part = {"content": "订单停住了"} if content is None else content
        body = {"touser": "zhangsan", "agentid": self.agent_id, "msgtype": msgtype, msgtype: part}
        return await self.call("message/send", without_none(body | fields))

    async def send_card(self, card: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        return await self.send("template_card", card, **fields)

    async def update(self, response_code: str, **fields: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"agentid": self.agent_id, "response_code": response_code, "atall": 1}
        return await self.call("message/update_template_card", without_none(body | fields))

    async def answer_customer(self, text: str = "您好", **fields: Any) -> dict[str, Any]:
        body = {"touser": CUSTOMER, "open_kfid": KFID, "msgtype": "text", "text": {"content": text}}
        return await self.call("kf/send_msg", without_none(body | fields))

    async def webhook(
        self, msgtype: str = "text", content: Any = None, key: str | None = None, **fields: Any
    ) -> int:
        """Send through the group's webhook; its errcode."""
        part = {"content": "有一单停住了"} if content is None else content
        query = {"key": self.sandbox.webhook_key if key is None else key}
        url = f"{self.sandbox.api_base}/cgi-bin/webhook/send"
        body = json.dumps(without_none({"msgtype": msgtype, msgtype: part} | fields)).encode()
        async with self.http.post(url, params=query, data=io.BytesIO(body)) as response:
            return cast(int, (await response.json())["errcode"])

    async def upload(self, path: str, data: bytes, **query: str) -> dict[str, Any]:
        """Upload a file named a.bin."""
        form = aiohttp.FormData()
        form.add_field("media", io.BytesIO(data), filename="a.bin")
        url = f"{self.sandbox.api_base}/cgi-bin/{path}"
        async with self.http.post(url, params={"access_token": self.token} | query, data=form) as response:
            return cast(dict[str, Any], await response.json())

    async def control(self, path: str, body: Any, method: str = "POST") -> tuple[int, dict[str, Any]]:
        url = f"{self.sandbox.api_base}/{path}"
        async with self.http.request(method, url, json=body) as response:
            return response.status, cast(dict[str, Any], await response.json())


Answering = Callable[[Element], Awaitable[bytes]]


async def say_nothing(_message: Element) -> bytes:
    return b""


@dataclass(kw_only=True)
class CallbackUrl:
    """The app's callback URL: it decrypts, remembers and answers as it is told."""

    sandbox: Sandbox
    url: str = ""
    answering: Answering = say_nothing
    status: int = 200
    messages: list[Element] = field(default_factory=list[Element])
    queries: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    ciphers: list[str] = field(default_factory=list[str])

    async def verify(self, request: web.Request) -> web.Response:
        query = request.query
        plain = self.sandbox.config.crypto().verify_and_decrypt(
            query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
        )
        return web.Response(body=plain)

    async def receive(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        envelope = Envelope.from_xml(await request.read())
        message = self.sandbox.config.crypto().verify_and_decrypt(
            query["msg_signature"], query["timestamp"], query["nonce"], envelope.encrypted
        )
        self.queries.append(query)
        self.ciphers.append(envelope.encrypted)
        self.messages.append(read_xml(message))
        return web.Response(status=self.status, body=await self.answering(self.messages[-1]))

    def seal(self, inside: str) -> bytes:
        """A passive reply."""
        message = f"<xml>{inside}</xml>".encode()
        return self.sandbox.config.crypto().seal(message, timestamp="1", nonce="n").to_xml()

    def events(self, name: str) -> list[Element]:
        return [message for message in self.messages if message.findtext("Event") == name]


@asynccontextmanager
async def callback_url(sandbox: Sandbox) -> AsyncGenerator[CallbackUrl, None]:
    """Serve a callback URL and let the sandbox verify it."""
    callback = CallbackUrl(sandbox=sandbox)
    application = web.Application()
    application.add_routes([web.get("/cb", callback.verify), web.post("/cb", callback.receive)])
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callback.url = f"http://127.0.0.1:{runner.addresses[0][1]}/cb"
    try:
        assert await sandbox.set_callback(callback.url)
        yield callback
    finally:
        await runner.cleanup()


@dataclass(kw_only=True)
class Bot:
    """The bot's side of the socket."""

    sandbox: Sandbox
    socket: aiohttp.ClientWebSocketResponse

    async def frame(self) -> dict[str, Any]:
        return cast(dict[str, Any], await self.socket.receive_json(timeout=SOON))

    async def ask(self, command: str, body: Any = None, req_id: str | None = None) -> dict[str, Any]:
        """Send a command; return its acknowledgement."""
        req_id = f"{command}_{next(_numbers)}" if req_id is None else req_id
        frame = {"cmd": command, "headers": {"req_id": req_id}}
        await self.socket.send_json(frame if body is None else frame | {"body": body})
        return await self.frame()

    async def subscribe(self, **fields: str) -> dict[str, Any]:
        config = self.sandbox.config
        body = {"bot_id": config.bot_id, "secret": config.bot_secret}
        return await self.ask("aibot_subscribe", body | fields)

    async def push(self, msgtype: str = "markdown", content: Any = None, **fields: Any) -> dict[str, Any]:
        part = {"content": "**大家好**"} if content is None else content
        body = {"chatid": GROUP, "chat_type": 2, "msgtype": msgtype, msgtype: part}
        return await self.ask("aibot_send_msg", without_none(body | fields))

    async def push_card(self, card: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        return await self.push("template_card", card, **fields)

    async def update(self, req_id: str, card: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        body = {"response_type": "update_template_card", "template_card": card}
        return await self.ask("aibot_respond_update_msg", without_none(body | fields), req_id)


@asynccontextmanager
async def connected(sandbox: Sandbox, *, subscribe: bool = True) -> AsyncGenerator[Bot, None]:
    async with aiohttp.ClientSession() as http, http.ws_connect(sandbox.socket_url) as socket:
        bot = Bot(sandbox=sandbox, socket=socket)
        if subscribe:
            assert (await bot.subscribe())["errcode"] == 0
        yield bot


@asynccontextmanager
async def a_sandbox(knobs: Knobs | None = None, **fields: Any) -> AsyncGenerator[Sandbox, None]:
    async with Sandbox(a_config(knobs, **fields), clock=ManualClock()).running() as sandbox:
        yield sandbox


@asynccontextmanager
async def an_app(sandbox: Sandbox) -> AsyncGenerator[App, None]:
    async with aiohttp.ClientSession() as http:
        app = App(sandbox=sandbox, http=http)
        await app.log_in()
        yield app


def clock_of(sandbox: Sandbox) -> ManualClock:
    clock = sandbox.world.watch
    assert isinstance(clock, ManualClock)
    return clock


async def soon(work: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(work, SOON)
