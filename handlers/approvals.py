"""When somebody approved one thing for all cases of an incident: it is done for each, once, by the rules of a single one.

What was approved stands in the database before anything of it is done, case by case, and each case has a due row
of its own: what fails for one holds up no other, and what a dead process left is done by the next one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from msgspec import structs

from handlers.approved import Approved
from handlers.incident_cards import change_cards
from handlers.known import Results
from handlers.messages import Due, DueKind, LetterId
from handlers.outbox import LetterKind, draft_of
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.trail import REFUSED, Doer, Hindrance
from replies import incidents, names, notices
from replies.actions import UNDER_WAY
from replies.guard import objections
from replies.impact import Affected, Impact
from replies.situation import Situation
from rules.actions import Act, Action, Refused
from rules.anomalies import Anomaly, AnomalyId
from rules.approvals import OPEN, Result, Upshot
from rules.events import UserId
from rules.orders import Order
from rules.reasons import Reason, Verdict
from rules.stages import Priority

ONE_AT_A_TIME = timedelta(milliseconds=20)
"""A customer is written to about one order after the other: whether there is room for a second is known then."""
FIRST_LOOK = timedelta(seconds=2)
"""So long after an approval its results are looked at first; each further look comes after half the time so far."""
TOLD_AFTER = timedelta(minutes=10)
"""What has no result by then is told as such: a message may wait for an employee's hand for hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants for all cases of an incident that permit it."""

    action: Action
    shown: Mapping[AnomalyId, Mapping[str, str]] = field(default_factory=dict[AnomalyId, Mapping[str, str]])
    """Of SEND: the cases whose words were shown, and those words as `outbox.content_of`, empty where there were none."""
    snooze_minutes: int = 0
    verdict: Verdict | None = None


# --- approving -------------------------------------------------------------------


async def approve(wish: Wish, impact: Impact, scribe: Scribe, work: Work) -> list[Approved]:
    """Write down what is to be done, for each case that permits it and is the actor's to act on; it is due at once.

    It is put down with the incident and in the audit trail who approved it; empty when nothing was left to do.
    """
    approved = _approved(wish, impact, scribe)
    if not approved:
        why = {"why": Hindrance.NOTHING_LEFT.value}
        scribe.trail.append(
            scribe.by.did(f"{REFUSED}{wish.action}", impact.incident.id, scribe.now, detail=why)
        )
        return []
    scribe.approved += approved
    scribe.dues += [
        Due(order=one.order, kind=DueKind.APPROVED, ref=one.case, at=scribe.now - ONE_AT_A_TIME)
        for one in approved
    ]
    if wish.action is Action.SEND:
        first, at = approved[0], scribe.now + FIRST_LOOK
        scribe.dues.append(Due(order=first.order, kind=DueKind.RESULTS, ref=first.id, at=at))
    elif wish.action is Action.ESCALATE:
        _call_manager(impact, scribe)
    await _note(wish, impact, len(approved), scribe, work)
    return approved


def _approved(wish: Wish, impact: Impact, scribe: Scribe) -> list[Approved]:
    actor, id_ = UserId(scribe.by.actor), scribe.world.new_id()
    return [
        Approved(
            id=id_,
            case=one.situation.anomaly.id,
            incident=impact.incident.id,
            order=one.situation.order.key,
            action=wish.action,
            actor=actor,
            way=scribe.by.way,
            card=scribe.by.card,
            at=scribe.now,
            content=_content(wish, one.situation.anomaly.id),
        )
        for one in _covered(wish, impact)
        if scribe.world.may_act(actor, one.situation.order.key.shop)
    ]


def _covered(wish: Wish, impact: Impact) -> list[Affected]:
    """The cases that it is for. Of messages all whose words were shown: one that needs none any more is told as such."""
    if wish.action is not Action.SEND:
        return impact.permitting(wish.action)
    shown = [one for one in impact.cases if one.situation.anomaly.id in wish.shown]
    covered = [one for one in shown if one.upshot is not Upshot.WAITING]
    return covered if any(one.is_unanswered for one in covered) else []


async def _note(wish: Wish, impact: Impact, count: int, scribe: Scribe, work: Work) -> None:
    actor, incident = UserId(scribe.by.actor), impact.incident.id
    detail = {"cases": str(count)}
    scribe.trail.append(scribe.by.did(f"{wish.action}.all", incident, scribe.now, detail=detail))
    held = (await work.incidents.hold([incident]))[incident]
    if wish.action is Action.SEND:
        await work.incidents.update(replace(held, approved_by=actor, approved_at=scribe.now))
    elif wish.action is Action.CLAIM and held.owner is None:
        await work.incidents.update(replace(held, owner=actor, claimed_at=scribe.now))


def _call_manager(impact: Impact, scribe: Scribe) -> None:
    """The duty manager gets the incident's card, and not one for each of its cases."""
    incident, lead = impact.incident, impact.lead
    manager = scribe.world.team(lead).duty_manager(incident.order.shop, scribe.now)
    if manager is not None:
        scribe.add(
            lead,
            key=f"{incident.id}:escalated:{manager}",
            kind=LetterKind.INCIDENT_CARD,
            medium=scribe.world.surfaces.to_members,
            to=manager,
            priority=Priority.P1,
            content={"incident": incident.id},
        )


