"""How does a case open, and how does it follow its order?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rules.anomalies import (
    Anomaly,
    AnomalyId,
    Ended,
    begun_anew,
    close_if_complete,
    come_back,
    let_go,
    reopen,
)
from rules.book import RuleBook
from rules.deadlines import Deadline, clock_of
from rules.orders import Order
from rules.reasons import ReasonSource, from_evidence
from rules.stages import Kind, Priority, Stage
from rules.standing import is_back, is_standing, present_name, stands_again

REOPENS_WITHIN = timedelta(hours=72)
"""A closed case comes back when the customer calls within this time, a handled one with its trouble as well."""


def open_anomaly(
    anomaly_id: AnomalyId,
    order: Order,
    breach: Deadline,
    book: RuleBook,
    now: datetime,
    *,
    held_by: str | None = None,
) -> Anomaly:
    """The case that a passed limit, or a shortage, opens; held by an outage where nothing is known of the order."""
    return Anomaly(
        id=anomaly_id,
        order=order.key,
        parcel=breach.parcel,
        stage=breach.stage,
        run=breach.run,
        kind=breach.kind,
        since=breach.since,
        due_at=breach.due_at,
        opened_at=now,
        raised_at=now,
        priority=_priority(order, book, breach.stage, breach.parcel, breach.since),
        called_at=_called_at(order, book, breach.stage, breach.parcel, breach.since),
        book_version=book.version,
        lane=book.plan_for(order).lane,
        silent=now - breach.due_at > book.max_age,
        held_by=held_by,
    )


def breach_again(
    anomaly: Anomaly, breach: Deadline, book: RuleBook, now: datetime, *, held_by: str | None = None
) -> Anomaly:
    """A further limit passed while the case is unclosed: it is updated, and alive again if it had ended.

    A shortage does not displace a limit that is passed: the case goes on until both are over.
    """
    again = replace(_alive_again(anomaly, now), breaches=anomaly.breaches + 1, held_by=held_by)
    silent = now - breach.due_at > book.max_age
    if breach.kind is Kind.STOCK_SHORT and anomaly.ended_at is None:
        silent = silent and anomaly.silent
    else:
        again = replace(again, run=breach.run, kind=breach.kind, since=breach.since, due_at=breach.due_at)
    return replace(again, silent=silent, version=anomaly.version + 1)


def settle(
    anomaly: Anomaly, order: Order, book: RuleBook, now: datetime, *, is_latest: bool = True
) -> Anomaly:
    """The case after its order changed: ended, alive again, noticed, more urgent, or as it was.

    `book` is the version that the case was opened under; `is_latest` whether a further word of the customer brings
    it back, once it was closed as handled.
    """
    after = replace(anomaly, parcel=present_name(anomaly.parcel, order))
    if is_handled(after) and _troubled_again(after, order, book, now):
        after = _alive_again(reopen(after, now), now)
    elif is_latest and is_handled(after) and _called_again(after, order):
        after = reopen(after, now)
    after = _follow_contact(after, order, book, now)
    if after.closed_at is None:
        after = _follow_order(after, order, book, now)
        after = close_if_complete(_heal(after, order), now)
    return anomaly if after == anomaly else replace(after, version=anomaly.version + 1)


def settle_all(
    anomalies: Sequence[Anomaly], order: Order, book_of: Callable[[Anomaly], RuleBook], now: datetime
) -> list[Anomaly]:
    """All cases of an order after it changed, oldest first as given; never two unclosed ones in one place.

    Where another one is unclosed, a case neither comes back nor takes the new name of its parcel. A further word of
    the customer is about what is unclosed; where nothing is, it brings back what was closed last.
    """
    last = _closed_last(anomalies)
    held = {(anomaly.stage, anomaly.parcel) for anomaly in anomalies if anomaly.closed_at is None}
    settled: list[Anomaly] = []
    for anomaly in reversed(anomalies):
        after = settle(anomaly, order, book_of(anomaly), now, is_latest=anomaly is last)
        moves = after.closed_at is None and (anomaly.closed_at is not None or after.parcel != anomaly.parcel)
        if moves and (after.stage, after.parcel) in held:
            after = anomaly if anomaly.closed_at is not None else _under_its_old_name(after, anomaly)
        if after.closed_at is None:
            held.add((after.stage, after.parcel))
        settled.append(after)
    return settled[::-1]


def _closed_last(anomalies: Sequence[Anomaly]) -> Anomaly | None:
    """What a further word of the customer would be about; None while a case is unclosed."""
    if any(anomaly.closed_at is None for anomaly in anomalies):
        return None
    return max(anomalies, key=lambda one: one.closed_at or one.opened_at, default=None)


def _called_again(anomaly: Anomaly, order: Order) -> bool:
    """Whether the customer has called since it was closed; what they said before was answered."""
    contact, closed_at = order.contact, anomaly.closed_at
    if contact is None or closed_at is None:
        return False
    return closed_at < contact.at <= closed_at + REOPENS_WITHIN


def _troubled_again(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether what was closed a short while ago turns out not to be over, be it that its end was taken back."""
    closed_at = anomaly.closed_at
    recent = closed_at is not None and now <= closed_at + REOPENS_WITHIN
    return recent and anomaly.ended_how is not Ended.MERGED and stands_again(anomaly, order, book, now)


