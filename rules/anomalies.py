"""What is an anomaly, in which state is it, and how does it follow its order?"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from rules.book import RuleBook
from rules.deadlines import Clock, Deadline, clock_of, deadlines, shortage_breach
from rules.events import OrderKey, UserId
from rules.orders import DEFAULT_PARCEL, Order
from rules.reasons import Reason, ReasonSource, Verdict, from_evidence
from rules.stages import Kind, Priority, Stage

AnomalyId = NewType("AnomalyId", str)

REOPENS_WITHIN = timedelta(hours=72)
"""A self-healed case comes back when the customer calls within this time."""


class State(StrEnum):
    """Derived from the facts, never stored; the first that holds, from the bottom up."""

    OPEN = "open"
    """Nobody has taken it."""
    CLAIMED = "claimed"
    """Somebody's name is on it."""
    REPLIED = "replied"
    """The customer has been reached."""
    RECOVERED = "recovered"
    """The order moves again."""
    CLOSED = "closed"
    """Reached or waived, ended, and with a reason."""


class Ended(StrEnum):
    """How the trouble ended."""

    MOVED = "moved"
    """The order moved on."""
    CANCELLED = "cancelled"
    """The order was cancelled."""
    REFUNDED = "refunded"
    """The order was cancelled after the customer asked for the money back."""
    MERGED = "merged"
    """The order turned out to be another one."""


class Closing(StrEnum):
    """What is still missing before an anomaly can close."""

    CONTACT = "contact"
    """The customer is neither reached nor waived by name."""
    END = "end"
    """The order has not moved."""
    REASON = "reason"
    """Nobody said why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """The facts of one case. `version` counts its changes, for fencing."""

    id: AnomalyId
    order: OrderKey
    parcel: str
    stage: Stage
    run: int
    kind: Kind
    since: datetime
    due_at: datetime
    """The latest limit that was passed."""
    opened_at: datetime
    raised_at: datetime
    """When the trouble was noticed last, or was back: the golden ten minutes count from here."""
    priority: Priority
    book_version: int
    lane: str | None = None
    breaches: int = 1
    """How many limits were passed; each posts a card of its own."""
    silent: bool = False
    """Raised too late for a card: on the board only."""
    owner: UserId | None = None
    claimed_at: datetime | None = None
    touched_at: datetime | None = None
    """The first claim, tap, send or customer contact; None means nobody noticed."""
    send_round: int = 0
    sent_by: UserId | None = None
    sent_at: datetime | None = None
    """When the latest round was ordered; whether it arrived is the outbox's to say."""
    reached_at: datetime | None = None
    reached_by: UserId | None = None
    waived_by: UserId | None = None
    ended_at: datetime | None = None
    ended_how: Ended | None = None
    reason: Verdict | None = None
    reason_source: ReasonSource | None = None
    reason_by: UserId | None = None
    reason_at: datetime | None = None
    escalated_by: UserId | None = None
    escalated_at: datetime | None = None
    snoozed_until: datetime | None = None
    steps: int = 0
    """How many steps of the ladder have been taken."""
    climbed_at: datetime | None = None
    """When the last of them was due."""
    closed_at: datetime | None = None
    version: int = 1

    @property
    def state(self) -> State:
        """Where the case stands: closed > recovered > replied > claimed > open."""
        if self.closed_at is not None:
            return State.CLOSED
        if self.ended_at is not None:
            return State.RECOVERED
        if self.reached_at is not None or self.waived_by is not None:
            return State.REPLIED
        return State.OPEN if self.owner is None else State.CLAIMED

    @property
    def missing(self) -> tuple[Closing, ...]:
        """What keeps the case from closing."""
        have = {
            Closing.CONTACT: self.reached_at or self.waived_by,
            Closing.END: self.ended_at,
            Closing.REASON: self.reason,
        }
        return tuple(part for part, fact in have.items() if fact is None)

    @property
    def self_healed(self) -> bool:
        """Whether the system closed it, untouched, with the reason from the evidence."""
        return self.closed_at is not None and self.reason_source is ReasonSource.EVIDENCE


def open_anomaly(
    anomaly_id: AnomalyId, order: Order, breach: Deadline, book: RuleBook, now: datetime
) -> Anomaly:
    """The case that a passed limit, or a shortage, opens."""
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
        book_version=book.version,
        lane=book.plan_for(order).lane,
        silent=now - breach.due_at > book.max_age,
    )


def breach_again(anomaly: Anomaly, breach: Deadline, book: RuleBook, now: datetime) -> Anomaly:
    """A further limit passed while the case is unclosed: it is updated, and alive again if it had ended.

    A shortage does not displace a limit that is passed: the case goes on until both are over.
    """
    again = replace(_alive_again(anomaly, now), breaches=anomaly.breaches + 1)
    silent = now - breach.due_at > book.max_age
    if breach.kind is Kind.STOCK_SHORT and anomaly.ended_at is None:
        silent = silent and anomaly.silent
    else:
        again = replace(again, run=breach.run, kind=breach.kind, since=breach.since, due_at=breach.due_at)
    return replace(again, silent=silent, version=anomaly.version + 1)


