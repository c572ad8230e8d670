"""A customer writes to 微信客服 and nobody reports it: the service asks for it, and the orders hear of it."""

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox.config import Knobs, SandboxConfig
from bot.sandbox.kf_session import SessionState
from tests.deployment import Deployment
from tests.scenarios.shop import CHEN, Shop, a_shop

NO = "DB20251222-883"
LIN = "wmLinXiaoman"


async def writes(shop: Shop, text: str = "怎么还没动", customer: str = CHEN) -> None:
    """A customer writes, on their own phone alone."""
    shop.wecom.customer_says(customer, text)
    await shop.settled()


async def a_late_picking(shop: Shop, number: str = NO) -> None:
    """Of an order of 陈女士: that is P2."""
    await shop.created(number)
    await shop.stage(number, "confirm", "completed")
    await shop.passes(minutes=45, seconds=1)


async def the_case(shop: Shop) -> dict[str, object]:
    (only,) = await shop.anomalies()
    return only


async def contacts(shop: Shop) -> list[tuple[str, str]]:
    """The stored messages of customers: the order, and the identity."""
    rows = await shop.rows("SELECT order_no, id FROM events WHERE source = '/wecom/kf' ORDER BY order_no, id")
    return [(row["order_no"], row["id"]) for row in rows]


async def test_their_message_makes_the_case_more_urgent_and_can_be_answered(shop: Shop) -> None:
    await a_late_picking(shop)
    assert (await the_case(shop))["priority"] == "P2"

    await writes(shop)

    assert (await the_case(shop))["priority"] == "P1"
    card = shop.group_cards[0]
    await shop.taps("zhangsan", card, "发送回复")
    assert len(shop.customer_read) == 1
    assert (await the_case(shop))["state"] == "replied"


async def test_what_comes_in_is_counted_by_source_whichever_way_it_came(shop: Shop) -> None:
    await a_late_picking(shop)
    repeat = shop.event("order.changed", NO)
    for _ in range(2):
        await shop.send(repeat)
    await writes(shop)

    async with asyncio.timeout(10):
        while True:
            rows = await shop.rows("SELECT source, sum(events) AS events FROM feeds GROUP BY source")
            counts = {row["source"]: row["events"] for row in rows}
            if counts == {"/erp": 3, "/wecom/kf": 1}:
                return
            await asyncio.sleep(0.01)


async def test_their_words_are_kept_nowhere(shop: Shop) -> None:
    await a_late_picking(shop)

    await writes(shop, f"{NO} 我的电话 13900001111，再不发就投诉")

    (event,) = await shop.rows("SELECT body FROM events WHERE source = '/wecom/kf'")
    (called,) = await shop.rows("SELECT body FROM inbox WHERE id NOT LIKE 'bot:%'")
    for kept in (event["body"], called["body"]):
        assert "13900001111" not in kept
        assert "投诉" not in kept


async def test_a_case_that_healed_by_itself_comes_back_when_they_write(shop: Shop) -> None:
    await a_late_picking(shop)
    await shop.stage(NO, "picking", "completed")
    assert (await the_case(shop))["self_healed"]

    await shop.report("order.cancelled", NO)
    await shop.passes(hours=71)
    await writes(shop)

    case = await the_case(shop)
    assert (case["self_healed"], case["state"]) == (False, "recovered")


async def test_after_three_days_it_does_not_come_back(shop: Shop) -> None:
    await a_late_picking(shop)
    await shop.stage(NO, "picking", "completed")
    await shop.report("order.cancelled", NO)
    await shop.passes(hours=72, seconds=1)

    await writes(shop)

    assert (await the_case(shop))["self_healed"]


async def test_a_number_in_their_words_means_that_order_alone(shop: Shop) -> None:
    for number in ("DB-1001", "DB-1002"):
        await shop.created(number)

    await writes(shop, "你好，DB-1002怎么还没发货")
    assert [number for number, _ in await contacts(shop)] == ["DB-1002"]

    await writes(shop, "在吗")
    assert sorted(number for number, _ in await contacts(shop)) == ["DB-1001", "DB-1002", "DB-1002"]


async def test_nobody_gets_at_the_order_of_another_by_its_number(shop: Shop) -> None:
    await shop.created("DB-1001")

    await writes(shop, "DB-1001 到哪了", customer=LIN)

    assert await contacts(shop) == []


async def test_whoever_names_an_order_of_nobody_known_can_be_answered_about_it(shop: Shop) -> None:
    await shop.report("order.created", NO, channel="miniprogram")
    await shop.stage(NO, "payment", "started")

    await writes(shop, f"订单{NO}付款了吗", customer=LIN)
    await shop.passes(minutes=5, seconds=1)

    assert "顾客48小时内来过" in shop.group_cards[0].display("zhangsan").text
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    assert any(NO in text for text in shop.wecom.customer(LIN).texts()[1:])


