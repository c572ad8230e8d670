"""Is what is stored of an order, its cases and their letters right? Pure; the laws are those of handlers/laws.py."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import structs

from handlers.approvals import ONE_AT_A_TIME
from handlers.approved import Approved
from handlers.bus import SPOILT
from handlers.laws import Law, Violation, Why
from handlers.ledger import Fate, Surroundings, fate_of
from handlers.messages import Due, DueKind, LetterId
from handlers.outbox import TO_CUSTOMERS, Letter, LetterKind, Medium
from handlers.pen import key_of_round
from handlers.scribe import occasion_of_breach
from handlers.tasklaws import asked_by, broken_tasks
from handlers.vows import broken_promises
from rules.anomalies import Anomaly, Ended
from rules.book import AutomaticAction, Plan
from rules.calendar import Calendar
from rules.deadlines import deadlines, nearest
from rules.delivery import FINAL, DeliveryState
from rules.editions import Rules
from rules.events import OrderEvent, OrderKey
from rules.fold import fold
from rules.health import Outlook, outlook
from rules.incidents import Incident
from rules.ladder import next_step
from rules.orders import Order
from rules.promises import Promise
from rules.stages import Kind
from rules.standing import latest_raised
from rules.standstill import next_nudge
from rules.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """All that is stored of one order, at one moment."""

    order: Order
    watched: bool
    book_version: int
    """The rule book that its limit was armed by."""
    events: Sequence[OrderEvent]
    dues: Sequence[Due]
    """What is live of them."""
    outlook: Outlook | None
    cases: Sequence[Anomaly]
    letters: Sequence[Letter]
    """Those about its cases."""
    tasks: Sequence[Task]
    """Those of its cases."""
    losses_told: frozenset[str]
    """The letters to the customer of which the timelines say that they did not arrive."""
    passed_on: frozenset[str] = frozenset()
    """The letters of which the timelines say who got them instead."""
    promises: Sequence[Promise] = ()
    approved: Sequence[Approved] = ()
    """What was approved for its cases, and is not done yet."""
    digests: Mapping[LetterId, Letter] = field(default_factory=dict[LetterId, Letter])
    """Those that its alerts were folded into."""
    incidents: Sequence[Incident] = ()
    """Those that a case of this order leads: their letters and timers are kept with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """By what, and when, an order is judged."""

    rules: Rules
    now: datetime
    grace: timedelta
    """How long what is due may take."""


Check = Callable[[OrderFile, Moment], Iterator[tuple[Why, str]]]


def violations(file: OrderFile, moment: Moment) -> Iterator[Violation]:
    """What is wrong with an order, its cases and their letters."""
    for law, check in OF_AN_ORDER.items():
        for why, detail in check(file, moment):
            yield Violation(law=law, why=why, about=named(file.order.key), detail=detail)


OF_RULES = (DueKind.LIMIT, DueKind.LADDER, DueKind.STANDSTILL)
"""The timers that are armed anew with new rules."""


def named(key: OrderKey) -> str:
    """An order as operators write it."""
    return f"{key.shop}/{key.order_no}"


# --- the order ---------------------------------------------------------------------


