"""Do the ciphers that others have written for WeCom agree with ours? Both ways, npm's and PyPI's, for real."""

import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.wecom.crypto import CallbackCrypto, Envelope
from tests.deployment import Deployment
from tests.independent.clients import HERE, NODE, Client, running
from tests.scenarios.callbacks import REFUSED, Request, call, command, enveloped, stamp_of, verify
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
TEXTS = ["", "a", "x" * 11, "您好，订单 DB1 已出库", "订单" * 3000, "]]>&<é\u2028"]
OURS = CallbackCrypto(
    token="QDG6eK", aes_key="jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", receive_id="wwcorp"
)

Seal = Callable[[CallbackCrypto, str, str, str], Awaitable[tuple[str, str]]]
"""The cipher text of a message and its signature, at a timestamp, under a nonce."""


@pytest.fixture
async def npm() -> AsyncIterator[Client]:
    """The cipher of npm's @wecom/crypto."""
    async with running([str(NODE), str(HERE / "sealing.mjs")]) as client:
        yield client


async def npm_seals(
    npm: Client, ours: CallbackCrypto, text: str, timestamp: str, nonce: str
) -> tuple[str, str]:
    sealed = await npm.asked(
        call="seal",
        token=ours.token,
        key=ours.aes_key,
        id=ours.receive_id,
        message=text,
        timestamp=timestamp,
        nonce=nonce,
    )
    return sealed["encrypted"], sealed["signature"]


def pypi(ours: CallbackCrypto) -> Any:
    """The cipher of PyPI's wx-crypt, which is Tencent's own sample for Python."""
    library: Any = importlib.import_module("wx_crypt")
    return library.WXBizMsgCrypt(ours.token, ours.aes_key, ours.receive_id)


def pypi_seals(ours: CallbackCrypto, text: str, timestamp: str, nonce: str) -> tuple[str, str]:
    failed, body = pypi(ours).EncryptMsg(text.encode(), nonce, timestamp)
    assert failed == 0
    return Envelope.from_xml(body.encode()).encrypted, body.split("<MsgSignature><![CDATA[")[1].split("]]>")[
        0
    ]


# --- what they seal, we open ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
async def test_what_npm_seals_we_open(npm: Client, text: str) -> None:
    encrypted, signature = await npm_seals(npm, OURS, text, "1409659813", "n")

    assert OURS.verify_and_decrypt(signature, "1409659813", "n", encrypted) == text.encode()


@pytest.mark.parametrize("text", TEXTS)
def test_what_pypi_seals_we_open(text: str) -> None:
    encrypted, signature = pypi_seals(OURS, text, "1409659813", "n")

    assert OURS.verify_and_decrypt(signature, "1409659813", "n", encrypted) == text.encode()


# --- what we seal, they open ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
async def test_what_we_seal_npm_opens(npm: Client, text: str) -> None:
    sealed = OURS.seal(text.encode(), timestamp="1409659813", nonce="n")

    opened = await npm.asked(
        call="open",
        token=OURS.token,
        key=OURS.aes_key,
        encrypted=sealed.encrypted,
        timestamp=sealed.timestamp,
        nonce=sealed.nonce,
    )

    assert opened == {"message": text, "id": OURS.receive_id, "signature": sealed.signature}


@pytest.mark.parametrize("text", TEXTS)
def test_our_passive_reply_is_opened_by_pypi(text: str) -> None:
    sealed = OURS.seal(text.encode(), timestamp="1409659813", nonce="n")

    failed, opened = pypi(OURS).DecryptMsg(sealed.to_xml(), sealed.signature, sealed.timestamp, sealed.nonce)

    assert (failed, opened) == (0, text.encode())


# --- the address ------------------------------------------------------------------------------------------


@pytest.fixture
async def shop(tmp_path: Any) -> AsyncIterator[Shop]:
    async with a_shop(Deployment.embedded(tmp_path)) as shop:
        yield shop


@pytest.mark.parametrize("by", ["npm", "pypi"])
async def test_a_callback_that_they_seal_has_its_effect(shop: Shop, npm: Client, by: str) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    ours, stamp, xml = shop.wecom.config.crypto(), stamp_of(shop), command(shop, f"/认领 {NO}")
    encrypted, signature = (
        await npm_seals(npm, ours, xml, stamp, "nonce")
        if by == "npm"
        else pypi_seals(ours, xml, stamp, "nonce")
    )
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": "nonce"}

    body = enveloped(shop, encrypted)
    assert await call(shop, Request({**query, "nonce": "other"}, body)) == REFUSED
    assert await call(shop, Request(query, body)) == (200, b"")

    (case,) = await shop.anomalies()
    assert case["owner"] == "zhangsan"


@pytest.mark.parametrize("by", ["npm", "pypi"])
async def test_the_address_proves_itself_to_them(shop: Shop, npm: Client, by: str) -> None:
    ours = shop.wecom.config.crypto()
    word = json.dumps("1616140317555161061")
    encrypted, signature = (
        await npm_seals(npm, ours, word, "1", "n") if by == "npm" else pypi_seals(ours, word, "1", "n")
    )
    query = {"msg_signature": signature, "timestamp": "1", "nonce": "n", "echostr": encrypted}

    assert await verify(shop, query) == (200, word.encode())