async def test_of_a_customer_without_orders_only_the_window_is_known(shop: Shop) -> None:
    await writes(shop, "有优惠吗", customer=LIN)
    assert await contacts(shop) == []

    await shop.created(NO, customer={"external_userid": LIN})
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)

    assert "顾客48小时内来过" in shop.group_cards[0].display("zhangsan").text


async def test_told_by_the_erp_as_well_it_is_one_contact_more_and_nothing_else(shop: Shop) -> None:
    await a_late_picking(shop)
    await writes(shop)
    before = await the_case(shop)

    await shop.report("customer.contacted", NO, channel="kf", external_userid=CHEN)

    assert await the_case(shop) == before


@pytest.mark.parametrize("copies", [3])
async def test_a_callback_that_comes_again_and_again_is_one_message(
    deployment: Deployment, copies: int
) -> None:
    async with a_shop(deployment, knobs=Knobs(callback_copies=copies)) as shop:
        await shop.created(NO)
        await asyncio.gather(*(writes(shop) for _ in range(3)))

        assert len(await contacts(shop)) == 3
        assert len(await shop.rows("SELECT id FROM inbox WHERE id NOT LIKE 'bot:%'")) == 3


async def test_without_callbacks_it_is_heard_within_minutes(shop: Shop) -> None:
    await a_late_picking(shop)
    await shop.wecom.set_callback(None)
    await writes(shop)
    assert (await the_case(shop))["priority"] == "P2"

    await shop.passes(minutes=2)

    assert (await the_case(shop))["priority"] == "P1"


async def test_who_asks_without_being_called_asks_seldom(shop: Shop) -> None:
    await shop.wecom.set_callback(None)
    began = shop.clock.now()

    for _ in range(60):
        await shop.passes(minutes=1)

    calls = [call for call in shop.wecom.calls if call.path == "kf/sync_msg" and call.at > began]
    assert 25 <= len(calls) <= 30, "but for what it asks when it starts, be that now or a moment ago"


async def test_a_token_that_is_no_good_any_more_is_not_needed(deployment: Deployment) -> None:
    async with a_shop(deployment, knobs=Knobs(sync_token_seconds=0)) as shop:
        await a_late_picking(shop)

        await writes(shop)

        assert (await the_case(shop))["priority"] == "P1"


@pytest.mark.parametrize(
    "fault",
    [
        45009,
        "accept_then_drop",
        *(pytest.param(fault, marks=pytest.mark.long) for fault in (-1, "5xx", 45033, 48007)),
    ],
)
async def test_what_could_not_be_asked_is_asked_again(shop: Shop, fault: str | int) -> None:
    await a_late_picking(shop)
    shop.wecom.fault("kf/sync_msg", fault, times=1)

    await writes(shop)
    assert (await the_case(shop))["priority"] == "P2"
    await shop.passes(minutes=10)

    assert (await the_case(shop))["priority"] == "P1"


async def test_a_cursor_that_is_known_no_more_is_let_go_and_nothing_is_heard_twice(shop: Shop) -> None:
    await a_late_picking(shop)
    await writes(shop)
    heard = await contacts(shop)
    async with shop.database.transaction() as connection:
        await connection.execute("UPDATE kf_accounts SET cursor = 'long-forgotten'")

    await writes(shop, "还在吗")

    assert len(heard) == 1
    assert set(heard) < set(await contacts(shop))
    assert len(await contacts(shop)) == 2
    (account,) = await shop.rows("SELECT cursor FROM kf_accounts")
    assert account["cursor"] != "long-forgotten"


# --- who has the conversation ---------------------------------------------------


async def an_answerable_case(shop: Shop) -> None:
    await a_late_picking(shop)
    await writes(shop)


@pytest.mark.parametrize(
    ("state", "servicer", "said"),
    [
        (SessionState.HUMAN, "lisi", "会话由李四接待中"),
        (SessionState.POOL, "", "客服会话排队中"),
        (SessionState.ENDED, "", "客服会话已结束"),
    ],
)
async def test_whoever_has_the_conversation_is_named_and_the_next_card_offers_another_way(
    shop: Shop, state: SessionState, servicer: str, said: str
) -> None:
    await an_answerable_case(shop)
    session = shop.wecom.kf.session(CHEN)
    session.state, session.servicer = state, servicer
    card = shop.group_cards[-1]

    await shop.taps("zhangsan", card, "发送回复")

    assert shop.customer_read == []
    assert any(NO in line and f"没有发出（{said}）" in line for line in shop.group_lines)
    assert not [call for call in shop.wecom.calls if call.path == "kf/service_state/trans"]
    await shop.taps("zhangsan", card, "刷新")
    await shop.taps("zhangsan", card, "再次联系")
    assert card.face("zhangsan").button_texts[0] == "已处理", "the words are there to be copied"


