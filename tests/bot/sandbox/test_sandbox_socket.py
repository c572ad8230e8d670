"""Does the long connection of the 智能机器人 behave as page 101463 says? wecom.md §8."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.server import SHUTDOWN_SECONDS, Sandbox
from tests.bot.sandbox.harness import (
    GROUP,
    Bot,
    a_button_card,
    a_config,
    a_sandbox,
    connected,
    soon,
)


def req_id_of(frame: dict[str, Any]) -> str:
    return frame["headers"]["req_id"]


async def test_8_6_a_good_secret_subscribes(sandbox: Sandbox) -> None:
    async with connected(sandbox, subscribe=False) as bot:
        answer = await bot.ask("aibot_subscribe", vars_of(sandbox), "req-€-1")
        assert answer == {"headers": {"req_id": "req-€-1"}, "errcode": 0, "errmsg": "ok"}


def vars_of(sandbox: Sandbox) -> dict[str, str]:
    return {"bot_id": sandbox.config.bot_id, "secret": sandbox.config.bot_secret}


@pytest.mark.parametrize("wrong", [{"secret": "x"}, {"bot_id": "x"}])
async def test_8_6_a_wrong_secret_is_853000_and_the_socket_stays_open(
    sandbox: Sandbox, wrong: dict[str, str]
) -> None:
    async with connected(sandbox, subscribe=False) as bot:
        assert (await bot.subscribe(**wrong))["errcode"] == 853000
        assert (await bot.push())["errcode"] == 846609
        assert (await bot.subscribe())["errcode"] == 0


@pytest.mark.parametrize(
    "command", ["ping", "aibot_send_msg", "aibot_respond_msg", "aibot_respond_update_msg"]
)
async def test_8_6_before_subscribing_everything_is_846609(sandbox: Sandbox, command: str) -> None:
    async with connected(sandbox, subscribe=False) as bot:
        assert (await bot.ask(command, {}))["errcode"] == 846609


async def test_8_6_a_newer_subscriber_kicks_the_older_one_out(sandbox: Sandbox) -> None:
    async with connected(sandbox) as old:
        async with connected(sandbox) as new:
            event = await old.frame()
            assert event["cmd"] == "aibot_event_callback"
            assert event["body"]["event"]["eventtype"] == "disconnected_event"
            closed = await soon(old.socket.receive())
            assert closed.type is aiohttp.WSMsgType.CLOSE
            sandbox.greet()
            assert (await new.push())["errcode"] == 0
        await sandbox.until(lambda: not sandbox.hub.connected)


async def test_8_6_a_refused_subscriber_kicks_nobody(sandbox: Sandbox, bot: Bot) -> None:
    async with connected(sandbox, subscribe=False) as intruder:
        assert (await intruder.subscribe(secret="wrong"))["errcode"] == 853000
        assert (await bot.push())["errcode"] == 0


async def test_8_6_a_ping_is_answered_without_cmd(bot: Bot) -> None:
    assert await bot.ask("ping", req_id="ping_1_x") == {
        "headers": {"req_id": "ping_1_x"},
        "errcode": 0,
        "errmsg": "ok",
    }


async def test_8_6_a_silent_link_is_closed() -> None:
    async with a_sandbox(Knobs(silent_link_seconds=0.05)) as sandbox, connected(sandbox) as bot:
        closed = await soon(bot.socket.receive())
        assert closed.type is aiohttp.WSMsgType.CLOSE
        await sandbox.until(lambda: not sandbox.hub.connected)


@pytest.mark.parametrize(
    "frame",
    ["", "{", "[]", '{"cmd":"ping"}', '{"cmd":"ping","headers":{"req_id":7}}', '{"headers":{"req_id":"x"}}'],
)
async def test_8_6_a_broken_frame_is_refused_and_the_link_lives(bot: Bot, frame: str) -> None:
    await bot.socket.send_str(frame)
    assert (await bot.frame())["errcode"] == 40058
    assert (await bot.ask("ping"))["errcode"] == 0


async def test_8_6_an_unknown_command_is_refused(bot: Bot) -> None:
    assert (await bot.ask("aibot_make_coffee", {}))["errcode"] == 40058
    assert (await bot.ask("aibot_send_msg"))["errcode"] == 40058


async def test_8_3_a_click_without_a_connection_is_lost(sandbox: Sandbox) -> None:
    async with connected(sandbox) as bot:
        sandbox.greet()
        card = a_button_card()
        await bot.push_card(card)
    await sandbox.until(lambda: not sandbox.hub.connected)
    lost = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert lost.event
    assert not lost.event.delivered
    async with connected(sandbox) as bot:
        assert (await bot.ask("ping"))["errcode"] == 0
        assert (await bot.update(lost.event.req_id, card))["errcode"] == 846605


@pytest.mark.parametrize("waits", [False, True])
async def test_13_5_messages_during_an_outage_are_lost_unless_a_knob_keeps_them(waits: bool) -> None:
    async with a_sandbox(Knobs(offline_frames_wait=waits)) as sandbox:
        said = await sandbox.say("lisi", "@bot 有人吗", GROUP)
        assert said.heard
        async with connected(sandbox) as bot:
            if waits:
                assert (await bot.frame())["body"]["text"]["content"] == "@bot 有人吗"
            assert (await bot.ask("ping", req_id="p"))["headers"]["req_id"] == "p"
            assert said.event
            assert said.event.delivered is waits


async def test_8_6_acks_of_many_commands_in_flight_keep_their_req_ids(bot: Bot) -> None:
    req_ids = [f"push-{number}" for number in range(20)]
    body = {"chatid": GROUP, "chat_type": 2, "msgtype": "markdown", "markdown": {"content": "x"}}
    for req_id in req_ids:
        await bot.socket.send_json({"cmd": "aibot_send_msg", "headers": {"req_id": req_id}, "body": body})
    assert [req_id_of(await bot.frame()) for _ in req_ids] == req_ids


async def test_the_sandbox_stops_at_once_although_a_bot_is_connected() -> None:
    async with aiohttp.ClientSession() as http:
        sandbox = Sandbox(a_config(), clock=ManualClock())
        async with asyncio.timeout(SHUTDOWN_SECONDS - 0.5):
            async with sandbox.running():
                socket = await http.ws_connect(sandbox.socket_url)
                bot = Bot(sandbox=sandbox, socket=socket)
                await bot.subscribe()
                reader = asyncio.ensure_future(socket.receive())
            assert (await reader).type is aiohttp.WSMsgType.CLOSE
