"""Does 微信客服 behave as wecom.md §9.1 says? kf/send_msg, kf/sync_msg, kf/service_state."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    CUSTOMER,
    KFID,
    App,
    CallbackUrl,
    a_sandbox,
    an_app,
    callback_url,
    clock_of,
    without_none,
)


async def test_9_1_a_message_reaches_the_customer(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    answer = await app.answer_customer("在的", msgid="m-1")
    assert (answer["errcode"], answer["msgid"]) == (0, "m-1")
    assert sandbox.customer(CUSTOMER).texts() == ("在吗", "在的")


async def test_9_1_a_msgid_is_given_when_none_is_named(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    assert 0 < len((await app.answer_customer())["msgid"].encode()) <= 32


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"open_kfid": None}, 95000),
        ({"open_kfid": "wkOther"}, 95004),
        ({"touser": None}, 40096),
        ({"touser": "no such/customer"}, 40096),
        ({"msgid": "x" * 33}, 40058),
        ({"msgid": "a.b"}, 40058),
        ({"msgid": ""}, 40058),
        ({"msgtype": "template_card"}, 40008),
        ({"text": ""}, 44004),
        ({"text": "x" * 2049}, 45002),
        ({"text": "x" * 2048 + "单"}, 45002),
    ],
)
async def test_9_1_a_wrong_message_is_refused(app: App, fields: dict[str, Any], errcode: int) -> None:
    app.sandbox.customer_says(CUSTOMER, "在吗")
    assert (await app.answer_customer(**fields))["errcode"] == errcode
    assert len(app.sandbox.customer(CUSTOMER).messages) == 1


async def test_9_1_a_msgid_is_unique_per_account(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    assert (await app.answer_customer("一", msgid="same"))["errcode"] == 0
    assert (await app.answer_customer("一", msgid="same"))["errcode"] == 40058
    assert len(sandbox.customer(CUSTOMER).messages) == 2
    async with a_sandbox(Knobs(repeated_msgid=95099)) as other, an_app(other) as again:
        other.customer_says(CUSTOMER, "在吗")
        assert (await again.answer_customer(msgid="same"))["errcode"] == 0
        assert (await again.answer_customer(msgid="same"))["errcode"] == 95099


async def test_9_1_a_refused_msgid_is_still_free(app: App, sandbox: Sandbox) -> None:
    assert (await app.answer_customer(msgid="early"))["errcode"] == 95002
    sandbox.customer_says(CUSTOMER, "在吗")
    assert (await app.answer_customer(msgid="early"))["errcode"] == 0


async def test_9_1_five_messages_until_the_customer_writes_again(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    assert [(await app.answer_customer())["errcode"] for _ in range(6)] == [0] * 5 + [95001]
    sandbox.customer_says(CUSTOMER, "还在吗")
    assert (await app.answer_customer())["errcode"] == 0


async def test_9_1_48_hours_after_the_customers_last_message_it_is_95002(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    assert (await app.answer_customer())["errcode"] == 95002
    sandbox.customer_says(CUSTOMER, "在吗")
    clock.advance(timedelta(hours=48) - timedelta(milliseconds=1))
    await app.log_in()
    assert (await app.answer_customer())["errcode"] == 0
    clock.advance(timedelta(milliseconds=1))
    assert (await app.answer_customer())["errcode"] == 95002


async def trans(app: App, state: int, **fields: Any) -> int:
    body: dict[str, Any] = {"open_kfid": KFID, "external_userid": CUSTOMER, "service_state": state}
    return (await app.call("kf/service_state/trans", body | fields))["errcode"]


async def state_of(app: App) -> dict[str, Any]:
    return await app.call("kf/service_state/get", {"open_kfid": KFID, "external_userid": CUSTOMER})


@pytest.mark.parametrize(("state", "may_send"), [(1, True), (2, False), (3, False), (4, False)])
async def test_9_1_only_states_0_and_1_may_send(app: App, state: int, may_send: bool) -> None:
    app.sandbox.customer_says(CUSTOMER, "在吗")
    assert (await state_of(app))["service_state"] == 0
    assert await trans(app, state, servicer_userid="zhangsan") == 0
    assert (await app.answer_customer())["errcode"] == (0 if may_send else 95018)


async def test_9_1_an_ended_session_begins_anew_when_the_customer_writes(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    assert await trans(app, 4) == 0
    assert await trans(app, 1) == 95016
    sandbox.customer_says(CUSTOMER, "还在吗")
    assert (await state_of(app))["service_state"] == 0
    assert (await app.answer_customer())["errcode"] == 0


async def test_9_1_a_human_must_be_named(app: App, sandbox: Sandbox) -> None:
    assert await trans(app, 3) == 40096
    sandbox.customer_says(CUSTOMER, "在吗")
    assert await trans(app, 3) == 95014
    assert await trans(app, 3, servicer_userid="lisi") == 0
    assert (await state_of(app))["servicer_userid"] == "lisi"
    assert await trans(app, 1) == 95016


async def pull(app: App, cursor: str = "", **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"open_kfid": KFID, "cursor": cursor or None}
    return await app.call("kf/sync_msg", without_none(body | fields))


async def pull_all(app: App, cursor: str = "", **fields: Any) -> tuple[list[dict[str, Any]], str]:
    """Pull until has_more is 0; the messages and the last cursor."""
    found: list[dict[str, Any]] = []
    while True:
        page = await pull(app, cursor, **fields)
        assert page["errcode"] == 0, page
        found += page["msg_list"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return found, cursor


async def test_9_1_sync_hands_out_what_the_customer_wrote(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.customer_says(CUSTOMER, "我的快递呢?")
    messages, cursor = await pull_all(app)
    entered, said = messages
    assert (entered["origin"], entered["msgtype"]) == (4, "event")
    assert entered["event"]["event_type"] == "enter_session"
    assert (said["origin"], said["msgtype"], said["text"]) == (3, "text", {"content": "我的快递呢?"})
    assert (said["open_kfid"], said["external_userid"]) == (KFID, CUSTOMER)
    assert said["send_time"] == int(clock.now().timestamp())
    assert len(cursor.encode()) <= 64
    sandbox.customer_says(CUSTOMER, "还在吗")
    again, _ = await pull_all(app, cursor)
    assert [message["text"]["content"] for message in again] == ["还在吗"]
    assert len({message["msgid"] for message in [*messages, *again]}) == 3


async def test_9_1_a_page_may_be_empty_although_there_is_more(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    first = await pull(app)
    assert (first["msg_list"], first["has_more"]) == ([], 1)
    second = await pull(app, first["next_cursor"], limit=1)
    assert (len(second["msg_list"]), second["has_more"]) == (1, 1)
    third = await pull(app, second["next_cursor"], limit=1)
    assert (len(third["msg_list"]), third["has_more"]) == (1, 0)
    last = await pull(app, third["next_cursor"])
    assert (last["msg_list"], last["has_more"]) == ([], 0)


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"open_kfid": None}, 95000),
        ({"open_kfid": "wkOther"}, 95004),
        ({"limit": 0}, 40058),
        ({"limit": 1001}, 40058),
        ({"voice_format": 2}, 40058),
        ({"cursor": "made-up"}, 40058),
        ({"token": "made-up"}, 95007),
    ],
)
async def test_9_1_a_wrong_pull_is_refused(app: App, fields: dict[str, Any], errcode: int) -> None:
    body: dict[str, Any] = {"open_kfid": KFID} | fields
    assert (await app.call("kf/sync_msg", without_none(body)))["errcode"] == errcode


async def test_9_1_the_log_reaches_back_three_days(app: App, sandbox: Sandbox, clock: ManualClock) -> None:
    sandbox.customer_says(CUSTOMER, "旧的")
    clock.advance(timedelta(days=3))
    sandbox.customer_says(CUSTOMER, "新的")
    await app.log_in()
    messages, _ = await pull_all(app)
    assert [message["text"]["content"] for message in messages] == ["新的"]


async def test_9_1_the_callbacks_token_lives_10_minutes(
    app: App, sandbox: Sandbox, callback: CallbackUrl, clock: ManualClock
) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    await sandbox.until(lambda: callback.messages)
    token = callback.messages[0].findtext("Token", "")
    for _ in range(50):
        assert (await pull(app, token=token))["errcode"] == 0
    clock.advance(timedelta(minutes=10))
    assert (await pull(app, token=token))["errcode"] == 95007


async def test_9_1_without_the_token_pulls_are_rationed(clock: ManualClock) -> None:
    async with a_sandbox(Knobs(syncs_without_token_per_minute=2)) as sandbox, an_app(sandbox) as app:
        assert [(await pull(app))["errcode"] for _ in range(3)] == [0, 0, 45009]
        clock_of(sandbox).advance(timedelta(minutes=1))
        assert (await pull(app))["errcode"] == 0


async def test_9_1_a_message_that_failed_later_comes_back_as_an_event(app: App, sandbox: Sandbox) -> None:
    async with callback_url(sandbox) as callback:
        sandbox.customer_says(CUSTOMER, "在吗")
        _, cursor = await pull_all(app)
        sandbox.fault("kf/send_msg", "msg_send_fail", times=1, fail_type=10)
        assert (await app.answer_customer(msgid="doomed"))["errcode"] == 0
        await sandbox.until(lambda: len(callback.events("kf_msg_or_event")) == 2)
        (failed,), _ = await pull_all(app, cursor)
        assert failed["origin"] == 4
        assert failed["event"] == {
            "event_type": "msg_send_fail",
            "open_kfid": KFID,
            "external_userid": CUSTOMER,
            "fail_msgid": "doomed",
            "fail_type": 10,
        }
        assert len(sandbox.customer(CUSTOMER).messages) == 1


async def test_only_known_customers_write_where_customers_are_named() -> None:
    async with a_sandbox(customers={CUSTOMER: "林小满"}) as sandbox, an_app(sandbox) as app:
        sandbox.customer_says(CUSTOMER, "在吗")
        with pytest.raises(Misuse, match="customer: one of wmCustomer0001"):
            sandbox.customer_says("wmStranger", "在吗")
        assert (await app.answer_customer(touser="wmStranger"))["errcode"] == 40096