def _under_its_old_name(after: Anomaly, before: Anomaly) -> Anomaly:
    """What settling did to the case beside renaming its parcel."""
    same = replace(after, parcel=before.parcel)
    return before if replace(same, version=before.version) == before else same


def _priority(order: Order, book: RuleBook, stage: Stage, parcel: str, since: datetime) -> Priority:
    """One level up when the customer called after the stage's clock had started; `since` if it ticks no more."""
    planned = book.plan_for(order).stages[stage].priority
    return planned if _called_at(order, book, stage, parcel, since) is None else planned.raised


def _called_at(order: Order, book: RuleBook, stage: Stage, parcel: str, since: datetime) -> datetime | None:
    """When the customer called after the stage's clock had started, if they did; `since` if it ticks no more."""
    if order.contact is None:
        return None
    clock = clock_of(order, book.plan_for(order), stage, parcel)
    began = since if clock is None else min(clock.since, since)
    return order.contact.at if order.contact.at >= began else None


def is_handled(anomaly: Anomaly) -> bool:
    """Whether people have closed it."""
    return anomaly.closed_at is not None and not anomaly.self_healed


def _follow_contact(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> Anomaly:
    """A case that was held is raised: somebody waits, whatever a source says."""
    if order.contact is None:
        return anomaly
    called_at = order.contact.at
    if anomaly.self_healed and _comes_back(anomaly, called_at):
        anomaly = replace(come_back(anomaly, now), reason=None, reason_source=None)
    if anomaly.closed_at is not None:
        return anomaly
    called_for = _priority(order, book, anomaly.stage, anomaly.parcel, anomaly.since)
    noticed = anomaly.touched_at or (called_at if called_at >= anomaly.opened_at else None)
    if anomaly.held_by is not None and called_at >= anomaly.opened_at:
        anomaly = let_go(anomaly, now)
    called = anomaly.called_at or _called_at(order, book, anomaly.stage, anomaly.parcel, anomaly.since)
    urgency = min(anomaly.priority, called_for)
    return replace(anomaly, priority=urgency, touched_at=noticed, called_at=called)


def _comes_back(anomaly: Anomaly, called_at: datetime) -> bool:
    """A call that came in before the case closed, and was reported late, counts as well: somebody had noticed."""
    closed_at = anomaly.closed_at
    return closed_at is not None and anomaly.opened_at <= called_at <= closed_at + REOPENS_WITHIN


def _follow_order(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> Anomaly:
    if anomaly.ended_at is None:
        if is_standing(anomaly, order, book, now):
            return anomaly
        return replace(anomaly, ended_at=now, ended_how=_how_it_ended(order))
    if anomaly.ended_how is Ended.MERGED or not is_back(anomaly, order, book, now):
        return anomaly
    return _alive_again(anomaly, now)


def _alive_again(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case goes on, and its ten minutes and its ladder begin anew."""
    return begun_anew(replace(anomaly, ended_at=None, ended_how=None), now)


def _how_it_ended(order: Order) -> Ended:
    if order.cancelled_at is None:
        return Ended.MOVED
    return Ended.CANCELLED if order.refund is None else Ended.REFUNDED


def _heal(anomaly: Anomaly, order: Order) -> Anomaly:
    """A case that ended before anybody touched it gets its reason from the evidence."""
    if anomaly.ended_at is None or anomaly.touched_at is not None:
        return anomaly
    verdict = from_evidence(order, anomaly.stage, anomaly.kind)
    return replace(anomaly, reason=verdict, reason_source=ReasonSource.EVIDENCE)
