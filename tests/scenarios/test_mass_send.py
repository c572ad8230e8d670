"""企业群发: nothing reaches the customer until the employee who knows them confirms it. What became of it is asked."""

import pytest

from bot.sandbox.cards import Card
from bot.sandbox.mass_tasks import Task
from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import CHEN, Shop

NO = "DB20251222-883"
ADD = "externalcontact/add_msg_template"
EMPLOYEE = "lisi"


async def a_card(shop: Shop) -> Card:
    """A payment is late of 陈女士, who never wrote to 微信客服, and is among 李四's contacts."""
    await shop.created(NO, customer={"name": "陈女士", "external_userid": CHEN, "owner_userid": EMPLOYEE})
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    return shop.group_cards[-1]


async def a_pending_one(shop: Shop) -> Card:
    card = await a_card(shop)
    await shop.taps("zhangsan", card, "发送回复")
    return card


def tasks(shop: Shop) -> list[Task]:
    """What was ordered, oldest first."""
    return list(shop.wecom.mass.tasks.values())


def asked(shop: Shop, name: str) -> int:
    """How often a call was made that was answered with ok."""
    path = f"externalcontact/{name}"
    return sum(call.path == path and call.errcode == 0 for call in shop.wecom.calls)


def confirms(shop: Shop, status: int | None = None) -> None:
    """李四 presses the button in his client; the customer's result is `status`, by default what comes naturally."""
    shop.wecom.confirm(EMPLOYEE, tasks(shop)[-1].msgid, None if status is None else {CHEN: status})


async def message(shop: Shop) -> dict[str, object]:
    """The latest message to the customer."""
    rows = await shop.rows(
        "SELECT state, note, remote_id, attempts FROM letters WHERE kind = 'customer' ORDER BY id DESC"
    )
    return {name: rows[0][name] for name in ("state", "note", "remote_id", "attempts")}


async def state(shop: Shop) -> str:
    return str((await message(shop))["state"])


async def test_the_card_says_which_way_and_why(shop: Shop) -> None:
    card = await a_card(shop)

    assert "企业群发（李四） · 没有客服会话" in card.display("zhangsan").text


async def test_what_was_sent_waits_for_the_employee_who_hears_of_it_in_person(shop: Shop) -> None:
    card = await a_card(shop)
    words = card.display("zhangsan").text
    await shop.taps("zhangsan", card, "发送回复")

    (task,) = tasks(shop)
    assert (task.creator, task.waits_for(EMPLOYEE)) == (EMPLOYEE, True)
    assert task.content.text in words
    assert await state(shop) == "pending"
    assert any(NO in line and "确认" in line for line in shop.lines_to(EMPLOYEE))
    assert shop.customer_read == []

    await shop.taps("zhangsan", card, "刷新")
    assert "待李四在企业微信确认" in card.display("zhangsan").text
    assert card.face("zhangsan").button_texts[0] == "刷新"
    await shop.taps("zhaoliu", card, "刷新")
    assert len(tasks(shop)) == 1, "no second round while one is under way"


async def test_confirmed_it_reaches_the_customer_by_the_hand_of_the_employee(shop: Shop) -> None:
    card = await a_pending_one(shop)
    confirms(shop)
    await shop.passes(minutes=1)

    (case,) = await shop.anomalies()
    assert (await state(shop), case["state"]) == ("sent", "replied")
    await shop.taps("zhaoliu", card, "刷新")
    assert "李四" in card.display("zhaoliu").text
    assert "已联系" in card.display("zhaoliu").text


@pytest.mark.parametrize(("status", "why"), [(2, "不是这位同事的客户"), (3, "群发已用完")])
async def test_not_delivered_the_agents_hear_why_and_the_next_way_is_offered(
    shop: Shop, status: int, why: str
) -> None:
    card = await a_pending_one(shop)
    confirms(shop, status)
    await shop.passes(minutes=1)

    assert await state(shop) == "failed"
    assert any(NO in line and why in line for line in shop.group_lines)
    await shop.taps("zhaoliu", card, "刷新")
    assert "聊天侧边栏（李四）" in card.display("zhaoliu").text
    await shop.taps("zhaoliu", card, "再次联系")
    assert len(tasks(shop)) == 1
    assert "请在侧边栏发送" in card.display("zhaoliu").text


