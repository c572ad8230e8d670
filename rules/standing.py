"""Does the trouble of a case go on, and is the clock that ticks now still its own?"""

from collections.abc import Iterable
from datetime import datetime

from rules.anomalies import Anomaly, Outline
from rules.book import RuleBook
from rules.deadlines import Clock, clock_of, deadlines, shortage_breach
from rules.events import Attribute
from rules.orders import DEFAULT_PARCEL, Order
from rules.stages import Kind, Stage


def latest_raised(
    anomalies: Iterable[Anomaly], order: Order, book: RuleBook, now: datetime
) -> dict[tuple[Stage, str], datetime]:
    """For each stage and parcel the latest limit that was raised; see `deadlines.Raised`.

    A closed case whose trouble stands again was closed on an event that has been taken back: its limit
    counts as not raised, so that it speaks again. Nor does a case of another clock count: late news may show
    that a limit of the present one was up before the case's was.
    """
    latest: dict[tuple[Stage, str], datetime] = {}
    for anomaly in anomalies:
        taken_back = anomaly.closed_at is not None and _limit_stands(anomaly.kind, anomaly, order, book, now)
        if taken_back or anomaly.kind is Kind.STOCK_SHORT or _is_of_another_clock(anomaly, order, book):
            continue
        place = anomaly.stage, present_name(anomaly.parcel, order)
        latest[place] = max(anomaly.due_at, latest.get(place, anomaly.due_at))
    return latest


def is_standing(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether the trouble goes on, be it only because goods are short by now."""
    return any(stands(kind, anomaly, order, book, now) for kind in (anomaly.kind, Kind.STOCK_SHORT))


def stands(kind: Kind, anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether trouble of this kind is there, in the case's place and on the present clock.

    A stage that failed or was reopened has not moved: its limit counts as passed until the new run meets it.
    """
    if kind is Kind.STOCK_SHORT:
        return _shortage_stands(anomaly, order, book)
    begun_anew = kind is anomaly.kind and _begins_anew(anomaly, order, book)
    return begun_anew or _limit_stands(kind, anomaly, order, book, now)


def present_name(parcel: str, order: Order) -> str:
    """What a parcel is called now: the default one may have got a name since."""
    renamed = parcel == DEFAULT_PARCEL and all(known.name != parcel for known in order.parcels)
    return order.default_parcel if renamed else parcel


def carrier_of(anomaly: Outline, order: Order) -> str | None:
    """Who carries the parcel, as far as is known; else who was last heard of to carry any."""
    own = order.parcel_text(present_name(anomaly.parcel, order), Attribute.CARRIER)
    return own or order.text(Attribute.CARRIER)


def _present_clock(anomaly: Anomaly, order: Order, book: RuleBook) -> Clock | None:
    """The clock that ticks in the case's place, or None."""
    return clock_of(order, book.plan_for(order), anomaly.stage, present_name(anomaly.parcel, order))


def _is_of_another_clock(anomaly: Anomaly, order: Order, book: RuleBook) -> bool:
    """Whether the case counts from before the present clock, or is over and counts from after its start.

    What goes on is not raised twice because its clock had started sooner; silence counts from the latest news.
    """
    clock = _present_clock(anomaly, order, book)
    if clock is None or anomaly.since == clock.since:
        return False
    is_over = anomaly.ended_at is not None and anomaly.kind is not Kind.NO_UPDATE
    return is_over or anomaly.since < clock.since


def stands_again(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether the very trouble the case is about stands on the very clock that the case counted from."""
    if anomaly.kind is Kind.STOCK_SHORT:
        breach = shortage_breach(order, book)
        found = () if breach is None else (breach,)
    else:
        found = (deadline for deadline in deadlines(order, book, {}) if deadline.due_at < now)
    same = anomaly.stage, present_name(anomaly.parcel, order), anomaly.kind, anomaly.since
    return any((one.stage, one.parcel, one.kind, one.since) == same for one in found)


def _limit_stands(kind: Kind, anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    place = anomaly.stage, present_name(anomaly.parcel, order)
    return any(
        (deadline.stage, deadline.parcel) == place and deadline.kind is kind
        for deadline in deadlines(order, book, {})
        if deadline.due_at < now
    )


def _begins_anew(anomaly: Anomaly, order: Order, book: RuleBook) -> bool:
    """Whether a later run than the case's is waited for, and has not come as far as the case's limit asks.

    A limit that was up only after the case's run had ended, as is known since, was never passed.
    """
    clock = _present_clock(anomaly, order, book)
    if clock is None or clock.run.opened_at is None or clock.run.number <= anomaly.run:
        return False
    if not _was_passed(anomaly, order, book, clock.run.opened_at):
        return False
    match anomaly.kind:
        case Kind.NOT_STARTED:
            return clock.run.started_at is None
        case Kind.NO_UPDATE:
            return clock.run.updated_at == clock.run.opened_at
        case _:
            return True


def _was_passed(anomaly: Anomaly, order: Order, book: RuleBook, until: datetime) -> bool:
    """Whether the case's limit was up for the first time before then."""
    rules = book.plan_for(order).stages[anomaly.stage]
    return any(
        book.calendar.due(anomaly.since, limit.after, around_the_clock=rules.around_the_clock) < until
        for limit in rules.limits
        if limit.when is anomaly.kind
    )


def _shortage_stands(anomaly: Anomaly, order: Order, book: RuleBook) -> bool:
    breach = shortage_breach(order, book)
    place = anomaly.stage, present_name(anomaly.parcel, order)
    return breach is not None and (breach.stage, breach.parcel) == place


def is_back(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether the very trouble the case is about stands again. A new shortage is a breach of its own."""
    if anomaly.kind is Kind.STOCK_SHORT:
        return _shortage_stands(anomaly, order, book)
    return _limit_stands(anomaly.kind, anomaly, order, book, now)
