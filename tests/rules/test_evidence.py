"""The pack of a cause: customers counted once, a loss with its range, and how it went."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from rules.anomalies import Anomaly, Ended
from rules.events import Attribute, Customer, Item, OrderEvent, OrderKey, OrderNo, Sealed, Shop
from rules.evidence import (
    A_DAY,
    AN_HOUR,
    Amount,
    Cost,
    Facet,
    Hit,
    Slot,
    bill_of,
    course_of,
    customers,
    fits,
    peak_of,
    worth_of,
)
from rules.orders import Order
from tests.builders import an_anomaly, an_order, at, cancelled, created, refund

PHONE = Sealed(sealed="abc", shown="138****8000")


def of_customer(number: int, shop: str = "main", **known: Any) -> Order:
    key = OrderKey(Shop(shop), OrderNo(f"DB{number}"))
    return structs.replace(an_order(created("09:00"), key=key), customer=Customer(**known))


def worth(number: int, fen: int | None, *events: OrderEvent, **case: Any) -> Hit:
    attributes: Mapping[Attribute, Any] = {} if fen is None else {Attribute.AMOUNT_FEN: fen}
    key = OrderKey(Shop("main"), OrderNo(f"DB{number}"))
    order = an_order(created("09:00", attributes=attributes), *events, key=key)
    return Hit(an_anomaly(order=key, **case), order)


def numbers(found: list[tuple[Order, ...]]) -> list[list[str]]:
    return [[order.key.order_no for order in orders] for orders in found]


# --- which ones ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facet", "value"),
    [
        (Facet.CARRIER, "sf"),
        (Facet.REGION, "浙江"),
        (Facet.DISTRICT, "余杭区"),
        (Facet.WAREHOUSE, "hz1"),
        (Facet.PAYMENT_CHANNEL, "wechat"),
        (Facet.SKU_CLASS, "shoes"),
        (Facet.PROMOTION, "618"),
        (Facet.PROMOTION, "vip"),
    ],
)
def test_a_cause_is_told_by_what_is_known_of_the_order_and_of_nothing_else(facet: Facet, value: str) -> None:
    facts: Mapping[Attribute, Any] = {
        Attribute.CARRIER: "sf",
        Attribute.REGION: " 浙江 ",
        Attribute.DISTRICT: "余杭区",
        Attribute.WAREHOUSE: "hz1",
        Attribute.PAYMENT_CHANNEL: "wechat",
        Attribute.TAGS: ("618",),
    }
    order = an_order(created("09:00", attributes=facts, items=(Item(sku="S", klass="shoes"),)))
    case: Anomaly = replace(an_anomaly(order=order.key), lane="vip")

    assert fits(Hit(case, order), {facet: value})
    assert not fits(Hit(case, order), {facet: "other"})
    assert not fits(Hit(case, order), {facet: value, Facet.CARRIER: "yuantong"})
    assert not fits(Hit(an_anomaly(), an_order(created("09:00"))), {facet: value})


# --- whom it hit ---------------------------------------------------------------------------


def test_whoever_shares_a_mark_with_another_is_the_same_customer() -> None:
    orders = [
        of_customer(1, ref="c1"),
        of_customer(2, external_userid="wm1"),
        of_customer(3, phone=PHONE),
        of_customer(4),
        of_customer(5, ref="c1", external_userid="wm1"),
        of_customer(6, external_userid="wm1", phone=PHONE),
        of_customer(7, ref="c2"),
    ]

    assert numbers(customers(orders)) == [["DB1", "DB2", "DB5", "DB3", "DB6"], ["DB4"], ["DB7"]]


def test_a_reference_is_the_shops_own_and_wechat_and_phone_are_everybodys() -> None:
    orders = [
        of_customer(1, "a", ref="7"),
        of_customer(2, "b", ref="7"),
        of_customer(3, "a", phone=PHONE),
        of_customer(4, "b", phone=PHONE),
    ]

    assert numbers(customers(orders)) == [["DB1"], ["DB2"], ["DB3", "DB4"]]


def test_an_order_that_comes_twice_is_one() -> None:
    order = of_customer(1, ref="c1")

    assert customers([order, order]) == [(order,)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=8), st.randoms())
def test_how_many_customers_there_are_hangs_on_no_order_in_which_they_are_seen(
    marks: list[tuple[int, int, int]], random: Any
) -> None:
    orders = [
        of_customer(
            number,
            ref=f"c{ref}" if ref else None,
            external_userid=f"wm{wechat}" if wechat else None,
            phone=Sealed(sealed=str(phone), shown="") if phone else None,
        )
        for number, (ref, wechat, phone) in enumerate(marks)
    ]
    shuffled = random.sample(orders, len(orders))

    assert {frozenset(group) for group in map(_keys, customers(orders))} == {
        frozenset(group) for group in map(_keys, customers(shuffled))
    }
    assert sum(map(len, customers(orders))) == len(orders)


def _keys(orders: tuple[Order, ...]) -> list[OrderKey]:
    return [order.key for order in orders]


# --- what it costs -------------------------------------------------------------------------


def test_a_loss_has_what_is_certain_at_its_low_end_and_the_interval_of_the_share_around_the_rest() -> None:
    moved: Mapping[str, Any] = {"ended_at": at("10:00"), "ended_how": Ended.MOVED}
    hits = [
        worth(1, 10_000, cancelled("10:00")),
        worth(2, 10_000, refund("10:00", None)),
        worth(3, 40_000),
        worth(4, None),
        worth(5, 10_000, **moved),
    ]

    bill = bill_of(hits).with_compensation(500)

    assert (bill.orders, bill.lost, bill.unsaid, bill.at_risk, bill.at_risk_fen) == (5, 2, 1, 2, 40_000)
    assert bill.unpriced == 1
    assert bill.parts[Cost.REFUNDS] == Amount(low=10_000, likely=20_000, high=20_000)
    assert bill.parts[Cost.COMPENSATION] == Amount(low=500, likely=500, high=500)
    at_risk = bill.parts[Cost.AT_RISK]
    assert at_risk.likely == 16_000
    assert (at_risk.low, at_risk.high) == (round(40_000 * bill.share.low), round(40_000 * bill.share.high))
    assert bill.share.low < 0.4 < bill.share.high
    assert bill.total.likely == 36_500
    assert bill.total.low == 10_500 + at_risk.low


def test_nothing_costs_nothing() -> None:
    bill = bill_of([])

    assert bill.total == Amount()
    assert bill.share == (0.0, 0.0)


def test_an_order_that_was_cancelled_needs_no_amount_of_a_refund() -> None:
    bill = bill_of([worth(1, 10_000, refund("10:00", None), cancelled("10:05"))])

    assert bill.parts[Cost.REFUNDS] == Amount(low=10_000, likely=10_000, high=10_000)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["lost", "stuck", "moved"])), max_size=12))
def test_the_likely_loss_lies_between_the_least_and_the_most(made: list[tuple[int, str]]) -> None:
    hits = [
        worth(number, fen, *([cancelled("10:00")] if fate == "lost" else []), **_ended(fate))
        for number, (fen, fate) in enumerate(made)
    ]
    for amount in (
        *bill_of(hits).with_compensation(7).parts.values(),
        bill_of(hits).with_compensation(7).total,
    ):
        assert amount.low <= amount.likely <= amount.high


def _ended(fate: str) -> dict[str, Any]:
    return {"ended_at": at("10:00"), "ended_how": Ended.MOVED} if fate == "moved" else {}


def test_orders_without_an_amount_count_as_nothing() -> None:
    assert worth_of([worth(1, 10_000).order, worth(2, None).order]) == 10_000


# --- how it went ---------------------------------------------------------------------------


def test_a_short_span_goes_by_hours_and_a_long_one_by_days() -> None:
    since = at("00:00")

    hours = course_of([at("09:10"), at("09:50"), at("23:59")], since, since + A_DAY)
    days = course_of([at("09:10"), since + 3 * A_DAY], since, since + 4 * A_DAY)

    assert (len(hours), hours[9], hours[23]) == (24, Slot(at("09:00"), 2), Slot(at("23:00"), 1))
    assert [slot.count for slot in days] == [1, 0, 0, 1]
    assert days[1].at - days[0].at == A_DAY
    assert hours[1].at - hours[0].at == AN_HOUR


def test_the_peak_is_the_first_of_the_fullest_and_nothing_has_none() -> None:
    since = at("00:00")

    assert peak_of(course_of([at("10:00"), at("09:00")], since, since + A_DAY)) == Slot(at("09:00"), 1)
    assert peak_of(course_of([], since, since + timedelta(days=1))) is None
    assert peak_of([]) is None
