"""When somebody approves something for all of an incident on its page: the same deeds as by a tap on its card."""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.approvals import Wish, approve
from handlers.approved import Approved
from handlers.impacts import impact_of
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.trail import Doer, Way
from handlers.world import World
from replies import incidents
from replies.impact import Impact
from rules.events import Shop, UserId
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of an incident shows, as far as the reader's shops go."""

    impact: Impact
    approved: tuple[Approved, ...]
    """All that was approved for its cases, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeed:
    """What somebody wants for the cases of an incident that are theirs to act on."""

    incident: IncidentId
    actor: UserId
    shops: Collection[Shop] | None
    """Those of which the actor sees anything; None for all."""
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """For how many cases it was approved, and how the agents' group reads that."""

    cases: int
    text: str


async def sheet_of(
    work: Work, world: World, incident_id: IncidentId, shops: Collection[Shop] | None
) -> Sheet | None:
    """The incident as it stands, as far as these shops go (None: all); None when there is none for them."""
    incident = await work.incidents.find(incident_id)
    impact = None if incident is None else await impact_of(work, world, incident, world.now(), shops)
    if impact is None:
        return None
    found = await work.approvals.of_cases([one.situation.anomaly.id for one in impact.cases])
    approved = sorted((one for some in found.values() for one in some), key=lambda one: (one.at, one.id))
    return Sheet(impact=impact, approved=tuple(approved))


async def perform(work: Work, world: World, deed: IncidentDeed) -> Done | None:
    """Approve it; the agents' group hears of it. None when there is no such incident for the actor."""
    scribe = Scribe(world, world.now(), Doer(actor=deed.actor, way=Way.PAGE))
    sheet = await sheet_of(work, world, deed.incident, deed.shops)
    if sheet is None:
        return None
    impact = sheet.impact
    approved = await approve(deed.wish, impact, scribe, work)
    note = incidents.nothing_left(impact, deed.wish.action)
    if approved:
        note = incidents.approved_note(impact, deed.wish.action, deed.actor, len(approved), deed.wish.verdict)
        line = incidents.approved_line(impact, note)
        scribe.remind_group(impact.incident.group, f"approved:{approved[0].id}", line)
    await scribe.flush(work)
    return Done(cases=len(approved), text=incidents.approved_line(impact, note))
