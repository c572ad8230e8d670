"""Do files, streams and broken sockets of the 智能机器人 behave as wecom.md §8.4 and §8.6 say? (101463)"""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    GROUP,
    App,
    Bot,
    a_button_card,
    a_sandbox,
    connected,
    soon,
    without_none,
)

DATA = b"a report in two parts"


async def begin(bot: Bot, data: bytes = DATA, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "file",
        "filename": "report.pdf",
        "total_size": len(data),
        "total_chunks": 2,
        "md5": hashlib.md5(data).hexdigest(),
    }
    return await bot.ask("aibot_upload_media_init", without_none(body | fields))


async def put(bot: Bot, upload_id: str, index: int, data: bytes) -> int:
    body = {
        "upload_id": upload_id,
        "chunk_index": index,
        "base64_data": base64.b64encode(data).decode(),
    }
    return (await bot.ask("aibot_upload_media_chunk", body))["errcode"]


async def uploaded(bot: Bot, first: int = 0) -> dict[str, Any]:
    upload_id = (await begin(bot))["body"]["upload_id"]
    assert await put(bot, upload_id, first + 1, DATA[10:]) == 0
    assert await put(bot, upload_id, first, DATA[:10]) == 0
    assert await put(bot, upload_id, first, DATA[:10]) == 0
    return await bot.ask("aibot_upload_media_finish", {"upload_id": upload_id})


@pytest.mark.parametrize("first", [0, 1])
async def test_8_6_chunks_come_in_any_order_counted_from_0_or_1(
    bot: Bot, sandbox: Sandbox, first: int
) -> None:
    answer = await uploaded(bot, first)
    assert (answer["errcode"], answer["body"]["type"]) == (0, "file")
    assert (await bot.push("file", {"media_id": answer["body"]["media_id"]}))["errcode"] == 0
    assert sandbox.group().texts()[-1] == "report.pdf"
    assert (await bot.push("image", {"media_id": answer["body"]["media_id"]}))["errcode"] == 40007


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "pdf"},
        {"total_size": 0},
        {"total_size": 20 * 1024 * 1024 + 1},
        {"total_chunks": 101},
        {"total_chunks": None},
        {"filename": None},
    ],
)
async def test_8_6_a_wrong_beginning_is_refused(bot: Bot, fields: dict[str, Any]) -> None:
    assert (await begin(bot, **fields))["errcode"] == 40058


async def test_8_6_an_upload_must_be_whole_and_right(bot: Bot) -> None:
    upload_id = (await begin(bot))["body"]["upload_id"]
    assert await put(bot, upload_id, 0, b"x" * (512 * 1024 + 1)) == 40058
    assert await put(bot, upload_id, 3, b"x") == 40058
    assert await put(bot, "made-up", 0, b"x") == 40058
    body = {"upload_id": upload_id, "chunk_index": 0, "base64_data": "%%"}
    assert (await bot.ask("aibot_upload_media_chunk", body))["errcode"] == 40058
    finish = {"upload_id": upload_id}
    assert await put(bot, upload_id, 0, DATA[:10]) == 0
    assert (await bot.ask("aibot_upload_media_finish", finish))["errcode"] == 40058
    assert await put(bot, upload_id, 1, b"y") == 0
    assert (await bot.ask("aibot_upload_media_finish", finish))["errcode"] == 40058
    assert await put(bot, upload_id, 1, DATA[10:].upper()) == 0
    assert (await bot.ask("aibot_upload_media_finish", finish))["errcode"] == 40058


async def test_8_6_an_upload_lives_30_minutes_and_its_file_three_days(bot: Bot, clock: ManualClock) -> None:
    media_id = (await uploaded(bot))["body"]["media_id"]
    upload_id = (await begin(bot))["body"]["upload_id"]
    clock.advance(timedelta(minutes=30))
    assert await put(bot, upload_id, 0, DATA[:10]) == 40058
    clock.advance(timedelta(days=3))
    assert (await bot.push("file", {"media_id": media_id}))["errcode"] == 40007


async def test_8_6_uploads_are_rationed() -> None:
    async with a_sandbox(Knobs(bot_uploads_per_minute=1)) as sandbox, connected(sandbox) as bot:
        assert [(await begin(bot))["errcode"] for _ in range(2)] == [0, 846607]


async def test_8_6_a_message_is_answered_with_a_file(bot: Bot, sandbox: Sandbox) -> None:
    media_id = (await uploaded(bot))["body"]["media_id"]
    await sandbox.say("lisi", "@bot 周报", GROUP)
    req_id = (await bot.frame())["headers"]["req_id"]
    answer = {"msgtype": "file", "file": {"media_id": media_id}}
    assert (await bot.ask("aibot_respond_msg", answer, req_id))["errcode"] == 0


