"""What is somebody asked to see to when an order stands still, and what follows when they do not answer?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.anomalies import AnomalyId, Ended
from rules.events import OrderEvent, OrderKey, ShortReport, StageReport, UserId
from rules.stages import Stage, Status


class TaskKind(StrEnum):
    """What somebody can be asked. Each is given out by the automatic action of the same name."""

    RECHECK_STOCK = "recheck_stock"
    """Look whether the goods are really on the shelf."""
    REMIND_CARRIER = "remind_carrier"
    """Press the carrier."""
    FOLLOW_WAREHOUSE = "follow_warehouse"
    """Look how the order stands in the warehouse."""
    FOLLOW_PAYMENT = "follow_payment"
    """Look whether the money has come."""


class TaskResult(StrEnum):
    """What came of it."""

    IN_STOCK = "in_stock"
    """The goods are there."""
    SHORT = "short"
    """They are not."""
    WRONG_BIN = "wrong_bin"
    """They were in the wrong place, and have been found."""
    PICKED_UP_SOON = "picked_up_soon"
    """The carrier says that they come soon."""
    DRIVER_ASSIGNED = "driver_assigned"
    """The carrier has given it to a driver."""
    NO_ANSWER = "no_answer"
    """The carrier does not answer: it has to be pressed once more."""
    WITHIN_HALF_HOUR = "within_half_hour"
    """The warehouse is done within half an hour."""
    WITHIN_TWO_HOURS = "within_two_hours"
    """The warehouse is done within two hours."""
    TODAY = "today"
    """The warehouse is done before the day is over."""
    PAID = "paid"
    """The money has come."""
    NOT_PAID = "not_paid"
    """The money has not come."""
    REFUNDED = "refunded"
    """The money has gone back."""
    MOVED = "moved"
    """The order moved by itself: nobody needs to answer any more."""
    WITHDRAWN = "withdrawn"
    """The order is cancelled, or was another one: the same."""


ANSWERS: Mapping[TaskKind, tuple[TaskResult, ...]] = {
    TaskKind.RECHECK_STOCK: (TaskResult.IN_STOCK, TaskResult.SHORT, TaskResult.WRONG_BIN),
    TaskKind.REMIND_CARRIER: (
        TaskResult.PICKED_UP_SOON,
        TaskResult.DRIVER_ASSIGNED,
        TaskResult.NO_ANSWER,
    ),
    TaskKind.FOLLOW_WAREHOUSE: (
        TaskResult.WITHIN_HALF_HOUR,
        TaskResult.WITHIN_TWO_HOURS,
        TaskResult.TODAY,
    ),
    TaskKind.FOLLOW_PAYMENT: (TaskResult.PAID, TaskResult.NOT_PAID, TaskResult.REFUNDED),
}
"""What people can answer."""
ACKNOWLEDGED_ALONE = frozenset({TaskKind.REMIND_CARRIER, TaskKind.FOLLOW_WAREHOUSE})
"""Here it is enough to say that one sees to it; the others are about a result."""
_STAGES: Mapping[TaskKind, frozenset[Stage]] = {
    TaskKind.REMIND_CARRIER: frozenset({Stage.PICKUP, Stage.TRANSIT}),
    TaskKind.FOLLOW_WAREHOUSE: frozenset({Stage.PICKING, Stage.PACKING}),
}
"""News of these stages is what was waited for."""


class TaskState(StrEnum):
    """Where a task stands; derived, never stored."""

    WAITING = "waiting"
    """Somebody has been asked, and has time left."""
    OVERDUE = "overdue"
    """Nobody has answered in time."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody sees to it."""
    DONE = "done"
    """It has a result, or is not needed any more."""


class Step(StrEnum):
    """What happens when nobody answers."""

    REMIND = "remind"
    """Its owner is asked once more."""
    ESCALATE = "escalate"
    """The duty manager gets it, with the names of those who were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRules:
    """How often somebody is asked."""

    every: timedelta
    """So long there is to answer, each time."""
    times: int = 2
    """So often the owner is asked in all; after that it is the duty manager's."""


