"""Many orders stand still for one reason: one card, one push and one ladder for all of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.signals import Signals
from bot.storage.store import Store, Transaction
from rules.anomalies import Anomaly
from rules.instants import to_ms
from rules.losses import Loss, loss_of, refunded_unreached
from rules.orders import Order
from rules.storms import IncidentId
from tests.deployment import Deployment
from tests.scenarios.shop import MONDAY_MORNING, Shop, a_shop
from tests.scenarios.storm import a_payment_hangs

QUIET: Mapping[str, Any] = {"ladder": []}
"""Nobody is reminded: what the group reads is of storms alone."""
BYSTANDERS = tuple(f"BY{number:02}" for number in range(10))


async def hang(shop: Shop, numbers: Sequence[str], seconds: float, channel: str = "wechat") -> None:
    """Payments that are begun one after the other, and come to no end."""
    for number in numbers:
        await shop.created(number, payment_channel=channel, amount_fen=10_000)
        await shop.stage(number, "payment", "started")
        await shop.passes(seconds=seconds)


def about(shop: Shop, number: str) -> list[str]:
    """The cards in the group that name an order, by what they say."""
    shown = (card.display("zhangsan").text for card in shop.group_cards)
    return [text for text in shown if number in text]


def of_incidents(shop: Shop) -> list[str]:
    texts = (card.display("zhangsan").text for card in shop.group_cards)
    return [text for text in texts if " 单" in text]


async def incidents(shop: Shop) -> list[dict[str, Any]]:
    return [dict(row) for row in await shop.rows("SELECT * FROM incidents ORDER BY opened_at, id")]


async def test_what_comes_together_has_one_card_one_push_and_one_ladder(shop: Shop) -> None:
    await hang(shop, [f"DB{number:02}" for number in range(5)], 0)
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


async def linked(shop: Shop, incident: str) -> tuple[Loss, int]:
    """What the orders of an incident cost, and how many customers asked for money back before we had reached them."""

    async def read(work: Transaction) -> list[tuple[Anomaly, Order]]:
        cases = await work.incidents.cases(IncidentId(incident))
        return [*(await work.cases.with_orders([case.id for case in cases])).values()]

    members = await Store(shop.database, Signals()).run("test", read)
    return loss_of(members), sum(refunded_unreached(*one) for one in members)


async def test_twenty_three_orders(deployment: Deployment) -> None:
    """Thirteen payments hang within a minute, ten more half an hour later; ten other orders are late meanwhile."""
    async with a_shop(deployment, rules=QUIET) as shop:
        first, second = ([f"DB{number:02}" for number in part] for part in (range(13), range(13, 23)))
        await hang(shop, first, 5)
        for number in BYSTANDERS:
            await hang(shop, [number], 10, channel=f"channel-{number}")
        await shop.passes(seconds=309 - 165)
        assert [len(about(shop, number)) for number in first[:3]] == [1, 1, 0]
        await shop.passes(seconds=2)  # the third one is late by now
        assert ["3 单" in text for text in of_incidents(shop)] == [True]

        await shop.passes(seconds=470 - 311)
        assert [len(about(shop, number)) for number in BYSTANDERS] == [1] * 10
        await shop.passes(minutes=2, seconds=11)
        assert len(shop.group_cards) == 2 + 1 + 10
        assert ["又并入 10 单，共 13 单" in line for line in shop.group_lines] == [True]

        await shop.passes(minutes=20)
        await hang(shop, second, 1)
        await shop.passes(minutes=5, seconds=-7)
        assert "又有 3 单，共 16 单" in shop.group_lines[-1]
        await shop.passes(minutes=5)
        assert "又并入 7 单，共 23 单" in shop.group_lines[-1]
        assert (len(shop.group_cards), len(shop.group_lines)) == (2 + 1 + 10, 3)
        # the first two called the manager each, the incident once for all others
        pushed = [card.display("wangwu").text for card in shop.cards_of("wangwu")]
        assert sum("BY" not in text for text in pushed) == 3

        (incident,) = await incidents(shop)
        assert (incident["size"], incident["waves"]) == (23, 2)
        for number in [*first, *second][:17]:
            await shop.report("order.refund_requested", number, refund_fen=10_000)
        loss, before_contact = await linked(shop, incident["id"])
        assert (loss.orders, loss.lost, loss.lost_fen, before_contact) == (23, 17, 170_000, 17)

        for number in (*first, *second):
            await shop.stage(number, "payment", "completed")
        (incident,) = await incidents(shop)
        assert incident["closed_at"] == to_ms(shop.clock.now())


async def test_one_more_at_the_very_instant_at_which_it_began_is_no_second_burst(shop: Shop) -> None:
    for number in ("DB-001", "DB-002", "DB-003", "DB-004"):
        await a_payment_hangs(shop, number, ago=timedelta(minutes=5, seconds=1))
        await shop.settled()
    assert (await incidents(shop))[0]["size"] == 4
    assert not [line for line in shop.group_lines if "又有" in line]


async def test_a_card_that_went_out_before_says_what_its_case_is_part_of(shop: Shop) -> None:
    await hang(shop, ["DB01", "DB02", "DB03"], 1)
    await shop.passes(minutes=5)
    single = shop.group_cards[0]
    assert "已并入" not in single.display("zhangsan").text

    await shop.taps("zhangsan", single, "认领")

    assert "已并入事件（微信支付）" in single.display("zhangsan").text
    timeline = (await shop.case((await shop.anomalies())[-1]["id"]))["timeline"]
    assert [entry["what"] for entry in timeline if entry["what"] in {"joined", "claimed"}] == [
        "joined",
        "claimed",
    ]


async def test_goods_that_are_short_in_many_orders_at_once_are_one_incident(shop: Shop) -> None:
    mugs = {"items": [{"sku": "MUG-01", "qty": 1}], "warehouse": "hz1"}
    for number in range(4):
        await shop.created(f"DB{number}", **mugs)
        await shop.stage(f"DB{number}", "confirm", "completed")

    await shop.report("stock.short", "", sku="MUG-01", qty_short=9, warehouse="hz1")

    (card,) = shop.group_cards
    assert "4 单" in card.display("zhangsan").text


async def test_without_a_cause_in_the_rules_each_order_has_a_card(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={**QUIET, "storm": {"by": []}}) as shop:
        await hang(shop, ["DB01", "DB02", "DB03"], 0)
        await shop.passes(minutes=5, seconds=1)

        assert len(shop.group_cards) == 3
        assert await incidents(shop) == []


async def unconfirmed(shop: Shop, *numbers: str) -> None:
    """Paid, and not confirmed by their warehouse: of no urgency."""
    for number in numbers:
        await shop.created(number, warehouse="hz1")
        await shop.stage(number, "payment", "completed")


async def test_what_waits_for_the_morning_comes_as_one_card(deployment: Deployment) -> None:
    """The first two would each have had a card at seven; by then their incident speaks for them."""
    rules = {**QUIET, "quiet_hours": ["22:00-07:00"]}
    async with a_shop(deployment, rules=rules, start=MONDAY_MORNING + timedelta(hours=13)) as shop:
        await unconfirmed(shop, "DB01", "DB02")
        await shop.passes(minutes=1)
        await unconfirmed(shop, "DB03")
        await shop.passes(minutes=25)
        assert (len(await shop.anomalies()), shop.group_cards) == (3, [])

        await shop.passes(hours=8)
        (card,) = shop.group_cards
        assert "3 单" in card.display("zhangsan").text


async def test_whoever_has_all_cases_is_reminded_by_name_and_then_relieved(shop: Shop) -> None:
    await unconfirmed(shop, "DB01", "DB02", "DB03")
    await shop.passes(minutes=20, seconds=1)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "认领")
    told = len(shop.group_lines)

    await shop.passes(minutes=4, seconds=5)
    assert "张三，事件" in shop.group_lines[told]
    await shop.passes(minutes=4)
    assert "已转给李四（原由张三负责）" in shop.group_lines[told + 1]


async def test_nothing_more_is_said_of_an_incident_that_is_over(shop: Shop) -> None:
    await unconfirmed(shop, "DB01", "DB02", "DB03")
    await shop.passes(minutes=1)
    await unconfirmed(shop, "DB04")
    await shop.passes(minutes=20, milliseconds=1)
    for number in ("DB01", "DB02", "DB03", "DB04"):
        await shop.stage(number, "confirm", "completed")
    (incident,) = await incidents(shop)
    assert (incident["size"], incident["closed_at"]) == (4, to_ms(shop.clock.now()))

    await shop.passes(minutes=10)
    assert shop.group_lines == []
    (incident,) = await incidents(shop)
    assert incident["climbs_at"] is None


async def test_a_customer_who_calls_when_all_seemed_well_has_a_card_of_their_own(shop: Shop) -> None:
    """The case healed with its incident; whoever answers the call is to see that very order."""
    await unconfirmed(shop, "DB01", "DB02", "DB03")
    await shop.passes(minutes=20, seconds=1)
    for number in ("DB01", "DB02", "DB03"):
        await shop.stage(number, "confirm", "completed")
    assert len(shop.group_cards) == 1

    await shop.customer_writes("DB02")

    assert "DB02" in shop.group_cards[-1].display("zhangsan").text
    assert len(shop.group_cards) == 2
    assert (await incidents(shop))[0]["size"] == 3
