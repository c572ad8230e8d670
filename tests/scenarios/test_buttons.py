"""Which buttons are there, who may press them, and what does everybody else get to read? Never silence."""

import asyncio

import pytest

from bot.sandbox.cards import Card
from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

NO = "DB20251222-883"
CASE = ("发送回复", "认领", "升级", "稍后")


async def a_late_confirmation(shop: Shop) -> Card:
    """A case of no urgency, whose customer can be answered, and its card in the group."""
    await shop.customer_writes(NO)
    await shop.passes(seconds=1)
    await shop.created(NO)
    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=20, seconds=1)
    (card,) = shop.group_cards
    return card


async def the_case(shop: Shop) -> dict[str, object]:
    (case,) = await shop.anomalies()
    return case


# --- by state --------------------------------------------------------------------------------


async def test_the_card_shows_what_is_possible_from_open_to_closed(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    assert card.face("zhangsan").button_texts == CASE

    await shop.taps("zhangsan", card, "认领")
    assert card.face("zhaoliu").button_texts == ("发送回复", "升级", "稍后", "记录原因")

    await shop.taps("zhangsan", card, "发送回复")
    assert card.face("zhaoliu").button_texts == ("刷新", "升级", "稍后", "记录原因")
    await shop.taps("zhangsan", card, "刷新")
    assert card.face("zhaoliu").button_texts == ("升级", "稍后", "记录原因")
    assert "已联系" in card.display("zhaoliu").text

    await shop.stage(NO, "confirm", "completed")
    await shop.taps("zhangsan", card, "稍后")
    assert card.face("zhangsan").button_texts == ("发送回复", "记录原因")

    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交", reason="packing_delayed")
    assert (await the_case(shop))["state"] == "closed"
    assert card.face("zhaoliu").button_texts == ()
    assert "打包延误，张三记录" in card.display("zhaoliu").text


async def test_the_form_is_seen_by_whoever_asked_for_it_and_by_nobody_else(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "认领")

    await shop.taps("zhangsan", card, "记录原因")

    assert card.face("zhangsan").button_texts == ("提交",)
    assert card.face("zhaoliu").button_texts == ("发送回复", "升级", "稍后", "记录原因")


async def test_an_escalation_raises_the_priority_and_the_duty_manager_gets_the_card(shop: Shop) -> None:
    card = await a_late_confirmation(shop)

    await shop.taps("zhangsan", card, "升级")

    assert (await the_case(shop))["priority"] == "P1"
    (push,) = shop.cards_of("wangwu")
    assert push.face("wangwu").button_texts == ("发送回复", "认领", "稍后")
    assert "张三" in card.display("zhaoliu").text
    assert "升级" in card.display("zhaoliu").text
    assert "升级" not in card.face("zhaoliu").button_texts


@pytest.mark.parametrize(("minutes", "until"), [("5", "10:25"), ("10", "10:30"), ("30", "10:50")])
async def test_a_snooze_is_as_long_as_was_chosen(shop: Shop, minutes: str, until: str) -> None:
    card = await a_late_confirmation(shop)

    await shop.taps("zhangsan", card, "稍后", snooze=minutes)

    assert f"稍后至 {until}" in card.display("zhaoliu").text


# --- who was first -----------------------------------------------------------------------------


async def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(shop: Shop) -> None:
    card = await a_late_confirmation(shop)

    await asyncio.gather(*(shop.taps(userid, card, "认领") for userid in ("zhangsan", "zhaoliu")))

    case = await the_case(shop)
    loser, winner = ("zhaoliu", "张三") if case["owner"] == "zhangsan" else ("zhangsan", "赵六")
    assert f"已由{winner} 10:20 认领" in card.display(loser).text


async def test_of_two_who_send_at_once_one_does_and_the_customer_hears_it_once(shop: Shop) -> None:
    card = await a_late_confirmation(shop)

    await asyncio.gather(*(shop.taps(userid, card, "发送回复") for userid in ("zhangsan", "zhaoliu")))

    assert len(shop.customer_read) == 1
    case = await the_case(shop)
    loser, winner = ("zhaoliu", "张三") if case["owner"] == "zhangsan" else ("zhangsan", "赵六")
    assert f"已由{winner} 10:20" in card.display(loser).text


async def test_one_finger_that_taps_twice_sends_once(shop: Shop) -> None:
    card = await a_late_confirmation(shop)

    await asyncio.gather(*(shop.taps("zhangsan", card, "发送回复") for _ in range(3)))

    assert len(shop.customer_read) == 1


async def test_a_manager_who_taps_after_the_group_has_acted_is_told_in_person(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "升级")
    (push,) = shop.cards_of("wangwu")
    await shop.taps("zhangsan", card, "发送回复")
    assert len(shop.customer_read) == 1

    await shop.taps("wangwu", push, "发送回复")

    assert len(shop.customer_read) == 1
    assert any("已由张三 10:20" in line for line in shop.lines_to("wangwu"))
    assert "已由张三 10:20" in push.display("wangwu").text


async def test_what_a_manager_does_is_told_to_the_group_whose_card_cannot_change(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "升级")
    (push,) = shop.cards_of("wangwu")

    await shop.taps("wangwu", push, "稍后", snooze="30")

    assert any(NO in line and "王五" in line and "稍后至 10:50" in line for line in shop.group_lines)


# --- who may ------------------------------------------------------------------------------------


async def test_a_stranger_s_tap_changes_nothing_and_is_answered_in_private(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    before = card.display("zhangsan").text

    for button in CASE:
        await shop.taps("stranger", card, button)

    assert card.display("zhangsan").text == before
    assert card.face("stranger").button_texts == CASE
    case = await the_case(shop)
    assert (case["state"], case["owner"], case["priority"]) == ("open", None, "P2")
    assert shop.customer_read == []
    assert all("不在值班名单里" in line for line in shop.lines_to("stranger"))
    assert len(shop.lines_to("stranger")) == len(CASE)
    await shop.stage(NO, "confirm", "completed")
    assert (await the_case(shop))["self_healed"], "a stranger's tap is nobody's"


@pytest.mark.parametrize(
    ("member", "acts"),
    [
        ({"roles": ["agent"]}, True),
        ({"roles": ["lead"]}, True),
        ({"roles": ["manager"]}, True),
        ({"roles": ["admin"]}, True),
        ({"roles": ["operations"]}, False),
        ({"roles": ["agent"], "shops": ["north"]}, False),
        ({"roles": ["agent"], "shops": ["north", "main"]}, True),
    ],
)
async def test_the_roster_says_who_may_touch_a_case(
    deployment: Deployment, member: dict[str, list[str]], acts: bool
) -> None:
    newcomer = {"userid": "newcomer", "name": "新来的", **member}
    roster = {**ROSTER, "members": [*ROSTER["members"], newcomer]}
    async with a_shop(deployment, roster=roster) as shop:
        card = await a_late_confirmation(shop)

        await shop.taps("newcomer", card, "认领")

        assert (await the_case(shop))["owner"] == ("newcomer" if acts else None)


# --- what was shown is what is sent ----------------------------------------------------------------


async def test_words_whose_order_has_moved_are_not_sent_and_the_news_is_told(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.passes(minutes=1)
    await shop.stage(NO, "confirm", "completed")

    await shop.taps("zhangsan", card, "发送回复")

    assert shop.customer_read == []
    assert any(NO in line and "没有发送" in line and "通过审核" in line for line in shop.group_lines)
    assert "好消息" in card.display("zhangsan").text
    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert "通过审核" in received


async def test_words_about_a_cancelled_order_are_not_sent(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.report("order.cancelled", NO)

    await shop.taps("zhangsan", card, "发送回复")

    assert shop.customer_read == []
    assert any("已取消" in line for line in shop.group_lines)


async def test_news_that_would_only_add_a_sentence_holds_nothing_up(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    shown = card.display("zhangsan").text
    await shop.report("order.refund_requested", NO, refund_fen=9900)
    await shop.report("order.changed", NO, region="华东", tracking_no="YT42")

    await shop.taps("zhangsan", card, "发送回复")

    (received,) = shop.customer_read
    assert received in shown


async def test_a_promise_that_can_no_longer_be_kept_is_not_sent(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    promised = card.display("zhangsan").text
    assert "11:30 前" in promised
    await shop.passes(minutes=60)

    await shop.taps("zhangsan", card, "发送回复")

    assert shop.customer_read == []
    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert "11:30 前" not in received


async def test_of_two_fingers_on_words_that_are_no_longer_true_neither_sends(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.stage(NO, "confirm", "completed")

    await asyncio.gather(*(shop.taps(userid, card, "发送回复") for userid in ("zhangsan", "zhaoliu")))

    assert shop.customer_read == []
    assert "好消息" in card.display("zhaoliu").text


async def test_a_manager_hears_in_person_why_their_words_were_not_sent(shop: Shop) -> None:
    card = await a_late_confirmation(shop)
    await shop.taps("zhangsan", card, "升级")
    (push,) = shop.cards_of("wangwu")
    await shop.passes(minutes=60)

    await shop.taps("wangwu", push, "发送回复")

    assert shop.customer_read == []
    assert any(NO in line and "没有发送" in line and "11:30" in line for line in shop.lines_to("wangwu"))
