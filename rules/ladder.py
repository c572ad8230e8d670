"""Who is told next when nobody answers, and when?"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from rules.anomalies import Anomaly, State
from rules.book import LadderStep, RuleBook
from rules.instants import instant
from rules.stages import Priority

LAST_STEP_SHARE = Fraction(9, 10)
"""The last step comes at the latest when this share of the budget is gone: somebody must still act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A step of the ladder that is still to come; `number` counts from 0."""

    number: int
    step: LadderStep
    due_at: datetime


def next_step(anomaly: Anomaly, book: RuleBook) -> NextStep | None:
    """The step that comes next, or None: answered, or at the end of the ladder."""
    unanswered = anomaly.state in {State.OPEN, State.CLAIMED} and not anomaly.silent
    if not unanswered or anomaly.steps >= len(book.ladder):
        return None
    step = book.ladder[anomaly.steps]
    due_at = instant(anomaly.raised_at + step.after * _scale(book).numerator / _scale(book).denominator)
    return NextStep(number=anomaly.steps, step=step, due_at=_allowed(anomaly, due_at, book))


def _scale(book: RuleBook) -> Fraction:
    """Steps shrink in proportion when the budget is shorter than the ladder."""
    last, budget = book.ladder[-1].after, book.budget.contact
    return min(Fraction(1), LAST_STEP_SHARE * Fraction(budget / last).limit_denominator(10_000))


def _allowed(anomaly: Anomaly, due_at: datetime, book: RuleBook) -> datetime:
    """Not before the end of a snooze and, P1 aside, not while the shop is closed or quiet."""
    due_at = max(due_at, anomaly.snoozed_until or due_at)
    if anomaly.priority is Priority.P1:
        return due_at
    while (later := book.calendar.quiet_until(book.calendar.opens(due_at))) != due_at:
        due_at = later
    return due_at
