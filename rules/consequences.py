"""What must happen because a case was opened or changed? Decisions as values; handlers carry them out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.anomalies import Anomaly, Ended, State
from rules.assignment import team_of
from rules.book import AutomaticAction, RuleBook, StageRules
from rules.deadlines import clock_of
from rules.events import Attribute, UserId
from rules.ladder import next_step
from rules.orders import Order
from rules.roster import Roster
from rules.stages import Priority
from rules.standing import carrier_of, present_name
from rules.standstill import next_nudge
from rules.tasks import TaskKind


class PushReason(StrEnum):
    """Why somebody gets the card in person."""

    LIMIT = "limit"
    """The rules say so for this limit, or the case is P1 from the start."""
    PRIORITY = "priority"
    """The case has become P1."""
    ESCALATED = "escalated"
    """Somebody asked for it."""
    LADDER = "ladder"
    """Nobody answered."""
    STANDSTILL = "standstill"
    """The customer was reached, and the order has not moved in spite of reminders."""
    HANDED_OVER = "handed_over"
    """Nobody answered, and the case is theirs from now on."""
    PROMISE = "promise"
    """What the customer was promised has not happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCard:
    """Put the card into the agents' group, not before `at`."""

    group: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PushCard:
    """Send the card to somebody in person."""

    to: UserId
    why: PushReason


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveTask:
    """Ask somebody to see to something, who is to answer by `due_at`."""

    kind: TaskKind
    owner: UserId
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTasks:
    """Nobody needs to answer any more: the case has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Set the ladder's timer; None stops it."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """Set the timer of the reminder that the order stands still; None stops it."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshCards:
    """Change the cards that can still be changed. Each can be once, so the end is what it is kept for."""

    void: bool = False
    """The case never was: cards that cannot be changed any more are taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRecovery:
    """Name the order in the group's next line of recoveries."""

    group: str


Consequence = PostCard | PushCard | GiveTask | EndTasks | Climb | Nudge | RefreshCards | TellRecovery


def consequences(
    before: Anomaly | None, after: Anomaly, order: Order, book: RuleBook, roster: Roster, now: datetime
) -> list[Consequence]:
    """What follows from a case being opened (`before` is None) or changed, for whom of the roster its lane leads to.

    For a case in the hands of an incident that one speaks: there is one card, one push and one ladder for all of them.
    """
    rules, roster = book.plan_for(order).stages[after.stage], team_of(after.lane, book, roster)
    if after.held_by is not None:
        return list(_of_held(before, after, order, rules, book))
    found: list[Consequence] = []
    if is_raised(before, after) and not after.silent and not after.in_storm:
        found += _of_breach(after, order, rules, book, roster, now)
    if before is None:
        found += _climb(after, book)
    else:
        found += _of_change(before, after, order, rules, book, roster, now)
    return found


def is_raised(before: Anomaly | None, after: Anomaly) -> bool:
    """Whether people are to hear of a limit now: it has passed, or it had and no outage holds the case any more."""
    if after.held_by is not None:
        return False
    if before is None or after.breaches > before.breaches:
        return True
    return before.held_by is not None and after.ended_at is None


def _of_held(
    before: Anomaly | None, after: Anomaly, order: Order, rules: StageRules, book: RuleBook
) -> Iterator[Consequence]:
    """Nobody hears of a case that an outage holds. Whoever had heard of it before hears how it ended."""
    if before is None:
        return
    if next_step(after, book) != next_step(before, book):
        yield from _climb(after, book)
    is_heard_of = before.ended_at is None and after.ended_at is not None and after.breaches > 1
    if is_heard_of:
        yield EndTasks()
    if after.state is not before.state and after.state in {State.RECOVERED, State.CLOSED}:
        yield RefreshCards(void=is_void(after, order, book))
    if is_heard_of:
        yield TellRecovery(group=rules.group)


def _of_breach(
    case: Anomaly, order: Order, rules: StageRules, book: RuleBook, roster: Roster, now: datetime
) -> Iterator[Consequence]:
    shop = order.key.shop
    pushed = AutomaticAction.PUSH_DUTY_MANAGER in rules.actions or case.priority is Priority.P1
    manager = roster.duty_manager(shop, now)
    if pushed and manager is not None:
        yield PushCard(to=manager, why=PushReason.LIMIT)
    yield from _tasks(case, order, rules, book, roster, now)
    if AutomaticAction.POST_CARD in rules.actions:
        yield PostCard(group=rules.group, at=when_awake(case.priority, book, now))