async def test_a_customer_who_has_had_too_many_is_sent_no_more_until_the_month_ends(shop: Shop) -> None:
    await a_pending_one(shop)
    confirms(shop, 3)
    await shop.passes(minutes=1)
    await shop.created("B2", customer={"external_userid": CHEN, "owner_userid": EMPLOYEE})
    await shop.stage("B2", "payment", "started")
    await shop.passes(minutes=6)

    assert "群发次数已用完" in shop.group_cards[-1].display("zhangsan").text


async def test_a_promise_that_can_no_longer_be_kept_is_taken_back(shop: Shop) -> None:
    await a_pending_one(shop)

    await shop.passes(hours=1)

    (task,) = tasks(shop)
    assert task.cancelled, "it said that news would come within the hour"
    assert await state(shop) == "failed"
    assert any(NO in line and "原话已不属实" in line for line in shop.group_lines)


async def test_never_confirmed_it_is_reminded_of_three_times_and_then_taken_back(shop: Shop) -> None:
    card = await a_card(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.report("order.cancelled", NO)
    await shop.taps("zhangsan", card, "稍后")
    await shop.taps("zhangsan", card, "发送回复")
    begun = shop.clock.now()

    await shop.passes(hours=25, minutes=30)

    (task,) = tasks(shop)
    assert [round((at - begun).total_seconds() / 60) for at in task.reminders] == [5, 20, 60]
    assert task.cancelled
    assert await state(shop) == "failed"
    assert any(NO in line and "没有确认" in line for line in shop.group_lines)
    assert shop.customer_read == []


async def test_it_is_taken_back_as_soon_as_the_order_has_moved(shop: Shop) -> None:
    card = await a_pending_one(shop)

    await shop.stage(NO, "payment", "completed")

    (task,) = tasks(shop)
    assert task.cancelled
    assert await state(shop) == "failed"
    await shop.taps("zhaoliu", card, "刷新")
    assert "企业群发（李四）" in card.display("zhaoliu").text, "the way itself is as good as before"


async def test_confirmed_a_moment_before_it_was_to_be_taken_back_it_counts_as_sent(shop: Shop) -> None:
    await a_pending_one(shop)
    await shop.passes(seconds=30)
    confirms(shop)

    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=5)

    assert await state(shop) == "sent"
    (case,) = await shop.anomalies()
    assert case["reached_at"] is not None


