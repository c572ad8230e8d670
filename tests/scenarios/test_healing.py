"""What heals by itself bothers nobody, what somebody has touched is theirs to finish, and a call brings it back."""

from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def picking_is_late(shop: Shop, number: str = NO) -> None:
    await shop.created(number)
    await shop.stage(number, "confirm", "completed")
    await shop.passes(minutes=45, seconds=1)


async def test_a_case_that_heals_untouched_is_closed_by_the_system_with_a_reason_from_evidence(
    shop: Shop,
) -> None:
    await picking_is_late(shop)

    await shop.stage(NO, "picking", "started")

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"], case["ended_how"]) == ("closed", True, "moved")
    assert (case["reason"], case["reason_source"]) == ("packing_delayed", "evidence")
    assert (case["owner"], case["reached_at"]) == (None, None)


def recoveries(shop: Shop) -> list[str]:
    """The lines of good news in the group; the others are the ladder's."""
    return [line for line in shop.group_lines if "截止" not in line]


async def test_the_group_hears_of_recoveries_in_one_line_per_five_minutes(shop: Shop) -> None:
    for number in ("A1", "A2", "A3"):
        await shop.stage(number, "confirm", "completed")
    await shop.passes(minutes=46)
    for number in ("A1", "A2"):
        await shop.stage(number, "picking", "started")
        await shop.passes(minutes=1)

    assert recoveries(shop) == []
    await shop.passes(minutes=2)
    (line,) = recoveries(shop)
    assert "A1" in line
    assert "A2" in line
    assert "A3" not in line

    await shop.stage("A3", "picking", "started")
    await shop.passes(minutes=4, seconds=59)
    assert len(recoveries(shop)) == 1
    await shop.passes(seconds=1)
    assert "A3" in recoveries(shop)[1]


async def test_a_tap_on_the_card_of_a_healed_case_is_answered_truthfully(shop: Shop) -> None:
    await picking_is_late(shop)
    (card,) = shop.group_cards
    await shop.stage(NO, "picking", "started")

    await shop.taps("zhangsan", card, "发送回复")

    shown = card.display("zhaoliu").text
    assert "已关闭" in shown
    assert card.face("zhaoliu").button_texts == ()
    assert shop.customer_read == []


async def test_what_somebody_has_claimed_recovers_and_waits_for_its_reason_and_reply(shop: Shop) -> None:
    await picking_is_late(shop)
    (card,) = shop.group_cards
    await shop.customer_writes(NO)
    await shop.taps("zhangsan", card, "认领")

    await shop.stage(NO, "picking", "completed")

    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"], case["self_healed"]) == ("recovered", "zhangsan", False)

    await shop.taps("zhangsan", card, "升级")
    assert card.face("zhangsan").button_texts == ("发送回复", "记录原因")
    assert "已恢复" in card.display("zhangsan").text

    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert "好消息" in received
    assert received in card.display("zhangsan").text
    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交")
    (case,) = await shop.anomalies()
    assert (case["state"], case["reason"], case["reason_source"]) == ("closed", "packing_delayed", "agent")
    assert card.face("zhangsan").button_texts == ()


async def test_a_tap_of_any_kind_makes_a_case_somebody_s(shop: Shop) -> None:
    await picking_is_late(shop)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "稍后")

    await shop.stage(NO, "picking", "started")

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"]) == ("recovered", False)


async def test_a_cancelled_order_ends_its_case(shop: Shop) -> None:
    await picking_is_late(shop)

    await shop.report("order.cancelled", NO)

    (case,) = await shop.anomalies()
    assert (case["state"], case["ended_how"]) == ("closed", "cancelled")


async def test_a_cancelled_order_that_asked_for_its_money_ends_as_refunded(shop: Shop) -> None:
    await picking_is_late(shop)
    await shop.report("order.refund_requested", NO, refund_fen=9900)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "认领")

    await shop.report("order.cancelled", NO)

    (case,) = await shop.anomalies()
    assert (case["state"], case["ended_how"]) == ("recovered", "refunded")


