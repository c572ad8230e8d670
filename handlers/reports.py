"""How does the report of a week get to people? Written down once, with all its letters, in one transaction."""

from collections.abc import Iterator
from enum import StrEnum

from handlers.addressing import place_of
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.reportbook import Made
from handlers.scribe import Scribe
from handlers.world import World
from replies.reports import line
from rules.rights import Role
from rules.roster import DEFAULT_GROUP


class Audience(StrEnum):
    """Who gets the report of a week."""

    BOTH = "both"
    """The default group, and the managers who serve every shop."""
    GROUP = "group"
    """The default group alone."""
    MANAGERS = "managers"
    """Those managers alone."""
    NOBODY = "nobody"
    """It stands on the board."""


async def tell(work: Work, world: World, made: Made, audience: Audience) -> bool:
    """Write the report and its letters; False where somebody has done so already.

    Each gets the picture first, and then a line with the most of it and the way to the page: whoever cannot be given
    the picture has the line.
    """
    if not await work.reports.add(made):
        return False
    scribe, report = Scribe(world, world.now()), made.report
    link = world.links.report_page(report.week)
    text = line(report, world.directory.roster.zone, link)
    for medium, to in _addressed(world, audience):
        key = f"report:{report.week}:{to}"
        if made.picture is not None:
            content = {"report": report.week}
            scribe.add(
                None, key=f"{key}:picture", kind=LetterKind.PICTURE, medium=medium, to=to, content=content
            )
        scribe.add(
            None, key=f"{key}:line", kind=LetterKind.LINE, medium=medium, to=to, content={"text": text}
        )
    await scribe.flush(work)
    return True


def _addressed(world: World, audience: Audience) -> Iterator[tuple[Medium, str]]:
    if audience in {Audience.BOTH, Audience.GROUP}:
        place = place_of(world, DEFAULT_GROUP)
        if place is not None:
            yield place
    if audience in {Audience.BOTH, Audience.MANAGERS}:
        members = world.directory.roster.members.values()
        managers = [one.userid for one in members if Role.MANAGER in one.roles and one.serves_all]
        for to in world.surfaces.addressed(managers):
            yield world.surfaces.to_members, to
