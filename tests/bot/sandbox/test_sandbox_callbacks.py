"""Do callbacks arrive as page 90238 says? wecom.md §1 and §2: envelope, time-out, three attempts."""

import asyncio
import base64
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from aiohttp import web
from wechatpy.enterprise.crypto import PrpCrypto

from bot.sandbox.config import Knobs
from bot.sandbox.courier import Outcome
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import CUSTOMER, KFID, CallbackUrl, a_sandbox, callback_url


async def test_2_a_text_to_the_app_has_all_its_fields(sandbox: Sandbox, callback: CallbackUrl) -> None:
    said = await sandbox.say("zhangsan", "/待办 ]]> <b>", "app")
    assert said.delivery
    assert said.delivery.outcome is Outcome.ANSWERED
    message = callback.messages[0]
    assert {part.tag: part.text for part in message} == {
        "ToUserName": sandbox.config.corp_id,
        "FromUserName": "zhangsan",
        "CreateTime": str(int(sandbox.world.now().timestamp())),
        "MsgType": "text",
        "AgentID": "1000002",
        "Content": "/待办 ]]> <b>",
        "MsgId": message.findtext("MsgId"),
    }
    assert 0 < int(message.findtext("MsgId", "")) < 2**64


async def test_1_3_the_plaintext_is_padded_to_32_bytes(sandbox: Sandbox, callback: CallbackUrl) -> None:
    await sandbox.say("zhangsan", "hi", "app")
    cipher: Any = PrpCrypto(base64.b64decode(sandbox.config.aes_key + "="))
    plain = cipher.cipher.decrypt(base64.b64decode(callback.ciphers[0]))
    assert len(plain) % 32 == 0
    assert 1 <= plain[-1] <= 32


async def test_1_5_a_text_may_be_answered_with_a_text(sandbox: Sandbox, callback: CallbackUrl) -> None:
    async def greet(_message: Element) -> bytes:
        return callback.seal("<MsgType>text</MsgType><Content>你好</Content>")

    callback.answering = greet
    await sandbox.say("zhangsan", "hi", "app")
    assert sandbox.member("zhangsan").texts() == ("hi", "你好")


@pytest.mark.parametrize("inside", ["<MsgType>update_button</MsgType>", "<MsgType>text</MsgType>"])
async def test_1_5_a_text_is_not_answered_with_anything_else(
    sandbox: Sandbox, callback: CallbackUrl, inside: str
) -> None:
    async def wrong(_message: Element) -> bytes:
        return callback.seal(inside)

    callback.answering = wrong
    said = await sandbox.say("zhangsan", "hi", "app")
    assert said.delivery
    assert said.delivery.reply.startswith("refused")
    assert sandbox.member("zhangsan").texts() == ("hi",)


async def test_9_1_a_kf_event_takes_no_passive_reply(sandbox: Sandbox, callback: CallbackUrl) -> None:
    async def text(_message: Element) -> bytes:
        return callback.seal("<MsgType>text</MsgType><Content>好</Content>")

    callback.answering = text
    sandbox.customer_says(CUSTOMER, "在吗")
    await sandbox.until(lambda: sandbox.callbacks[0].reply)
    assert sandbox.callbacks[0].reply == "refused: text does not answer kf_msg_or_event"


async def test_1_5_a_time_out_is_tried_three_times_with_the_same_message() -> None:
    async with a_sandbox(Knobs(callback_seconds=0.3)) as sandbox, callback_url(sandbox) as callback:
        forever = asyncio.Event()

        async def silent(_message: Element) -> bytes:
            await forever.wait()
            return b""

        callback.answering = silent
        said = await sandbox.say("zhangsan", "hi", "app")
        forever.set()
        assert said.delivery
        assert said.delivery.outcome is Outcome.LOST
        assert len(said.delivery.attempts) == len(callback.messages) == 3
        for tag in ("MsgId", "CreateTime"):
            assert len({message.findtext(tag) for message in callback.messages}) == 1
        assert len({query["nonce"] for query in callback.queries}) == 3
        assert len({query["msg_signature"] for query in callback.queries}) == 3
        assert len(set(callback.ciphers)) == 3


