"""What is raised about an order as it is now? The limits that it has passed unseen, and goods that are short."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rules.anomalies import Anomaly, AnomalyId
from rules.book import RuleBook
from rules.deadlines import Deadline, deadlines, nearest, shortage_breach
from rules.editions import Rules
from rules.orders import Order
from rules.settling import breach_again, open_anomaly
from rules.standing import latest_raised

NewId = Callable[[], str]


class Raising(NamedTuple):
    """A case that a breach has opened, or brought up to date; `before` is None for a new one."""

    before: Anomaly | None
    after: Anomaly


def next_limit(order: Order, cases: Iterable[Anomaly], book: RuleBook, now: datetime) -> datetime | None:
    """When the nearest limit is up that no case was raised for; None when no clock ticks."""
    return nearest(order, book, latest_raised(cases, order, book, now))


def passed(order: Order, cases: Iterable[Anomaly], book: RuleBook, now: datetime) -> list[Deadline]:
    """The limits that were up before `now` and are not raised: of several that a stage has passed unseen, the latest."""
    found = deadlines(order, book, latest_raised(cases, order, book, now), now)
    return list({(breach.stage, breach.parcel): breach for breach in found if breach.due_at < now}.values())


def raise_limit(
    breach: Deadline,
    order: Order,
    cases: Iterable[Anomaly],
    rules: Rules,
    now: datetime,
    new_id: NewId,
    *,
    held_by: str | None = None,
) -> Raising:
    """A passed limit: it opens a case, or the one that goes on there is brought up to date."""
    known = _unclosed(breach, cases)
    if known is None:
        book = rules.for_order(order.key)
        after = open_anomaly(AnomalyId(new_id()), order, breach, book, now, held_by=held_by)
    else:
        after = breach_again(known, breach, rules.of(known), now, held_by=held_by)
    return Raising(known, after)


def raise_shortage(
    order: Order, cases: Sequence[Anomaly], rules: Rules, now: datetime, new_id: NewId, *, is_news: bool
) -> Raising | None:
    """Goods are short: that is a case of the order's present stage at once, without any limit.

    What is no news is raised where no case goes on: its end was taken back, or the order was resumed.
    """
    book = rules.for_order(order.key)
    breach = shortage_breach(order, book)
    if breach is None:
        return None
    known = _unclosed(breach, cases)
    if known is None:
        return Raising(None, open_anomaly(AnomalyId(new_id()), order, breach, book, now))
    if known.ended_at is None and not is_news:
        return None
    return Raising(known, breach_again(known, breach, rules.of(known), now))


def _unclosed(breach: Deadline, cases: Iterable[Anomaly]) -> Anomaly | None:
    """The case that goes on in the place of a breach."""
    place = breach.stage, breach.parcel
    return next(
        (case for case in cases if case.closed_at is None and (case.stage, case.parcel) == place), None
    )