async def test_a_healed_case_comes_back_when_the_customer_calls_within_72_hours(shop: Shop) -> None:
    await picking_is_late(shop)
    await shop.stage(NO, "picking", "completed")
    await shop.stage(NO, "transit", "completed")
    await shop.passes(hours=72)

    await shop.customer_writes(NO)
    await shop.passes(seconds=1)

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"], case["reason"]) == ("recovered", False, None)
    first, again = shop.group_cards
    assert again.face("zhangsan").button_texts == ("发送回复", "记录原因")
    assert "已恢复" in again.display("zhangsan").text
    assert first.task_id != again.task_id


async def test_a_call_after_72_hours_brings_nothing_back(shop: Shop) -> None:
    await picking_is_late(shop)
    await shop.stage(NO, "transit", "completed")
    await shop.passes(hours=72, milliseconds=1)

    await shop.customer_writes(NO)
    await shop.passes(seconds=1)

    (case,) = await shop.anomalies()
    assert case["state"] == "closed"
    assert len(shop.group_cards) == 1


async def test_a_call_raises_the_severity_and_the_duty_manager_gets_the_card(shop: Shop) -> None:
    await picking_is_late(shop)
    assert [card for card in shop.cards_of("wangwu") if NO in card.display("wangwu").text] == []

    await shop.customer_writes(NO)

    (case,) = await shop.anomalies()
    assert case["priority"] == "P1"
    (push,) = shop.cards_of("wangwu")
    assert NO in push.display("wangwu").text
    assert "P1" in push.display("wangwu").text
    assert push.face("wangwu").button_texts == ("发送回复", "认领", "升级", "稍后")


async def test_a_second_call_raises_nothing_any_more(shop: Shop) -> None:
    await picking_is_late(shop)
    await shop.customer_writes(NO)
    await shop.passes(seconds=10)

    await shop.customer_writes(NO)

    assert len(shop.cards_of("wangwu")) == 1


async def test_a_call_before_the_stage_began_raises_nothing(shop: Shop) -> None:
    await shop.created(NO)
    await shop.customer_writes(NO)
    await shop.passes(minutes=1)

    await picking_is_late(shop)

    (case,) = await shop.anomalies()
    assert case["priority"] == "P2"
    assert shop.cards_of("wangwu") == []


async def test_a_call_while_the_order_was_still_in_time_counts_when_it_is_late(shop: Shop) -> None:
    await shop.created(NO)
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(minutes=10)
    await shop.customer_writes(NO)

    await shop.passes(minutes=36)

    (case,) = await shop.anomalies()
    assert case["priority"] == "P1"
    assert len(shop.cards_of("wangwu")) == 1


async def test_a_call_counts_as_notice_so_the_case_does_not_heal_by_itself(shop: Shop) -> None:
    await picking_is_late(shop)
    await shop.customer_writes(NO)

    await shop.stage(NO, "picking", "started")

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"]) == ("recovered", False)


async def test_the_manager_s_card_says_that_the_order_has_recovered(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (push,) = shop.cards_of("wangwu")

    await shop.stage(NO, "payment", "completed")

    assert "已关闭" in push.display("wangwu").text
    assert push.face("wangwu").button_texts == ()


async def test_a_payment_that_fails_has_not_healed_and_the_card_says_so_when_it_is_late_again(
    shop: Shop,
) -> None:
    await shop.created(NO)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    await shop.customer_writes(NO)

    await shop.stage(NO, "payment", "failed")
    (case,) = await shop.anomalies()
    assert (case["state"], case["ended_how"]) == ("open", None)

    await shop.passes(minutes=5, seconds=1)
    (case,) = await shop.anomalies()
    assert case["state"] != "closed"
    assert len(shop.group_cards) == 2
    assert "付款没有成功" in shop.group_cards[-1].display("zhangsan").text


async def test_after_a_failure_the_card_shows_new_words_and_those_can_be_sent(shop: Shop) -> None:
    await shop.created(NO)
    await shop.customer_writes(NO)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.group_cards
    await shop.stage(NO, "payment", "failed")

    await shop.taps("zhangsan", card, "发送回复")
    assert shop.customer_read == []
    assert "付款没有成功" in card.display("zhangsan").text

    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert "付款没有成功" in received
