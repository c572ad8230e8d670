"""What do the letters about an incident say? Worded when they leave, from the incident as it is then."""

from handlers.outbox import Letter
from handlers.ports import Work
from handlers.wording import Words
from handlers.world import Listing, World
from replies.incidents import incident_card
from rules.storms import IncidentId


async def incident_words(letter: Letter, work: Work, world: World) -> Words | None:
    """The card of the incident that a letter's content names; None when it is over."""
    incident = await work.incidents.find(IncidentId(letter.content["incident"]))
    if incident is None or incident.closed_at is not None:
        return None
    cases = await work.incidents.cases(incident.id)
    return Words(said=incident_card(incident, cases, world.links.listing(Listing.OPEN)))
