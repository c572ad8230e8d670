"""The address that WeCom calls: what is not from WeCom has one answer, and what is has one effect."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.batching import OverloadedError
from bot.doctor import examine
from bot.reception import Reception
from bot.sandbox.cards import Card
from bot.sandbox.config import Knobs
from bot.storage.store import Store, Transaction
from bot.wecom.crypto import CallbackCrypto
from handlers.ports import StoreUnavailableError
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
REFUSED = (401, b"not authentic")


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it is on the wire."""

    query: Mapping[str, str]
    body: bytes


def sealed(shop: Shop, xml: str, crypto: CallbackCrypto | None = None) -> Request:
    """A callback as WeCom would write it now, under a new nonce and signature each time."""
    crypto = crypto or shop.wecom.config.crypto()
    stamp, nonce = str(int(shop.clock.now().timestamp())), secrets.token_hex(8)
    envelope = crypto.seal(xml.encode(), timestamp=stamp, nonce=nonce)
    query = {"msg_signature": envelope.signature, "timestamp": stamp, "nonce": nonce}
    return Request(query, _envelope(shop, envelope.encrypted))


def _envelope(shop: Shop, encrypted: str) -> bytes:
    corp = shop.wecom.config.corp_id
    return f"<xml><ToUserName><![CDATA[{corp}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def message(
    shop: Shop, inside: str, *, ago: timedelta = timedelta(), to: str | None = None, by: str = "zhangsan"
) -> str:
    created = int((shop.clock.now() - ago).timestamp())
    config = shop.wecom.config
    return (
        f"<xml><ToUserName>{to or config.corp_id}</ToUserName><FromUserName>{by}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><AgentID>{config.agent_id}</AgentID>{inside}</xml>"
    )


def command(shop: Shop, text: str, msgid: int = 1, **when: Any) -> str:
    inside = f"<MsgType>text</MsgType><Content>{text}</Content><MsgId>{msgid}</MsgId>"
    return message(shop, inside, **when)


def click(shop: Shop, card: str, key: str, by: str = "zhangsan") -> str:
    inside = (
        "<MsgType>event</MsgType><Event>template_card_event</Event>"
        f"<EventKey>{key}</EventKey><TaskId>{card}</TaskId><CardType>button_interaction</CardType>"
        f"<ResponseCode>{secrets.token_hex(8)}</ResponseCode>"
    )
    return message(shop, inside, by=by)


async def call(shop: Shop, request: Request) -> tuple[int, bytes]:
    answer = await post(shop, request)
    await shop.settled()
    return answer


async def post(shop: Shop, request: Request) -> tuple[int, bytes]:
    address = f"{shop.address}/wecom/callback"
    async with shop.http.post(address, params=request.query, data=request.body) as response:
        return response.status, await response.read()


async def verify(shop: Shop, query: Mapping[str, str]) -> tuple[int, bytes]:
    async with shop.http.get(f"{shop.address}/wecom/callback", params=query) as response:
        return response.status, await response.read()


async def a_push(shop: Shop) -> Card:
    """Trouble, and the duty manager's card of it."""
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (push,) = shop.cards_of("wangwu")
    return push


async def owner(shop: Shop) -> str | None:
    (case,) = await shop.anomalies()
    return case["owner"]


async def test_the_doctor_can_tell_that_the_address_is_ours(shop: Shop) -> None:
    http = shop.settings.http.model_copy(update={"public_url": shop.address})
    settings = shop.settings.model_copy(update={"http": http})
    found = {finding.about: finding async for finding in examine(settings, shop.clock.now())}
    assert found["回调地址"].ok is True, found["回调地址"]


# --- is it WeCom? ----------------------------------------------------------------------------------------


async def test_the_address_proves_itself_by_what_only_it_can_read(shop: Shop) -> None:
    envelope = shop.wecom.config.crypto().seal(b"1234567890", timestamp="1", nonce="n")
    query = {
        "msg_signature": envelope.signature,
        "timestamp": "1",
        "nonce": "n",
        "echostr": envelope.encrypted,
    }

    assert await verify(shop, query) == (200, b"1234567890")
    assert await verify(shop, {**query, "nonce": "m"}) == REFUSED
    assert await verify(shop, {**query, "echostr": ""}) == REFUSED
    assert await verify(shop, {}) == REFUSED


async def test_another_implementation_of_the_cipher_is_understood(shop: Shop) -> None:
    config = shop.wecom.config
    other: Any = WeChatCrypto(config.callback_token, config.aes_key, config.corp_id)
    await a_push(shop)
    stamp, nonce = str(int(shop.clock.now().timestamp())), "nonce"
    body: str = other.encrypt_message(command(shop, f"/认领 {NO}"), nonce, stamp)
    signature = body.split("<MsgSignature><![CDATA[")[1].split("]]>", maxsplit=1)[0]

    request = Request({"msg_signature": signature, "timestamp": stamp, "nonce": nonce}, body.encode())
    assert (await call(shop, request))[0] == 200

    assert await owner(shop) == "zhangsan"


