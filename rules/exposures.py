"""Which orders does a change concern, and what became of each? Told for both parts of an experiment alike."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.anomalies import Anomaly
from rules.book import Plan, RuleBook, StageRules
from rules.deadlines import Deadline, deadlines
from rules.editions import Edition
from rules.events import OrderKey
from rules.experiments import Part
from rules.golden import TEN
from rules.measures import RESOLVED_AFTER
from rules.orders import Order
from rules.replynames import names_at
from rules.trials import Yardstick

JUDGED_AFTER = timedelta(hours=2)
"""So long after the last of its present limits an order is judged: what an alert brings about shows by then."""
LATEST = timedelta(days=3)
"""... but at most so long after it was exposed, whatever the limits are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An order for which the two books of an experiment differed when its limits were set, and what became of it.

    The yardsticks are None until they are judged.
    """

    order: OrderKey
    experiment: str
    part: Part
    at: datetime
    judge_at: datetime
    """When it is judged: at the same time whichever book it goes by."""
    look_at: datetime | None
    """When it is looked at next; None when nothing is left to be judged."""
    reached: bool | None = None
    resolved: bool | None = None
    quiet: bool | None = None
    refunded: bool | None = None
    complained: bool | None = None


def exposed(order: Order, edition: Edition, now: datetime) -> Exposure | None:
    """The order as one that the trial concerns; None where there is none, or it makes no difference as it stands."""
    trial = edition.trial
    if trial is None:
        return None
    part = trial.split.part_of(order.key)
    if part is Part.OUTSIDE:
        return None
    ours, theirs = _standing(order, edition.book), _standing(order, trial.book)
    if ours == theirs:
        return None
    last = max(deadline.due_at for found, *_ in (ours, theirs) for deadline in found)
    judge_at = min(max(last, now) + JUDGED_AFTER, now + LATEST)
    return Exposure(
        order=order.key, experiment=trial.experiment, part=part, at=now, judge_at=judge_at, look_at=judge_at
    )


def may_say_else(before: Order, after: Order) -> bool:
    """Whether news of an order may have changed what a book says of it: where it stands, or what lanes ask for.

    What its customer does, and who touched it last, changes nothing in either book.
    """
    return _asked_of(before) != _asked_of(after)


def _asked_of(order: Order) -> tuple[object, ...]:
    return (
        order.runs,
        order.created_at,
        order.not_before,
        order.cancelled_at,
        order.resumed_at,
        order.skip,
        order.items,
        {name: fact.value for name, fact in order.facts.items()},
        order.parcels,
        order.first_parcel,
    )


def _standing(order: Order, book: RuleBook) -> tuple[tuple[Deadline, ...], tuple[StageRules, ...], object]:
    """All that a book says of an order as it stands: its limits, what follows when they have passed, and in which words.

    Nothing where no clock ticks that has a limit.
    """
    found = tuple(deadlines(order, book, {}))
    if not found:
        return (), (), None
    plan = book.plan_for(order)
    stages = tuple(plan.stages[stage] for stage in sorted({deadline.stage for deadline in found}))
    return (
        found,
        stages,
        (
            plan.people,
            book.ladder,
            book.budget,
            book.max_age,
            book.tasks,
            book.standstill,
            book.calendar.awake,
            _words(order.key, book, plan, found),
        ),
    )


def _words(
    order: OrderKey, book: RuleBook, plan: Plan, found: Iterable[Deadline]
) -> tuple[tuple[str, str], ...]:
    """The texts of the house that may be said of an order while these limits are waited for."""
    if not book.replies:
        return ()
    own, names = book.replies_for(order.shop, plan.lane), names_at(found)
    return tuple(sorted((name, text) for name, text in own.items() if name in names))


def judged(exposure: Exposure, order: Order, cases: Iterable[Anomaly]) -> dict[Yardstick, bool]:
    """What became of an order by its time; what happened later does not count, whenever it is asked."""
    begin, until = exposure.at, exposure.judge_at
    known = list(cases)
    opened = [case for case in known if begin <= case.opened_at <= until]
    reached = [case.first_reached_at for case in known if case.first_reached_at is not None]
    asked = [
        case.called_at
        for case in known
        if case.called_at is not None
        and (case.first_reached_at is None or case.called_at < case.first_reached_at)
    ]
    if order.contact is not None and not any(at <= order.contact.at for at in reached):
        asked.append(order.contact.at)
    return {
        Yardstick.REACHED: any(
            case.first_reached_at is not None and case.first_reached_at <= case.opened_at + TEN
            for case in opened
        ),
        Yardstick.QUIET: not any(_healed_by(case, until) for case in opened),
        Yardstick.REFUNDED: order.refund is not None and begin < order.refund.at <= until,
        Yardstick.COMPLAINED: any(begin < at <= until for at in asked),
    }


def _healed_by(case: Anomaly, until: datetime) -> bool:
    return case.self_healed and case.closed_at is not None and case.closed_at <= until


def resolved(exposure: Exposure, cases: Iterable[Anomaly]) -> bool:
    """Whether none of the cases that were opened by its time has come back."""
    opened = (case for case in cases if exposure.at <= case.opened_at <= exposure.judge_at)
    return all(case.reopenings == 0 for case in opened)


def after_look(exposure: Exposure, order: Order, cases: Iterable[Anomaly], *, twice: bool) -> Exposure:
    """The exposure with what could be judged; `twice`, where it is looked at again for what comes back."""
    if exposure.reached is None:
        look_at = exposure.judge_at + RESOLVED_AFTER if twice else None
        return replace(exposure, **judged(exposure, order, cases), look_at=look_at)
    return replace(exposure, resolved=resolved(exposure, cases), look_at=None)
