"""When somebody's place in the company changes, or nobody can say who they are: their rights go by it."""

from datetime import timedelta

from handlers.messages import StaffChanged, Surface, Unrecognised
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.world import World
from replies import notices

LINE_LIFE = timedelta(minutes=10)


async def note(work: Work, world: World, message: StaffChanged) -> None:
    """Write it down. Whoever is not on the roster has no rights to lose."""
    roster = world.directory.roster
    if message.userid in roster.members or message.userid in roster.former:
        await work.staff.mark(message.userid, message.employment)


def answer_unrecognised(scribe: Scribe, message: Unrecognised) -> None:
    """Say where it was done that it had no effect."""
    sender = message.sender
    scribe.add(
        None,
        key=f"unrecognised:{scribe.world.new_id()}",
        kind=LetterKind.LINE,
        medium=Medium.GROUP if sender.surface is Surface.GROUP else Medium.SINGLE,
        to=sender.chat,
        expires_at=scribe.now + LINE_LIFE,
        content={"text": notices.unrecognised()},
    )
