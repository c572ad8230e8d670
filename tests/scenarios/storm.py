"""What does a storm look like in a story? Payments that hang at one channel, of customers who have all written."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.sandbox.cards import Card
from tests.scenarios.shop import Shop

NAMES = ("李女士", "王先生", "陈女士", "赵先生")


def numbers(count: int, first: int = 1) -> list[str]:
    """Order numbers, in the order in which the orders come."""
    return [f"DB20260302-{number:03}" for number in range(first, first + count)]


def customer_of(number: str) -> str:
    """Whose order it is."""
    return f"wm{number[-3:]}"


async def payments_hang(shop: Shop, orders: Sequence[str], **known: Any) -> None:
    """Each of another customer, who can be answered by 微信客服; all of them pass their limit together."""
    for number in orders:
        await a_payment_hangs(shop, number, **known)
    await shop.settled()
    await shop.passes(minutes=5, seconds=1)


async def a_payment_hangs(
    shop: Shop,
    number: str,
    *,
    of: Mapping[str, str] | None = None,
    name: str | None = None,
    customer: str | None = None,
    channel: str = "alipay",
    ago: timedelta = timedelta(),
    marketplace: Collection[str] = (),
) -> None:
    """It has begun just now, or `ago`. `of` says of which shop an order is, where it is another one than usual."""
    who, where = customer or customer_of(number), {"shop": of[number]} if of and number in of else {}
    shop.wecom.customer_says(who, f"{number} 怎么还没动？")
    address = {"open_kfid": shop.open_kfid, "external_userid": who}
    created: dict[str, Any] = {
        "channel": "taobao" if number in marketplace else "miniprogram",
        "amount_fen": 100_000 - 100 * int(number[-3:]),
        "payment_channel": channel,
        "customer": {"name": name or NAMES[int(number[-3:]) % len(NAMES)], **address},
    }
    events: tuple[tuple[str, dict[str, Any]], ...] = (
        ("customer.contacted", {"channel": "kf", **address}),
        ("order.created", created),
        ("order.stage", {"stage": "payment", "status": "started"}),
    )
    for kind, body in events:
        answer = await shop.send(shop.event(kind, number, ago=ago, **where, **body))
        assert answer["accepted"] == 1, answer


def read_by(shop: Shop, number: str) -> list[str]:
    """What the customer of an order received."""
    return [text for text in shop.wecom.customer(customer_of(number)).texts() if "怎么还没动" not in text]


def the_card(shop: Shop) -> Card:
    """The incident's card in the group: the only one that speaks of several orders."""
    (card,) = [one for one in shop.group_cards if re.search(r"\d+ 单", one.display("zhangsan").text)]
    return card


def send_all(card: Card, userid: str = "zhangsan") -> str:
    """The button that sends, with its number."""
    (button,) = [text for text in card.face(userid).button_texts if text.startswith("发送全部")]
    return button
