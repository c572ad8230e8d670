"""Do the levers work over HTTP, and does misuse get 400 with the field and the mend?"""

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.clock import FastClock, ManualClock, SystemClock
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.sandbox.watch import ShiftedWatch, wire_time
from tests.bot.sandbox.harness import (
    CUSTOMER,
    GROUP,
    App,
    Bot,
    CallbackUrl,
    a_button_card,
    a_config,
    a_selector,
    an_app,
)


@pytest.mark.parametrize(
    ("control", "body", "field"),
    [
        ("_click", {"task_id": "t", "button": "认领"}, "userid"),
        ("_click", {"userid": "zhangsan", "button": "认领"}, "task_id"),
        ("_click", {"userid": "zhangsan", "task_id": "t", "button": "认领"}, "task_id"),
        ("_click", {"userid": "nobody", "task_id": "t", "button": "认领"}, "userid"),
        ("_click", {"userid": "zhangsan", "task_id": "t"}, "button"),
        ("_click", {"userid": "zhangsan", "task_id": "t", "button": "x", "user": 1}, "user"),
        ("_click", {"userid": "zhangsan", "task_id": "t", "button": "x", "selected": {"q": 1}}, "selected.q"),
        ("_say", {"text": "hi"}, "userid"),
        ("_say", {"userid": "zhangsan"}, "text"),
        ("_say", {"userid": "zhangsan", "text": "hi", "chat": "wrUnknown"}, "chat"),
        ("_say", {"userid": "zhangsan", "text": "hi", "group": GROUP}, "group"),
        ("_say", {"customer": CUSTOMER}, "text"),
        ("_say", {"customer": "no such/one", "text": "hi"}, "customer"),
        ("_say", {"customer": CUSTOMER, "text": " "}, "text"),
        ("_faults", {"path": "message/send", "fault": "5xx", "userids": "lisi"}, "userids"),
        ("_faults", {"fault": "5xx"}, "path"),
        ("_faults", {"path": "message/sent", "fault": "5xx"}, "path"),
        ("_faults", {"path": "message/send", "fault": "boom"}, "fault"),
        ("_faults", {"path": "message/send", "fault": "5xx", "times": 0}, "times"),
        ("_faults", {"path": "message/send", "fault": "5xx", "probability": "often"}, "probability"),
        ("_faults", {"path": "socket", "fault": "drop"}, "path"),
        ("_faults", {"path": "socket", "fault": "5xx"}, "fault"),
        ("_clock", {}, "advance_seconds"),
        ("_clock", {"advance_seconds": "1h"}, "advance_seconds"),
        ("_clock", {"now": "tomorrow"}, "now"),
        ("_clock", {"now": "2026-03-02T10:00:00"}, "now"),
        ("_knobs", {"unkindness": 11}, "unkindness"),
        ("_knobs", {"kf_messages": "five"}, "kf_messages"),
        ("_knobs", {"updates_count": 1}, "updates_count"),
        ("_knobs", {"token_repeat": "never"}, "token_repeat"),
        ("_knobs", {"kf_hours": None}, "kf_hours"),
    ],
)
async def test_misuse_is_400_and_names_the_field_and_the_mend(
    app: App, control: str, body: dict[str, Any], field: str
) -> None:
    status, answer = await app.control(control, body)
    assert (status, answer["field"]) == (400, field)
    assert len(answer["mend"]) > 5


@pytest.mark.parametrize("control", ["_click", "_say", "_faults", "_clock", "_knobs"])
async def test_a_body_that_is_no_json_object_is_400(app: App, control: str) -> None:
    assert (await app.control(control, []))[0] == 400


async def test_a_click_waits_for_the_callback_and_tells_what_came_of_it(
    app: App, callback: CallbackUrl
) -> None:
    card = a_button_card(button_selection=a_selector())
    await app.send_card(card)
    click = {"userid": "zhangsan", "task_id": card["task_id"], "button": "认领"}
    status, answer = await app.control("_click", click | {"selected": {"reason": ["打包延误"]}})
    assert status == 200
    assert answer["callback"]["outcome"] == "answered"
    assert callback.messages[0].findtext("SelectedItems/SelectedItem/OptionIds/OptionId") == "pack"
    message_id = app.sandbox.member("zhangsan").messages[0].id
    by_message = {"userid": "zhangsan", "message": message_id, "button": "claim", "wait": False}
    assert (await app.control("_click", by_message))[1]["callback"]["what"] == "template_card_event"
    assert await app.sandbox.until(lambda: len(callback.messages) == 2)


