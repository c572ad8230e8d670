"""Does message/send behave as page 90236 says? wecom.md §3.3, §4.1 to §4.3, §4.5; recall is page 94867."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.server import Sandbox
from bot.sandbox.world import DropReason
from tests.bot.sandbox.harness import (
    App,
    a_button_card,
    a_form,
    a_news_notice,
    a_sandbox,
    a_task_id,
    a_text_notice,
    a_vote,
    an_app,
    clock_of,
)


async def test_4_2_a_message_gets_a_msgid_and_arrives(app: App, sandbox: Sandbox) -> None:
    answer = await app.send()
    assert answer["errcode"] == 0
    assert answer["msgid"]
    assert "response_code" not in answer
    assert sandbox.member("zhangsan").texts() == ("订单停住了",)


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        pytest.param({"agentid": None}, 41011, id="agentid missing"),
        pytest.param({"agentid": "1000002"}, 40056, id="agentid as text"),
        pytest.param({"agentid": 7}, 40056, id="another agentid"),
        pytest.param({"msgtype": "mpnews"}, 40008, id="type not offered here"),
        pytest.param({"msgtype": None}, 40008, id="no type"),
        pytest.param({"touser": None}, 82001, id="no target"),
        pytest.param({"touser": ""}, 82001, id="empty target"),
        pytest.param({"touser": ["zhangsan"]}, 40058, id="targets as array"),
        pytest.param({"touser": "|".join(f"u{n}" for n in range(1001))}, 40058, id="1001 users"),
        pytest.param({"toparty": "|".join(map(str, range(101)))}, 82002, id="101 parties"),
        pytest.param({"totag": "|".join(map(str, range(101)))}, 82003, id="101 tags"),
        pytest.param({"touser": "nobody"}, 81013, id="all invalid"),
        pytest.param({"touser": None, "toparty": "9"}, 81013, id="only unknown parties"),
        pytest.param({"safe": 2}, 40058, id="safe out of range"),
        pytest.param({"enable_id_trans": 2}, 40058, id="enable_id_trans out of range"),
        pytest.param({"enable_duplicate_check": True}, 40058, id="a boolean is no number"),
        pytest.param({"duplicate_check_interval": 14401}, 40058, id="over four hours"),
    ],
)
async def test_4_1_a_wrong_request_is_refused(app: App, fields: dict[str, Any], errcode: int) -> None:
    body = {
        "touser": "zhangsan",
        "agentid": app.agent_id,
        "msgtype": "text",
        "text": {"content": "x"},
    } | fields
    answer = await app.call(
        "message/send", {name: value for name, value in body.items() if value is not None}
    )
    assert answer["errcode"] == errcode
    assert not app.sandbox.member("zhangsan").messages


async def test_4_2_a_partial_failure_still_sends_and_lower_cases_the_userids(
    app: App, sandbox: Sandbox
) -> None:
    answer = await app.send(touser="zhangsan|NoBody|ElseWhere", toparty="7")
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == "nobody|elsewhere"
    assert answer["invalidparty"] == "7"
    assert len(sandbox.member("zhangsan").messages) == 1


async def test_10_2_userids_are_case_insensitive_and_each_gets_one_copy(app: App, sandbox: Sandbox) -> None:
    assert "invaliduser" not in await app.send(touser="ZhangSan|zhangsan")
    assert len(sandbox.member("zhangsan").messages) == 1


async def test_4_1_all_reaches_everybody(app: App, sandbox: Sandbox) -> None:
    assert (await app.send(touser="@all"))["errcode"] == 0
    assert all(len(sandbox.member(userid).messages) == 1 for userid in ("zhangsan", "lisi", "wangwu"))


async def test_4_2_members_without_a_licence_get_nothing() -> None:
    async with a_sandbox(unlicensed=frozenset({"lisi"})) as sandbox, an_app(sandbox) as app:
        answer = await app.send(touser="zhangsan|lisi")
        assert (answer["errcode"], answer["unlicenseduser"]) == (0, "lisi")
        assert not sandbox.member("lisi").messages
        assert (await app.send(touser="lisi"))["errcode"] == 81013


@pytest.mark.parametrize(
    ("msgtype", "content", "errcode"),
    [
        pytest.param("text", {"content": "x" * 2048}, 0, id="text of 2048 bytes"),
        pytest.param("text", {"content": "x" * 2049}, 45002, id="text of 2049 bytes"),
        pytest.param("text", {"content": "单" * 682 + "xx"}, 0, id="bytes of Chinese"),
        pytest.param("text", {"content": "单" * 683}, 45002, id="bytes, not characters"),
        pytest.param("text", {"content": ""}, 44004, id="empty text"),
        pytest.param("text", {"content": " \n"}, 44004, id="blank text"),
        pytest.param("text", {}, 44004, id="no content"),
        pytest.param("text", {"content": 5}, 40058, id="content as number"),
        pytest.param("markdown", {"content": "# x"}, 0, id="markdown"),
        pytest.param("markdown", {"content": "x" * 2049}, 45002, id="long markdown"),
        pytest.param("markdown", {"content": ""}, 44004, id="empty markdown"),
    ],
)
async def test_4_3_text_and_markdown_take_1_to_2048_bytes(
    app: App, msgtype: str, content: dict[str, Any], errcode: int
) -> None:
    assert (await app.send(msgtype, content))["errcode"] == errcode


TEXTCARD = {"title": "订单", "description": '<div class="gray">今天</div>', "url": "https://example.com"}


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 0),
        ({"btntxt": "更多"}, 0),
        ({"btntxt": "太长的按钮"}, 40058),
        ({"title": ""}, 40063),
        ({"title": "x" * 128}, 0),
        ({"title": "单" * 43}, 45002),
        ({"description": "x" * 513}, 45002),
        ({"url": ""}, 42028),
        ({"url": "example.com"}, 45034),
        ({"colour": "red"}, 40058),
    ],
)
async def test_4_3_a_textcard_has_its_limits(app: App, fields: dict[str, Any], errcode: int) -> None:
    assert (await app.send("textcard", TEXTCARD | fields))["errcode"] == errcode


async def test_4_3_a_textcard_without_url_is_41010(app: App) -> None:
    assert (await app.send("textcard", {"title": "t", "description": "d"}))["errcode"] == 41010


async def test_3_3_the_31st_message_of_a_minute_is_accepted_and_dropped(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    for number in range(31):
        assert (await app.send(content={"content": f"{number}"}))["errcode"] == 0
    assert len(sandbox.member("zhangsan").messages) == 30
    assert [(drop.text, drop.reason) for drop in sandbox.drops] == [("30", DropReason.OVER_LIMIT)]
    assert (await app.send(touser="lisi"))["errcode"] == 0
    assert len(sandbox.member("lisi").messages) == 1
    clock.advance(timedelta(milliseconds=59_999))
    await app.send()
    assert len(sandbox.drops) == 2
    clock.advance(timedelta(milliseconds=1))
    await app.send(content={"content": "room again"})
    assert sandbox.member("zhangsan").texts()[-1] == "room again"


async def test_3_3_the_1001st_message_of_an_hour_is_dropped() -> None:
    async with a_sandbox(Knobs(app_per_minute=5, app_per_hour=12)) as sandbox, an_app(sandbox) as app:
        hands = clock_of(sandbox)
        for _ in range(5):
            for _ in range(5):
                await app.send()
            hands.advance(timedelta(minutes=1))
        assert len(sandbox.member("zhangsan").messages) == 12
        hands.advance(timedelta(hours=1))
        await app.send()
        assert len(sandbox.member("zhangsan").messages) == 13


async def test_3_3_a_dropped_card_still_uses_its_task_id_and_gets_a_code(app: App) -> None:
    for _ in range(30):
        await app.send()
    card = a_button_card()
    answer = await app.send_card(card)
    assert answer["response_code"]
    assert not app.sandbox.member("zhangsan").cards
    assert (await app.send_card(card, touser="lisi"))["errcode"] == 42014


async def test_3_3_the_days_person_times_run_out_with_45009() -> None:
    async with a_sandbox(Knobs(app_accounts=1)) as sandbox, an_app(sandbox) as app:
        for _ in range(100):
            assert (await app.send(touser="zhangsan|lisi"))["errcode"] == 0
        assert (await app.send())["errcode"] == 45009
        hands = clock_of(sandbox)
        hands.advance(timedelta(days=1))
        await app.log_in()
        assert (await app.send())["errcode"] == 0


async def test_4_1_identical_bytes_are_swallowed_inside_the_window(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    check: dict[str, Any] = {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    first = await app.send(**check)
    again = await app.send(**check)
    assert again["errcode"] == 0
    assert again["msgid"] != first["msgid"]
    assert len(sandbox.member("zhangsan").messages) == 1
    assert sandbox.drops[-1].reason is DropReason.DUPLICATE
    await app.send(content={"content": "other words"}, **check)
    await app.send(touser="lisi", **check)
    assert len(sandbox.drops) == 1
    clock.advance(timedelta(seconds=600))
    await app.send(**check)
    assert len(sandbox.drops) == 1


async def test_4_1_a_refused_message_is_no_first_one_for_the_duplicate_check(app: App) -> None:
    card = a_button_card()
    await app.send_card(card)
    for _ in range(2):
        assert (await app.send_card(card, enable_duplicate_check=1))["errcode"] == 42014


async def test_4_1_a_swallowed_card_brings_no_response_code(app: App) -> None:
    card = a_button_card()
    assert (await app.send_card(card, enable_duplicate_check=1))["response_code"]
    again = await app.send_card(card, enable_duplicate_check=1)
    assert again["errcode"] == 0
    assert "response_code" not in again


@pytest.mark.parametrize(
    ("card", "has_code"),
    [
        (a_button_card(), True),
        (a_vote(), True),
        (a_form(), True),
        (a_text_notice(), False),
        (a_news_notice(), False),
        (a_text_notice(action_menu={"action_list": [{"text": "静音", "key": "m"}]}, task_id="m-1"), True),
        (a_news_notice(action_menu={"action_list": [{"text": "静音", "key": "m"}]}, task_id="m-2"), True),
    ],
)
async def test_4_5_only_cards_that_call_back_get_a_response_code(
    app: App, card: dict[str, Any], has_code: bool
) -> None:
    answer = await app.send_card(card)
    assert answer["errcode"] == 0
    assert ("response_code" in answer) is has_code


async def test_4_4_a_task_id_is_unique_per_app(app: App) -> None:
    task_id = a_task_id()
    assert (await app.send_card(a_button_card(task_id=task_id)))["errcode"] == 0
    assert (await app.send_card(a_button_card(task_id=task_id)))["errcode"] == 42014


async def test_13_1_the_code_of_a_repeated_task_id_is_a_knob() -> None:
    async with a_sandbox(Knobs(duplicate_task_id=40058)) as sandbox, an_app(sandbox) as app:
        card = a_button_card()
        await app.send_card(card)
        assert (await app.send_card(card))["errcode"] == 40058


async def test_4_4_another_app_may_use_the_same_task_id() -> None:
    knobs = Knobs(callback_needed=False)
    async with a_sandbox(knobs, other_apps={1000003: "other-secret"}) as sandbox, an_app(sandbox) as app:
        card = a_button_card()
        assert (await app.send_card(card))["errcode"] == 0
        await app.log_in("other-secret", 1000003)
        assert (await app.send_card(card))["errcode"] == 0


async def test_4_5_without_a_callback_url_a_card_that_calls_back_is_43012() -> None:
    async with a_sandbox(callback_url=None) as sandbox, an_app(sandbox) as app:
        assert (await app.send_card(a_button_card()))["errcode"] == 43012
        assert (await app.send_card(a_text_notice()))["errcode"] == 0
    async with a_sandbox(Knobs(callback_needed=False), callback_url=None) as sandbox, an_app(sandbox) as app:
        assert (await app.send_card(a_button_card()))["errcode"] == 0


async def test_94867_a_message_can_be_recalled_once(app: App, sandbox: Sandbox) -> None:
    msgid = (await app.send(touser="zhangsan|lisi"))["msgid"]
    assert (await app.call("message/recall", {"msgid": msgid}))["errcode"] == 0
    assert sandbox.member("zhangsan").messages[0].recalled
    assert sandbox.member("lisi").messages[0].recalled
    assert (await app.call("message/recall", {"msgid": msgid}))["errcode"] == 40058


async def test_94867_after_24_hours_a_recall_is_42052(app: App, clock: ManualClock) -> None:
    msgid = (await app.send())["msgid"]
    clock.advance(timedelta(hours=24))
    await app.log_in()
    assert (await app.call("message/recall", {"msgid": msgid}))["errcode"] == 42052


async def test_94867_nobody_recalls_the_message_of_another_app() -> None:
    async with a_sandbox(other_apps={1000003: "other-secret"}) as sandbox, an_app(sandbox) as app:
        msgid = (await app.send())["msgid"]
        await app.log_in("other-secret", 1000003)
        assert (await app.call("message/recall", {"msgid": msgid}))["errcode"] == 40058
        assert (await app.call("message/recall", {"msgid": "unknown"}))["errcode"] == 40058


async def test_4_3_news_and_files_are_messages_too(app: App, sandbox: Sandbox) -> None:
    uploaded = await app.upload("media/upload", b"a report", type="file")
    assert (await app.send("file", {"media_id": uploaded["media_id"]}))["errcode"] == 0
    assert (await app.send("image", {"media_id": uploaded["media_id"]}))["errcode"] == 40007
    news = {"articles": [{"title": "周报", "description": "本周", "url": "https://example.com/w"}]}
    assert (await app.send("news", news))["errcode"] == 0
    assert sandbox.member("zhangsan").texts() == ("a.bin", "周报\n本周\nhttps://example.com/w")
