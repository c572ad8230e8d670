"""The cards of an incident that members have: each changes once by itself, when what it shows has become quite another thing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.sandbox.cards import Card
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop
from tests.scenarios.storm import a_payment_hangs, numbers, payments_hang, send_all

QUIET: Mapping[str, Any] = {"ladder": []}
"""Nobody is called later on: the cards are those of the first minute."""


def text_of(card: Card, userid: str = "wangwu") -> str:
    return card.display(userid).text


def updates(shop: Shop) -> list[int]:
    """How WeCom answered each change of a card."""
    return [call.errcode for call in shop.wecom.calls if call.path == "message/update_template_card"]


async def test_they_say_how_large_it_has_become_once_it_has_doubled(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=QUIET) as shop:
        await payments_hang(shop, numbers(3))
        (push,) = shop.cards_of("wangwu")
        await payments_hang(shop, numbers(1, first=4))
        await shop.passes(minutes=5)
        assert updates(shop) == [], "for one more, the right to be changed once is not given away"

        await payments_hang(shop, numbers(2, first=5))
        for number in numbers(2, first=7):
            await a_payment_hangs(shop, number, ago=timedelta(minutes=5, seconds=1))
        await shop.settled()
        assert updates(shop) == [], "whoever comes within five minutes is told of together"
        await shop.passes(minutes=5)
        assert "8 单" in text_of(push)
        assert send_all(push, "wangwu") == "发送全部(8)"
        await payments_hang(shop, numbers(8, first=9))
        await shop.passes(minutes=5)
        assert updates(shop) == [0]
        assert "8 单" in text_of(push)


async def test_they_say_what_came_of_the_messages_and_when_it_is_over(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=QUIET, bot=False) as shop:
        await payments_hang(shop, numbers(3))
        await payments_hang(shop, numbers(3, first=4), channel="wechat")
        answered, healed = shop.cards_of("wangwu")
        held_together, _ = shop.cards_of("zhangsan")
        await shop.taps("zhaoliu", held_together, send_all(held_together, "zhaoliu"))
        await shop.passes(seconds=5)
        assert "发送全部" not in "".join(answered.face("wangwu").button_texts)
        assert updates(shop) == [0, 0], "the answer to the tap, and the card of who did not tap"

        for number in numbers(3, first=4):
            await shop.stage(number, "payment", "completed")
        assert healed.face("wangwu").button_texts == ()
        assert "已全部了结" in text_of(healed)
        for number in numbers(3):
            await shop.stage(number, "payment", "completed")
            await shop.says("zhangsan", f"/原因 {number} 支付失败", to="app")
        assert "已全部了结" in text_of(held_together, "zhangsan")
        assert set(updates(shop)) == {0}
