"""What may the 智能机器人 send, answer and update? wecom.md §8.2 to §8.7 (101031, 101032, 101463)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    GROUP,
    App,
    Bot,
    a_button_card,
    a_form,
    a_sandbox,
    a_selector,
    a_text_notice,
    an_app,
    clock_of,
    connected,
)


async def clicked(bot: Bot, userid: str = "zhangsan", **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Push a card to the group and press its first button; the card and the event's frame."""
    card = a_button_card(**fields)
    assert (await bot.push_card(card))["errcode"] == 0
    await bot.sandbox.click(userid, card["task_id"], "发送回复")
    return card, await bot.frame()


def req_id_of(frame: dict[str, Any]) -> str:
    return frame["headers"]["req_id"]


async def test_8_6_a_push_arrives_in_the_group(bot: Bot, sandbox: Sandbox) -> None:
    assert await bot.push(content={"content": "<@x> **晨会**"}) | {"headers": None} == {
        "headers": None,
        "errcode": 0,
        "errmsg": "ok",
    }
    assert sandbox.group().texts()[-1] == "<@x> **晨会**"


@pytest.mark.parametrize(
    ("msgtype", "content", "errcode"),
    [
        ("text", {"content": "x"}, 40008),
        ("markdown_v2", {"content": "x"}, 40008),
        ("stream", {"id": "s", "finish": True, "content": "x"}, 40008),
        ("markdown", {"content": "x" * 20480}, 0),
        ("markdown", {"content": "x" * 20481}, 45002),
        ("markdown", {"content": ""}, 93017),
        ("template_card", {"card_type": "x"}, 42031),
    ],
)
async def test_8_6_a_push_is_markdown_or_a_card(
    bot: Bot, msgtype: str, content: dict[str, Any], errcode: int
) -> None:
    assert (await bot.push(msgtype, content))["errcode"] == errcode


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        pytest.param({"chatid": None}, 93006, id="no chatid"),
        pytest.param({"chatid": GROUP.lower()}, 93006, id="lower-cased chatid"),
        pytest.param({"chatid": "wrOther"}, 93006, id="unknown group"),
        pytest.param({"chat_type": 1}, 93006, id="a group is no single chat"),
        pytest.param({"chat_type": 3}, 40058, id="chat_type out of range"),
        pytest.param({"chat_type": None}, 0, id="guessed, group first"),
        pytest.param({"chatid": "zhangsan", "chat_type": 1}, 93006, id="a member who never spoke to the bot"),
    ],
)
async def test_8_6_a_push_needs_the_right_chat(bot: Bot, fields: dict[str, Any], errcode: int) -> None:
    assert (await bot.push(**fields))["errcode"] == errcode


async def test_8_6_nobody_greeted_the_bot(sandbox: Sandbox) -> None:
    async with connected(sandbox) as bot:
        assert (await bot.push())["errcode"] == 93006
        said = await sandbox.say("zhangsan", "大家早", GROUP)
        assert not said.heard
        assert (await bot.push())["errcode"] == 93006
        assert (await sandbox.say("zhangsan", "@bot 你好", GROUP)).heard
        await bot.frame()
        assert (await bot.push())["errcode"] == 0
    async with a_sandbox(Knobs(ungreeted_chat=93001)) as other, connected(other) as again:
        assert (await again.push())["errcode"] == 93001


async def test_8_6_a_member_who_spoke_gets_pushes(bot: Bot, sandbox: Sandbox) -> None:
    await sandbox.say("lisi", "你好")
    await bot.frame()
    await bot.frame()
    assert (await bot.push(chatid="lisi", chat_type=1))["errcode"] == 0
    assert (await bot.push(chatid="lisi", chat_type=None))["errcode"] == 0
    assert (await bot.push(chatid="LiSi", chat_type=1))["errcode"] == 93006


async def test_8_2_a_group_message_reaches_the_bot_with_its_mention(bot: Bot, sandbox: Sandbox) -> None:
    await sandbox.say("lisi", "@盯单 /待办", GROUP)
    frame = await bot.frame()
    assert frame["cmd"] == "aibot_msg_callback"
    assert req_id_of(frame)
    body = frame["body"]
    assert body | {"msgid": ""} == {
        "msgid": "",
        "aibotid": sandbox.config.bot_id,
        "chatid": GROUP,
        "chattype": "group",
        "from": {"userid": "lisi"},
        "msgtype": "text",
        "text": {"content": "@盯单 /待办"},
    }
    assert body["msgid"]


