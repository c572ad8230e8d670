"""When a customer has been reached and the order has not moved since: remind the owner, and at last a lead."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.messages import Due, DueKind
from handlers.outbox import Say
from handlers.records import Entry, What
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.consequences import PushCard, PushReason
from rules.events import UserId
from rules.orders import Order
from rules.standstill import next_nudge


def nudge(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Give the reminder that is due now, if it still is; the next one is armed with it."""
    case = next((case for case in cases if case.id == due.ref), None)
    if case is None:
        return list(cases)
    book = scribe.world.directory.rules.of(case)
    coming = next_nudge(case, book.standstill, book.calendar)
    if coming is None:
        return list(cases)
    if coming.at >= scribe.now:
        scribe.dues.append(Due(order=order.key, kind=DueKind.STANDSTILL, ref=case.id, at=coming.at))
        return list(cases)
    after = replace(case, nudges=case.nudges + 1, version=case.version + 1)
    _say(after, order, scribe, to_lead=coming.to_lead)
    scribe.change(case, after, order)
    return [after if known.id == after.id else known for known in cases]


def _say(case: Anomaly, order: Order, scribe: Scribe, *, to_lead: bool) -> None:
    """To the owner in person; where there is none to be reminded, and with a lead's card, into the group."""
    key, roster = f"standstill:{case.nudges}", scribe.world.directory.roster
    lead = scribe.world.team(case).lead(order.key.shop, scribe.now) if to_lead else None
    whom = case.owner if lead is None else lead
    if lead is not None:
        scribe.push(case, PushCard(to=lead, why=PushReason.STANDSTILL))
        scribe.tell_group(case, order, key, say=Say.STANDSTILL, to=lead)
    elif case.owner is not None and case.owner in roster.members:
        scribe.tell_members((case.owner,), key, case, say=Say.STANDSTILL)
    else:
        scribe.tell_group(case, order, key, say=Say.STANDSTILL)
    scribe.history.append(_entry(case, whom, scribe))


def _entry(case: Anomaly, whom: UserId | None, scribe: Scribe) -> Entry:
    detail = {"detail": whom} if whom else {}
    key = f"{What.NUDGED}:{case.version}"
    return Entry(case=case.id, order=case.order, at=scribe.now, what=What.NUDGED, key=key, detail=detail)
