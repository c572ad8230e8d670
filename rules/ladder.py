"""Who is told next when nobody answers, and when?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from rules.anomalies import Anomaly, State
from rules.book import LadderAction, LadderStep, RuleBook
from rules.instants import MILLISECOND, instant
from rules.stages import Priority

LATEST_SHARE = Fraction(9, 10)
"""A step comes at the latest when this share of its budget is gone: somebody must still act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A step of the ladder that is still to come; `number` counts from 0."""

    number: int
    step: LadderStep
    due_at: datetime


def next_step(
    anomaly: Anomaly, done: int, book: RuleBook, last_due: datetime | None = None
) -> NextStep | None:
    """The step after the `done` first ones, or None: answered, or at the end of the ladder.

    `last_due` is when the step before was due: after a snooze the steps that it held back come one
    after the other, as far apart as they were. Without it all of them come at once.
    """
    if anomaly.silent or anomaly.state not in {State.OPEN, State.CLAIMED} or done >= len(book.ladder):
        return None
    step = book.ladder[done]
    start, wait = anomaly.opened_at, _shrunk(step.after, book)
    if done > 0 and last_due is not None:
        start, wait = last_due, wait - _shrunk(book.ladder[done - 1].after, book)
    return NextStep(number=done, step=step, due_at=_due(anomaly, start, wait, book))


def _due(anomaly: Anomaly, start: datetime, wait: timedelta, book: RuleBook) -> datetime:
    """`wait` after `start` and not in a snooze; P1 aside, only time counts that is neither closed nor quiet."""
    snoozed_until = anomaly.snoozed_until or start
    if anomaly.priority is Priority.P1:
        return max(instant(start + wait), snoozed_until)
    return max(book.calendar.after_awake(start, wait), book.calendar.wakes(snoozed_until))


def _shrunk(after: timedelta, book: RuleBook) -> timedelta:
    """Steps shrink in proportion when the ladder is longer than a budget.

    The last one has to leave time to reach the customer; the first one that leads to somebody else comes
    before customers usually complain.
    """
    spans = [(book.budget.contact, book.ladder[-1].after)]
    escalating = [step.after for step in book.ladder if step.do is not LadderAction.REMIND_OWNER]
    spans += [(book.budget.complaint, first) for first in escalating[:1]]
    shares = [Fraction(budget // MILLISECOND, last // MILLISECOND) for budget, last in spans]
    return int(after // MILLISECOND * min(1, LATEST_SHARE * min(shares))) * MILLISECOND