async def test_when_they_write_again_it_is_asked_who_has_them_now(shop: Shop) -> None:
    await an_answerable_case(shop)
    session = shop.wecom.kf.session(CHEN)
    session.state, session.servicer = SessionState.HUMAN, "lisi"
    card = shop.group_cards[-1]
    await shop.taps("zhangsan", card, "发送回复")
    shop.clock.advance(timedelta(seconds=2))

    await writes(shop, "我在和李四说话")
    await shop.taps("zhangsan", card, "刷新")
    assert "同事正在客服接待" in card.display("zhangsan").text

    session.state, session.servicer = SessionState.NEW, ""
    shop.clock.advance(timedelta(seconds=2))
    await writes(shop, "李四下班了")
    await shop.taps("zhangsan", card, "再次联系")
    assert len(shop.customer_read) == 3, "two of hers, and the answer"


async def test_a_colleague_who_takes_the_conversation_is_left_to_it(shop: Shop) -> None:
    await an_answerable_case(shop)
    card = shop.group_cards[-1]

    shop.wecom.servicers.pick("lisi", CHEN)
    await shop.settled()
    await shop.taps("zhangsan", card, "稍后")

    assert "同事正在客服接待" in card.display("zhangsan").text
    await shop.taps("zhangsan", card, "发送回复")
    assert card.face("zhangsan").button_texts[0] == "已处理"
    assert not [call for call in shop.wecom.calls if call.path == "kf/send_msg"]


async def test_what_a_colleague_has_ended_the_customer_begins_anew(shop: Shop) -> None:
    await an_answerable_case(shop)
    card = shop.group_cards[-1]
    shop.wecom.servicers.pick("lisi", CHEN)
    shop.wecom.servicers.say("lisi", CHEN, "马上给您查")
    shop.wecom.servicers.end("lisi", CHEN)
    await shop.settled()
    await shop.taps("zhangsan", card, "稍后")
    assert "客服会话已结束" in card.display("zhangsan").text

    await writes(shop, "还是没动")
    await shop.taps("zhangsan", card, "发送回复")

    assert (await the_case(shop))["state"] == "replied"


async def test_an_account_of_the_customers_own_is_heard_and_answered_in(deployment: Deployment) -> None:
    second = "wkSecondShop"
    async with a_shop(deployment, corp=SandboxConfig(kf_accounts={second: "二店"})) as shop:
        await shop.created(NO, customer={"open_kfid": second, "external_userid": CHEN})
        await shop.stage(NO, "payment", "started")

        shop.wecom.customer_says(CHEN, "付不了款", second)
        await shop.settled()
        await shop.passes(minutes=5, seconds=1)
        await shop.taps("zhangsan", shop.group_cards[0], "发送回复")

        assert (await the_case(shop))["state"] == "replied"
        assert len(await shop.rows("SELECT open_kfid FROM kf_accounts")) == 2


# --- five messages ----------------------------------------------------------------


async def test_of_two_replies_for_the_last_place_one_goes_and_the_other_is_told(shop: Shop) -> None:
    numbers = [f"DB-200{number}" for number in range(6)]
    for number in numbers:
        await shop.created(number)
        await shop.stage(number, "payment", "started")
    await writes(shop)
    await shop.passes(minutes=5, seconds=1)
    cards = shop.group_cards

    await asyncio.gather(*(shop.taps("zhangsan", card, "发送回复") for card in cards[:6]))

    assert len([text for text in shop.customer_read if "DB-200" in text]) == 5
    refused = [call for call in shop.wecom.calls if call.path == "kf/send_msg" and call.errcode == 95001]
    assert refused == [], "it is known before WeCom is asked"


async def test_a_fresh_message_of_theirs_makes_room_for_five_more(shop: Shop) -> None:
    numbers = [f"DB-200{number}" for number in range(6)]
    for number in numbers:
        await shop.created(number)
        await shop.stage(number, "payment", "started")
    await writes(shop)
    await shop.passes(minutes=5, seconds=1)
    for card in shop.group_cards[:5]:
        await shop.taps("zhangsan", card, "发送回复")
    shop.clock.advance(timedelta(seconds=2))

    await writes(shop, "谢谢")
    await shop.taps("zhangsan", shop.group_cards[5], "发送回复")

    assert len([text for text in shop.customer_read if "DB-200" in text]) == 6