async def test_8_4_a_stream_with_feedback_and_without_pictures(bot: Bot, sandbox: Sandbox) -> None:
    await sandbox.say("lisi", "@bot 周报", GROUP)
    req_id = (await bot.frame())["headers"]["req_id"]

    async def stream(**fields: Any) -> int:
        body = {"msgtype": "stream", "stream": {"id": "s", "content": "在查", "finish": False} | fields}
        return (await bot.ask("aibot_respond_msg", body, req_id))["errcode"]

    assert await stream(feedback={"id": "x" * 257}) == 40058
    assert await stream(feedback={"id": "x" * 256}) == 0
    assert await stream(finish=True, msg_item=[{"msgtype": "image"}]) == 40058
    assert await stream(content="查到了", finish=True) == 0
    assert sandbox.group().texts()[-1] == "查到了"


async def test_13_4_a_stream_with_a_card_is_a_knob(bot: Bot) -> None:
    body: dict[str, Any] = {
        "msgtype": "stream_with_template_card",
        "stream": {"id": "s", "content": "在查", "finish": False},
        "template_card": a_button_card(),
    }
    await bot.sandbox.say("lisi", "@bot 周报", GROUP)
    req_id = (await bot.frame())["headers"]["req_id"]
    assert (await bot.ask("aibot_respond_msg", body, req_id))["errcode"] == 40008
    async with a_sandbox(Knobs(stream_with_card=True)) as sandbox, connected(sandbox) as other:
        await sandbox.say("lisi", "@bot 周报", GROUP)
        req_id = (await other.frame())["headers"]["req_id"]
        assert (await other.ask("aibot_respond_msg", body, req_id))["errcode"] == 0
        assert len(sandbox.group().cards) == 1
        assert (await other.ask("aibot_respond_msg", body, req_id))["errcode"] == 846605
        only = {name: value for name, value in body.items() if name != "template_card"}
        assert (await other.ask("aibot_respond_msg", only, req_id))["errcode"] == 0


async def test_a_silent_link_takes_everything_and_answers_nothing(bot: Bot, sandbox: Sandbox) -> None:
    assert sandbox.silence_socket()
    await bot.socket.send_json({"cmd": "ping", "headers": {"req_id": "p"}})
    with pytest.raises(TimeoutError):
        await bot.socket.receive(timeout=0.05)
    said = await sandbox.say("lisi", "@bot 在吗", GROUP)
    assert said.event
    assert not said.event.delivered
    async with connected(sandbox) as again:
        assert (await again.ask("ping"))["errcode"] == 0


async def test_a_kicked_bot_is_told_and_closed(bot: Bot, sandbox: Sandbox) -> None:
    assert sandbox.kick_bot()
    assert (await bot.frame())["body"]["event"]["eventtype"] == "disconnected_event"
    assert (await soon(bot.socket.receive())).type is aiohttp.WSMsgType.CLOSE
    assert not sandbox.kick_bot()


async def test_a_clean_close_says_that_it_goes_away(bot: Bot, sandbox: Sandbox) -> None:
    assert sandbox.close_socket()
    assert (await soon(bot.socket.receive())).type is aiohttp.WSMsgType.CLOSE
    assert bot.socket.close_code == aiohttp.WSCloseCode.GOING_AWAY


@pytest.mark.parametrize("fault", ["abort", "drop", "silent_link", "kick", "close"])
async def test_the_socket_is_broken_over_http_too(app: App, bot: Bot, fault: str) -> None:
    assert (await app.control("_faults", {"path": "socket", "fault": fault}))[1] == {"done": fault}
    if fault != "silent_link":
        await app.sandbox.until(lambda: not app.sandbox.hub.connected)
        assert (await app.control("_faults", {"path": "socket", "fault": fault}))[0] == 400


async def test_a_bot_comes_back_after_the_gateway_restarted(bot: Bot, sandbox: Sandbox) -> None:
    async with sandbox.down():
        assert (await soon(bot.socket.receive())).type in {
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
            aiohttp.WSMsgType.CLOSING,
        }
        await sandbox.until(lambda: not sandbox.hub.connected)
    async with connected(sandbox) as again:
        assert (await again.push())["errcode"] == 0


async def test_an_upload_has_faults_too(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_upload_media_init", 45009, times=1)
    assert (await begin(bot))["errcode"] == 45009
    assert (await begin(bot))["errcode"] == 0
