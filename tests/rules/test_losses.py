"""What an incident costs: what was lost, and that share of what is at risk."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from rules.anomalies import Anomaly, Ended
from rules.events import Attribute, OrderEvent, OrderKey, OrderNo, Shop
from rules.losses import Loss, amount_of, is_back, loss_of, refunded_unreached
from rules.orders import Order
from tests.builders import an_anomaly, an_order, at, cancelled, created, refund

ASKED_AT = "10:00"


def an_order_of(number: int, fen: int | None, *events: OrderEvent) -> Order:
    attributes: Mapping[Attribute, Any] = {} if fen is None else {Attribute.AMOUNT_FEN: fen}
    key = OrderKey(Shop("main"), OrderNo(f"DB{number}"))
    return an_order(created("09:00", attributes=attributes), *events, key=key)


def of(order: Order, **fields: Any) -> tuple[Anomaly, Order]:
    return an_anomaly(order=order.key, **fields), order


def moved(order: Order) -> tuple[Anomaly, Order]:
    return of(order, ended_at=at("10:00"), ended_how=Ended.MOVED)


def test_what_was_lost_and_that_share_of_what_is_at_risk() -> None:
    loss = loss_of(
        [
            of(an_order_of(1, 10_000, cancelled(ASKED_AT))),
            of(an_order_of(2, 10_000, refund(ASKED_AT, 2_500))),
            of(an_order_of(3, 10_001)),
            moved(an_order_of(4, 99_999)),
        ]
    )

    assert loss == Loss(orders=4, lost=2, lost_fen=12_500, at_risk=1, at_risk_fen=10_001)
    assert loss.share == Fraction(1, 2)
    assert loss.expected_fen == 12_500 + 5_001


def test_who_asks_for_money_and_not_for_how_much_asks_for_all_of_it() -> None:
    loss = loss_of([of(an_order_of(1, 10_000, refund(ASKED_AT, None)))])

    assert loss.lost_fen == 10_000


def test_an_order_that_was_cancelled_is_lost_in_full_whatever_was_asked_back() -> None:
    loss = loss_of([of(an_order_of(1, 10_000, refund(ASKED_AT, 2_500), cancelled("10:05")))])

    assert loss.lost_fen == 10_000


def test_an_order_with_two_cases_counts_once_and_one_that_is_not_back_as_a_whole_is_at_risk() -> None:
    order = an_order_of(1, 10_000)

    loss = loss_of([moved(order), of(order, id_="a2")])

    assert loss == Loss(orders=1, at_risk=1, at_risk_fen=10_000)


def test_what_nobody_priced_counts_as_nothing_and_is_said_to() -> None:
    loss = loss_of([of(an_order_of(1, None)), of(an_order_of(2, None, cancelled(ASKED_AT)))])

    assert (loss.unpriced, loss.lost_fen, loss.expected_fen) == (2, 0, 0)
    assert amount_of(an_order_of(1, None)) is None


def test_of_nothing_nothing_is_lost() -> None:
    assert loss_of([]).expected_fen == 0


@pytest.mark.parametrize(
    ("reached_at", "unreached"), [(None, True), ("09:59", False), ("10:00:00.001", True)]
)
def test_a_refund_before_contact_is_told_from_one_after_it(reached_at: str | None, unreached: bool) -> None:
    order = an_order_of(1, 10_000, refund(ASKED_AT))
    case, _ = of(order)

    case = replace(case, reached_at=None if reached_at is None else at(reached_at))

    assert refunded_unreached(case, order) is unreached
    assert not refunded_unreached(case, an_order_of(1, 10_000))


def test_an_order_is_back_when_it_moved_on() -> None:
    order = an_order_of(1, 10_000)

    assert is_back(moved(order)[0])
    assert not is_back(of(order)[0])
    assert not is_back(of(order, ended_at=at("10:00"), ended_how=Ended.CANCELLED)[0])
