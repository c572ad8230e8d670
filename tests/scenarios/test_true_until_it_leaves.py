"""What an agent sent and WeCom has not taken yet goes only while it is true."""

import pytest

from tests.scenarios.shop import Shop

NO = "DB1"


async def sending_fails(shop: Shop, kind: str | int) -> None:
    """A tap on 发送回复 whose first attempt comes to nothing, or so it seems."""
    await shop.created(NO)
    await shop.customer_writes(NO)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    shop.wecom.fault("kf/send_msg", kind, times=1)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")


@pytest.mark.parametrize("refusal", [-1, 45009])
async def test_words_that_have_become_untrue_are_not_sent_again(shop: Shop, refusal: int) -> None:
    await sending_fails(shop, refusal)
    await shop.stage(NO, "payment", "completed")

    await shop.passes(minutes=2)

    assert shop.customer_read == []
    assert any("没有发出" in line or "未发" in line for line in shop.group_lines)


async def test_an_attempt_of_unknown_fate_is_asked_about_even_when_the_order_has_moved(shop: Shop) -> None:
    await sending_fails(shop, "accept_then_drop")
    assert len(shop.customer_read) == 1
    await shop.stage(NO, "payment", "completed")

    await shop.passes(minutes=2)

    assert len(shop.customer_read) == 1
    (case,) = await shop.anomalies()
    assert case["reached_at"] is not None