async def test_a_click_on_the_bots_card_tells_whether_it_was_delivered(app: App, bot: Bot) -> None:
    card = a_button_card()
    await bot.push_card(card)
    click = {"userid": "lisi", "task_id": card["task_id"], "button": "认领"}
    status, answer = await app.control("_click", click)
    assert status == 200
    assert answer["bot_event"]["delivered"] is True


async def test_people_and_customers_speak(app: App, callback: CallbackUrl) -> None:
    assert (await app.control("_say", {"userid": "lisi", "chat": "app", "text": "/待办"}))[0] == 200
    assert (await app.control("_say", {"userid": "lisi", "text": "你好"}))[0] == 200
    _, chatter = await app.control("_say", {"userid": "lisi", "chat": GROUP, "text": "吃饭了吗"})
    assert chatter["heard"] is False
    assert "@bot" in chatter["hint"]
    assert (await app.control("_say", {"customer": CUSTOMER, "text": "在吗"}))[0] == 200
    sandbox = app.sandbox
    assert sandbox.member("lisi").texts() == ("/待办",)
    assert sandbox.bot_chat("lisi").texts() == ("你好",)
    assert sandbox.group().texts() == ("吃饭了吗",)
    assert sandbox.customer(CUSTOMER).texts() == ("在吗",)


async def test_faults_are_set_listed_and_cleared(app: App) -> None:
    wish = {"path": "/cgi-bin/message/send", "fault": 45009, "times": 2}
    _, listed = await app.control("_faults", wish)
    assert [(fault["path"], fault["fault"], fault["times"]) for fault in listed["faults"]] == [
        ("message/send", "45009", 2)
    ]
    assert (await app.send())["errcode"] == 45009
    assert (await app.control("_faults", None, "GET"))[1]["faults"][0]["times"] == 1
    assert (await app.control("_faults", None, "DELETE"))[1] == {"faults": []}
    assert (await app.send())["errcode"] == 0


async def test_the_socket_can_be_dropped_over_http(app: App, bot: Bot) -> None:
    assert (await app.control("_faults", {"path": "socket", "fault": "drop"}))[1] == {"done": "drop"}
    await app.sandbox.until(lambda: not app.sandbox.hub.connected)


async def test_the_clock_moves_on_and_to(app: App, clock: ManualClock) -> None:
    before = clock.now()
    _, answer = await app.control("_clock", {"advance_seconds": 7200})
    assert clock.now() - before == timedelta(hours=2)
    assert datetime.fromisoformat(answer["now"]) == clock.now()
    await app.control("_clock", {"now": "2026-06-18T20:00:00+08:00"})
    assert clock.now() == datetime(2026, 6, 18, 12, 0, tzinfo=UTC)
    assert (await app.send())["errcode"] == 42001


async def test_a_clock_without_hands_is_not_moved() -> None:
    fast = FastClock(datetime(2026, 3, 2, tzinfo=UTC), 60)
    async with Sandbox(a_config(), clock=fast).running() as sandbox, an_app(sandbox) as app:
        status, answer = await app.control("_clock", {"advance_seconds": 1})
        assert (status, answer["field"]) == (400, "now")


async def test_the_default_clock_can_be_shifted_and_the_app_does_not_see_it() -> None:
    async with Sandbox(a_config()).running() as sandbox, an_app(sandbox) as app:
        await app.control("_clock", {"advance_seconds": 72 * 3600})
        status, _ = await app.control("_clock", {"now": sandbox.world.now().isoformat()})
        assert status == 200
        ahead = sandbox.world.now() - SystemClock().now()
        assert timedelta(hours=71, minutes=59) < ahead < timedelta(hours=72, minutes=1)
        assert abs(wire_time(sandbox.world.watch) - SystemClock().now().timestamp()) < 60
        assert isinstance(sandbox.world.watch, ShiftedWatch)


async def test_knobs_turn_while_it_runs(app: App) -> None:
    _, answer = await app.control("_knobs", {"kf_messages": 1, "kf_hours": 1, "token_repeat": "same"})
    assert answer["knobs"]["kf_messages"] == 1
    app.sandbox.customer_says(CUSTOMER, "在吗")
    assert [(await app.answer_customer())["errcode"] for _ in range(2)] == [0, 95001]


