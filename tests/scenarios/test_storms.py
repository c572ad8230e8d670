"""Many orders stand still for one reason: one card for all of them."""

from collections.abc import Sequence
from typing import Any

from tests.scenarios.shop import Shop


async def stuck_payments(shop: Shop, numbers: Sequence[str], channel: str = "wechat", **data: Any) -> None:
    for number in numbers:
        await shop.created(number, payment_channel=channel, **data)
        await shop.stage(number, "payment", "started")


async def test_what_comes_together_has_one_card(shop: Shop) -> None:
    await stuck_payments(shop, [f"DB{number}" for number in range(23)])
    await shop.passes(minutes=5, seconds=1)
    print([card.display("zhangsan").text for card in shop.group_cards])
    print([card.display("wangwu").text for card in shop.cards_of("wangwu")])
    print(shop.group_lines)
    await shop.passes(minutes=10, seconds=1)
    print([card.display("lisi").text for card in shop.cards_of("lisi")])
    print(shop.group_lines)
    assert len(shop.group_cards) == 1
