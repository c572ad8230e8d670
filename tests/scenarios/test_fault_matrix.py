"""Each fault of the menu on each way out: customers once at most, agents once at least, and nothing lost in silence."""

from itertools import product
from typing import Any

import pytest

from bot.sandbox.cards import Card
from bot.sandbox.config import SandboxConfig
from tests.deployment import Deployment
from tests.scenarios.shop import CHEN, Shop, a_shop

NO = "DB20251222-883"
KEY = "the-key-of-the-group"
GROUP = "wrOrders"
EMPLOYEE = "lisi"
SILENT = "silently_drop"
FAULTS = (
    "5xx", -1, 45009, 45033, "42001_once", "42001_forever", "accept_then_drop", "delay", "invaliduser", SILENT
)  # fmt: skip
WAYS = {
    "a group by the bot": "aibot_send_msg",
    "a member's card": "message/send",
    "a change of a member's card": "message/update_template_card",
    "a customer by 微信客服": "kf/send_msg",
    "a customer by 企业群发": "externalcontact/add_msg_template",
    "what became of a 群发": "externalcontact/get_groupmsg_send_result",
    "a group by its webhook": "webhook/send",
}
SAMPLE = {
    ("a group by the bot", "accept_then_drop"),
    ("a member's card", "42001_forever"),
    ("a change of a member's card", "accept_then_drop"),
    ("a customer by 微信客服", "accept_then_drop"),
    ("a customer by 微信客服", "42001_forever"),
    ("a customer by 微信客服", SILENT),
    ("a customer by 企业群发", "accept_then_drop"),
    ("what became of a 群发", "5xx"),
    ("a group by its webhook", 45009),
}
"""What `make test` runs; `make test-long` runs every cell."""
CELLS = [
    pytest.param(way, fault, marks=() if (way, fault) in SAMPLE else pytest.mark.long)
    for way, fault in product(WAYS, FAULTS)
    if (way, fault) != ("what became of a 群发", SILENT)  # a question has no effect that could be dropped
]


@pytest.mark.parametrize(("way", "fault"), CELLS)
async def test_no_fault_of_a_channel_loses_or_doubles_anything(
    deployment: Deployment, way: str, fault: str | int
) -> None:
    webhook, mass = "webhook" in WAYS[way], "externalcontact" in WAYS[way]
    settings: dict[str, Any] = {"DINGDAN_WEBHOOK__KEY": KEY} if webhook else {}
    corp = SandboxConfig(groups={GROUP: "订单异常处理群"}, webhooks={KEY: GROUP}) if webhook else None
    async with a_shop(deployment, bot=not webhook, corp=corp, **settings) as shop:
        times = None if fault == "42001_forever" else 1
        shop.wecom.fault(WAYS[way], fault, times=times, seconds=0.05)
        await a_late_payment(shop, friend=mass)
        await the_reply_is_sent(shop)
        await shop.passes(minutes=3)
        assert times is None or not shop.wecom.faults.faults, "it was never met"
        shop.wecom.clear_faults()
        the_employee_confirms(shop)
        await shop.passes(minutes=6)

        assert len(set(shop.customer_read)) == len(shop.customer_read) <= 1
        manager, group = told(shop.cards_of("wangwu"), "wangwu"), told(shop.group_cards, "zhangsan")
        agents = group or told(shop.cards_of("zhangsan"), "zhangsan")
        if fault == SILENT:
            assert manager or agents, "the other way has told somebody"
        else:
            assert agents
            assert fault == "invaliduser" or (manager and group)
        await the_agents_know(shop)
        await nobody_says_more_than_wecom(shop, silent=fault == SILENT)


def told(cards: list[Card], userid: str) -> bool:
    """Whether somebody reads of the order on one of the cards."""
    return any(NO in card.display(userid).text for card in cards)


async def a_late_payment(shop: Shop, *, friend: bool) -> None:
    """Of 陈女士, who wrote to 微信客服, or never did and is a friend of 李四."""
    if friend:
        await shop.created(NO, customer={"external_userid": CHEN, "owner_userid": EMPLOYEE})
    else:
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


def the_employee_confirms(shop: Shop) -> None:
    """李四 presses the button for every 群发 that has come to him."""
    for task in shop.wecom.mass.tasks.values():
        if task.waits_for(EMPLOYEE):
            shop.wecom.confirm(EMPLOYEE, task.msgid)


async def the_agents_know(shop: Shop) -> None:
    """Whatever did not go is on the case's timeline or still to go; whatever went has reached the customer."""
    (case,) = await shop.anomalies()
    told = await shop.case(case["id"])
    happened = {line["what"] for line in told["timeline"]}
    sent = [letter for letter in told["letters"] if letter["kind"] == "customer"]
    for letter in sent:
        assert letter["state"] in {"sent", "ready", "sending", "pending"} or "not_delivered" in happened


async def nobody_says_more_than_wecom(shop: Shop, *, silent: bool) -> None:
    """The customer counts as reached only by a message that WeCom took, and got, unless WeCom kept it in silence."""
    (case,) = await shop.anomalies()
    letters = await shop.rows("SELECT medium, state FROM letters WHERE kind = 'customer'")
    sent = {letter["medium"] for letter in letters if letter["state"] == "sent"}
    taken = {call.path for call in shop.wecom.calls if call.errcode == 0}
    ways = {"kf": "kf/send_msg", "mass": "externalcontact/add_msg_template"}
    assert all(ways[medium] in taken for medium in sent)
    assert shop.customer_read or not sent or (silent and sent == {"kf"})
    assert case["reached_at"] is None or sent
