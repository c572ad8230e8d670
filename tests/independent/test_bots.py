"""Do the SDKs that others have written for the 智能机器人 find the sandbox faithful? The official one, and a port of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from tests.independent.clients import Client, a_bot

GROUP = "wrAbCdEf0001"
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "未揽收 3h12m · DB20251222-883"},
    "task_id": "task-1",
    "button_list": [{"text": "认领", "style": 1, "key": "claim"}],
}
CHANGED = CARD | {"main_title": {"title": "已认领 · 张三 14:02"}}
BOTH = pytest.mark.parametrize("kind", ["node", "python"])


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    config = SandboxConfig(groups={GROUP: "订单异常处理群"}, members={"zhangsan": "张三", "lisi": "李四"})
    async with Sandbox(config, clock=SystemClock()).running() as sandbox:
        yield sandbox


async def acknowledged(client: Client, *what: str) -> None:
    """Its next replies are these, and each was taken."""
    for one in what:
        said = await client.until("acknowledged")
        assert (said["what"], said["errcode"]) == (one, 0)


@BOTH
async def test_a_message_is_answered_by_a_stream_and_a_card_and_a_tap_by_a_change(
    kind: str, sandbox: Sandbox
) -> None:
    async with a_bot(kind, sandbox, CARD, CHANGED) as client:
        await sandbox.say("zhangsan", f"@{sandbox.config.bot_name} 帮助", chat=GROUP)
        heard = (await client.until("heard"))["body"]
        assert (heard["chatid"], heard["chattype"], heard["from"]["userid"]) == (GROUP, "group", "zhangsan")
        assert "帮助" in heard["text"]["content"]
        await acknowledged(client, "stream", "stream", "card")
        assert sandbox.group().texts()[-2] == "看完了"

        await sandbox.click("zhangsan", "task-1", "认领")
        event = (await client.until("tapped"))["body"]["event"]["template_card_event"]
        assert (event["task_id"], event["event_key"]) == ("task-1", "claim")
        await acknowledged(client, "update")

        (card,) = sandbox.group().cards
        assert "已认领 · 张三" in card.display("lisi").text
        assert client.has_said("warned") == client.has_said("failed") == []


@BOTH
async def test_a_visitor_of_the_single_chat_is_welcomed(kind: str, sandbox: Sandbox) -> None:
    async with a_bot(kind, sandbox, CARD, CHANGED) as client:
        await sandbox.say("lisi", "在吗")
        await acknowledged(client, "welcome")
        assert "您好" in sandbox.bot_chat("lisi").texts()


@BOTH
async def test_heartbeats_are_answered(kind: str, sandbox: Sandbox) -> None:
    async with a_bot(kind, sandbox, CARD, CHANGED) as client:
        await sandbox.until(lambda: sum(call.path == "ping" for call in sandbox.calls) > 5)
        assert client.has_said("disconnected") == []


@BOTH
async def test_a_newer_one_throws_out_the_older_which_does_not_fight(kind: str, sandbox: Sandbox) -> None:
    async with a_bot(kind, sandbox, CARD, CHANGED) as older, a_bot(kind, sandbox, CARD, CHANGED) as newer:
        await older.until("kicked")
        await sandbox.until(lambda: sum(call.path == "ping" for call in sandbox.calls) > 5)

        assert sum(call.path == "aibot_subscribe" for call in sandbox.calls) == 2
        assert newer.has_said("disconnected") == []


@BOTH
async def test_after_a_break_they_are_back(kind: str, sandbox: Sandbox) -> None:
    async with a_bot(kind, sandbox, CARD, CHANGED) as client:
        assert sandbox.drop_socket()
        await client.until("authenticated")

        await sandbox.say("zhangsan", f"@{sandbox.config.bot_name} 还在吗", chat=GROUP)
        await acknowledged(client, "stream", "stream", "card")
