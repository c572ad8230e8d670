"""Can duty be changed so? If not, what stands in the way?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.dates import A_DAY
from rules.duty import AHEAD, DUTIES, Change, ChangeKind, Plan, Shift
from rules.events import Shop, UserId
from rules.rights import Right, Role
from rules.roster import ANY, Member, Roster


class FlawKind(StrEnum):
    """What can stand in the way of a change."""

    UNKNOWN = "unknown"
    """Somebody is not on the roster."""
    ONESELF = "oneself"
    """Nobody stands in for themselves."""
    EMPTY = "empty"
    """It ends before it begins."""
    PAST = "past"
    """It is over already."""
    FAR = "far"
    """It ends more than `AHEAD` from now."""
    ROLE = "role"
    """The substitute has not got a role of the duty."""
    SHOP = "shop"
    """The substitute does not serve a shop of the duty."""
    NIGHT = "night"
    """Whole days, at whose midnight somebody is on shift: only half of that shift would change hands."""
    NOTHING = "nothing"
    """There is no duty in that time that could be given away."""
    MEETS = "meets"
    """One of the two has changed their duty of that time already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What stands in the way, and of what it is."""

    kind: FlawKind
    userid: UserId
    """Who it is about."""
    role: Role | None = None
    """Of ROLE."""
    shop: str | None = None
    """Of SHOP; `"*"` for all of them."""
    shift: tuple[datetime, datetime] | None = None
    """Of NIGHT: the shift, by the clock on the wall."""
    other: Change | None = None
    """Of MEETS."""


def flaw_of(change: Change, roster: Roster, now: datetime | None) -> Flaw | None:
    """The first thing that stands in the way of a change, or None. Without `now`, it may be at any time."""
    return next(_flaws(change, roster, now), None)


def _flaws(change: Change, roster: Roster, now: datetime | None) -> Iterator[Flaw]:
    yield from (
        Flaw(kind=FlawKind.UNKNOWN, userid=userid) for userid in change.people if userid not in roster.members
    )
    if change.substitute == change.userid:
        yield Flaw(kind=FlawKind.ONESELF, userid=change.userid)
    if change.end <= change.start:
        yield Flaw(kind=FlawKind.EMPTY, userid=change.userid)
    if now is not None and change.end <= now:
        yield Flaw(kind=FlawKind.PAST, userid=change.userid)
    if now is not None and change.end > now + AHEAD:
        yield Flaw(kind=FlawKind.FAR, userid=change.userid)
    yield from _of_people(change, roster)
    if change.kind is ChangeKind.SWAP:
        yield from _of_the_duty(change, roster.plan)
    yield from (
        Flaw(kind=FlawKind.MEETS, userid=_shared(change, other), other=other)
        for other in roster.changes
        if change.meets(other)
    )


def _of_people(change: Change, roster: Roster) -> Iterator[Flaw]:
    giver, heir = roster.members[change.userid], roster.members[change.substitute or change.userid]
    if change.kind is ChangeKind.COVER and not giver.roles.intersection(DUTIES):
        yield Flaw(kind=FlawKind.ROLE, userid=giver.userid)
    yield from (
        Flaw(kind=FlawKind.ROLE, userid=heir.userid, role=role)
        for role in DUTIES
        if role in giver.roles and role not in heir.roles
    )
    shop = _unserved(giver, heir)
    if shop is not None:
        yield Flaw(kind=FlawKind.SHOP, userid=heir.userid, shop=shop)


def _unserved(giver: Member, heir: Member) -> str | None:
    """A shop of the one that the other does not serve."""
    if giver.serves_all:
        return None if heir.serves_all else ANY
    return next((shop for shop in sorted(giver.shops) if not heir.serves(Shop(shop))), None)


def _of_the_duty(change: Change, plan: Plan) -> Iterator[Flaw]:
    """What of the giver's duty cannot be given so."""
    own = [shift for shift in plan.shifts if shift.userid == change.userid]
    start, end = (at.astimezone(plan.zone).replace(tzinfo=None) for at in (change.start, change.end))
    if start.time() == end.time() == datetime.min.time():
        yield from (
            Flaw(kind=FlawKind.NIGHT, userid=change.userid, shift=cut) for cut in _cut(own, (start, end))
        )
    begins = (begin for begin, _ in plan.stretches(change.start, change.end))
    if not any(change.userid in plan.planned(begin) for begin in begins):
        yield Flaw(kind=FlawKind.NOTHING, userid=change.userid)


def _cut(shifts: list[Shift], midnights: tuple[datetime, datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The shifts that last from before a midnight until after it."""
    for midnight in midnights:
        for bounds in filter(None, (shift.on(midnight.date() - A_DAY) for shift in shifts)):
            if bounds[0] < midnight < bounds[1]:
                yield bounds


def _shared(change: Change, other: Change) -> UserId:
    return next(userid for userid in change.people if userid in other.people)


def may_change(member: Member, change: Change, roster: Roster) -> bool:
    """Whether somebody may make such a change: of their own duty, or with the right and all its people's shops."""
    if change.userid == member.userid:
        return True
    return member.may(Right.ROSTER) and _serves_as_much(member, change, roster)


def may_undo(member: Member, change: Change, roster: Roster) -> bool:
    """Whether somebody may take it back: who made it, those it is about, and whoever might have made it."""
    concerned = member.userid in {change.made_by, *change.people}
    return concerned or may_change(member, change, roster)


def _serves_as_much(member: Member, change: Change, roster: Roster) -> bool:
    people = (roster.members.get(userid) for userid in change.people)
    return all(_unserved(one, member) is None for one in people if one is not None)