def _fold(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    del moment
    if fold(file.order.key, file.events) != file.order:
        yield Why.STATE_DIFFERS, f"{len(file.events)}"


def _timers(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    due = _timers_due(file, moment)
    live = {(one.kind, one.ref): one.at for one in file.dues if one.kind is not DueKind.RESULTS}
    for timer in sorted(due.keys() | live.keys()):
        if timer[0] in OF_RULES and _is_outdated(file, moment):
            continue
        yield from _timer(timer, due.get(timer), live.get(timer), moment.now)


def _timers_due(file: OrderFile, moment: Moment) -> dict[tuple[DueKind, str], datetime]:
    """When each timer of the order is to ring."""
    if not file.watched:
        return {}
    rules, book = moment.rules, moment.rules.for_order(file.order.key)
    limit = nearest(file.order, book, latest_raised(file.cases, file.order, book, moment.now))
    steps = {case.id: next_step(case, rules.of(case)) for case in file.cases}
    limits = {} if limit is None else {(DueKind.LIMIT, ""): limit}
    approved = {(DueKind.APPROVED, str(one.case)): one.at - ONE_AT_A_TIME for one in reversed(file.approved)}
    ladders = {(DueKind.LADDER, case): step.due_at for case, step in steps.items() if step is not None}
    promises = {(DueKind.PROMISE, one.ref): at for one in file.promises if (at := one.rings_at) is not None}
    incidents = {(DueKind.INCIDENT, one.id): one.climbs_at for one in file.incidents if one.climbs_at}
    return (
        limits | approved | ladders | promises | incidents | _nudges_due(file, rules) | asked_by(file.tasks)
    )


def _nudges_due(file: OrderFile, rules: Rules) -> dict[tuple[DueKind, str], datetime]:
    nudges: dict[tuple[DueKind, str], datetime] = {}
    for case in file.cases:
        book = rules.of(case)
        nudge = next_nudge(case, book.standstill, book.calendar)
        if nudge is not None:
            nudges[DueKind.STANDSTILL, case.id] = nudge.at
    return nudges


def _timer(
    timer: tuple[DueKind, str], due_at: datetime | None, live_at: datetime | None, now: datetime
) -> Iterator[tuple[Why, str]]:
    """What is past may have been put off a little: somebody else held the order, or it could not be handled."""
    kind, ref = timer
    name = f"{kind} {ref}".rstrip()
    if due_at is None and live_at is not None:
        yield Why.TIMER_NEEDLESS, f"{name}, {live_at.isoformat()}"
    elif due_at is not None and live_at is None:
        yield Why.TIMER_MISSING, f"{name}, {due_at.isoformat()}"
    elif due_at is not None and live_at is not None and due_at != live_at:
        put_off = due_at < now and due_at < live_at <= now + SPOILT
        if not put_off:
            yield Why.TIMER_WRONG, f"{name}, {live_at.isoformat()} != {due_at.isoformat()}"


def _is_outdated(file: OrderFile, moment: Moment) -> bool:
    """Whether its limits are about to be armed anew, by a newer rule book."""
    return file.book_version != moment.rules.version


def _detected(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    """A limit that had passed before anybody heard of the order counts from then on."""
    if not file.watched or _is_outdated(file, moment):
        return
    book, now = moment.rules.for_order(file.order.key), moment.now
    raised = latest_raised(file.cases, file.order, book, now)
    heard_at = file.order.observed_at or now
    for deadline in deadlines(file.order, book, raised, now):
        if max(deadline.due_at, heard_at) < now - moment.grace:
            place = " ".join(filter(None, (deadline.stage, deadline.parcel, deadline.kind)))
            yield Why.LIMIT_UNNOTICED, f"{place}, {deadline.due_at.isoformat()}"


def _outlooks(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    if file.watched and _is_outdated(file, moment):
        return
    book = moment.rules.for_order(file.order.key)
    due = outlook(file.order, book) if file.watched else None
    if due is None and file.outlook is not None:
        yield Why.OUTLOOK_NEEDLESS, _in_short(file.outlook)
    elif due is not None and file.outlook is None:
        yield Why.OUTLOOK_MISSING, _in_short(due)
    elif due is not None and file.outlook is not None and _as_stored(due) != file.outlook:
        yield Why.OUTLOOK_WRONG, f"{_in_short(file.outlook)} != {_in_short(due)}"


def _as_stored(due: Outlook) -> Outlook:
    """No database holds a NUL in a text."""
    warehouse, carrier = (text.replace("\0", "\ufffd") for text in (due.warehouse, due.carrier))
    return structs.replace(due, warehouse=warehouse, carrier=carrier)


def _in_short(one: Outlook) -> str:
    times = (at and at.isoformat() for at in (one.grey_at, one.late_at))
    return " ".join(filter(None, (one.stage, one.warehouse, one.carrier, *times)))


# --- its cases ---------------------------------------------------------------------


def _punctual(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    """By what was known when the case was raised: news that came later does not make it premature."""
    for case in file.cases:
        at_once = case.kind is Kind.STOCK_SHORT
        if case.raised_at < case.due_at or (case.raised_at == case.due_at and not at_once):
            yield Why.TOO_EARLY, f"{case.id}, {case.raised_at.isoformat()} < {case.due_at.isoformat()}"
        elif not at_once and case.due_at < _earliest(case, moment.rules):
            yield Why.TOO_EARLY, f"{case.id}, {case.due_at.isoformat()}"
        for earlier, later in _pairs(case):
            yield Why.BACKWARDS, f"{case.id}, {earlier} > {later}"


def _earliest(case: Anomaly, rules: Rules) -> datetime:
    """When a limit of the case's kind can be up, at the soonest, by any rule that may have been in force."""
    editions = [edition for version, edition in rules.versions.items() if version >= case.book_version]
    plans = [
        (book.calendar, plan)
        for edition in editions
        for book in edition.books
        for plan in (book.default, *(lane.plan for lane in book.lanes))
    ]
    return min((up for calendar, plan in plans for up in _ups(case, plan, calendar)), default=case.due_at)


def _ups(case: Anomaly, plan: Plan, calendar: Calendar) -> Iterator[datetime]:
    stage = plan.stages[case.stage]
    for limit in stage.limits:
        if limit.when is case.kind:
            yield calendar.due(case.since, limit.after, around_the_clock=stage.around_the_clock)


_ORDER_OF_TIMES = (
    ("since", "due_at"),
    ("opened_at", "raised_at"),
    *(("opened_at", later) for later in ("claimed_at", "touched_at", "sent_at", "reached_at", "reason_at")),
    *(("opened_at", later) for later in ("escalated_at", "ended_at")),
    *((earlier, "closed_at") for earlier in ("opened_at", "ended_at", "reason_at")),
)
"""Which time of a case cannot come before which."""


def _pairs(case: Anomaly) -> Iterator[tuple[str, str]]:
    """The times of a case that stand in the wrong order."""
    for earlier, later in _ORDER_OF_TIMES:
        first: datetime | None = getattr(case, earlier)
        second: datetime | None = getattr(case, later)
        if first is not None and second is not None and second < first:
            yield earlier, later


def _cases(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    del moment
    places = Counter((case.stage, case.parcel) for case in file.cases if case.closed_at is None)
    for (stage, parcel), count in places.items():
        if count > 1:
            yield Why.TWO_UNCLOSED, f"{stage} {parcel}, {count}".replace(" ,", ",")
    for case in file.cases:
        healed = case.self_healed and case.touched_at is None
        missing = [part for part in case.missing if not (healed and part == "contact")]
        if case.closed_at is not None and missing:
            yield Why.CLOSED_TOO_SOON, f"{case.id}, {' '.join(missing)}"


def _cards(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    """Of a case that has been part of an incident, the incident's card may be all there was."""
    told = {letter.content["incident"] for letter in file.letters if letter.kind is LetterKind.INCIDENT_CARD}
    for incident in file.incidents:
        if incident.id not in told:
            yield Why.NO_CARD, incident.id
    for case in file.cases:
        plan = moment.rules.of(case).plan_for(file.order)
        if case.silent or case.incident is not None or case.held_by is not None:
            continue
        if AutomaticAction.POST_CARD not in plan.stages[case.stage].actions:
            continue
        occasion = f":{occasion_of_breach(case)}:"
        cards = (one for one in _about(file.letters, case) if one.kind is LetterKind.CASE_CARD)
        if not any(occasion in card.key for card in cards):
            yield Why.NO_CARD, f"{case.id}, {case.breaches}"


def _about(letters: Iterable[Letter], case: Anomaly) -> Iterator[Letter]:
    return (letter for letter in letters if letter.case == case.id)


def _customers(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    """The key of a letter is unique: where each is of a round that was ordered, there is one for each at most."""
    del moment
    for case in file.cases:
        rounds = {key_of_round(case.id, number) for number in range(1, case.send_round + 1)}
        asked = {letter.content["about"] for letter in file.letters if _asks(letter)}
        for letter in _about(file.letters, case):
            if letter.kind is LetterKind.CUSTOMER:
                yield from _message(letter, case, rounds, file.losses_told)
                if _is_with_wecom(letter) and letter.id not in asked:
                    yield Why.NOBODY_ASKS, letter.id


def _asks(letter: Letter) -> bool:
    return letter.kind is LetterKind.INQUIRY and letter.state in {DeliveryState.READY, DeliveryState.SENDING}


def _is_with_wecom(letter: Letter) -> bool:
    """Whether only asking tells what becomes of it; what an employee has in the sidebar is told by them."""
    return letter.state is DeliveryState.PENDING and letter.medium is Medium.MASS


def _message(
    letter: Letter, case: Anomaly, rounds: Collection[str], losses_told: Collection[str]
) -> Iterator[tuple[Why, str]]:
    if letter.key not in rounds:
        yield Why.OF_NO_ROUND, letter.id
    if letter.state is DeliveryState.SENT and case.reached_at is None:
        yield Why.NOT_REACHED, letter.id
    if letter.state in FINAL - {DeliveryState.SENT} and letter.id not in losses_told:
        yield Why.LOSS_UNTOLD, f"{letter.id}, {letter.state}"


def _alerts(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    del moment
    for case in file.cases:
        for alert in _about(file.letters, case):
            if not alert.is_alert:
                continue
            digest = None if alert.folded_into is None else file.digests.get(alert.folded_into)
            around = Surroundings(
                digest=digest, passed_on=alert.id in file.passed_on, closed=case.closed_at is not None
            )
            if alert.state is DeliveryState.FOLDED and digest is None:
                yield Why.DIGEST_MISSING, f"{alert.id}, {alert.folded_into}"
            elif fate_of(alert, around) is Fate.LOST:
                yield Why.ALERT_VANISHED, f"{alert.id}, {alert.medium} {alert.state}"


def _promises(file: OrderFile, moment: Moment) -> Iterator[tuple[Why, str]]:
    """What was promised in a case of an order that was merged is kept with the other one."""
    own = {case.id for case in file.cases if case.ended_how is not Ended.MERGED}
    letters = [letter for letter in file.letters if letter.case in own]
    zone = moment.rules.current.calendar.zone
    yield from broken_promises(file.order, file.events, letters, file.promises, zone)


OF_AN_ORDER: Mapping[Law, Check] = {
    Law.FOLD: _fold,
    Law.TIMERS: _timers,
    Law.DETECTED: _detected,
    Law.OUTLOOKS: _outlooks,
    Law.PUNCTUAL: _punctual,
    Law.CASES: _cases,
    Law.TASKS: lambda file, moment: broken_tasks(file.tasks, file.cases, moment.rules),
    Law.CARDS: _cards,
    Law.CUSTOMERS: _customers,
    Law.ALERTS: _alerts,
    Law.PROMISES: _promises,
}
"""What an order's own rows can tell."""


# --- letters -----------------------------------------------------------------------


def of_letter(letter: Letter, moment: Moment) -> Iterator[Violation]:
    """What is wrong with the state of a letter."""
    for why in _of_state(letter, moment):
        yield Violation(law=Law.LETTERS, why=why, about=letter.id, detail=f"{letter.medium} {letter.state}")


_UNATTEMPTED = frozenset({DeliveryState.READY, DeliveryState.FOLDED, DeliveryState.FAILED})


def _of_state(letter: Letter, moment: Moment) -> Iterator[Why]:
    attempted = letter.attempts > 0 and letter.attempted_at is not None and letter.payload is not None
    if letter.state in FINAL and letter.done_at is None:
        yield Why.NO_END
    if letter.state not in FINAL and letter.done_at is not None:
        yield Why.ENDED_AND_WAITS
    if letter.state not in _UNATTEMPTED and not attempted:
        yield Why.NEVER_ATTEMPTED
    if letter.state is DeliveryState.UNKNOWN and letter.medium not in TO_CUSTOMERS:
        yield Why.NOT_FOR_AGENTS
    if letter.state is DeliveryState.SENDING:
        if letter.lease_until is None:
            yield Why.NO_LEASE
        elif letter.lease_until < moment.now - moment.grace:
            yield Why.ABANDONED
    if letter.state is DeliveryState.PENDING and (
        letter.expires_at is None or letter.expires_at < moment.now - moment.grace
    ):
        yield Why.OVERSTAYED
    if (
        letter.done_at is not None
        and letter.attempted_at is not None
        and letter.done_at < letter.attempted_at
    ):
        yield Why.BACKWARDS
