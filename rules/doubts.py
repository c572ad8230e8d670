"""Does what is known of an order speak against the reason that somebody gave for its delay?"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from rules.anomalies import Anomaly
from rules.book import RuleBook, StageRules
from rules.calendar import Calendar
from rules.deadlines import Clock, stints
from rules.orders import Order
from rules.reasons import Reason, ReasonSource
from rules.stages import Kind, Stage
from rules.tasks import TaskResult


class Doubt(StrEnum):
    """What speaks against a reason."""

    SHORT_WAS_REPORTED = "short_was_reported"
    """The warehouse said that goods were short, and the reason is another one."""
    GOODS_WERE_THERE = "goods_were_there"
    """Somebody has looked, and the goods were there."""
    DONE_IN_TIME = "done_in_time"
    """The stage that the reason blames was done within its limit."""
    NOT_SO_FAR = "not_so_far"
    """The order had not come to the stage that the reason blames."""


_BLAMED: Mapping[Reason, tuple[Stage, ...]] = {
    Reason.PAYMENT_FAILED: (Stage.PAYMENT,),
    Reason.OUT_OF_STOCK: (Stage.CONFIRM, Stage.PICKING),
    Reason.PACKING_DELAYED: (Stage.PICKING, Stage.PACKING),
    Reason.NOT_PICKED_UP: (Stage.PICKUP,),
    Reason.OTHER: (),
}
_FOUND = frozenset({TaskResult.IN_STOCK, TaskResult.WRONG_BIN})


def doubt(case: Anomaly, order: Order, book: RuleBook, found: Collection[TaskResult] = ()) -> Doubt | None:
    """What speaks against the reason that a person gave; None where nothing does, or nobody gave one.

    `found` is what came of the tasks of the case.
    """
    if case.reason is None or case.reason_source is not ReasonSource.AGENT:
        return None
    reason, short = case.reason.reason, case.kind is Kind.STOCK_SHORT or TaskResult.SHORT in found
    if short:
        return None if reason is Reason.OUT_OF_STOCK else Doubt.SHORT_WAS_REPORTED
    if reason is Reason.OUT_OF_STOCK and not _FOUND.isdisjoint(found):
        return Doubt.GOODS_WERE_THERE
    blamed = _BLAMED[reason]
    if not blamed or case.stage in blamed:
        return None
    if case.stage.place < blamed[0].place:
        return Doubt.NOT_SO_FAR
    return Doubt.DONE_IN_TIME if _were_in_time(blamed, case, order, book) else None


def _were_in_time(stages: Collection[Stage], case: Anomaly, order: Order, book: RuleBook) -> bool:
    """Whether each of the stages, as far as the order has it, is known to have been done within its limits."""
    plan = book.plan_for(order)
    theirs = [
        clock
        for clock in stints(order, plan)
        if clock.run.stage in stages and (not clock.run.stage.per_parcel or clock.run.parcel == case.parcel)
    ]
    return bool(theirs) and all(
        _was_in_time(clock, plan.stages[clock.run.stage], book.calendar) for clock in theirs
    )


def _was_in_time(clock: Clock, rules: StageRules, calendar: Calendar) -> bool:
    """Within the shortest of its limits for being done, so that none of those can have been passed."""
    limits = [limit.after for limit in rules.limits if limit.when is not Kind.NOT_STARTED]
    done_at = clock.run.completed_at
    if done_at is None or not limits:
        return False
    return done_at <= calendar.due(clock.since, min(limits), around_the_clock=rules.around_the_clock)