def _content(wish: Wish, case: AnomalyId) -> dict[str, str]:
    if wish.action is Action.SEND:
        return dict(wish.shown[case])
    if wish.action is Action.SNOOZE:
        return {"minutes": str(wish.snooze_minutes)}
    return {"reason": wish.verdict.reason.value, "text": wish.verdict.text or ""} if wish.verdict else {}


def shown_of(content: Mapping[str, str]) -> dict[AnomalyId, Mapping[str, str]]:
    """The drafts that the content of an incident's card stands for."""
    return {AnomalyId(case): json.loads(words) for case, words in content.items()}


# --- doing it ----------------------------------------------------------------------


def carry_out(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """Do what was approved for a case and is not done yet, in the order in which it was approved."""
    present = {case.id: case for case in cases}
    waiting = scribe.known.approved.get(AnomalyId(due.ref), ())
    for one in waiting:
        case = present[one.case]
        if one.action is Action.SEND and not _has_turn(order, scribe):
            scribe.dues.append(structs.replace(due, at=scribe.now + ONE_AT_A_TIME))
            break
        part = Scribe(
            scribe.world,
            scribe.now,
            Doer(actor=one.actor, way=one.way, card=one.card),
            known=scribe.known,
        )
        situation = replace(scribe.known.situations[one.case], anomaly=case, order=order)
        after, done = _send(one, situation, part) if one.action is Action.SEND else _do(one, situation, part)
        part.letters = [letter for letter in part.letters if letter.kind is not LetterKind.CASE_CARD]
        scribe.absorb(part)
        scribe.approved.append(replace(done, done_at=scribe.now))
        present[case.id] = after
    return list(present.values())


def _has_turn(order: Order, scribe: Scribe) -> bool:
    """Whether the order's customer is not being written to about another one in this very transaction."""
    customer = order.customer.external_userid
    if not customer:
        return True
    first = customer not in scribe.known.written_to
    scribe.known.written_to.add(customer)
    return first


def _send(one: Approved, situation: Situation, part: Scribe) -> tuple[Anomaly, Approved]:
    """Exactly the words that were approved, once, while all they claim is true, by the case's own route."""
    case = situation.anomaly
    if not one.content:
        return case, replace(one, result=Result.BLOCKED)
    against = objections(draft_of(one.content).claims, situation)
    if against:
        part.note_refused(case, Action.SEND, Hindrance.STALE_DRAFT)
        return case, replace(one, result=Result.STALE, why=against[0].news)
    if not situation.route.by_bot:
        part.note_refused(case, Action.SEND, Hindrance.BY_HAND)
        return case, replace(one, result=Result.BY_HAND, why=names.BECAUSE[situation.route.because])
    act = Act(
        action=Action.SEND,
        actor=one.actor,
        at=part.now,
        last_round_final=situation.last_round not in UNDER_WAY,
    )
    after = part.attempt(case, act, situation.order)
    if isinstance(after, Refused):
        return case, _refused(one, after, situation)
    part.send_to_customer(after, {**one.content, "approval": one.id}, situation.route)
    return after, replace(one, result=Result.DONE)


def _do(one: Approved, situation: Situation, part: Scribe) -> tuple[Anomaly, Approved]:
    reason = one.content.get("reason")
    act = Act(
        action=one.action,
        actor=one.actor,
        at=part.now,
        snooze=timedelta(minutes=int(one.content.get("minutes", "0"))),
        verdict=Verdict(reason=Reason(reason), text=one.content["text"] or None) if reason else None,
    )
    after = part.attempt(situation.anomaly, act, situation.order)
    if isinstance(after, Refused):
        return situation.anomaly, _refused(one, after, situation)
    return after, replace(one, result=Result.DONE)


def _refused(one: Approved, refused: Refused, situation: Situation) -> Approved:
    why = notices.first(refused, situation)
    return replace(one, result=Result.REFUSED, why=why, first_by=refused.by, first_at=refused.at)


# --- telling what came of it ---------------------------------------------------------


def tell_results(due: Due, order: Order, cases: Sequence[Anomaly], scribe: Scribe) -> list[Anomaly]:
    """One line for the agents once each case has a result; or when it takes too long, with what has none.

    The cards of those who did not approve it show it as well.
    """
    del order
    found = scribe.known.results.get(LetterId(due.ref))
    if found is None or found.approved[0].told_at is not None:
        return list(cases)
    age = scribe.now - found.approved[0].at
    is_open = any(one.upshot in OPEN for one in found.affected)
    if is_open and age < TOLD_AFTER:
        later = min(max(age / 2, FIRST_LOOK), TOLD_AFTER)
        scribe.dues.append(structs.replace(due, at=scribe.now + later))
        return list(cases)
    _tell(found, scribe)
    incident, tapped = found.impact.incident.id, found.approved[0].card
    others = [one for one in scribe.known.incident_cards if one.incident == incident and one.id != tapped]
    change_cards(others, scribe, scribe.now)
    scribe.approved += [replace(one, told_at=scribe.now) for one in found.approved]
    return list(cases)


def _tell(found: Results, scribe: Scribe) -> None:
    """Into the group that the incident's card is in; where there is none, to whoever approved."""
    first = found.approved[0]
    text = incidents.results_line(found.impact, found.affected)
    if not scribe.remind_group(found.impact.incident.group, f"results:{first.id}", text):
        scribe.tell_member(first.actor, f"results:{first.id}", text=text)
