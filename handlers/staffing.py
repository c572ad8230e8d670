"""When somebody's place in the company changes, or nobody can say who they are: their rights go by it."""

from datetime import datetime, timedelta

from handlers.messages import StaffChanged, Surface, Unrecognised
from handlers.outbox import LetterKind, Medium
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.trail import NOBODY, AuditEntry
from replies import notices
from rules.events import UserId
from rules.staff import Employment

LINE_LIFE = timedelta(minutes=10)


async def note(work: Work, scribe: Scribe, message: StaffChanged) -> None:
    """Write it down. Whoever is not on the roster has no rights to lose."""
    roster = scribe.world.directory.roster
    known = message.userid in roster.members or message.userid in roster.former
    if known and await work.staff.mark(message.userid, message.employment):
        scribe.trail.append(of_employment(message.userid, message.employment, scribe.now))


def of_employment(userid: UserId, now_is: Employment, at: datetime) -> AuditEntry:
    """Somebody's rights have come or gone with their place in the company."""
    return NOBODY.did("staff.changed", userid, at, detail={"employment": now_is.value})


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
