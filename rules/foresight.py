"""What would other rules mean for the orders that are under way? Counted before they are in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.deadlines import nearest
from rules.editions import Rules
from rules.orders import Order
from rules.standing import latest_raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """How many orders were looked at, and what would change for them."""

    orders: int
    concerned: int
    """Their next limit would be up at another time, or they would go by another lane."""
    late_at_once: int
    """Their limit would have passed already, which it has not now."""


def foresee(
    watched: Iterable[tuple[Order, Sequence[Anomaly]]], rules: Rules, draft: RuleBook, now: datetime
) -> Foresight:
    """What would change for watched open orders, each with its cases, if the draft were in force."""
    orders = concerned = late = 0
    for order, cases in watched:
        before = rules.for_order(order.key)
        was, will = _up(order, before, cases, now), _up(order, draft, cases, now)
        orders += 1
        lanes = before.plan_for(order).lane, draft.plan_for(order).lane
        concerned += was != will or lanes[0] != lanes[1]
        late += will is not None and will < now and (was is None or was >= now)
    return Foresight(orders=orders, concerned=concerned, late_at_once=late)


def _up(order: Order, book: RuleBook, cases: Sequence[Anomaly], now: datetime) -> datetime | None:
    return nearest(order, book, latest_raised(cases, order, book, now))