def _tasks(
    case: Anomaly, order: Order, rules: StageRules, book: RuleBook, roster: Roster, now: datetime
) -> Iterator[GiveTask]:
    for kind in TaskKind:
        if AutomaticAction(kind) in rules.actions:
            owner = contact_for(kind, case, order, roster, now)
            if owner is not None:
                yield GiveTask(kind=kind, owner=owner, due_at=answer_by(kind, case, book, now))


def answer_by(kind: TaskKind, case: Anomaly, book: RuleBook, now: datetime) -> datetime:
    """When somebody who is asked now is to have answered; outside the hours nobody is chased, P1 aside."""
    return when_awake(case.priority, book, now + book.tasks[kind].every)


def contact_for(kind: TaskKind, case: Anomaly, order: Order, roster: Roster, now: datetime) -> UserId | None:
    """Whom to ask. The one who speaks to a carrier has nobody in their place: the carrier knows them alone."""
    shop, region = order.key.shop, order.text(Attribute.REGION)
    match kind:
        case TaskKind.REMIND_CARRIER:
            return roster.carrier_contact(carrier_of(case, order), region, shop, now)
        case TaskKind.FOLLOW_PAYMENT:
            contact = roster.payment_contact(order.text(Attribute.PAYMENT_CHANNEL), now)
            return contact or roster.duty_manager(shop, now)
        case TaskKind.RECHECK_STOCK | TaskKind.FOLLOW_WAREHOUSE:
            contact = roster.warehouse_contact(order.text(Attribute.WAREHOUSE), region, now)
            return contact or roster.lead(shop, now)


def _of_change(
    before: Anomaly,
    after: Anomaly,
    order: Order,
    rules: StageRules,
    book: RuleBook,
    roster: Roster,
    now: datetime,
) -> Iterator[Consequence]:
    manager = roster.duty_manager(order.key.shop, now)
    if manager is not None and not after.silent:
        if after.escalated_at != before.escalated_at:
            yield PushCard(to=manager, why=PushReason.ESCALATED)
        elif after.priority is Priority.P1 and before.priority is not Priority.P1 and not after.in_storm:
            yield PushCard(to=manager, why=PushReason.PRIORITY)
    if _comes_back(before, after) and not after.silent and not after.in_storm:
        if after.ended_at is None:
            yield from _tasks(after, order, rules, book, roster, now)
        yield PostCard(group=rules.group, at=when_awake(after.priority, book, now))
    if next_step(after, book) != next_step(before, book):
        yield from _climb(after, book)
    nudge = next_nudge(after, book.standstill, book.calendar)
    if nudge != next_nudge(before, book.standstill, book.calendar):
        yield Nudge(at=None if nudge is None else nudge.at)
    yield from _of_end(before, after, order, rules, book)


def _of_end(
    before: Anomaly, after: Anomaly, order: Order, rules: StageRules, book: RuleBook
) -> Iterator[Consequence]:
    has_ended = before.ended_at is None and after.ended_at is not None
    if has_ended:
        yield EndTasks()
    if after.state is not before.state and after.state in {State.RECOVERED, State.CLOSED}:
        yield RefreshCards(void=is_void(after, order, book))
    if has_ended and not after.silent and after.ended_how is not Ended.MERGED:
        yield TellRecovery(group=rules.group)


def is_void(case: Anomaly, order: Order, book: RuleBook) -> bool:
    """Whether a case turns out to have been about nothing: its order is another one, or its clock never ran."""
    if case.ended_how is not Ended.MOVED:
        return case.ended_how is Ended.MERGED
    parcel = present_name(case.parcel, order)
    has_clock = clock_of(order, book.plan_for(order), case.stage, parcel) is not None
    is_done = order.run(case.stage, parcel).completed_at is not None
    return bool(order.retracted) and not has_clock and not is_done


def _comes_back(before: Anomaly, after: Anomaly) -> bool:
    """Opened again, or alive again without a further limit, which would have a card of its own."""
    reopened = before.closed_at is not None and after.closed_at is None
    alive_again = before.ended_at is not None and after.ended_at is None
    return after.breaches == before.breaches and (reopened or alive_again)


def _climb(case: Anomaly, book: RuleBook) -> Iterator[Climb]:
    step = next_step(case, book)
    yield Climb(at=None if step is None else step.due_at)


def when_awake(priority: Priority, book: RuleBook, at: datetime) -> datetime:
    """P1 ignores opening and quiet hours; everything else waits until somebody is there."""
    return at if priority is Priority.P1 else book.calendar.wakes(at)
