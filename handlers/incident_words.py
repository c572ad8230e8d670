"""What do the letters about an incident say? Worded when they leave, from the incident as it is then."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.approved import IncidentCard
from handlers.impacts import impact_of, results_of
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, View, card_of, content_of
from handlers.ports import Work
from handlers.wording import PRIVATE
from handlers.world import World
from replies import incidents
from replies.cards import Card, Face
from replies.impact import Impact
from rules.events import UserId
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentWords:
    """What a letter says of an incident, and the card that it becomes or changes; None for what nobody can tap."""

    said: Face
    card: IncidentCard | None = None


def is_of_incident(letter: Letter) -> bool:
    """Whether it is the card of an incident, or changes one."""
    return "incident" in letter.content and letter.kind in {
        LetterKind.INCIDENT_CARD,
        LetterKind.FACE,
        LetterKind.REFRESH,
    }


async def incident_words(letter: Letter, work: Work, world: World, now: datetime) -> IncidentWords | None:
    """The words of a letter about an incident; None when there is nothing left to say."""
    incident = await work.incidents.find(IncidentId(letter.content["incident"]))
    impact = None if incident is None else await impact_of(work, world, incident, now)
    if impact is None or (letter.kind is LetterKind.INCIDENT_CARD and impact.is_closed):
        return None
    if letter.medium in PRIVATE and len(letter.readers) == 1:
        link = world.links.personal_incident(impact.incident.id, UserId(letter.to), now)
        impact = replace(impact, link=link)
    if letter.medium is Medium.WEBHOOK:
        holders = world.team(impact.lead).agents(impact.lead.order.shop, now)
        return IncidentWords(said=incidents.incident_notice(impact, holders))
    known = await work.incident_cards.find(card_of(letter))
    said = await _said(letter, impact, work, world)
    return IncidentWords(said=said, card=_card(letter, impact, known, said))


async def _said(letter: Letter, impact: Impact, work: Work, world: World) -> Face:
    if letter.content.get("view") == View.REASON_FORM:
        return incidents.incident_reason_form(impact)
    note, approval = letter.content.get("note", ""), letter.content.get("approval")
    results = await results_of(LetterId(approval), work, world) if approval else None
    return incidents.incident_card(impact, note, () if results is None else results.affected)


def _card(letter: Letter, impact: Impact, known: IncidentCard | None, said: Face) -> IncidentCard:
    """What the card shows from now on. Whatever the words of a single case are, a change is a new version."""
    shown = _drafts(impact) if isinstance(said, Card) else None
    if known is None:
        return IncidentCard(
            id=letter.id,
            incident=impact.incident.id,
            medium=letter.medium,
            to=letter.to,
            content=shown or {},
        )
    if letter.kind is LetterKind.REFRESH:
        known = replace(known, response_code=None)
    if shown is None or shown == known.content:
        return known
    return replace(known, content=shown, version=known.version + 1)


def _drafts(impact: Impact) -> dict[str, str]:
    """The words to each customer who is unanswered, as they are shown now."""
    return {
        one.situation.anomaly.id: json.dumps(
            {} if one.words is None else content_of(one.words), ensure_ascii=False, sort_keys=True
        )
        for one in impact.cases
        if one.is_unanswered
    }
