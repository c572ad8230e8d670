"""How is all that is known of an incident gathered, for its card, its page and what is approved for it?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.approved import Approved
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind
from handlers.ports import Work
from handlers.situations import Dossier, dossiers_of
from handlers.world import World
from replies.drafts import Blocked, Draft, draft
from replies.impact import Affected, Impact, by_value
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.approvals import Upshot, upshot_of
from rules.events import Shop
from rules.incidents import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What came of one approval, case by case."""

    impact: Impact
    approved: Sequence[Approved]
    """One at least."""
    affected: Sequence[Affected]
    """The cases that it was for, as they stand: those of most value first."""


async def impact_of(
    work: Work, world: World, incident: Incident, now: datetime, shops: Collection[Shop] | None = None
) -> Impact | None:
    """The incident as it stands, as far as these shops go (None: all); None when no case of it is theirs."""
    return (await _gathered(work, world, incident, now, shops))[0]


async def results_of(approval: LetterId, work: Work, world: World) -> Results | None:
    """What came of an approval by now; None when there was none."""
    approved = await work.approvals.of(approval)
    incident = await work.incidents.find(approved[0].incident) if approved else None
    if incident is None:
        return None
    impact, dossiers = await _gathered(work, world, incident, world.now(), None)
    if impact is None:
        return None
    of_case = {one.case: one for one in approved}
    words = {one.situation.anomaly.id: one.draft for one in impact.cases}
    affected = [
        _affected(dossier, words[case], of_case[case])
        for case, dossier in dossiers.items()
        if case in of_case
    ]
    return Results(impact=impact, approved=approved, affected=sorted(affected, key=by_value))


async def _gathered(
    work: Work, world: World, incident: Incident, now: datetime, shops: Collection[Shop] | None
) -> tuple[Impact | None, Mapping[AnomalyId, Dossier]]:
    cases = await work.incidents.cases(incident.id)
    ours = [case.id for case in cases if shops is None or case.order.shop in shops]
    dossiers = await dossiers_of(work, world, ours, now)
    approved = await work.approvals.of_cases(dossiers)
    affected = [
        _affected(dossier, draft(dossier.situation, world.templates), _message_approved(approved[case]))
        for case, dossier in dossiers.items()
    ]
    if not affected:
        return None, dossiers
    link = world.links.incident_page(incident.id)
    cases_shown = tuple(sorted(affected, key=by_value))
    return Impact(incident=incident, cases=cases_shown, now=now, link=link), dossiers


def _message_approved(approved: Sequence[Approved]) -> Approved | None:
    """The message that was approved last for a case."""
    return next((one for one in reversed(approved) if one.action is Action.SEND), None)


def _affected(dossier: Dossier, words: Draft | Blocked, approved: Approved | None) -> Affected:
    """A case, and what came of what was approved for it."""
    if approved is None:
        return Affected(situation=dossier.situation, draft=words)
    message = _message_of(approved.id, dossier.letters)
    upshot = upshot_of(approved.action, approved.result, None if message is None else message.state)
    why = approved.why or (message.note if message is not None and upshot is Upshot.FAILED else "")
    return Affected(situation=dossier.situation, draft=words, upshot=upshot, why=why)


def _message_of(approval: LetterId, letters: Sequence[Letter]) -> Letter | None:
    """The message to the customer that an approval has ordered."""
    messages = (letter for letter in letters if letter.kind is LetterKind.CUSTOMER)
    return next((letter for letter in messages if letter.content.get("approval") == approval), None)