async def test_8_3_the_first_entry_of_a_day_raises_enter_chat(
    bot: Bot, sandbox: Sandbox, clock: ManualClock
) -> None:
    await sandbox.say("lisi", "你好")
    entered, said = await bot.frame(), await bot.frame()
    assert entered["body"]["event"]["eventtype"] == "enter_chat"
    assert "chatid" not in said["body"]
    assert said["body"]["chattype"] == "single"
    await sandbox.say("lisi", "还在吗")
    assert (await bot.frame())["body"]["msgtype"] == "text"
    clock.advance(timedelta(days=1))
    await sandbox.say("lisi", "早")
    assert (await bot.frame())["body"]["event"]["eventtype"] == "enter_chat"


async def test_8_6_a_welcome_answers_enter_chat_once_and_nothing_else(bot: Bot, sandbox: Sandbox) -> None:
    await sandbox.say("lisi", "你好")
    entered, said = await bot.frame(), await bot.frame()
    welcome = {"msgtype": "text", "text": {"content": "欢迎"}}
    assert (await bot.ask("aibot_respond_welcome_msg", welcome, req_id_of(said)))["errcode"] == 846605
    assert (await bot.ask("aibot_respond_welcome_msg", welcome, req_id_of(entered)))["errcode"] == 0
    assert (await bot.ask("aibot_respond_welcome_msg", welcome, req_id_of(entered)))["errcode"] == 846605
    assert "欢迎" in sandbox.bot_chat("lisi").texts()


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "markdown", "markdown": {"content": "好"}}, 0),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "好"}}, 0),
        ({"msgtype": "template_card", "template_card": a_text_notice()}, 0),
        ({"msgtype": "text", "text": {"content": "好"}}, 40008),
        ({"msgtype": "stream", "stream": {"finish": True, "content": "好"}}, 40058),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "x" * 20481}}, 45002),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "x", "msg_item": []}}, 40058),
    ],
)
async def test_8_6_a_message_is_answered_on_its_req_id(bot: Bot, body: dict[str, Any], errcode: int) -> None:
    await bot.sandbox.say("lisi", "@bot /帮助", GROUP)
    frame = await bot.frame()
    before = len(bot.sandbox.group().messages)
    assert (await bot.ask("aibot_respond_msg", body, req_id_of(frame)))["errcode"] == errcode
    assert len(bot.sandbox.group().messages) == before + (errcode == 0)


REPLY = {"msgtype": "markdown", "markdown": {"content": "好"}}


async def test_8_6_a_reply_needs_the_req_id_of_a_message(bot: Bot) -> None:
    assert (await bot.ask("aibot_respond_msg", REPLY, "made-up"))["errcode"] == 846605
    _, frame = await clicked(bot)
    assert (await bot.ask("aibot_respond_msg", REPLY, req_id_of(frame)))["errcode"] == 846605


async def test_8_6_a_message_can_be_answered_for_24_hours(bot: Bot, clock: ManualClock) -> None:
    await bot.sandbox.say("lisi", "@bot /帮助", GROUP)
    frame = await bot.frame()
    clock.advance(timedelta(hours=24) - timedelta(milliseconds=1))
    assert (await bot.ask("aibot_respond_msg", REPLY, req_id_of(frame)))["errcode"] == 0
    clock.advance(timedelta(milliseconds=1))
    assert (await bot.ask("aibot_respond_msg", REPLY, req_id_of(frame)))["errcode"] == 846605


async def test_8_4_a_stream_replaces_its_text_until_it_is_finished(bot: Bot, clock: ManualClock) -> None:
    await bot.sandbox.say("lisi", "@bot /帮助", GROUP)
    req_id = req_id_of(await bot.frame())

    async def stream(content: str, *, finish: bool = False) -> int:
        part = {"id": "s", "finish": finish, "content": content}
        body = {"msgtype": "stream", "stream": part}
        return (await bot.ask("aibot_respond_msg", body, req_id))["errcode"]

    assert await stream("1") == 0
    assert await stream("123") == 0
    assert bot.sandbox.group().texts()[-1] == "123"
    clock.advance(timedelta(minutes=6))
    assert await stream("1234", finish=True) == 846608
    clock.advance(timedelta(minutes=-1))
    assert await stream("12345", finish=True) == 0
    assert await stream("123456") == 846605


