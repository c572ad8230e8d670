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


def next_step(anomaly: Anomaly, book: RuleBook) -> NextStep | None:
    """The step that comes next, or None: answered, in the hands of an incident, or at the end of the ladder.

    After a snooze the steps that it held back come one after the other, as far apart as they were.
    """
    unanswered = anomaly.state in {State.OPEN, State.CLAIMED} and not anomaly.silent and not anomaly.in_storm
    if not unanswered or anomaly.steps >= len(book.ladder):
        return None
    number, step = anomaly.steps, book.ladder[anomaly.steps]
    start, wait = anomaly.raised_at, _shrunk(step.after, book)
    if anomaly.climbed_at is not None:
        start, wait = anomaly.climbed_at, wait - _shrunk(book.ladder[number - 1].after, book)
    return NextStep(number=number, step=step, due_at=_due(anomaly, start, wait, book))


def contact_by(anomaly: Anomaly, book: RuleBook) -> datetime:
    """When the golden ten minutes are over: by then the customer is to be reached."""
    return _after(anomaly, anomaly.raised_at, book.budget.contact, book)


def complaint_by(anomaly: Anomaly, book: RuleBook) -> datetime:
    """By when customers usually complain who have not been reached."""
    return _after(anomaly, anomaly.raised_at, book.budget.complaint, book)


def _due(anomaly: Anomaly, start: datetime, wait: timedelta, book: RuleBook) -> datetime:
    """`wait` after `start`, and not in a snooze."""
    due_at, snoozed_until = _after(anomaly, start, wait, book), anomaly.snoozed_until or start
    if anomaly.priority is Priority.P1:
        return max(due_at, snoozed_until)
    return max(due_at, book.calendar.wakes(snoozed_until))


def _after(anomaly: Anomaly, start: datetime, wait: timedelta, book: RuleBook) -> datetime:
    """`wait` after `start`; P1 aside, only time counts that is neither closed nor quiet."""
    if anomaly.priority is Priority.P1:
        return instant(start + wait)
    return book.calendar.after_awake(start, wait)


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