async def test_whatever_is_wrong_the_answer_is_the_same_and_nothing_happens(shop: Shop) -> None:
    await a_push(shop)
    config = shop.wecom.config
    good = sealed(shop, command(shop, f"/认领 {NO}"))
    key = config.aes_key
    forgeries = {
        "no signature": Request({}, good.body),
        "wrong signature": Request({**good.query, "msg_signature": "0" * 40}, good.body),
        "another time": Request({**good.query, "timestamp": "1"}, good.body),
        "another nonce": Request({**good.query, "nonce": "x"}, good.body),
        "no xml": Request(good.query, b"hello"),
        "no envelope": Request(good.query, b"<xml></xml>"),
        "empty": Request(good.query, b""),
        "a dtd": Request(good.query, b'<!DOCTYPE x [<!ENTITY e "e">]><xml><Encrypt>&e;</Encrypt></xml>'),
        "another token": sealed(
            shop, command(shop, "x"), CallbackCrypto(token="t", aes_key=key, receive_id=config.corp_id)
        ),
        "another receiver": sealed(
            shop,
            command(shop, "x"),
            CallbackCrypto(token=config.callback_token, aes_key=key, receive_id="wwother"),
        ),
        "another key": sealed(
            shop,
            command(shop, "x"),
            CallbackCrypto(token=config.callback_token, aes_key="A" * 43, receive_id=config.corp_id),
        ),
        "another corp inside": sealed(shop, command(shop, f"/认领 {NO}", to="wwother")),
        "no xml inside": sealed(shop, "hello"),
        "a dtd inside": sealed(shop, '<!DOCTYPE x [<!ENTITY e "e">]><xml>&e;</xml>'),
        "a depth inside": sealed(shop, "<a>" * 5000 + "</a>" * 5000),
    }

    for what, forgery in forgeries.items():
        assert await call(shop, forgery) == REFUSED, what
    assert await owner(shop) is None


async def test_more_than_64_kib_is_not_read(shop: Shop) -> None:
    async def piecemeal() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 1024

    address = f"{shop.address}/wecom/callback"
    for body in (b"x" * (64 * 1024 + 1), piecemeal()):
        async with shop.http.post(address, data=body) as response:
            assert response.status == 413
    async with shop.http.post(address, data=b"x" * 64 * 1024) as response:
        assert response.status == 401


# --- once ------------------------------------------------------------------------------------------------


async def test_a_callback_that_is_repeated_in_other_envelopes_has_one_effect(shop: Shop) -> None:
    await a_push(shop)
    xml = command(shop, f"/原因 {NO} 支付通道维护")

    answers = await asyncio.gather(*(call(shop, sealed(shop, xml)) for _ in range(10)))

    assert set(answers) == {(200, b"")}
    assert len([line for line in shop.lines_to("zhangsan") if "支付通道维护" in line]) == 1


async def test_a_click_that_is_repeated_has_one_effect(shop: Shop) -> None:
    push = await a_push(shop)
    key = next(button.key for button in push.face("wangwu").buttons if button.text == "升级")
    xml = click(shop, push.task_id, key)

    for _ in range(3):
        assert await call(shop, sealed(shop, xml)) == (200, b"")
    await asyncio.gather(*(call(shop, sealed(shop, xml)) for _ in range(5)))

    assert len([line for line in shop.group_lines if "升级" in line]) == 1


async def one_after_the_other(shop: Shop, xml: str) -> list[tuple[int, bytes]]:
    request = sealed(shop, xml)
    return [await call(shop, request) for _ in range(3)]


async def at_once(shop: Shop, xml: str) -> list[tuple[int, bytes]]:
    request = sealed(shop, xml)
    return await asyncio.gather(*(call(shop, request) for _ in range(3)))


async def encrypted_anew(shop: Shop, xml: str) -> list[tuple[int, bytes]]:
    return await asyncio.gather(*(call(shop, sealed(shop, xml)) for _ in range(3)))


@pytest.mark.parametrize("thrice", [one_after_the_other, at_once, encrypted_anew])
async def test_each_kind_of_callback_has_one_effect_though_it_comes_three_times(
    shop: Shop, thrice: Callable[[Shop, str], Awaitable[list[tuple[int, bytes]]]]
) -> None:
    await shop.customer_writes(NO)
    await shop.created(NO)
    push = await a_push(shop)
    taps = {"发送回复": "sent", "升级": "escalated", "稍后": "snoozed"}
    for text in taps:
        key = next(button.key for button in push.face("wangwu").buttons if button.text == text)
        assert await thrice(shop, click(shop, push.task_id, key, by="wangwu")) == [(200, b"")] * 3
    assert await thrice(shop, command(shop, f"/原因 {NO} 支付通道维护")) == [(200, b"")] * 3

    (case,) = await shop.anomalies()
    happened = Counter(line["what"] for line in (await shop.case(case["id"]))["timeline"])
    del happened["letter_lost"]  # the cards could not change: our taps carry no right to it
    assert happened == dict.fromkeys(["opened", "claimed", "reached", "reason_given", *taps.values()], 1)
    assert len(shop.customer_read) == len(shop.lines_to("zhangsan")) == 1


