"""Does every dish of the fault menu taste as promised? promises.md §4 and R-19, R-20."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.world import DropReason
from tests.bot.sandbox.harness import CUSTOMER, GROUP, App, Bot, a_button_card, connected, soon


async def test_5xx_is_html_and_does_nothing(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "5xx", times=1)
    url = f"{sandbox.api_base}/cgi-bin/message/send"
    async with app.http.post(url, params={"access_token": app.token}, json={}) as response:
        assert response.status == 502
        assert response.content_type == "text/html"
    assert not sandbox.member("zhangsan").messages
    assert (await app.send())["errcode"] == 0


@pytest.mark.parametrize("errcode", [-1, 45009, 45033, 40201])
async def test_an_errcode_is_answered_so_many_times(app: App, sandbox: Sandbox, errcode: int) -> None:
    sandbox.fault("message/send", errcode, times=2)
    assert [(await app.send())["errcode"] for _ in range(3)] == [errcode, errcode, 0]
    assert len(sandbox.member("zhangsan").messages) == 1


async def test_42001_once_ends_the_token_that_was_sent(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "42001_once")
    assert (await app.send())["errcode"] == 42001
    assert (await app.send())["errcode"] == 42001
    await app.log_in()
    assert (await app.send())["errcode"] == 0


async def test_42001_forever_hits_fresh_tokens_too(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "42001_forever")
    for _ in range(3):
        assert (await app.send())["errcode"] == 42001
        await app.log_in()
    sandbox.clear_faults()
    assert (await app.send())["errcode"] == 0


async def test_accept_then_drop_delivers_and_breaks_the_connection(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "accept_then_drop", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await app.send()
    assert len(sandbox.member("zhangsan").messages) == 1
    assert (sandbox.calls[-1].errcode, sandbox.calls[-1].fault) == (0, "accept_then_drop")


async def test_a_delayed_answer_comes_after_the_effect(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "delay", times=1, seconds=60)
    sending = asyncio.ensure_future(app.send())
    assert await sandbox.until(lambda: sandbox.member("zhangsan").messages)
    assert not sending.done()
    sending.cancel()


async def test_invaliduser_takes_the_named_or_everybody(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "invaliduser", times=1, userids=["lisi"])
    assert (await app.send(touser="zhangsan|lisi"))["invaliduser"] == "lisi"
    sandbox.fault("message/send", "invaliduser", times=1)
    assert (await app.send())["errcode"] == 81013


async def test_silently_drop_says_ok(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", "silently_drop")
    sandbox.fault("kf/send_msg", "silently_drop")
    answer = await app.send_card(a_button_card())
    assert answer["errcode"] == 0
    assert answer["response_code"]
    sandbox.customer_says(CUSTOMER, "在吗")
    assert (await app.answer_customer())["errcode"] == 0
    assert [drop.reason for drop in sandbox.drops] == [DropReason.FAULT, DropReason.FAULT]
    assert not sandbox.member("zhangsan").messages


async def test_a_star_hits_every_call_and_the_first_fitting_fault_wins(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("gettoken", 45009)
    sandbox.fault("*", -1)
    config = sandbox.config
    answer = await app.get("gettoken", corpid=config.corp_id, corpsecret=config.secret)
    assert answer["errcode"] == 45009
    assert (await app.send())["errcode"] == -1


async def test_a_probability_is_kept_and_repeatable(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/recall", -1, probability=0.3)
    hits = [(await app.call("message/recall", {}))["errcode"] == -1 for _ in range(200)]
    assert 40 <= sum(hits) <= 80


async def test_sync_and_update_have_faults_too(app: App, sandbox: Sandbox) -> None:
    for path in ("kf/sync_msg", "message/update_template_card"):
        sandbox.fault(path, 45033, times=1)
        assert (await app.call(path, {}))["errcode"] == 45033


async def test_a_socket_command_can_be_refused(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", 846607, times=1)
    assert (await bot.push())["errcode"] == 846607
    assert (await bot.push())["errcode"] == 0


async def test_a_socket_command_can_be_swallowed(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "silently_drop", times=1)
    before = len(sandbox.group().messages)
    assert (await bot.push())["errcode"] == 0
    assert len(sandbox.group().messages) == before
    assert sandbox.drops[-1].to == f"group:{GROUP}"


async def test_a_socket_command_can_be_accepted_without_an_ack(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "accept_then_drop", times=1)
    before = len(sandbox.group().messages)
    with pytest.raises(TypeError):  # what the client has got is the end of the connection, not text
        await bot.push()
    assert len(sandbox.group().messages) == before + 1
    await sandbox.until(lambda: not sandbox.hub.connected)


async def test_a_delayed_ack_does_not_hold_up_the_others(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "delay", times=1, seconds=60)
    body: dict[str, Any] = {"chatid": GROUP, "msgtype": "markdown", "markdown": {"content": "slow"}}
    frame = {"cmd": "aibot_send_msg", "headers": {"req_id": "slow"}, "body": body}
    await bot.socket.send_json(frame)
    assert (await bot.ask("ping", req_id="quick"))["headers"]["req_id"] == "quick"
    assert sandbox.group().texts()[-1] == "slow"


async def test_an_ack_may_come_late(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "delay", times=1, seconds=0.01)
    assert (await bot.push())["errcode"] == 0


async def test_subscribing_can_fail_for_a_while(sandbox: Sandbox) -> None:
    sandbox.fault("aibot_subscribe", -1, times=1)
    async with connected(sandbox, subscribe=False) as bot:
        assert (await bot.subscribe())["errcode"] == -1
        assert (await bot.subscribe())["errcode"] == 0


async def test_the_socket_drops_without_a_word(bot: Bot, sandbox: Sandbox) -> None:
    assert sandbox.drop_socket()
    lost = await soon(bot.socket.receive())
    assert lost.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSING}
    await sandbox.until(lambda: not sandbox.hub.connected)
    assert not sandbox.drop_socket()


async def test_a_push_to_an_invalid_chat_can_be_feigned(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "invaliduser", times=1)
    assert (await bot.push())["errcode"] == 93006


async def test_a_5xx_on_the_socket_is_a_broken_connection(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("aibot_send_msg", "5xx", times=1)
    before = len(sandbox.group().messages)
    with pytest.raises(TypeError):
        await bot.push()
    assert len(sandbox.group().messages) == before


async def every_path(app: App) -> list[str]:
    """What the menu knows below /cgi-bin/."""
    _, refused = await app.control("_faults", {"path": "?", "fault": -1})
    named = refused["mend"].removeprefix("one of ").split(", ")
    return [path for path in named if path not in {"*", "ping", "socket"} and not path.startswith("aibot_")]


async def fetch(app: App, path: str) -> tuple[int, int]:
    """Call it with nothing but the credentials; HTTP status and errcode."""
    url = f"{app.sandbox.api_base}/cgi-bin/{path}"
    query = {"access_token": app.token, "key": app.sandbox.webhook_key}
    async with app.http.post(url, params=query, json={}) as response:
        code = (await response.json())["errcode"] if response.status == 200 else -1
        return response.status, code


async def test_every_errcode_of_the_menu_hits_every_endpoint(app: App, sandbox: Sandbox) -> None:
    paths = await every_path(app)
    assert len(paths) > 45
    for path in paths:
        for errcode in (-1, 45009, 45033):
            sandbox.fault(path, errcode, times=1)
            assert await fetch(app, path) == (200, errcode), path
        sandbox.fault(path, "5xx", times=1)
        assert (await fetch(app, path))[0] == 502, path


async def test_every_endpoint_can_lose_its_token_and_its_connection(app: App, sandbox: Sandbox) -> None:
    for path in await every_path(app):
        if path != "gettoken" and not path.startswith("webhook/"):  # they come without a token
            await app.log_in()
            sandbox.fault(path, "42001_once")
            assert await fetch(app, path) == (200, 42001), path
        sandbox.fault(path, "accept_then_drop", times=1)
        with pytest.raises(aiohttp.ClientConnectionError):
            await fetch(app, path)
        sandbox.fault(path, "delay", times=1, seconds=0.001)
        await fetch(app, path)
        assert sandbox.calls[-1].fault == "delay", path


async def test_a_call_that_answers_a_bare_ok_can_do_nothing(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    session = {"open_kfid": sandbox.config.open_kfid, "external_userid": CUSTOMER}
    mass = {"external_userid": [CUSTOMER], "sender": "lisi", "text": {"content": "您好"}}
    task = {"msgid": (await app.call("externalcontact/add_msg_template", mass))["msgid"]}
    sent = {"msgid": (await app.send())["msgid"]}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("message/recall", sent),
        ("message/update_template_card", {}),
        ("appchat/update", {}),
        ("kf/service_state/trans", session | {"service_state": 4}),
        ("externalcontact/remind_groupmsg_send", task),
        ("externalcontact/cancel_groupmsg_send", task),
    ]
    for path, body in calls:
        sandbox.fault(path, "silently_drop", times=1)
        assert await app.call(path, body) == {"errcode": 0, "errmsg": "ok"}, path
    assert not sandbox.member("zhangsan").messages[0].recalled
    assert (await app.call("kf/service_state/get", session))["service_state"] == 0
    (waiting,) = sandbox.mass.pending("lisi")
    assert not waiting.reminders