DEFAULT_TASKS: Mapping[TaskKind, TaskRules] = {
    TaskKind.RECHECK_STOCK: TaskRules(every=timedelta(minutes=30)),
    TaskKind.REMIND_CARRIER: TaskRules(every=timedelta(hours=1), times=3),
    TaskKind.FOLLOW_WAREHOUSE: TaskRules(every=timedelta(minutes=30)),
    TaskKind.FOLLOW_PAYMENT: TaskRules(every=timedelta(minutes=15)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Somebody is asked to see to something. A case has one of each kind."""

    case: AnomalyId
    kind: TaskKind
    order: OrderKey
    owner: UserId
    """Who is to answer; the duty manager once it was escalated."""
    given_at: datetime
    """When it was given out."""
    asked_at: datetime
    """When the owner was asked last."""
    due_at: datetime
    """By then there is to be an answer; what follows without one follows then."""
    times: int = 1
    """How often the owner was asked."""
    acknowledged_by: UserId | None = None
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None
    result: TaskResult | None = None
    """With NO_ANSWER it goes on; with any other one it is done."""
    done_by: UserId | None = None
    """Who said so last; None when the order did, or nobody has yet."""
    done_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether something follows when nobody answers: a timer is set for `due_at`."""
        return self.done_at is None and self.acknowledged_at is None and self.escalated_at is None

    @property
    def answer(self) -> TaskResult | None:
        """What somebody said came of it, or an event; None while nobody has, and when it was not needed any more."""
        return self.result if self.result in ANSWERS[self.kind] else None

    @property
    def state(self) -> TaskState:
        """Done > acknowledged > overdue > waiting. Whoever was asked twice had not answered in time."""
        if self.done_at is not None:
            return TaskState.DONE
        if self.acknowledged_at is not None:
            return TaskState.ACKNOWLEDGED
        return TaskState.OVERDUE if self.times > 1 or self.escalated_at is not None else TaskState.WAITING


def asked(known: Task | None, fresh: Task, rules: TaskRules) -> Task | None:
    """The task after there is reason to ask; None when it goes on as it is. `known` is the one of that kind so far.

    It is asked at this moment only if its `asked_at` is that of `fresh`: nobody is asked twice within one interval,
    and what was looked up on the shelf is not looked up again.
    """
    if known is None:
        return fresh
    is_over = known.result in {TaskResult.MOVED, TaskResult.WITHDRAWN}
    if known.waits or (known.kind is TaskKind.RECHECK_STOCK and not is_over):
        return None
    if fresh.asked_at - known.asked_at >= rules.every:
        return fresh
    return replace(known, result=None, done_at=None, due_at=fresh.due_at) if is_over else None


def next_step(task: Task, rules: TaskRules) -> Step | None:
    """What follows at `due_at` if nobody has answered by then; None when nothing does."""
    if not task.waits:
        return None
    return Step.REMIND if task.times < rules.times else Step.ESCALATE


def remind(task: Task, now: datetime, due_at: datetime) -> Task:
    """The task after its owner was asked once more."""
    return replace(task, times=task.times + 1, asked_at=now, due_at=due_at)


def escalate(task: Task, to: UserId | None, now: datetime) -> Task:
    """The task after it has become the duty manager's; with nobody to give it to, it stays where it is."""
    return replace(task, owner=to or task.owner, asked_at=now if to else task.asked_at, escalated_at=now)


def acknowledge(task: Task, by: UserId, now: datetime) -> Task:
    """The task after somebody said that they see to it."""
    return replace(task, acknowledged_by=by, acknowledged_at=now)


def answer(task: Task, result: TaskResult, by: UserId, now: datetime, due_at: datetime) -> Task:
    """The task after somebody said what came of it; where nobody could be asked, they ask again by `due_at`."""
    if result is TaskResult.NO_ANSWER:
        return replace(
            task, result=result, done_by=by, acknowledged_by=None, acknowledged_at=None, due_at=due_at
        )
    return replace(task, result=result, done_by=by, done_at=now)


def settle_task(task: Task, result: TaskResult, now: datetime) -> Task:
    """The task after the order itself has answered."""
    return replace(task, result=result, done_by=None, done_at=now)


def result_at_end(how: Ended) -> TaskResult:
    """What comes of a task whose case has ended."""
    return TaskResult.MOVED if how is Ended.MOVED else TaskResult.WITHDRAWN


def result_of(kind: TaskKind, event: OrderEvent, parcel: str, since: datetime) -> TaskResult | None:
    """What an event answers to a task about a parcel, as it is called now, that stands still since then; or None."""
    report = event.report
    if isinstance(report, ShortReport):
        is_short = kind is TaskKind.RECHECK_STOCK and report.qty_short > 0
        return TaskResult.SHORT if is_short else None
    if not isinstance(report, StageReport) or event.at <= since:
        return None
    if kind is TaskKind.FOLLOW_PAYMENT and report.stage is Stage.PAYMENT:
        return {Status.COMPLETED: TaskResult.PAID, Status.FAILED: TaskResult.NOT_PAID}.get(report.status)
    of_another = report.stage.per_parcel and parcel and report.parcel not in {None, parcel}
    return TaskResult.MOVED if report.stage in _STAGES.get(kind, ()) and not of_another else None