async def test_8_3_a_click_tells_who_pressed_what(bot: Bot, sandbox: Sandbox) -> None:
    card, frame = await clicked(bot, "lisi", button_selection=a_selector(selected_id="pack"))
    assert frame["cmd"] == "aibot_event_callback"
    body = frame["body"]
    assert (body["chatid"], body["chattype"], body["from"]) == (GROUP, "group", {"userid": "lisi"})
    assert body["create_time"] == int(sandbox.world.now().timestamp())
    assert body["event"] == {
        "eventtype": "template_card_event",
        "template_card_event": {
            "card_type": "button_interaction",
            "event_key": "send",
            "task_id": card["task_id"],
            "selected_items": {
                "selected_item": [{"question_key": "reason", "option_ids": {"option_id": ["pack"]}}]
            },
        },
    }


async def test_8_4_an_update_replaces_the_card_for_everybody(bot: Bot, sandbox: Sandbox) -> None:
    card, frame = await clicked(bot)
    fresh = a_button_card(task_id=card["task_id"], button_list=[{"text": "刷新", "key": "refresh"}])
    assert (await bot.update(req_id_of(frame), fresh))["errcode"] == 0
    shown = sandbox.group().card(card["task_id"])
    assert shown
    assert shown.face("lisi").button_texts == shown.face().button_texts == ("刷新",)


async def test_8_4_userids_give_a_card_several_faces(bot: Bot, sandbox: Sandbox) -> None:
    card, frame = await clicked(bot)
    fresh = a_text_notice(task_id=card["task_id"])
    assert (await bot.update(req_id_of(frame), fresh, userids=["zhangsan"]))["errcode"] == 0
    shown = sandbox.group().card(card["task_id"])
    assert shown
    assert shown.face("zhangsan").card_type == "text_notice"
    assert shown.face("lisi").card_type == "button_interaction"


async def test_8_6_an_update_works_once(bot: Bot) -> None:
    card, frame = await clicked(bot)
    assert (await bot.update(req_id_of(frame), card))["errcode"] == 0
    assert (await bot.update(req_id_of(frame), card))["errcode"] == 846605


async def test_8_6_an_update_needs_the_req_id_of_a_click(bot: Bot) -> None:
    card, _ = await clicked(bot)
    assert (await bot.update("made-up", card))["errcode"] == 846605
    await bot.sandbox.say("lisi", "@bot hi", GROUP)
    assert (await bot.update(req_id_of(await bot.frame()), card))["errcode"] == 846605


@pytest.mark.parametrize("task_id", ["another", None])
async def test_8_7_an_update_must_echo_the_task_id(bot: Bot, task_id: str | None) -> None:
    card, frame = await clicked(bot)
    wrong = {name: value for name, value in (card | {"task_id": task_id}).items() if value}
    assert (await bot.update(req_id_of(frame), wrong))["errcode"] == 846605
    shown = bot.sandbox.group().card(card["task_id"])
    assert shown
    assert shown.changes == 0


async def test_8_6_after_5_real_seconds_an_update_is_846605() -> None:
    async with a_sandbox(Knobs(answer_seconds=0)) as sandbox, connected(sandbox) as bot:
        sandbox.greet()
        card, frame = await clicked(bot)
        clock_of(sandbox).advance(timedelta(seconds=1))
        assert (await bot.update(req_id_of(frame), card))["errcode"] == 846605


async def test_8_6_the_5_seconds_do_not_run_on_the_injected_clock(bot: Bot, clock: ManualClock) -> None:
    card, frame = await clicked(bot)
    clock.advance(timedelta(hours=1))
    assert (await bot.update(req_id_of(frame), card))["errcode"] == 0


async def test_8_7_replace_text_is_not_for_the_bot(bot: Bot) -> None:
    card, frame = await clicked(bot)
    assert (await bot.update(req_id_of(frame), card | {"replace_text": "已提交"}))["errcode"] == 40058


async def test_8_7_selectors_are_disabled_in_updates_only(bot: Bot, sandbox: Sandbox) -> None:
    form = a_form()
    assert (await bot.push_card(form))["errcode"] == 0
    await sandbox.click("lisi", form["task_id"], "提交", {"reason": "打包延误"})
    frame = await bot.frame()
    assert frame["body"]["event"]["template_card_event"]["card_type"] == "multiple_interaction"
    done = form | {"select_list": [a_selector(disable=True, selected_id="pack")]}
    assert (await bot.update(req_id_of(frame), done))["errcode"] == 0


