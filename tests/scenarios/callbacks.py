"""How does a story play WeCom's callbacks? Sealed by a cipher of the story's choice, posted as they are on the wire."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.wecom.crypto import CallbackCrypto
from tests.scenarios.shop import Shop

REFUSED = (401, b"not authentic")


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it is on the wire."""

    query: Mapping[str, str]
    body: bytes


def sealed(shop: Shop, xml: str, crypto: CallbackCrypto | None = None) -> Request:
    """A callback as WeCom would write it now, under a new nonce and signature each time."""
    crypto = crypto or shop.wecom.config.crypto()
    stamp, nonce = stamp_of(shop), secrets.token_hex(8)
    envelope = crypto.seal(xml.encode(), timestamp=stamp, nonce=nonce)
    query = {"msg_signature": envelope.signature, "timestamp": stamp, "nonce": nonce}
    return Request(query, enveloped(shop, envelope.encrypted))


def stamp_of(shop: Shop) -> str:
    """The present second, as WeCom writes it into the address."""
    return str(int(shop.clock.now().timestamp()))


def enveloped(shop: Shop, encrypted: str) -> bytes:
    """The body around a cipher text."""
    corp = shop.wecom.config.corp_id
    return f"<xml><ToUserName><![CDATA[{corp}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def message(
    shop: Shop, inside: str, *, ago: timedelta = timedelta(), to: str | None = None, by: str = "zhangsan"
) -> str:
    """What WeCom says in a callback."""
    created = int((shop.clock.now() - ago).timestamp())
    config = shop.wecom.config
    return (
        f"<xml><ToUserName>{to or config.corp_id}</ToUserName><FromUserName>{by}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><AgentID>{config.agent_id}</AgentID>{inside}</xml>"
    )


def command(shop: Shop, text: str, msgid: int = 1, **when: Any) -> str:
    """Somebody writes to the app."""
    inside = f"<MsgType>text</MsgType><Content>{text}</Content><MsgId>{msgid}</MsgId>"
    return message(shop, inside, **when)


def click(shop: Shop, card: str, key: str, by: str = "zhangsan") -> str:
    """Somebody taps a button of a card."""
    inside = (
        "<MsgType>event</MsgType><Event>template_card_event</Event>"
        f"<EventKey>{key}</EventKey><TaskId>{card}</TaskId><CardType>button_interaction</CardType>"
        f"<ResponseCode>{secrets.token_hex(8)}</ResponseCode>"
    )
    return message(shop, inside, by=by)


async def call(shop: Shop, request: Request) -> tuple[int, bytes]:
    """Post it; the answer, when everything that follows from it is done."""
    answer = await post(shop, request)
    await shop.settled()
    return answer


async def post(shop: Shop, request: Request) -> tuple[int, bytes]:
    """Post it; the answer."""
    address = f"{shop.address}/wecom/callback"
    async with shop.http.post(address, params=request.query, data=request.body) as response:
        return response.status, await response.read()


async def verify(shop: Shop, query: Mapping[str, str]) -> tuple[int, bytes]:
    """Ask the address to prove itself."""
    async with shop.http.get(f"{shop.address}/wecom/callback", params=query) as response:
        return response.status, await response.read()
