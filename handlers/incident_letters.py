"""How are people told of an incident? Letters that name it, and are worded when they leave."""

from datetime import datetime

from handlers.addressing import place_of, readers_of
from handlers.outbox import LetterKind, Say
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.book import AutomaticAction
from rules.consequences import PushReason, when_awake
from rules.events import UserId
from rules.incidents import Incident
from rules.stages import Priority


def post_card(incident: Incident, lead: Anomaly, scribe: Scribe) -> None:
    """Its card, to whoever gets those of its cases. It stands for many, and so it comes before others."""
    for medium, reader in readers_of(scribe.world, lead, incident.group, scribe.now):
        scribe.add(
            lead,
            key=f"{incident.id}:card:{reader}",
            kind=LetterKind.INCIDENT_CARD,
            medium=medium,
            to=reader,
            due_at=_awake(incident, scribe, scribe.now),
            priority=Priority.P1,
            content={"incident": incident.id},
        )


def push_card(incident: Incident, lead: Anomaly, to: UserId, why: PushReason, scribe: Scribe) -> None:
    """The card to somebody in person, once for each step that calls for it."""
    action = AutomaticAction.PUSH_DUTY_MANAGER
    scribe.add(
        lead,
        key=f"{incident.id}:push:{why}:{incident.waves}.{incident.steps}:{to}",
        kind=LetterKind.INCIDENT_CARD,
        medium=scribe.world.surfaces.to_members,
        to=to,
        priority=Priority.P1,
        content={"incident": incident.id, "action": action.value, "why": why.value},
    )


def tell_group(incident: Incident, say: Say, scribe: Scribe, key: str, at: datetime, **content: str) -> None:
    """A line for its agents, not before `at`, once for its key."""
    place = place_of(scribe.world, incident.group)
    if place is not None:
        medium, to = place
        scribe.add(
            None,
            key=f"{incident.id}:{say}:{key}:{to}",
            kind=LetterKind.LINE,
            medium=medium,
            to=to,
            due_at=_awake(incident, scribe, at),
            priority=incident.priority,
            content={"incident": incident.id, "say": say.value, **content},
        )


def _awake(incident: Incident, scribe: Scribe, at: datetime) -> datetime:
    return when_awake(incident.priority, scribe.world.directory.rules.current, at)
