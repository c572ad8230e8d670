"""Who is told next when nobody answers, and when?

From detection on the ladder climbs. Whoever claims the case, or sends, holds it for the share of the budget that
this may take; when that is over and nothing has come of it, the owner is reminded once and the ladder goes on, its
steps laid into the time that is left.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from rules.anomalies import Anomaly, State
from rules.book import Budget, LadderAction, LadderStep, Recipient, RuleBook
from rules.instants import MILLISECOND, instant, whole_ms
from rules.stages import Priority

LATEST_SHARE = Fraction(9, 10)
"""A step comes at the latest when this share of its budget is gone: somebody must still act."""
LEAST_SHARE = 20
"""So many late steps fit into a budget: between two of them whoever is told needs time to act."""
NONE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What the ladder does next; `steps` is how many steps of it have been taken then."""

    step: LadderStep
    steps: int
    due_at: datetime


def next_step(anomaly: Anomaly, book: RuleBook) -> NextStep | None:
    """What comes next, or None: answered, held, in the hands of an incident, or nobody is left to be told."""
    unanswered = anomaly.state in {State.OPEN, State.CLAIMED} and not anomaly.silent and not anomaly.in_storm
    if not unanswered or not book.ladder or anomaly.held_by is not None:
        return None
    if _is_claimed(anomaly):
        return _claim_runs_out(anomaly, book)
    if anomaly.steps < len(book.ladder):
        return _climbs(anomaly, book)
    if anomaly.steps == len(book.ladder) and _is_forgotten(anomaly):
        return _relieves(anomaly, book)
    return None


def contact_by(anomaly: Anomaly, book: RuleBook) -> datetime:
    """When the golden ten minutes are over: by then the customer is to be reached."""
    return _after(anomaly, anomaly.raised_at, book.budget.contact, book)


def complaint_by(anomaly: Anomaly, book: RuleBook) -> datetime:
    """By when customers usually complain who have not been reached."""
    return _after(anomaly, anomaly.raised_at, book.budget.complaint, book)


def in_time(anomaly: Anomaly, book: RuleBook) -> bool | None:
    """Whether the customer was reached within the golden ten minutes, their end included; None if not reached."""
    return None if anomaly.reached_at is None else anomaly.reached_at <= contact_by(anomaly, book)


def is_too_old(anomaly: Anomaly, book: RuleBook, now: datetime) -> bool:
    """Whether nobody is to be told of it any more, however the ladder stands. A snooze was somebody's wish: it ends first."""
    since = max(anomaly.raised_at, anomaly.snoozed_until or anomaly.raised_at)
    return now > _after(anomaly, since, book.max_age, book)


def climbed(anomaly: Anomaly, coming: NextStep, now: datetime) -> Anomaly:
    """The case after the ladder has come to its next step; what the step itself does is not in it."""
    return replace(anomaly, steps=coming.steps, climbed_at=now, version=anomaly.version + 1)


def given_up(anomaly: Anomaly, book: RuleBook, now: datetime) -> Anomaly:
    """The case of which nobody is told any more: it stays on the board."""
    reminded_at = anomaly.reminded_at if anomaly.owner is None else anomaly.reminded_at or now
    return replace(
        anomaly,
        steps=len(book.ladder) + 1,
        climbed_at=now,
        reminded_at=reminded_at,
        version=anomaly.version + 1,
    )


