"""By which way do the words reach the customer? By 微信客服 where that may write, else by the agent's own hand."""

from tests.scenarios.shop import Shop

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
