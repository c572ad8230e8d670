"""When nobody answers: climb one step of the ladder."""

from collections.abc import Sequence

from handlers.messages import Due, DueKind
from handlers.outbox import Say
from handlers.records import Entry, What
from handlers.scribe import Scribe
from rules.anomalies import Anomaly, give
from rules.assignment import choose, led_to
from rules.book import LadderAction, LadderStep, RuleBook
from rules.consequences import PushCard, PushReason
from rules.events import UserId
from rules.history import LadderEnd
from rules.instants import to_ms
from rules.ladder import climbed, given_up, is_too_old, next_step, reminded
from rules.orders import Order


def climb(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Take the step that is due now, if it still is; the next one is armed with it."""
    case = next((case for case in cases if case.id == due.ref), None)
    if case is None:
        return list(cases)
    book = scribe.world.directory.rules.of(case)
    coming = next_step(case, book)
    if coming is None:
        return list(cases)
    if coming.due_at >= scribe.now:
        scribe.dues.append(Due(order=order.key, kind=DueKind.LADDER, ref=case.id, at=coming.due_at))
        return list(cases)
    if is_too_old(case, book, scribe.now):
        after = _give_up(case, book, scribe)
    else:
        after = _take(climbed(case, coming, scribe.now), coming.step, order, scribe)
        if next_step(after, book) is None:
            _note_end(after, LadderEnd.CLIMBED, scribe)
    scribe.change(case, after, order)
    return [after if known.id == after.id else known for known in cases]


def _give_up(case: Anomaly, book: RuleBook, scribe: Scribe) -> Anomaly:
    """Nobody wants to be woken about something of yesterday; it stays on the board."""
    _note_end(case, LadderEnd.TOO_OLD, scribe)
    return given_up(case, book, scribe.now)


def _note_end(case: Anomaly, why: LadderEnd, scribe: Scribe) -> None:
    """Once for each time that the ladder began, whoever claims the case afterwards."""
    key = f"{What.LADDER_ENDED}:{to_ms(case.raised_at)}"
    entry = Entry(
        case=case.id,
        order=case.order,
        at=scribe.now,
        what=What.LADDER_ENDED,
        key=key,
        detail={"detail": why.value},
    )
    scribe.history.append(entry)


def _take(case: Anomaly, step: LadderStep, order: Order, scribe: Scribe) -> Anomaly:
    match step.do:
        case LadderAction.REMIND_OWNER:
            return _remind(case, order, scribe)
        case LadderAction.HAND_OVER:
            return _hand_over(case, step, order, scribe)
        case LadderAction.PUSH:
            return _push(case, step, order, scribe)


def _remind(case: Anomaly, order: Order, scribe: Scribe) -> Anomaly:
    """Say it in the group, and in person to the owner; with neither of them there, to whoever could take the case."""
    key = f"remind:{case.version}"
    told = scribe.tell_group(case, order, key, say=Say.REMINDER)
    agents = () if told else scribe.world.team(case).agents(order.key.shop, scribe.now)
    whom = (case.owner,) if case.owner is not None and _is_there(case.owner, scribe) else agents
    scribe.tell_members(whom, key, case, say=Say.REMINDER)
    _note(case, What.REMINDED, case.owner, scribe)
    return reminded(case, scribe.now)


def _hand_over(case: Anomaly, step: LadderStep, order: Order, scribe: Scribe) -> Anomaly:
    """The case moves to somebody else, by name; the card goes to them in person, and whoever had it hears of it."""
    heir = _recipient(case, step, order, scribe)
    if heir is None or heir == case.owner:
        return _remind(case, order, scribe)
    moved = give(case, heir, scribe.now)
    scribe.known.hand_over(case.owner, heir)
    key, told = f"hand_over:{case.version}", {"to": heir, "previous": case.owner or ""}
    scribe.tell_group(case, order, key, say=Say.HANDED_OVER, **told)
    if case.owner is not None and _is_there(case.owner, scribe):
        scribe.tell_members((case.owner,), key, case, say=Say.HANDED_OVER, **told)
    scribe.push(moved, PushCard(to=heir, why=PushReason.HANDED_OVER))
    return moved


def _push(case: Anomaly, step: LadderStep, order: Order, scribe: Scribe) -> Anomaly:
    to = _recipient(case, step, order, scribe)
    if to is not None:
        scribe.push(case, PushCard(to=to, why=PushReason.LADDER))
        scribe.tell_group(case, order, f"push:{case.version}", say=Say.PUSHED, to=to)
        _note(case, What.PUSHED, to, scribe)
    return case


def _recipient(case: Anomaly, step: LadderStep, order: Order, scribe: Scribe) -> UserId | None:
    """Whom the step leads to: whoever fits best of those that are asked, and not the owner if anybody else is."""
    team, known = scribe.world.team(case), scribe.known
    able = led_to(step, case.owner, team, order.key.shop, scribe.now)
    return choose(able, known.loads, known.of_customer(order))


def _is_there(userid: UserId, scribe: Scribe) -> bool:
    """Whether somebody is on the roster, and not on leave."""
    roster = scribe.world.directory.roster
    return userid in roster.members and userid not in roster.plan.away(scribe.now)


def _note(case: Anomaly, what: What, about: UserId | None, scribe: Scribe) -> None:
    detail = {"detail": about} if about else {}
    entry = Entry(
        case=case.id, order=case.order, at=scribe.now, what=what, key=f"{what}:{case.version}", detail=detail
    )
    scribe.history.append(entry)