def reminded(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case after its owner was reminded, if it has one."""
    return anomaly if anomaly.owner is None else replace(anomaly, reminded_at=anomaly.reminded_at or now)


@lru_cache(maxsize=64)
def places(ladder: tuple[LadderStep, ...], budget: Budget) -> tuple[timedelta, ...]:
    """How long after detection each step comes, when nobody ever does anything.

    Steps shrink in proportion when the ladder is longer than a budget: the last one has to leave time to reach the
    customer; the first one that leads to somebody else comes before customers usually complain.
    """
    spans = [(budget.contact, step.after) for step in ladder[-1:]]
    escalating = [step.after for step in ladder if step.do is not LadderAction.REMIND_OWNER]
    spans += [(budget.complaint, first) for first in escalating[:1]]
    shares = [Fraction(allowed // MILLISECOND, last // MILLISECOND) for allowed, last in spans]
    share = min(1, LATEST_SHARE * min(shares, default=Fraction(2)))
    laid = [int(step.after // MILLISECOND * share) * MILLISECOND for step in ladder]
    return (*(min(first, budget.claim) for first in laid[:1]), *laid[1:])


# --- what comes next --------------------------------------------------------------------


def _is_claimed(anomaly: Anomaly) -> bool:
    """Whether somebody took it, and has not been reminded since."""
    return anomaly.owner is not None and anomaly.reminded_at is None


def _is_forgotten(anomaly: Anomaly) -> bool:
    """Whether whoever took it was reminded in vain."""
    return anomaly.owner is not None and not anomaly.is_given


def _claim_runs_out(anomaly: Anomaly, book: RuleBook) -> NextStep:
    """The owner is reminded once, in place of the reminders that come next."""
    claimed_at = max(anomaly.claimed_at or anomaly.raised_at, anomaly.raised_at)
    coming = itertools.dropwhile(
        lambda number: book.ladder[number].do is LadderAction.REMIND_OWNER,
        range(anomaly.steps, len(book.ladder)),
    )
    reminder = LadderStep(after=book.budget.act, do=LadderAction.REMIND_OWNER)
    due_at = _patience(anomaly, claimed_at, book.budget.act, book)
    steps = max(anomaly.steps, next(coming, len(book.ladder)))
    return NextStep(step=reminder, steps=steps, due_at=_held(anomaly, due_at, book))


def _climbs(anomaly: Anomaly, book: RuleBook) -> NextStep:
    """The next step, as far from the one before as the time allows that is left."""
    number, laid = anomaly.steps, places(book.ladder, book.budget)
    start = anomaly.climbed_at or anomaly.raised_at
    before = laid[number - 1] if number else NONE
    gap, spent = laid[number] - before, _spent(anomaly, start, book)
    if spent < book.budget.contact:
        left, planned = (laid[-1] - spent) // MILLISECOND, (laid[-1] - before) // MILLISECOND
        gap = max(whole_ms(gap * left // max(planned, 1)), min(gap, _least(book)))
    due_at = _held(anomaly, _after(anomaly, start, gap, book), book)
    return NextStep(step=book.ladder[number], steps=number + 1, due_at=due_at)


def _relieves(anomaly: Anomaly, book: RuleBook) -> NextStep:
    """The end of the ladder is no end for whoever took the case and forgot it."""
    wait = book.budget.act
    step = LadderStep(after=wait, do=LadderAction.HAND_OVER, to=Recipient.DUTY_MANAGER)
    due_at = _patience(anomaly, anomaly.climbed_at or anomaly.raised_at, wait, book)
    return NextStep(step=step, steps=anomaly.steps + 1, due_at=_held(anomaly, due_at, book))


# --- how long it waits --------------------------------------------------------------------


def _held(anomaly: Anomaly, due_at: datetime, book: RuleBook) -> datetime:
    """Not while a message is on its way, nor at once when it has failed, nor in a snooze."""
    due_at = max(due_at, _message_by(anomaly, book) or due_at)
    snoozed_until = anomaly.snoozed_until or due_at
    if anomaly.priority is Priority.P1:
        return max(due_at, snoozed_until)
    return max(due_at, book.calendar.wakes(snoozed_until))


def _message_by(anomaly: Anomaly, book: RuleBook) -> datetime | None:
    """By when something should have come of the latest message, or of its failure."""
    if anomaly.failed_at is not None:
        return _patience(anomaly, anomaly.failed_at, book.budget.act, book)
    if anomaly.sent_at is not None and anomaly.sent_at >= anomaly.raised_at:
        return _patience(anomaly, anomaly.sent_at, book.budget.send, book)
    return None


def _patience(anomaly: Anomaly, since: datetime, share: timedelta, book: RuleBook) -> datetime:
    """`share` after `since`; when the ten minutes are nearly over, half of what is left of them."""
    left = book.budget.contact - _spent(anomaly, since, book)
    wait = min(share, max(left / 2, _least(book))) if left > NONE else share
    return _after(anomaly, since, whole_ms(wait), book)


def _least(book: RuleBook) -> timedelta:
    return whole_ms(book.budget.contact / LEAST_SHARE)


def _spent(anomaly: Anomaly, until: datetime, book: RuleBook) -> timedelta:
    """How much of the ten minutes was gone."""
    if anomaly.priority is Priority.P1:
        return until - anomaly.raised_at
    return book.calendar.passed_awake(anomaly.raised_at, until)


def _after(anomaly: Anomaly, start: datetime, wait: timedelta, book: RuleBook) -> datetime:
    """`wait` after `start`; P1 aside, only time counts that is neither closed nor quiet."""
    if anomaly.priority is Priority.P1:
        return instant(start + wait)
    return book.calendar.after_awake(start, wait)