async def test_an_order_that_nobody_answered_is_looked_for_and_not_made_twice(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(ADD, "accept_then_drop", times=1)
    await shop.taps("zhangsan", card, "发送回复")
    assert (await message(shop))["remote_id"] is None

    await shop.passes(seconds=15)

    (task,) = tasks(shop)
    assert (await message(shop))["remote_id"] == task.msgid
    assert any(NO in line and "确认" in line for line in shop.lines_to(EMPLOYEE))
    confirms(shop)
    await shop.passes(minutes=1)
    assert await state(shop) == "sent"


async def test_an_order_that_never_arrived_is_made_again_after_a_minute(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(ADD, "5xx", times=1)
    await shop.taps("zhangsan", card, "发送回复")
    assert tasks(shop) == []

    await shop.passes(minutes=1, seconds=1)

    assert len(tasks(shop)) == 1
    assert await message(shop) == {
        "state": "pending", "note": "", "remote_id": tasks(shop)[0].msgid, "attempts": 2
    }  # fmt: skip


async def test_an_order_that_arrives_at_no_try_is_given_up_and_the_agents_hear_of_it(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(ADD, "5xx")
    await shop.taps("zhangsan", card, "发送回复")

    await shop.passes(minutes=10)

    given_up = await message(shop)
    assert (given_up["state"], given_up["attempts"]) == ("failed", 5)
    assert tasks(shop) == []
    assert any(NO in line and "没有发出" in line for line in shop.group_lines)


async def test_when_nobody_can_tell_whether_it_was_ordered_the_agents_are_asked(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(ADD, "accept_then_drop", times=1)
    shop.wecom.fault("externalcontact/get_groupmsg_list_v2", "5xx")
    await shop.taps("zhangsan", card, "发送回复")

    await shop.passes(minutes=6)

    assert await state(shop) == "unknown"
    assert len(tasks(shop)) == 1
    assert any(NO in line and "不确定" in line for line in shop.group_lines)
    await shop.taps("zhaoliu", card, "刷新")
    assert card.face("zhaoliu").button_texts[:3] == ("再次联系", "改电话", "已处理")
    await shop.taps("zhaoliu", card, "改电话")
    assert "请打电话" in card.display("zhaoliu").text
    await shop.taps("zhaoliu", card, "已处理")
    (case,) = await shop.anomalies()
    assert (case["state"], case["reached_how"]) == ("replied", "phone")


async def test_where_nobody_can_tell_another_way_is_offered_as_well(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.fault(ADD, "accept_then_drop", times=1)
    shop.wecom.fault("externalcontact/get_groupmsg_list_v2", "5xx")
    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(minutes=6)
    await shop.taps("zhaoliu", card, "刷新")
    assert "聊天侧边栏" in card.display("zhaoliu").text


async def test_a_customer_who_is_nobody_s_friend_is_refused_at_once(shop: Shop) -> None:
    card = await a_card(shop)
    shop.wecom.unfriend(EMPLOYEE, CHEN)
    await shop.taps("zhangsan", card, "发送回复")

    assert await state(shop) == "failed"
    await shop.taps("zhaoliu", card, "刷新")
    assert "群发没有成功" in card.display("zhaoliu").text


async def test_the_page_orders_it_as_well(shop: Shop) -> None:
    await a_card(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("preview", text="订单 DB20251222-883 我们正在核对，请放心。")
        await reader.submits("send")
    assert [task.content.text for task in tasks(shop)] == ["订单 DB20251222-883 我们正在核对，请放心。"]


async def test_once_the_customer_has_written_they_are_answered_by_customer_service(shop: Shop) -> None:
    card = await a_card(shop)
    await shop.customer_writes(NO)
    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(minutes=1)

    assert tasks(shop) == []
    (case,) = await shop.anomalies()
    assert case["state"] == "replied"


async def test_results_are_asked_for_more_and_more_seldom(shop: Shop) -> None:
    await a_pending_one(shop)
    await shop.passes(hours=1)
    in_the_first = asked(shop, "get_groupmsg_send_result")
    await shop.passes(hours=10)

    assert 20 < in_the_first < 60
    assert asked(shop, "get_groupmsg_send_result") - in_the_first < 40


async def test_whoever_dies_while_ordering_is_succeeded_by_a_look_and_not_by_a_second_order(
    shop: Shop,
) -> None:
    card = await a_card(shop)
    await shop.taps("zhangsan", card, "发送回复")
    (task,) = tasks(shop)
    async with (
        shop.database.transaction() as connection
    ):  # as though nobody had lived to write down the answer
        await connection.execute("DELETE FROM letters WHERE kind = 'inquiry'")
        await connection.execute(
            "UPDATE letters SET state = 'sending', remote_id = NULL, done_at = NULL, lease_until = 1"
            " WHERE kind = 'customer'"
        )

    await shop.passes(minutes=1)  # somebody else notices
    await shop.passes(seconds=15)

    assert (await message(shop))["remote_id"] == task.msgid
    assert tasks(shop) == [task]
    confirms(shop)
    await shop.passes(minutes=1)
    assert await state(shop) == "sent"
