"""Looking back over an order's events: which stages passed a limit, by how much, and are its times in order?"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.book import RuleBook
from rules.deadlines import Deadline, deadlines
from rules.events import EventType, OrderEvent, OrderKey, StageReport
from rules.fold import advance, is_retraction, standing
from rules.orders import WHOLE_ORDER, Order
from rules.stages import Kind, Stage, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A limit that a run of a stage passed. `ended_at` is None while it is still not met."""

    stage: Stage
    parcel: str
    run: int
    kind: Kind
    due_at: datetime
    """When the limit was up; of several silences, the longest one's."""
    by: timedelta
    """How long after that there was news at last, or none yet at the end of what is known."""
    ended_at: datetime | None


def lateness(key: OrderKey, events: Collection[OrderEvent], book: RuleBook, until: datetime) -> list[Late]:
    """The limits that an order has passed by `until`, under the rules of `book`; in the order of time.

    The events are replayed in the order in which they are folded. A limit is passed strictly after its time,
    and each run of a stage counts once for each kind of neglect, with the longest delay.
    """
    found: dict[tuple[Stage, str, int, Kind], Late] = {}
    for order, moment, ended in _stretches(key, events, until):
        for limit in deadlines(order, book, {}):
            if limit.due_at >= moment:
                break
            late = _late(limit, moment, ended=ended)
            place = late.stage, late.parcel, late.run, late.kind
            found[place] = _longer(found.get(place), late)
    return sorted(found.values(), key=lambda late: late.due_at)


def disorder(events: Collection[OrderEvent]) -> tuple[OrderEvent, OrderEvent] | None:
    """The first event that comes before one it should follow, with that one; None when all is in order.

    What should follow what: all news of stages the creation, a stage's completion its start and the completions of
    earlier stages. A failure or a reopening begins anew. Equal times are in order.
    """
    done: dict[tuple[Stage, str], OrderEvent] = {}
    first: OrderEvent | None = None
    for event in standing(events):
        early = _too_early(event, done, first)
        if early is not None:
            return early, event
        if isinstance(event.report, StageReport):
            first = first or event
            _note(event.report, event, done)
    return None


def _stretches(
    key: OrderKey, events: Collection[OrderEvent], until: datetime
) -> Iterator[tuple[Order, datetime, bool]]:
    """What was true from one event to the next: the order, until when, and whether an event ended it."""
    order = Order(key=key)
    for event in standing(events):
        if is_retraction(event):
            continue
        yield order, event.at, True
        order = advance(order, [event]) or order
    yield order, until, False


def _late(limit: Deadline, moment: datetime, *, ended: bool) -> Late:
    return Late(
        stage=limit.stage,
        parcel=limit.parcel,
        run=limit.run,
        kind=limit.kind,
        due_at=limit.due_at,
        by=moment - limit.due_at,
        ended_at=moment if ended else None,
    )


def _longer(known: Late | None, late: Late) -> Late:
    """The longer of two delays of one run, ended when the later one of them, `late`, is."""
    return late if known is None or late.by >= known.by else replace(known, ended_at=late.ended_at)


def _too_early(
    event: OrderEvent, done: dict[tuple[Stage, str], OrderEvent], first: OrderEvent | None
) -> OrderEvent | None:
    """An event known already that should have come after `event`."""
    if event.type is EventType.CREATED:
        return _if_before(first, event)
    report = event.report
    if not isinstance(report, StageReport) or report.status not in {Status.STARTED, Status.COMPLETED}:
        return None
    later = report.stage.later if report.status is Status.COMPLETED else (report.stage,)
    for stage in later:
        for (known, parcel), other in done.items():
            if known is stage and _same(parcel, _parcel(report)) and _if_before(other, event):
                return other
    return None


def _if_before(other: OrderEvent | None, event: OrderEvent) -> OrderEvent | None:
    return other if other is not None and other.at < event.at else None


def _note(report: StageReport, event: OrderEvent, done: dict[tuple[Stage, str], OrderEvent]) -> None:
    place = report.stage, _parcel(report)
    if report.status is Status.COMPLETED:
        done.setdefault(place, event)
    elif report.status in {Status.FAILED, Status.REOPENED}:
        for stage, parcel in list(done):
            if stage in {report.stage, *report.stage.later} and _same(parcel, place[1]):
                del done[stage, parcel]


def _parcel(report: StageReport) -> str:
    return report.parcel or WHOLE_ORDER


def _same(parcel: str, other: str) -> bool:
    """Whether two events may be about one parcel: what concerns the whole order concerns each."""
    return parcel == other or WHOLE_ORDER in {parcel, other}
