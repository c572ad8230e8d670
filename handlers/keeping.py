"""When the time of a promise is coming, or has passed: who is told, and what can be said to the customer?"""

from collections.abc import Sequence
from dataclasses import replace

from handlers.messages import Due
from handlers.outbox import LetterKind, Say
from handlers.promising import note_promise, settle_promise, watch
from handlers.records import What
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.consequences import PushCard, PushReason
from rules.events import UserId
from rules.orders import Order
from rules.promises import Promise


def keep_promise(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Tell people that a promise is nearly due, and have the next text ready; or find it broken.

    What counts is the promise in the light of all events by now; the due row is only a hint.
    """
    found = scribe.known.promise(order.key, due.ref)
    if found is not None:
        promise = settle_promise(found, order, scribe.known.events[order.key], scribe)
        if promise.rings_at is not None:
            _go_on(promise, order, _case_of(promise, cases), scribe)
    return list(cases)


def _case_of(promise: Promise, cases: Sequence[Anomaly]) -> Anomaly | None:
    """The case that it was made in; of an order that was merged, the last one of the order that it is now."""
    own = next((case for case in cases if case.id == promise.case), None)
    return own or (cases[-1] if cases else None)


def _go_on(promise: Promise, order: Order, case: Anomaly | None, scribe: Scribe) -> None:
    if promise.due_at < scribe.now:
        _break(promise, order, case, scribe)
        return
    if promise.warned_at is None and promise.warn_at < scribe.now:
        promise = _warn(promise, order, case, scribe)
    watch(promise, scribe)


def _warn(promise: Promise, order: Order, case: Anomaly | None, scribe: Scribe) -> Promise:
    """To the owner of the case, else to whoever is on shift: a line, and the card with the next text."""
    warned = replace(promise, warned_at=scribe.now)
    scribe.promises.append(warned)
    if warned.pending:
        note_promise(What.PROMISE_NEAR, warned, scribe)
        if case is not None:
            _tell(Say.PROMISE_NEAR, warned, case, order, scribe)
    return warned


def _tell(say: Say, promise: Promise, case: Anomaly, order: Order, scribe: Scribe) -> None:
    """A line for the group; the card for those who are to act, or of a closed case a line with the words in it."""
    key, content = f"{say}:{promise.told}:{promise.slot}", _content(promise)
    scribe.tell_group(case, order, key, say=say, **content)
    whom = _who(case, order, scribe)
    if case.closed_at is not None:
        scribe.tell_members(whom, key, case, say=say, **content)
        return
    for to in scribe.world.surfaces.addressed(whom):
        scribe.add(
            case,
            key=f"{case.id}:{key}:card:{to}",
            kind=LetterKind.CASE_CARD,
            medium=scribe.world.surfaces.to_members,
            to=to,
            content={"why": PushReason.PROMISE.value},
        )


def _break(promise: Promise, order: Order, case: Anomaly | None, scribe: Scribe) -> None:
    """Its time has passed. Where nothing has happened and nobody has written since, the duty manager is called."""
    broken = replace(promise, broken_at=scribe.now)
    scribe.promises.append(broken)
    note_promise(What.PROMISE_BROKEN, broken, scribe)
    if not broken.pending or case is None:
        return
    manager = scribe.world.team(case).duty_manager(order.key.shop, scribe.now)
    key, content = f"{Say.PROMISE_BROKEN}:{promise.told}:{promise.slot}", _content(promise)
    scribe.tell_group(case, order, key, say=Say.PROMISE_BROKEN, to=manager or "", **content)
    if manager is None:
        return
    if case.closed_at is None:
        scribe.push(
            case, PushCard(to=manager, why=PushReason.PROMISE), occasion=f"{promise.told}:{promise.slot}"
        )
    else:
        scribe.tell_members([manager], key, case, say=Say.PROMISE_BROKEN, to=manager, **content)


def _who(case: Anomaly, order: Order, scribe: Scribe) -> Sequence[UserId]:
    team = scribe.world.team(case)
    if case.owner is not None and case.owner in team.members:
        return (case.owner,)
    return team.agents(order.key.shop, scribe.now)


def _content(promise: Promise) -> dict[str, str]:
    return {"slot": promise.slot.value, "promised_for": promise.due_at.isoformat()}