async def test_the_same_words_said_twice_are_two_messages(shop: Shop) -> None:
    for msgid in (1, 2):
        await call(shop, sealed(shop, command(shop, "/值班", msgid)))

    assert len(shop.lines_to("zhangsan")) == 2


@pytest.mark.parametrize("ago", [timedelta(minutes=10, seconds=1), -timedelta(minutes=10, seconds=1)])
async def test_a_callback_out_of_its_time_has_no_effect(shop: Shop, ago: timedelta) -> None:
    await a_push(shop)

    answer = await call(shop, sealed(shop, command(shop, f"/认领 {NO}", ago=ago)))

    assert answer == (200, b"")
    assert await owner(shop) is None


async def test_kinds_that_nobody_waits_for_have_no_effect(shop: Shop) -> None:
    for inside in (
        "<MsgType>image</MsgType><PicUrl>x</PicUrl><MsgId>1</MsgId>",
        "<MsgType>event</MsgType><Event>subscribe</Event>",
        "<MsgType>event</MsgType><Event>template_card_event</Event>",
        "<MsgType>event</MsgType><Event>kf_msg_or_event</Event><Token>t</Token>",
        "",
    ):
        assert await call(shop, sealed(shop, message(shop, inside))) == (200, b"")
    assert shop.lines_to("zhangsan") == []


async def test_an_unknown_card_and_a_guessed_key_have_no_effect_and_are_answered(shop: Shop) -> None:
    push = await a_push(shop)
    key = push.face("wangwu").buttons[1].key

    for card, guess in (("nobody-s", key), (push.task_id, "claim"), (push.task_id, key[:-1] + "x")):
        assert await call(shop, sealed(shop, click(shop, card, guess))) == (200, b"")

    assert await owner(shop) is None
    assert len([line for line in shop.lines_to("zhangsan") if "卡片已失效" in line]) == 3


# --- in time ---------------------------------------------------------------------------------------------


async def test_a_callback_is_answered_within_a_second_whatever_it_asks_for(shop: Shop) -> None:
    await a_push(shop)
    shop.wecom.fault("message/send", "delay", seconds=1.1)
    request = sealed(shop, command(shop, "/帮助"))

    began = time.monotonic()
    async with shop.http.post(
        f"{shop.address}/wecom/callback", params=request.query, data=request.body
    ) as response:
        assert response.status == 200
    assert time.monotonic() - began < 1
    await shop.settled()


@pytest.mark.parametrize("reason", [StoreUnavailableError, OverloadedError])
async def test_while_it_cannot_be_stored_wecom_is_asked_to_come_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reason: type[Exception]
) -> None:
    async def unavailable(*_: object) -> None:
        raise reason

    await a_push(shop)
    xml = command(shop, f"/认领 {NO}")
    with monkeypatch.context() as patch:
        patch.setattr(Reception, "accept", unavailable)
        assert (await call(shop, sealed(shop, xml)))[0] == 503
    assert await owner(shop) is None

    assert (await call(shop, sealed(shop, xml)))[0] == 200
    assert await owner(shop) == "zhangsan"


async def test_those_that_come_together_are_stored_together_and_handled_one_by_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    run = Store.run

    async def counted(
        store: Store, name: str, operation: Callable[[Transaction], Awaitable[object]]
    ) -> object:
        names.append(name)
        return await run(store, name, operation)

    monkeypatch.setattr(Store, "run", counted)
    entered = "<MsgType>event</MsgType><Event>enter_agent</Event><EventKey>{}</EventKey>"
    requests = [sealed(shop, message(shop, entered.format(number))) for number in range(100)]
    answers = await asyncio.gather(*(post(shop, request) for request in requests))
    await shop.settled()

    assert set(answers) == {(200, b"")}
    assert names.count("inbox") < 50
    assert names.count("click") >= 100


async def test_deliveries_in_three_copies_and_out_of_order_change_nothing(deployment: Deployment) -> None:
    async with a_shop(deployment, knobs=Knobs(callback_copies=3, callback_reorder_seconds=0.05)) as shop:
        push = await a_push(shop)

        await shop.taps("wangwu", push, "认领")
        await shop.taps("wangwu", push, "升级")

        assert await owner(shop) == "wangwu"
        assert len([line for line in shop.group_lines if "认领" in line]) == 1
        assert len([line for line in shop.group_lines if "升级" in line]) == 1
