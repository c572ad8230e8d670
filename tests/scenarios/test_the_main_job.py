"""The main job: an order stands still, a card appears, one tap answers the customer, two taps say why."""

from tests.scenarios.shop import Shop


async def test_a_hanging_payment_reaches_the_group_and_the_duty_manager(shop: Shop) -> None:
    await shop.created("DB20251222-883")
    await shop.stage("DB20251222-883", "payment", "started")

    await shop.passes(minutes=5)
    assert shop.group_cards == []

    await shop.passes(milliseconds=501)
    (card,) = shop.group_cards
    assert "DB20251222-883" in card.display("zhangsan").text
    assert card.face("zhangsan").button_texts == ("发送回复", "认领", "升级", "稍后")
    (push,) = shop.cards_of("wangwu")
    assert push.face("wangwu").button_texts == ("发送回复", "认领", "升级", "稍后")


async def test_a_payment_in_time_raises_nothing(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=4, seconds=59)
    await shop.stage("DB1", "payment", "completed")

    await shop.passes(minutes=10)

    assert shop.group_cards == []
    assert shop.cards_of("wangwu") == []
    assert await shop.anomalies() == []


async def test_one_tap_sends_exactly_the_words_on_the_card_and_two_say_why(shop: Shop) -> None:
    await shop.created("DB1")
    await shop.customer_writes("DB1")
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (card,) = shop.group_cards
    shown = card.display("zhangsan").text

    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert received in shown
    assert "已提交 · 张三" in card.display("zhaoliu").text
    assert "刷新" in card.face("zhaoliu").button_texts

    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交", reason="payment_failed")
    (case,) = await shop.anomalies()
    assert (case["state"], case["reason"], case["owner"]) == ("replied", "payment_failed", "zhangsan")

    await shop.stage("DB1", "payment", "completed")
    (case,) = await shop.anomalies()
    assert (case["state"], case["ended_how"]) == ("closed", "moved")