async def test_1_5_a_second_attempt_that_is_answered_ends_the_matter() -> None:
    async with a_sandbox(Knobs(callback_seconds=0.5)) as sandbox, callback_url(sandbox) as callback:
        forever = asyncio.Event()

        async def slow_at_first(_message: Element) -> bytes:
            if len(callback.messages) == 1:
                await forever.wait()
            return b""

        callback.answering = slow_at_first
        said = await sandbox.say("zhangsan", "hi", "app")
        forever.set()
        assert said.delivery
        assert said.delivery.outcome is Outcome.ANSWERED
        assert [attempt.status for attempt in said.delivery.attempts] == [None, 200]


@pytest.mark.parametrize(("retries", "attempts"), [(False, 1), (True, 3)])
async def test_13_2_whether_another_status_is_retried_is_a_knob(retries: bool, attempts: int) -> None:
    async with (
        a_sandbox(Knobs(callback_retries_status=retries)) as sandbox,
        callback_url(sandbox) as callback,
    ):
        callback.status = 503
        said = await sandbox.say("zhangsan", "hi", "app")
        assert said.delivery
        assert said.delivery.outcome is Outcome.LOST
        assert [attempt.status for attempt in said.delivery.attempts] == [503] * attempts


async def test_1_5_an_app_that_is_down_loses_the_callback(sandbox: Sandbox) -> None:
    async with callback_url(sandbox):
        pass
    said = await sandbox.say("zhangsan", "hi", "app")
    assert said.delivery
    assert said.delivery.outcome is Outcome.LOST
    assert len(said.delivery.attempts) == 3


async def test_12_duplicates_are_a_knob() -> None:
    async with a_sandbox(Knobs(callback_copies=3)) as sandbox, callback_url(sandbox) as callback:
        await sandbox.say("zhangsan", "hi", "app")
        assert len(callback.messages) == 3
        assert len({message.findtext("MsgId") for message in callback.messages}) == 1
        assert len(set(callback.ciphers)) == 3


async def test_12_reordering_is_a_knob() -> None:
    async with (
        a_sandbox(Knobs(callback_reorder_seconds=0.05)) as sandbox,
        callback_url(sandbox) as callback,
    ):
        await asyncio.gather(*(sandbox.say("zhangsan", text, "app") for text in "abc"))
        assert [message.findtext("Content") for message in callback.messages] == ["c", "b", "a"]


async def test_9_1_a_customers_message_raises_kf_msg_or_event(
    sandbox: Sandbox, callback: CallbackUrl
) -> None:
    sandbox.customer_says(CUSTOMER, "我的快递呢?")
    await sandbox.until(lambda: callback.events("kf_msg_or_event"))
    event = callback.messages[0]
    assert event.findtext("OpenKfId") == KFID
    assert event.findtext("Token")
    assert event.find("AgentID") is None
    assert event.find("FromUserName") is None
    assert sandbox.customer(CUSTOMER).texts() == ("我的快递呢?",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'"', b'"', id="quoted"),
        pytest.param(b"", b"\n", id="newline"),
        pytest.param(b"\xef\xbb\xbf", b"", id="BOM"),
    ],
)
async def test_1_1_the_echo_must_be_the_plain_text_itself(
    sandbox: Sandbox, before: bytes, after: bytes
) -> None:
    async def verify(request: web.Request) -> web.Response:
        query = request.query
        plain = sandbox.config.crypto().verify_and_decrypt(
            query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
        )
        return web.Response(body=before + plain + after)

    application = web.Application()
    application.add_routes([web.get("/cb", verify)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        assert not await sandbox.set_callback(f"http://127.0.0.1:{runner.addresses[0][1]}/cb")
    finally:
        await runner.cleanup()


async def test_1_1_nothing_is_delivered_to_a_url_that_was_never_verified(sandbox: Sandbox) -> None:
    assert not await sandbox.set_callback("http://127.0.0.1:9/nobody")
    said = await sandbox.say("zhangsan", "hi", "app")
    assert said.delivery
    assert (said.delivery.outcome, said.delivery.attempts) == (Outcome.UNVERIFIED, [])


async def test_1_1_a_url_that_comes_up_later_is_verified_by_itself(sandbox: Sandbox) -> None:
    async with callback_url(sandbox) as callback:
        url = callback.url
    port = int(url.split(":")[2].split("/")[0])
    async with a_sandbox(callback_url=url) as early:
        assert not early.courier.verified
        late = CallbackUrl(sandbox=early)
        application = web.Application()
        application.add_routes([web.get("/cb", late.verify)])
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            assert await early.until(lambda: early.courier.verified)
        finally:
            await runner.cleanup()