async def test_the_state_tells_everything_but_no_secret(app: App, bot: Bot, callback: CallbackUrl) -> None:
    card = a_button_card(main_title={"title": "单" * 40})
    await app.send_card(card, touser="zhangsan|lisi")
    for _ in range(31):
        await app.send()
    await bot.push_card(a_button_card())
    app.sandbox.customer_says(CUSTOMER, "在吗")
    await app.sandbox.click("zhangsan", card["task_id"], "认领")
    code = callback.events("template_card_event")[0].findtext("ResponseCode", "")
    await app.update(code, atall=0, userids=["zhangsan"], button={"replace_name": "已认领"})
    _, state = await app.control("_state", None, "GET")
    chats = {chat["id"]: chat for chat in state["conversations"]}
    shown = chats["app:zhangsan"]["messages"][0]["card"]
    assert shown["views"]["zhangsan"]["greyed"] == "已认领"
    assert [button["text"] for button in shown["views"]["*"]["buttons"]] == [
        "发送回复",
        "认领",
        "升级",
        "稍后",
    ]
    assert shown["views"]["*"]["cut"] == ["main_title.title"]
    assert chats[f"group:{GROUP}"]["greeted"] is True
    assert chats[f"customer:{CUSTOMER}"]["session"] == {
        "state": 0,
        "wrote_at": state["now"],
        "answers": 0,
    }
    assert {drop["reason"] for drop in state["drops"]} == {"over_limit"}
    assert state["bot"]["connected"] is True
    assert state["callback"]["verified"] is True
    assert {call["path"] for call in state["calls"]} >= {"gettoken", "message/send", "aibot_send_msg"}
    assert {one["what"] for one in state["callbacks"]} == {"kf_msg_or_event", "template_card_event"}
    everything = json.dumps(state)
    config = app.sandbox.config
    for secret in (config.secret, config.bot_secret, config.aes_key, config.callback_token, app.token, code):
        assert secret not in everything


async def test_the_state_can_be_waited_for(app: App) -> None:
    _, state = await app.control("_state", None, "GET")
    later = await app.control(f"_state?after={state['version'] - 1}&wait_seconds=60", None, "GET")
    assert later[1]["version"] == state["version"]
    nothing_new = await app.control(f"_state?after={state['version']}&wait_seconds=0", None, "GET")
    assert nothing_new[0] == 200
    assert (await app.control("_state?after=1&wait_seconds=soon", None, "GET"))[0] == 400


async def test_a_page_from_elsewhere_presses_nothing(app: App) -> None:
    url = f"{app.sandbox.api_base}/_say"
    body = json.dumps({"userid": "lisi", "text": "hi"})
    async with app.http.post(url, data=body, headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 403
    assert not app.sandbox.bot_chat("lisi").messages


async def test_waiting_ends_with_a_time_out(sandbox: Sandbox) -> None:
    with pytest.raises(TimeoutError):
        await sandbox.until(lambda: sandbox.drops, seconds=0.01)


def test_what_is_not_given_is_drawn_and_kept_out_of_sight() -> None:
    one, other = SandboxConfig(), SandboxConfig()
    assert one.secret != other.secret
    assert one.corp_id.startswith("ww")
    assert len(one.aes_key) == 43
    for secret in (one.secret, one.bot_secret, one.aes_key, one.callback_token):
        assert secret not in repr(one)
    with pytest.raises(ValueError, match="each app"):
        SandboxConfig(secret="same", other_apps={1000003: "same"})


def imports_of(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_the_judge_is_independent_of_those_it_judges() -> None:
    floor = Path(str(bot.__file__)).parent
    ours = {"bot.clock", "bot.settings", "bot.wecom.crypto", "bot.wecom.markup", "bot.witness", "bot.sandbox"}
    for file in floor.rglob("*.py"):
        names = {
            name for name in imports_of(file) if name.startswith(("bot.", "handlers", "replies", "rules"))
        }
        inside = (floor / "sandbox") in file.parents
        for name in names:
            if inside:
                assert any(name == one or name.startswith(f"{one}.") for one in ours), (
                    f"{file} imports {name}"
                )
            elif name.startswith("bot.sandbox"):
                plays = file.stem in {"playing", "demo", "telling"} or (floor / "drill") in file.parents
                assert plays, f"{file} imports {name}"