async def test_12_a_refused_update_has_used_up_the_click_unless_a_knob_says_no(bot: Bot) -> None:
    card, frame = await clicked(bot)
    assert (await bot.update(req_id_of(frame), {"card_type": "x"}))["errcode"] == 42031
    assert (await bot.update(req_id_of(frame), card))["errcode"] == 846605
    async with a_sandbox(Knobs(refused_update_spends=False)) as sandbox, connected(sandbox) as kind:
        sandbox.greet()
        card, frame = await clicked(kind)
        assert (await kind.update(req_id_of(frame), {"card_type": "x"}))["errcode"] == 42031
        assert (await kind.update(req_id_of(frame), card))["errcode"] == 0


async def test_8_7_a_task_id_is_unique_per_bot_and_free_for_the_app(bot: Bot, sandbox: Sandbox) -> None:
    card = a_button_card()
    assert (await bot.push_card(card))["errcode"] == 0
    assert (await bot.push_card(card))["errcode"] == 42014
    async with an_app(sandbox) as app:
        assert (await app.send_card(card))["errcode"] == 0


async def test_8_6_replies_and_pushes_share_30_a_minute(bot: Bot, clock: ManualClock) -> None:
    await bot.sandbox.say("lisi", "@bot hi", GROUP)
    req_id = req_id_of(await bot.frame())
    for _ in range(15):
        assert (await bot.push())["errcode"] == 0
        assert (await bot.ask("aibot_respond_msg", REPLY, req_id))["errcode"] == 0
    assert (await bot.push())["errcode"] == 846607
    assert (await bot.ask("aibot_respond_msg", REPLY, req_id))["errcode"] == 846607
    clock.advance(timedelta(minutes=1))
    assert (await bot.push())["errcode"] == 0


async def test_8_6_another_conversation_has_its_own_limit(bot: Bot, sandbox: Sandbox) -> None:
    await sandbox.say("lisi", "你好")
    await bot.frame()
    await bot.frame()
    for _ in range(30):
        await bot.push()
    assert (await bot.push())["errcode"] == 846607
    assert (await bot.push(chatid="lisi", chat_type=1))["errcode"] == 0


@pytest.mark.parametrize(("count", "errcode"), [(False, 0), (True, 846607)])
async def test_8_6_whether_updates_count_is_a_knob(count: bool, errcode: int) -> None:
    async with a_sandbox(Knobs(updates_count=count)) as sandbox, connected(sandbox) as bot:
        sandbox.greet()
        card, frame = await clicked(bot)
        for _ in range(29):
            await bot.push()
        assert (await bot.update(req_id_of(frame), card))["errcode"] == errcode


async def test_8_6_a_thousand_an_hour() -> None:
    knobs = Knobs(bot_per_minute=10, bot_per_hour=15)
    async with a_sandbox(knobs) as sandbox, connected(sandbox) as bot:
        sandbox.greet()
        answers: list[int] = []
        for _ in range(2):
            answers += [(await bot.push())["errcode"] for _ in range(10)]
            clock_of(sandbox).advance(timedelta(minutes=1))
        assert answers == [0] * 15 + [846607] * 5


async def test_13_6_open_userids_are_a_knob(app: App) -> None:
    knobs = Knobs(open_userids=True)
    async with a_sandbox(knobs) as sandbox, connected(sandbox) as bot, an_app(sandbox) as its_app:
        sandbox.greet()
        card, frame = await clicked(bot)
        shown = frame["body"]["from"]["userid"]
        assert shown.startswith("wo")
        answer = await its_app.call("batch/openuserid_to_userid", {"open_userid_list": [shown, "wo-x!"]})
        assert answer["userid_list"] == [{"open_userid": shown, "userid": "zhangsan"}]
        assert answer["invalid_open_userid_list"] == ["wo-x!"]
        fresh = a_text_notice(task_id=card["task_id"])
        assert (await bot.update(req_id_of(frame), fresh, userids=[shown]))["errcode"] == 0
        own = sandbox.group().cards[0]
        assert own.face("zhangsan").card_type == "text_notice"
        assert own.face("lisi").card_type == "button_interaction"


async def test_8_6_an_update_names_its_response_type(bot: Bot) -> None:
    card, frame = await clicked(bot)
    body = {"response_type": "append_card", "template_card": card}
    assert (await bot.ask("aibot_respond_update_msg", body, req_id_of(frame)))["errcode"] == 40058


async def test_an_update_can_be_swallowed_by_a_fault(bot: Bot, sandbox: Sandbox) -> None:
    card, frame = await clicked(bot)
    sandbox.fault("aibot_respond_update_msg", "silently_drop", times=1)
    assert (await bot.update(req_id_of(frame), a_text_notice(task_id=card["task_id"])))["errcode"] == 0
    shown = sandbox.group().card(card["task_id"])
    assert shown
    assert shown.face().card_type == "button_interaction"
