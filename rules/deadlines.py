"""When is an order's nearest limit up, and which limits has it passed?"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.book import Limit, PaymentClock, Plan, RuleBook, StageRules
from rules.calendar import Calendar
from rules.instants import MILLISECOND
from rules.orders import Order, Run
from rules.record import Record
from rules.stages import ORDER_STAGES, PARCEL_STAGES, Kind, Stage

Raised = Mapping[tuple[Stage, str], datetime]
"""For each stage and parcel the latest limit that an anomaly was already raised for."""


class Band(StrEnum):
    """How a stage of an order is doing."""

    IN_TIME = "in_time"
    """Within the normal time, or not begun."""
    GREY = "grey"
    """Over the normal time, under the limit: on the board, silent in chat."""
    LATE = "late"
    """A limit has passed."""
    DONE = "done"
    """Finished."""


class Clock(Record, frozen=True, kw_only=True):
    """A stage that is being waited for: since when, and when it was last heard of."""

    run: Run
    since: datetime

    @property
    def news_at(self) -> datetime:
        """The last news of the stage, or the start of its clock."""
        return self.since if self.run.updated_at is None else max(self.since, self.run.updated_at)


class Deadline(Record, frozen=True, kw_only=True):
    """A limit that is not met yet. It is passed strictly after `due_at`."""

    stage: Stage
    parcel: str
    run: int
    kind: Kind
    since: datetime
    """What the limit counts from: the start of the clock, or the last news."""
    due_at: datetime


class Turns(NamedTuple):
    """When a stage that is waited for changes its band; either may come first. See `band_after`."""

    grey_at: datetime
    """When its normal time is up."""
    late_at: datetime | None
    """When the first of its limits is up; None when none is left to pass."""


def band_after(grey_at: datetime | None, late_at: datetime | None, now: datetime) -> Band:
    """The band at `now` of what turns grey and late strictly after these, if ever; late prevails."""
    if late_at is not None and late_at < now:
        return Band.LATE
    return Band.GREY if grey_at is not None and grey_at < now else Band.IN_TIME


def clocks(order: Order, plan: Plan) -> Iterator[Clock]:
    """The clocks that tick: one for the order, or one for each parcel on its way."""
    if order.cancelled_at is not None:
        return
    skip = plan.skip.union(order.skip) if order.skip else plan.skip
    done_at = order.created_at if Stage.PAYMENT in skip else None
    for stage in ORDER_STAGES:
        if stage in skip:
            continue
        run = order.run(stage)
        if run.completed_at is None:
            yield from _clock(order, plan, run, done_at)
            return
        done_at = run.completed_at
    for parcel in order.parcel_names:
        yield from _parcel_clock(order, plan, parcel, done_at)


def stints(order: Order, plan: Plan) -> Iterator[Clock]:
    """The clocks of the present runs that have ticked, whether the stage is done or waited for, in their order."""
    skip = plan.skip.union(order.skip)
    done_at = order.created_at if Stage.PAYMENT in skip else None
    for stage in ORDER_STAGES:
        if stage in skip:
            continue
        run = order.run(stage)
        yield from _clock(order, plan, run, done_at)
        if run.completed_at is None:
            return
        done_at = run.completed_at
    for parcel in order.parcel_names:
        yield from _stints_of_parcel(order, plan, parcel, done_at)


def clock_of(order: Order, plan: Plan, stage: Stage, parcel: str) -> Clock | None:
    """The clock that ticks for a stage of a parcel, or None."""
    wanted = stage, parcel
    return next(
        (clock for clock in clocks(order, plan) if (clock.run.stage, clock.run.parcel) == wanted), None
    )


def deadlines(order: Order, book: RuleBook, raised: Raised, now: datetime | None = None) -> list[Deadline]:
    """The unmet limits that no anomaly was raised for yet, nearest first.

    With `now`, repeats of one limit that were missed until then count as one, the latest of them.
    """
    plan = book.plan_for(order)
    found = [
        deadline
        for clock in clocks(order, plan)
        for deadline in _of_clock(clock, plan.stages[clock.run.stage], book.calendar, raised, now)
    ]
    return sorted(found, key=lambda deadline: deadline.due_at)


def nearest(order: Order, book: RuleBook, raised: Raised) -> datetime | None:
    """When the next limit is up, past or future; None when no clock ticks."""
    plan = book.plan_for(order)
    found = [
        due_at
        for clock in clocks(order, plan)
        for _, _, due_at in _unmet(clock, plan.stages[clock.run.stage], book.calendar, raised, None)
    ]
    return min(found, default=None)


def shortage_breach(order: Order, book: RuleBook) -> Deadline | None:
    """What missing goods are held against: the earliest stage that is waited for; None when none is.

    It is due at once. To open a case about it is the caller's part: `deadlines` holds limits alone.
    """
    short = order.shortage
    if short is None:
        return None
    waiting = min(clocks(order, book.plan_for(order)), key=lambda clock: clock.run.stage.place, default=None)
    if waiting is None:
        return None
    return Deadline(
        stage=waiting.run.stage,
        parcel=waiting.run.parcel,
        run=waiting.run.number,
        kind=Kind.STOCK_SHORT,
        since=short.at,
        due_at=short.at,
    )


def band(order: Order, run: Run, book: RuleBook, now: datetime) -> Band:
    """How the stage that `run` belongs to is doing at `now`."""
    if run.completed_at is not None:
        return Band.DONE
    plan = book.plan_for(order)
    clock = clock_of(order, plan, run.stage, run.parcel)
    if clock is None:
        return Band.IN_TIME
    return band_after(*turns(clock, plan.stages[run.stage], book.calendar), now)


def turns(clock: Clock, rules: StageRules, calendar: Calendar) -> Turns:
    """When a clock leaves its normal time, and when it passes the first of the limits that are not met."""
    around, silent, late_at = rules.around_the_clock, False, None
    for limit in rules.limits:
        silent = silent or limit.when is Kind.NO_UPDATE
        since = _counts_from(clock, limit)
        if since is not None:
            due_at = calendar.due(since, limit.after, around_the_clock=around)
            late_at = due_at if late_at is None else min(late_at, due_at)
    since = clock.news_at if silent else clock.since
    return Turns(calendar.due(since, rules.normal, around_the_clock=around), late_at)


def _clock(order: Order, plan: Plan, run: Run, done_at: datetime | None) -> Iterator[Clock]:
    """The clock of the stage that comes after one done at `done_at`."""
    since = _payment_start(order, plan, run) if run.stage is Stage.PAYMENT else (run.opened_at or done_at)
    since = since or run.started_at
    if since is None:
        return
    since = max(since, order.resumed_at or since)
    if run.stage is not Stage.PAYMENT:
        since = max(since, order.not_before or since)
    yield Clock(run=run, since=since)


def _payment_start(order: Order, plan: Plan, run: Run) -> datetime | None:
    if plan.payment_clock is PaymentClock.CREATED and run.number == 1:
        return order.created_at
    return run.started_at or run.opened_at


def _parcel_clock(order: Order, plan: Plan, parcel: str, done_at: datetime | None) -> Iterator[Clock]:
    for stage in PARCEL_STAGES:
        if stage in plan.skip or stage in order.skip:
            continue
        run = order.run(stage, parcel)
        if run.completed_at is None:
            yield from _clock(order, plan, run, done_at)
            return
        done_at = run.completed_at


def _stints_of_parcel(order: Order, plan: Plan, parcel: str, done_at: datetime | None) -> Iterator[Clock]:
    for stage in PARCEL_STAGES:
        if stage in plan.skip or stage in order.skip:
            continue
        run = order.run(stage, parcel)
        yield from _clock(order, plan, run, done_at)
        if run.completed_at is None:
            return
        done_at = run.completed_at


def _of_clock(
    clock: Clock, rules: StageRules, calendar: Calendar, raised: Raised, now: datetime | None
) -> Iterator[Deadline]:
    run = clock.run
    for limit, since, due_at in _unmet(clock, rules, calendar, raised, now):
        yield Deadline(
            stage=run.stage, parcel=run.parcel, run=run.number, kind=limit.when, since=since, due_at=due_at
        )


def _unmet(
    clock: Clock, rules: StageRules, calendar: Calendar, raised: Raised, now: datetime | None
) -> Iterator[tuple[Limit, datetime, datetime]]:
    """The limits of a clock that are still to speak: what each counts from, and when it is up."""
    heard = raised.get((clock.run.stage, clock.run.parcel))
    for limit in rules.limits:
        since = _counts_from(clock, limit)
        if since is None:
            continue
        due_at = _next(limit, since, rules, calendar, heard, now)
        if due_at is not None:
            yield limit, since, due_at


def _counts_from(clock: Clock, limit: Limit) -> datetime | None:
    """What the limit counts from, or None when it is met."""
    if limit.when is Kind.NO_UPDATE:
        return clock.news_at
    if limit.when is Kind.NOT_STARTED and clock.run.started_at is not None:
        return None
    return clock.since


def _next(
    limit: Limit,
    since: datetime,
    rules: StageRules,
    calendar: Calendar,
    raised: datetime | None,
    now: datetime | None,
) -> datetime | None:
    """When a limit is up for the first time after `raised`; see `deadlines` for `now`. None when it has spoken."""
    around = rules.around_the_clock
    first = calendar.due(since, limit.after, around_the_clock=around)
    silent = raised is None or raised < first
    if limit.repeat is None:
        return first if silent else None
    if silent and (now is None or first >= now):
        return first
    wait, every = calendar.stretch(limit.after, since), calendar.stretch(limit.repeat, since)

    def times_up(until: datetime) -> int:
        """How often it was up until then, when it was at all."""
        return (calendar.passed(since, until, around_the_clock=around) - wait) // every + 1

    spoken = 0 if raised is None or silent else times_up(raised)
    if now is not None and first < now:
        spoken = max(spoken, times_up(now - MILLISECOND) - 1)
    return calendar.after(since, wait + spoken * every, around_the_clock=around)
