"""Many orders stand still for one reason: one card, one push and one ladder for all of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.scenarios.shop import Shop

BURST, LATER = 13, 10
MINUTE = timedelta(minutes=1)


async def a_payment_hangs(shop: Shop, number: str, channel: str = "wechat", **data: Any) -> None:
    await shop.created(number, payment_channel=channel, amount_fen=10_000, **data)
    await shop.stage(number, "payment", "started")


async def hang(shop: Shop, numbers: Sequence[str], **between: float) -> None:
    """Payments that are begun one after the other, and come to no end."""
    for number in numbers:
        await a_payment_hangs(shop, number)
        await shop.passes(**between)


def texts(shop: Shop) -> list[str]:
    return [card.display("zhangsan").text for card in shop.group_cards]


def incident_cards(shop: Shop) -> list[str]:
    return [text for text in texts(shop) if " 单" in text and "支付验证" in text]


async def incidents(shop: Shop) -> list[dict[str, Any]]:
    return [dict(row) for row in await shop.rows("SELECT * FROM incidents ORDER BY opened_at, id")]


async def test_what_comes_together_has_one_card_one_push_and_one_ladder(shop: Shop) -> None:
    await hang(shop, [f"DB{number:02}" for number in range(5)], milliseconds=0)
    await shop.passes(minutes=5, milliseconds=1)

    assert len(shop.group_cards) == len(shop.cards_of("wangwu")) == 1
    assert "5 单" in shop.group_cards[0].display("zhangsan").text
    assert {case["incident"] for case in await shop.anomalies()} == {(await incidents(shop))[0]["id"]}

    await shop.passes(minutes=9, seconds=1)
    reminder, handed_over, pushed = shop.group_lines
    assert "还有 5 单没联系顾客" in reminder
    assert "已转给李四" in handed_over
    assert "已通知王五" in pushed
    assert len(shop.group_cards) == len(shop.cards_of("lisi")) == 1
    assert len(shop.cards_of("wangwu")) == 2
