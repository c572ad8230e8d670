"""How long did each stage of an order take, or has taken so far, as its limits count it?"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from rules.book import Plan, RuleBook
from rules.calendar import Calendar
from rules.deadlines import Clock, stints
from rules.events import OrderEvent, StageReport
from rules.orders import Order
from rules.proposals import Days, Place, Stint
from rules.stages import Kind, Stage
from rules.survival import Span

SATURDAY = 5


def days_of(at: datetime, calendar: Calendar, worked: Collection[date]) -> Days:
    """On what kind of day that was; `worked` are the weekends on which people worked (调休)."""
    day = calendar.local(at).date()
    if day in calendar.days_off:
        return Days.HOLIDAY
    return Days.WEEKEND if day.weekday() >= SATURDAY and day not in worked else Days.WORKDAY


def stints_of(
    order: Order, book: RuleBook, worked: Collection[date], now: datetime
) -> Iterator[tuple[Place, Stint]]:
    """What the limits of an order's stages waited for; those of silence take `silences_of`.

    A completion that was only concluded from later news says no time, and is left out.
    """
    plan, end = book.plan_for(order), _end(order, now)
    for clock in stints(order, plan):
        if clock.run.inferred:
            continue
        place = _place(clock, plan, book, worked)
        for kind in {limit.when for limit in plan.stages[clock.run.stage].limits}:
            if kind is Kind.NO_UPDATE:
                continue
            done = clock.run.completed_at
            until = (clock.run.started_at or done) if kind is Kind.NOT_STARTED else done
            yield (
                place._replace(kind=kind),
                _stint(clock.since, until, end, book, around=_around(plan, clock)),
            )


def silences_of(
    order: Order, events: Iterable[OrderEvent], book: RuleBook, worked: Collection[date], now: datetime
) -> Iterator[tuple[Place, Stint]]:
    """How long it was silent between two news of a stage that has a limit for that; of orders with one parcel."""
    plan, end, known = book.plan_for(order), _end(order, now), list(events)
    if len(order.parcel_names) > 1:
        return
    for clock in stints(order, plan):
        stage = clock.run.stage
        if all(limit.when is not Kind.NO_UPDATE for limit in plan.stages[stage].limits):
            continue
        done = clock.run.completed_at
        news = sorted({at for at in _news(known, stage) if clock.since < at <= (done or end)})
        for since, until in zip([clock.since, *news], [*news, None], strict=True):
            if until is None and done is not None:
                break  # nothing is waited for any more
            place = _place(clock, plan, book, worked)
            days = days_of(since, book.calendar, worked)
            yield (
                place._replace(kind=Kind.NO_UPDATE, days=days),
                _stint(since, until, end, book, around=_around(plan, clock)),
            )


def _news(events: Iterable[OrderEvent], stage: Stage) -> Iterator[datetime]:
    for event in events:
        if isinstance(event.report, StageReport) and event.report.stage is stage:
            yield event.at


def _end(order: Order, now: datetime) -> datetime:
    """Until when the order was watched."""
    return now if order.cancelled_at is None else min(order.cancelled_at, now)


def _around(plan: Plan, clock: Clock) -> bool:
    return plan.stages[clock.run.stage].around_the_clock


def _place(clock: Clock, plan: Plan, book: RuleBook, worked: Collection[date]) -> Place:
    days = days_of(clock.since, book.calendar, worked)
    return Place(clock.run.stage, Kind.NOT_COMPLETED, plan.lane or "", days)


def _stint(since: datetime, until: datetime | None, end: datetime, book: RuleBook, *, around: bool) -> Stint:
    passed = book.calendar.passed(since, end if until is None else until, around_the_clock=around)
    return Stint(since=since, span=Span(length=max(passed, timedelta()), ended=until is not None))