def settle(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> Anomaly:
    """The case after its order changed: ended, alive again, noticed, more urgent, or as it was.

    `book` is the version that the case was opened under.
    """
    after = replace(anomaly, parcel=present_name(anomaly.parcel, order))
    after = _follow_contact(after, order, book)
    if after.closed_at is None:
        after = _follow_order(after, order, book, now)
        after = close_if_complete(_heal(after, order), now)
    return anomaly if after == anomaly else replace(after, version=anomaly.version + 1)


def settle_all(
    anomalies: Sequence[Anomaly], order: Order, book_of: Callable[[Anomaly], RuleBook], now: datetime
) -> list[Anomaly]:
    """All cases of an order after it changed, oldest first as given; never two unclosed ones in one place.

    Where another one is unclosed, a case neither comes back nor takes the new name of its parcel.
    """
    held = {(anomaly.stage, anomaly.parcel) for anomaly in anomalies if anomaly.closed_at is None}
    settled: list[Anomaly] = []
    for anomaly in reversed(anomalies):
        after = settle(anomaly, order, book_of(anomaly), now)
        moves = after.closed_at is None and (anomaly.closed_at is not None or after.parcel != anomaly.parcel)
        if moves and (after.stage, after.parcel) in held:
            after = anomaly if anomaly.closed_at is not None else _under_its_old_name(after, anomaly)
        if after.closed_at is None:
            held.add((after.stage, after.parcel))
        settled.append(after)
    return settled[::-1]


def _under_its_old_name(after: Anomaly, before: Anomaly) -> Anomaly:
    """What settling did to the case beside renaming its parcel."""
    same = replace(after, parcel=before.parcel)
    return before if replace(same, version=before.version) == before else same


def reach(anomaly: Anomaly, by: UserId | None, at: datetime) -> Anomaly:
    """The case after a message reached the customer at `at`; the first one counts."""
    if anomaly.reached_at is not None:
        return anomaly
    reached = replace(anomaly, reached_at=at, reached_by=by, version=anomaly.version + 1)
    return close_if_complete(replace(reached, touched_at=anomaly.touched_at or at), at)


def bounce(
    anomaly: Anomaly, arrived_at: datetime, now: datetime, *, others: Collection[datetime] = ()
) -> Anomaly:
    """The case after the message that counted as arrived at `arrived_at` did not arrive after all.

    What reached the customer by another way stays, as do the messages that arrived at the times `others`; else
    the case is to be answered again, within a new ten minutes.
    """
    if anomaly.reached_at != arrived_at:
        return anomaly
    reached_at = min(others, default=None)
    reached_by = anomaly.reached_by if others else None
    after = replace(anomaly, reached_at=reached_at, reached_by=reached_by, version=anomaly.version + 1)
    if after.reached_at is not None or after.waived_by is not None:
        return after
    return replace(after, closed_at=None, raised_at=now, steps=0, climbed_at=None)


def end_merged(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case of an order that turned out to be another one, whose own clocks go on."""
    if anomaly.ended_at is not None:
        return anomaly
    ended = replace(anomaly, ended_at=now, ended_how=Ended.MERGED, version=anomaly.version + 1)
    verdict = Verdict(reason=Reason.OTHER, text="订单号已合并")
    if ended.touched_at is None:
        ended = replace(ended, reason=verdict, reason_source=ReasonSource.EVIDENCE)
    return close_if_complete(ended, now)


def close_if_complete(anomaly: Anomaly, now: datetime) -> Anomaly:
    """Closed = (reached or waived by name) and ended and reason; or healed by itself, untouched."""
    untouched = anomaly.reason_source is ReasonSource.EVIDENCE and anomaly.touched_at is None
    permitted = {(), (Closing.CONTACT,)} if untouched else {()}
    if anomaly.closed_at is not None or anomaly.missing not in permitted:
        return anomaly
    return replace(anomaly, closed_at=now)


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


def _priority(order: Order, book: RuleBook, stage: Stage, parcel: str, since: datetime) -> Priority:
    """One level up when the customer called after the stage's clock had started; `since` if it ticks no more."""
    plan = book.plan_for(order)
    planned, clock = plan.stages[stage].priority, clock_of(order, plan, stage, parcel)
    began = since if clock is None else min(clock.since, since)
    called = order.contact is not None and order.contact.at >= began
    return planned.raised if called else planned


def _follow_contact(anomaly: Anomaly, order: Order, book: RuleBook) -> Anomaly:
    if order.contact is None:
        return anomaly
    called_at = order.contact.at
    if anomaly.self_healed and _comes_back(anomaly, called_at):
        anomaly = replace(anomaly, closed_at=None, reason=None, reason_source=None)
    if anomaly.closed_at is not None:
        return anomaly
    called_for = _priority(order, book, anomaly.stage, anomaly.parcel, anomaly.since)
    noticed = anomaly.touched_at or (called_at if called_at >= anomaly.opened_at else None)
    return replace(anomaly, priority=min(anomaly.priority, called_for), touched_at=noticed)


def _comes_back(anomaly: Anomaly, called_at: datetime) -> bool:
    """A call that came in before the case closed, and was reported late, counts as well: somebody had noticed."""
    closed_at = anomaly.closed_at
    return closed_at is not None and anomaly.opened_at <= called_at <= closed_at + REOPENS_WITHIN


def _follow_order(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> Anomaly:
    if anomaly.ended_at is None:
        if is_standing(anomaly, order, book, now):
            return anomaly
        return replace(anomaly, ended_at=now, ended_how=_how_it_ended(order))
    if anomaly.ended_how is Ended.MERGED or not _is_back(anomaly, order, book, now):
        return anomaly
    return _alive_again(anomaly, now)


def _alive_again(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case goes on, and its ten minutes and its ladder begin anew."""
    return replace(anomaly, raised_at=now, steps=0, climbed_at=None, ended_at=None, ended_how=None)


def _is_back(anomaly: Anomaly, order: Order, book: RuleBook, now: datetime) -> bool:
    """Whether the very trouble the case is about stands again. A new shortage is a breach of its own."""
    if anomaly.kind is Kind.STOCK_SHORT:
        return _shortage_stands(anomaly, order, book)
    return _limit_stands(anomaly.kind, anomaly, order, book, now)


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
