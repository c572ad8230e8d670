"""What does the card of a source say? All of it is in the letter, as it was when the letter was written."""

import json
from collections.abc import Mapping
from datetime import datetime

from handlers.outbox import Letter
from handlers.wording import PRIVATE
from handlers.world import Listing, World
from replies.cards import Card
from replies.feeds import back_card, out_card
from rules.events import Shop, UserId
from rules.instants import from_ms, to_ms
from rules.outages import Outage, Station
from rules.stages import Stage

OUT, BACK = "out", "back"


def content_of_outage(outage: Outage, what: str) -> dict[str, str]:
    """What a letter about an outage carries."""
    times = {"heard_at": outage.heard_at, "noticed_at": outage.noticed_at, "back_at": outage.back_at}
    counts = {
        "expected": outage.expected,
        "waiting": outage.waiting,
        "held": outage.held,
        "healed": outage.healed,
        "raised": outage.raised,
    }
    stages = sorted({station.stage for station, theirs in outage.reach.items() if theirs})
    return {
        "feed": what,
        "outage": outage.id,
        "source": outage.source,
        "stages": json.dumps(stages),
        **{name: str(to_ms(at)) for name, at in times.items() if at is not None},
        **{name: str(count) for name, count in counts.items()},
    }


def feed_words(letter: Letter, world: World, now: datetime) -> Card:
    """The card that a letter about an outage is."""
    zone = world.directory.rules.current.calendar.zone
    draw = out_card if letter.content["feed"] == OUT else back_card
    return draw(_outage(letter.content), _link(letter, world, now), now, zone)


def _outage(content: Mapping[str, str]) -> Outage:
    stages = json.loads(content["stages"])
    return Outage(
        id=content["outage"],
        source=content["source"],
        heard_at=from_ms(int(content["heard_at"])),
        noticed_at=from_ms(int(content["noticed_at"])),
        back_at=from_ms(int(content["back_at"])) if "back_at" in content else None,
        expected=int(content["expected"]),
        waiting=int(content["waiting"]),
        held=int(content["held"]),
        healed=int(content["healed"]),
        raised=int(content["raised"]),
        reach={Station(Shop(""), "", Stage(stage)): True for stage in stages},
    )


def _link(letter: Letter, world: World, now: datetime) -> str:
    """Whoever reads alone gets a link of their own."""
    if letter.medium in PRIVATE and len(letter.readers) == 1:
        return world.links.personal(None, UserId(letter.to), now, Listing.SOURCES)
    return world.links.listing(Listing.SOURCES)
