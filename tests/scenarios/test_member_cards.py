"""A member's card changes where it stands: after each tap, and once more by itself when the order moves."""

from bot.sandbox.cards import Card
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"


async def a_push(shop: Shop) -> Card:
    """The duty manager's card of a late payment whose customer can be answered."""
    await shop.pays_late(NO)
    (push,) = shop.cards_of("wangwu")
    return push


def updates(shop: Shop) -> list[int]:
    """How WeCom answered each change of a card."""
    return [call.errcode for call in shop.wecom.calls if call.path == "message/update_template_card"]


async def test_the_card_tells_everything_at_a_glance(shop: Shop) -> None:
    shown = (await a_push(shop)).display("wangwu").text

    for part in (NO, "盯单 · P1", "付款未完成 5分", "10:15", "陈女士，您好", "微信客服"):
        assert part in shown


async def test_each_tap_changes_the_card_at_once(shop: Shop) -> None:
    push = await a_push(shop)

    await shop.taps("wangwu", push, "认领")
    assert "已认领" in push.display("wangwu").text
    assert push.face("wangwu").button_texts == ("发送回复", "升级", "稍后", "记录原因")

    await shop.taps("wangwu", push, "发送回复")
    assert len(shop.customer_read) == 1
    await shop.taps("wangwu", push, "记录原因")
    assert push.face("wangwu").button_texts == ("提交",)
    await shop.taps("wangwu", push, "提交", reason="payment_failed")
    assert "王五 10:05 记录：支付失败" in push.display("wangwu").text
    assert updates(shop) == [0, 0, 0, 0]


async def test_when_the_order_moves_the_card_says_so_by_itself(shop: Shop) -> None:
    push = await a_push(shop)
    await shop.taps("wangwu", push, "认领")

    await shop.stage(NO, "payment", "completed")

    shown = push.display("wangwu").text
    assert "已恢复" in shown
    assert "好消息" in shown
    assert push.face("wangwu").button_texts == ("发送回复", "记录原因")


async def test_what_the_card_shows_by_itself_can_be_sent_as_it_is(shop: Shop) -> None:
    push = await a_push(shop)
    await shop.taps("wangwu", push, "认领")
    await shop.stage(NO, "payment", "completed")
    shown = push.display("wangwu").text

    await shop.taps("wangwu", push, "发送回复")

    (received,) = shop.customer_read
    assert received in shown


async def test_the_right_to_change_a_card_by_itself_is_used_once(shop: Shop) -> None:
    push = await a_push(shop)
    await shop.taps("wangwu", push, "认领")
    await shop.stage(NO, "payment", "completed")
    done = len(updates(shop))

    await shop.says("wangwu", f"/原因 {NO} 支付失败", to="app")
    await shop.taps("wangwu", push, "发送回复")

    assert (await shop.anomalies())[0]["state"] == "closed"
    assert len(updates(shop)) == done + 1, "the answer to the tap and nothing else"
    assert set(updates(shop)) == {0}


async def test_after_72_hours_the_right_is_gone_and_nobody_tries(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={"ladder": []}) as shop:
        push = await a_push(shop)
        before = push.display("wangwu").text
        await shop.passes(hours=72, seconds=1)

        await shop.stage(NO, "payment", "completed")

        assert updates(shop) == []
        assert push.display("wangwu").text == before
        await shop.taps("wangwu", push, "认领")
        assert "已关闭" in push.display("wangwu").text, "a tap is answered truthfully all the same"


async def test_an_update_that_goes_wrong_is_tried_again(shop: Shop) -> None:
    push = await a_push(shop)
    shop.wecom.fault("message/update_template_card", -1, times=1)

    await shop.stage(NO, "payment", "completed")
    await shop.passes(seconds=5)

    assert "已关闭" in push.display("wangwu").text


async def test_an_update_whose_answer_was_lost_is_not_taken_for_a_failure(shop: Shop) -> None:
    push = await a_push(shop)
    shop.wecom.fault("message/update_template_card", "accept_then_drop", times=1)

    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=10)

    assert "已关闭" in push.display("wangwu").text
    assert len(updates(shop)) <= 2


async def test_everybody_sees_their_own_link_on_their_own_card(shop: Shop) -> None:
    push = await a_push(shop)
    await shop.passes(minutes=7)
    handed = shop.cards_of("lisi")[-1]

    one, other = (
        str(card.face(who).content["card_action"]) for card, who in ((push, "wangwu"), (handed, "lisi"))
    )
    assert "/l/" in one
    assert "/l/" in other
    assert one != other
