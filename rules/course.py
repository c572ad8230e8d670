"""What course has an order taken? Each attempt at a stage: since when it was waited for, by when it was due, how it ended."""

from collections.abc import Collection, Iterator
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from rules.book import RuleBook
from rules.deadlines import Clock, clocks, deadlines, turns
from rules.events import OrderEvent, OrderKey, StageReport
from rules.fold import advance, is_retraction, standing
from rules.orders import DEFAULT_PARCEL, MISSING_PARCEL, Order, Run
from rules.record import Record
from rules.stages import Kind, Stage, Status

Place = tuple[Stage, str, int]
"""A run: its stage, its parcel, its number."""


class Outcome(StrEnum):
    """How an attempt at a stage ended."""

    COMPLETED = "completed"
    """A source said that it is done."""
    INFERRED = "inferred"
    """News of a later stage means that it is done."""
    FAILED = "failed"
    """It ended without success."""
    REOPENED = "reopened"
    """It was thought done, and was begun anew."""
    RESET = "reset"
    """An earlier stage was begun anew."""


class Mark(Record, frozen=True, kw_only=True):
    """A limit of an attempt; `passed` strictly after `at`."""

    kind: Kind
    at: datetime
    passed: bool


class Attempt(Record, frozen=True, kw_only=True):
    """One run of a stage."""

    run: Run
    since: datetime | None = None
    """When its clock began; None when nothing has waited for it."""
    grey_at: datetime | None = None
    """When its normal time was up."""
    limits: tuple[Mark, ...] = ()
    """Each kind of limit once: the first that was passed, else the latest."""
    ended_at: datetime | None = None
    """None while it goes on, or has not begun."""
    outcome: Outcome | None = None


def course(key: OrderKey, events: Collection[OrderEvent], book: RuleBook, now: datetime) -> list[Attempt]:
    """All attempts at the stages that the order passes, by stage and parcel, in their order; blank ones included.

    Their numbers may begin anew: parcels that are packed again after the picking was are other ones.
    """
    watched: dict[Place, Attempt] = {}
    gone: list[Attempt] = []
    order = Order(key=key)
    for event in standing(events):
        if is_retraction(event):
            continue
        _watch(watched, order, book, event.at)
        after = advance(order, [event]) or order
        gone += [_given_up(run, watched, event) for run in _begun_anew(order, after)]
        order = after
    _watch(watched, order, book, now)
    skip = book.plan_for(order).skip.union(order.skip)
    present = [_present(run, watched) for run in order.present_runs() if run.stage not in skip]
    return sorted([*gone, *present], key=lambda one: (one.run.stage.place, one.run.parcel))


def _watch(watched: dict[Place, Attempt], order: Order, book: RuleBook, until: datetime) -> None:
    """Note the clocks that tick and the limits that they are held against, as they are until then."""
    plan = book.plan_for(order)
    for clock in clocks(order, plan):
        grey_at, _ = turns(clock, plan.stages[clock.run.stage], book.calendar)
        _note(watched, clock, grey_at)
    for limit in deadlines(order, book, {}):
        place = limit.stage, limit.parcel, limit.run
        mark = Mark(kind=limit.kind, at=limit.due_at, passed=limit.due_at < until)
        known = watched[place]
        watched[place] = replace(known, limits=_marked(known.limits, mark))


def _note(watched: dict[Place, Attempt], clock: Clock, grey_at: datetime) -> None:
    place = _place(clock.run)
    known = watched.get(place) or Attempt(run=clock.run)
    watched[place] = replace(known, run=clock.run, since=clock.since, grey_at=grey_at)


def _marked(known: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    others = tuple(one for one in known if one.kind is not mark.kind)
    same = next((one for one in known if one.kind is mark.kind), None)
    kept = same if same is not None and same.passed and same.at <= mark.at else mark
    return tuple(sorted((*others, kept), key=lambda one: one.at))


def _begun_anew(before: Order, after: Order) -> Iterator[Run]:
    """The runs that another one has taken the place of."""
    was, now = ({(run.stage, run.parcel) for run in order.runs} for order in (before, after))
    for run in after.runs:
        nameless = run.stage, DEFAULT_PARCEL
        is_named = (run.stage, run.parcel) not in was and nameless in was - now
        old = before.run(run.stage, DEFAULT_PARCEL if is_named else run.parcel)
        if old.number < run.number:
            yield old


def _given_up(run: Run, watched: dict[Place, Attempt], event: OrderEvent) -> Attempt:
    """How a run ended that another one has taken the place of."""
    match event.report:
        case StageReport(stage=run.stage, status=Status.FAILED):
            outcome = Outcome.FAILED
        case StageReport(stage=run.stage):
            outcome = Outcome.REOPENED
        case _:
            outcome = Outcome.RESET
    return replace(_noted(run, watched), run=run, ended_at=run.completed_at or event.at, outcome=outcome)


def _present(run: Run, watched: dict[Place, Attempt]) -> Attempt:
    outcome = None
    if run.completed_at is not None:
        outcome = Outcome.INFERRED if run.inferred else Outcome.COMPLETED
    return replace(_noted(run, watched), run=run, ended_at=run.completed_at, outcome=outcome)


def _noted(run: Run, watched: dict[Place, Attempt]) -> Attempt:
    """What was noted of a run, be it before its parcel had a name; a later one of the same number has its own."""
    names = (run.parcel, DEFAULT_PARCEL, MISSING_PARCEL) if run.stage.per_parcel else (run.parcel,)
    noted = [watched.pop((run.stage, name, run.number), None) for name in names]
    return next((one for one in noted if one is not None), Attempt(run=run))


def _place(run: Run) -> Place:
    return run.stage, run.parcel, run.number
