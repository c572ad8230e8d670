"""When somebody's place in the company changes: of those who are on the roster, their rights change with it."""

from handlers.messages import StaffChanged
from handlers.ports import Work
from handlers.world import World


async def note(work: Work, world: World, message: StaffChanged) -> None:
    """Write it down. Whoever is not on the roster has no rights to lose."""
    roster = world.directory.roster
    if message.userid in roster.members or message.userid in roster.former:
        await work.staff.mark(message.userid, message.employment)
