"""When nobody answers for an incident: climb one step of its ladder, the one ladder of all its cases.

It is set anew when its cases go over to other rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from handlers.incident_letters import push_card, tell_group
from handlers.messages import Due, DueKind
from handlers.outbox import Say
from handlers.ports import Work
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.assignment import led_to
from rules.book import LadderAction, LadderStep
from rules.consequences import PushReason
from rules.events import UserId
from rules.incidents import Incident, as_a_case
from rules.ladder import is_too_old, next_step
from rules.orders import Order
from rules.storms import IncidentId

HELD = timedelta(milliseconds=20)
"""Somebody else is working on the incident at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Climbing:
    """An incident at its next step; what it has become is written with the rest."""

    incident: Incident
    lead: Anomaly
    owner: UserId | None
    """Who has those of its cases that wait, if somebody has all of them."""
    scribe: Scribe


def climb(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Take the step that is due now, if it still is, and set the timer for the next one."""
    del order
    known = scribe.known.incidents.get(IncidentId(due.ref))
    if known is None:
        scribe.dues.append(Due(order=due.order, kind=DueKind.INCIDENT, ref=due.ref, at=scribe.now + HELD))
        return list(cases)
    incident, members = known
    after = _climbed(incident, members, scribe)
    armed = set_timer(after, members, scribe)
    if armed != incident:
        scribe.incidents.append(armed)
    return list(cases)


def set_timer(incident: Incident, members: Sequence[Anomaly], scribe: Scribe) -> Incident:
    """The incident with the time of its next step, for which the timer is set; None when none comes."""
    case = as_a_case(incident, members)
    coming = None if case is None else next_step(case, scribe.world.directory.rules.of(case))
    at = None if coming is None else coming.due_at
    if at is not None:
        scribe.dues.append(Due(order=incident.order, kind=DueKind.INCIDENT, ref=incident.id, at=at))
    return replace(incident, climbs_at=at)


async def ring_anew(cases: Iterable[Anomaly], work: Work, scribe: Scribe) -> None:
    """When the ladders of the incidents that unclosed cases are part of go on, by the rules they have gone over to."""
    joined = {case.incident for case in cases if case.closed_at is None and case.incident is not None}
    for id_, incident in (await work.incidents.hold(joined)).items():
        members = await work.incidents.cases(id_)
        armed = (
            set_timer(incident, members, scribe) if _has_gone_over(incident, members, scribe) else incident
        )
        if armed != incident:
            scribe.incidents.append(armed)
        if armed.climbs_at is None:
            scribe.stopped.append((incident.order, DueKind.INCIDENT, id_))


def _has_gone_over(incident: Incident, members: Sequence[Anomaly], scribe: Scribe) -> bool:
    case = as_a_case(incident, members)
    return case is not None and scribe.world.directory.rules.version_of(case) != case.book_version


def _climbed(incident: Incident, members: Sequence[Anomaly], scribe: Scribe) -> Incident:
    case = as_a_case(incident, members)
    if case is None:
        return incident
    book = scribe.world.directory.rules.of(case)
    coming = next_step(case, book)
    if coming is None or coming.due_at >= scribe.now:
        return incident
    steps = len(book.ladder) + 1 if is_too_old(case, book, scribe.now) else coming.steps
    climbed = replace(incident, priority=case.priority, steps=steps, climbed_at=scribe.now)
    if steps > coming.steps:
        return climbed
    lead = next(one for one in members if one.id == incident.lead)
    return _take(_Climbing(incident=climbed, lead=lead, owner=case.owner, scribe=scribe), coming.step)


def _take(climbing: _Climbing, step: LadderStep) -> Incident:
    match step.do:
        case LadderAction.REMIND_OWNER:
            return _remind(climbing)
        case LadderAction.HAND_OVER:
            return _hand_over(climbing, step)
        case LadderAction.PUSH:
            return _push(climbing, step)


def _remind(climbing: _Climbing) -> Incident:
    """Say it in the group, and give the card to whoever has the cases in person."""
    incident, owner = climbing.incident, climbing.owner
    _tell(climbing, Say.INCIDENT_REMINDER, owner=owner or "")
    if owner is None:
        return incident
    push_card(incident, climbing.lead, owner, PushReason.LADDER, climbing.scribe)
    return replace(incident, reminded_at=climbing.scribe.now)


def _hand_over(climbing: _Climbing, step: LadderStep) -> Incident:
    """The incident moves to somebody else, by name; its card goes to them in person."""
    incident, heir = climbing.incident, _recipient(climbing, step)
    if heir is None or heir in {climbing.owner, incident.owner}:
        return _remind(climbing)
    previous = incident.owner or climbing.owner or ""
    _tell(climbing, Say.INCIDENT_HANDED_OVER, to=heir, previous=previous)
    push_card(incident, climbing.lead, heir, PushReason.HANDED_OVER, climbing.scribe)
    return replace(incident, owner=heir, claimed_at=climbing.scribe.now)


def _push(climbing: _Climbing, step: LadderStep) -> Incident:
    to = _recipient(climbing, step)
    if to is not None:
        push_card(climbing.incident, climbing.lead, to, PushReason.LADDER, climbing.scribe)
        _tell(climbing, Say.INCIDENT_PUSHED, to=to)
    return climbing.incident


def _recipient(climbing: _Climbing, step: LadderStep) -> UserId | None:
    """Whom the step leads to, and not the owner if anybody else is there."""
    team = climbing.scribe.world.team(climbing.lead)
    owner = climbing.incident.owner or climbing.owner
    able = led_to(step, owner, team, climbing.lead.order.shop, climbing.scribe.now)
    return next(iter(able), None)


def _tell(climbing: _Climbing, say: Say, **content: str) -> None:
    incident, scribe = climbing.incident, climbing.scribe
    tell_group(incident, say, scribe, f"{incident.waves}.{incident.steps}", scribe.now, **content)
