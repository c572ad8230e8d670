"""By which way do the words reach the customer? By 微信客服 where that may write, else by the agent's own hand."""

import asyncio

from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import CHEN, Shop

NO = "DB20251222-883"


async def payment_is_late(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)


async def test_on_a_marketplace_the_agent_copies_the_words_and_says_so(shop: Shop) -> None:
    await shop.created(NO, channel="天猫旗舰店")
    await shop.customer_writes(NO)
    await payment_is_late(shop)
    (card,) = shop.group_cards
    assert "平台" in card.display("zhangsan").text

    await shop.taps("zhangsan", card, "发送回复")
    assert shop.customer_read == []
    assert card.face("zhangsan").button_texts[0] == "已处理"
    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"], case["reached_at"]) == ("claimed", "zhangsan", None)

    await shop.taps("zhangsan", card, "已处理")
    (case,) = await shop.anomalies()
    assert case["state"] == "replied"


async def test_a_second_round_by_hand_can_be_marked_done_as_well(shop: Shop) -> None:
    await shop.created(NO, channel="天猫旗舰店")
    await payment_is_late(shop)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    await shop.taps("zhangsan", card, "已处理")
    await shop.stage(NO, "payment", "completed")
    await shop.taps("lisi", card, "升级")
    assert card.face("lisi").button_texts == ("发送回复", "记录原因")

    await shop.taps("lisi", card, "发送回复")
    assert "好消息" in card.display("lisi").text
    await shop.taps("lisi", card, "已处理")

    assert "李四" in card.display("lisi").text
    assert "已由" not in card.display("lisi").text
    (case,) = await shop.anomalies()
    assert case["state"] == "recovered"


async def reachable(shop: Shop, number: str = NO) -> bool:
    """Whether the card of a late payment offers to send by 微信客服."""
    await shop.stage(number, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    return "顾客48小时内来过" in shop.group_cards[-1].display("zhangsan").text


async def test_whoever_has_just_written_can_be_answered_where_they_wrote(shop: Shop) -> None:
    await shop.created(NO)
    await shop.customer_writes(NO)

    assert await reachable(shop)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    assert len(shop.customer_read) == 1


async def test_half_of_where_they_wrote_is_enough_when_the_other_half_is_known(shop: Shop) -> None:
    await shop.created(NO, customer={"name": "陈女士"})
    shop.wecom.customer_says(CHEN, "在吗")
    await shop.report("customer.contacted", NO, channel="kf", external_userid=CHEN)

    assert await reachable(shop)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    assert len([text for text in shop.customer_read if NO in text]) == 1


async def test_a_call_by_phone_opens_no_window(shop: Shop) -> None:
    await shop.created(NO)
    await shop.report("customer.contacted", NO, channel="phone")

    assert not await reachable(shop)


async def test_without_any_address_the_card_says_so(shop: Shop) -> None:
    assert not await reachable(shop)
    assert "没有客服会话" in shop.group_cards[0].display("zhangsan").text


async def test_after_48_hours_the_words_are_copied_until_the_customer_writes_again(shop: Shop) -> None:
    await shop.created(NO)
    await shop.customer_writes(NO)
    await shop.passes(hours=48, seconds=1)

    assert not await reachable(shop)
    (card,) = shop.group_cards
    await shop.customer_writes(NO)
    await shop.taps("zhangsan", card, "发送回复")
    assert len(shop.customer_read) == 1


async def test_the_window_may_close_between_the_card_and_the_tap(shop: Shop) -> None:
    await shop.created(NO)
    await shop.customer_writes(NO)
    await shop.passes(hours=47, minutes=50)
    assert await reachable(shop)
    (card,) = shop.group_cards
    await shop.passes(minutes=10)

    await shop.taps("zhangsan", card, "发送回复")

    assert shop.customer_read == []
    assert card.face("zhangsan").button_texts[0] == "已处理"


async def test_after_five_messages_the_next_one_is_copied(shop: Shop) -> None:
    numbers = [f"A{number}" for number in range(6)]
    for number in numbers:
        await shop.created(number)
    await shop.customer_writes("A0")
    for number in numbers[:5]:
        assert await reachable(shop, number)
        await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
    assert len(shop.customer_read) == 5

    assert not await reachable(shop, "A5")
    assert "5条" in shop.group_cards[-1].display("zhangsan").text


async def test_two_orders_of_one_customer_are_answered_one_by_one(shop: Shop) -> None:
    for number in ("A1", "A2"):
        await shop.created(number)
    await shop.customer_writes("A1")
    for number in ("A1", "A2"):
        await shop.stage(number, "payment", "started")
    await shop.passes(minutes=5, seconds=1)

    for card in shop.group_cards:
        await shop.taps("zhangsan", card, "发送回复")

    assert ["A1" in shop.customer_read[0], "A2" in shop.customer_read[1]] == [True, True]


async def test_two_fingers_on_one_further_contact_by_hand_are_one_round(shop: Shop) -> None:
    await shop.created(NO, channel="天猫旗舰店")
    await payment_is_late(shop)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    await shop.taps("zhangsan", card, "已处理")
    await shop.stage(NO, "payment", "completed")
    await shop.taps("lisi", card, "升级")
    await shop.taps("lisi", card, "发送回复")

    await asyncio.gather(*(shop.taps("lisi", card, "已处理") for _ in range(2)))

    async with at_the_case(shop, "lisi") as reader:
        assert reader.text.count("提交回复") == 1


async def test_the_page_tells_to_copy_and_takes_each_round_by_hand(shop: Shop) -> None:
    await shop.created(NO, channel="天猫旗舰店")
    await payment_is_late(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("preview", text="请放心")
        await reader.submits("send")
        assert "请复制这段话" in reader.told
        await reader.submits("mark_done", means="marketplace")
        await shop.stage(NO, "payment", "completed")
        await reader.submits("done_again")
        assert "张三" in reader.told
    assert shop.customer_read == []
    (case,) = await shop.anomalies()
    assert case["state"] == "recovered"


async def test_a_card_of_a_case_that_was_closed_elsewhere_offers_no_words_to_copy(shop: Shop) -> None:
    await shop.created(NO, channel="天猫旗舰店")
    await payment_is_late(shop)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "升级")
    await shop.stage(NO, "payment", "completed")
    await shop.taps("zhangsan", card, "稍后")
    assert "好消息" in card.display("zhangsan").text
    async with at_the_case(shop, "lisi") as reader:
        await reader.submits("mark_done", means="marketplace")
    await shop.says("lisi", f"@盯单 /原因 {NO} 支付失败")

    await shop.taps("zhangsan", card, "发送回复")

    assert "已关闭" in card.display("zhangsan").text
    answers = await shop.rows("SELECT state FROM letters WHERE kind = 'face' AND medium = 'reply'")
    assert [row["state"] for row in answers] == ["sent"] * 3, "one for each tap"
