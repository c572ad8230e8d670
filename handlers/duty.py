"""When somebody changes duty: a swap, a cover or a leave, made or taken back, by a command or on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.trail import REFUSED, Hindrance
from replies import duty as words
from rules.changes import Flaw, flaw_of, may_change, may_undo
from rules.duty import Change
from rules.events import UserId
from rules.instants import instant
from rules.roster import Member, Roster

CHANGED, UNDONE = "duty.changed", "duty.undone"


class Barrier(StrEnum):
    """Why nothing was done, where the change itself is not to blame."""

    UNKNOWN = "unknown"
    """There is no change of that number."""
    FORBIDDEN = "forbidden"
    """It is not theirs to change."""
    OVER = "over"
    """It is over, or was taken back already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Nothing was done; `change` is the one that it was about, where there is one."""

    why: Barrier
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that was written down."""

    change: Change
    roster: Roster
    """As it is from now on."""
    told: Sequence[UserId]
    """Who hears of it in person."""


async def make(work: Work, scribe: Scribe, wanted: Change, by: Member) -> Made | Flaw | Barred:
    """Write a change down and tell those concerned; or say what stands in the way."""
    roster = await present(work, scribe)
    if wanted.userid in roster.members and not may_change(by, wanted, roster):
        _refuse(scribe, wanted)
        return Barred(why=Barrier.FORBIDDEN, change=wanted)
    flaw = flaw_of(wanted, roster, scribe.now)
    if flaw is not None:
        return flaw
    change = await work.duty.add(replace(wanted, made_by=by.userid, made_at=instant(scribe.now)))
    told = [userid for userid in change.people if userid != by.userid]
    for reader in told:
        text = words.told(change, reader, by.userid, roster)
        scribe.tell_member(reader, f"duty:{change.number}:{reader}", text=text)
    _put_down(scribe, CHANGED, change)
    return Made(change=change, roster=replace(roster, changes=(*roster.changes, change)), told=told)


async def undo(work: Work, scribe: Scribe, number: int, by: Member) -> Change | Barred:
    """Take a change back and tell those concerned; or say why not."""
    roster = await present(work, scribe)
    change = await work.duty.find(number)
    if change is None:
        return Barred(why=Barrier.UNKNOWN, change=None)
    if not may_undo(by, change, roster):
        _refuse(scribe, change)
        return Barred(why=Barrier.FORBIDDEN, change=change)
    if change.revoked_at is not None or change.end <= scribe.now:
        return Barred(why=Barrier.OVER, change=change)
    gone = replace(change, revoked_by=by.userid, revoked_at=instant(scribe.now))
    await work.duty.revoke(gone)
    concerned = dict.fromkeys((*change.people, UserId(change.made_by)))
    for reader in (one for one in concerned if one != by.userid and one in roster.members):
        text = words.told_undone(change, by.userid, roster)
        scribe.tell_member(reader, f"duty:{change.number}:undone:{reader}", text=text)
    _put_down(scribe, UNDONE, change)
    return gone


async def present(work: Work, scribe: Scribe) -> Roster:
    """The roster with what is changed as of this transaction."""
    roster = scribe.world.directory.roster
    of_file = (change for change in roster.changes if change.number is None)
    return replace(roster, changes=(*of_file, *await work.duty.in_force(scribe.now)))


def _put_down(scribe: Scribe, deed: str, change: Change) -> None:
    detail = {
        "number": str(change.number),
        "kind": change.kind.value,
        "with": change.substitute or "",
        "from": change.start.isoformat(),
        "to": change.end.isoformat(),
    }
    scribe.trail.append(scribe.by.did(deed, change.userid, scribe.now, detail=detail))


def _refuse(scribe: Scribe, change: Change) -> None:
    why = {"why": Hindrance.NO_RIGHT.value}
    scribe.trail.append(scribe.by.did(f"{REFUSED}duty", change.userid, scribe.now, detail=why))
