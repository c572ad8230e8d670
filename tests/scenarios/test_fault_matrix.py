"""Each fault of the menu on each way out: customers once at most, agents once at least, and nothing lost in silence."""

from itertools import product
from typing import Any

import pytest

from bot.sandbox.config import SandboxConfig
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
KEY = "the-key-of-the-group"
GROUP = "wrOrders"
FAULTS = ("5xx", -1, 45009, 45033, "42001_once", "42001_forever", "accept_then_drop", "delay", "invaliduser")
WAYS = {
    "a group by the bot": "aibot_send_msg",
    "a member's card": "message/send",
    "a change of a member's card": "message/update_template_card",
    "a customer by 微信客服": "kf/send_msg",
    "a group by its webhook": "webhook/send",
}
SAMPLE = {
    ("a group by the bot", "accept_then_drop"),
    ("a member's card", "42001_forever"),
    ("a change of a member's card", "accept_then_drop"),
    ("a customer by 微信客服", "accept_then_drop"),
    ("a customer by 微信客服", "42001_forever"),
    ("a group by its webhook", 45009),
}
"""What `make test` runs; `make test-long` runs every cell."""
CELLS = [
    pytest.param(way, fault, marks=() if (way, fault) in SAMPLE else pytest.mark.long)
    for way, fault in product(WAYS, FAULTS)
]


@pytest.mark.parametrize(("way", "fault"), CELLS)
async def test_no_fault_of_a_channel_loses_or_doubles_anything(
    deployment: Deployment, way: str, fault: str | int
) -> None:
    webhook = "webhook" in WAYS[way]
    settings: dict[str, Any] = {"DINGDAN_WEBHOOK__KEY": KEY} if webhook else {}
    corp = SandboxConfig(groups={GROUP: "订单异常处理群"}, webhooks={KEY: GROUP}) if webhook else None
    async with a_shop(deployment, bot=not webhook, corp=corp, **settings) as shop:
        times = None if fault == "42001_forever" else 1
        shop.wecom.fault(WAYS[way], fault, times=times, seconds=0.05)
        await a_late_payment(shop)
        await the_reply_is_sent(shop)
        await shop.passes(minutes=3)
        assert times is None or not shop.wecom.faults.faults, "it was never met"
        shop.wecom.clear_faults()
        await shop.passes(minutes=6)

        assert len(set(shop.customer_read)) == len(shop.customer_read) <= 1
        assert (
            any(NO in card.display("wangwu").text for card in shop.cards_of("wangwu"))
            or fault == "invaliduser"
        )
        assert shop.group_cards or shop.group_lines or webhook
        await the_agents_know(shop)


async def a_late_payment(shop: Shop) -> None:
    await shop.customer_writes(NO)
    await shop.created(NO)
    await shop.passes(seconds=1)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)


async def the_reply_is_sent(shop: Shop) -> None:
    """Somebody who has a card sends its draft."""
    held = [("zhangsan", card) for card in shop.group_cards]
    held += [("wangwu", card) for card in shop.cards_of("wangwu")]
    if held:
        userid, card = held[-1]
        await shop.taps(userid, card, "发送回复")


async def the_agents_know(shop: Shop) -> None:
    """Whatever did not go is on the case's timeline or still to go; whatever went has reached the customer."""
    (case,) = await shop.anomalies()
    told = await shop.case(case["id"])
    happened = {line["what"] for line in told["timeline"]}
    sent = [letter for letter in told["letters"] if letter["kind"] == "customer"]
    for letter in sent:
        assert letter["state"] in {"sent", "ready", "sending"} or "not_delivered" in happened
