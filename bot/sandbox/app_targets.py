"""Whom does a message of the app reach? wecom.md §4.1 and §4.2 (90236)."""

from dataclasses import dataclass

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.staff import Staff
from bot.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    members: tuple[str, ...]
    """Userids as they are spelled, each once."""
    invalid_users: tuple[str, ...] = ()
    invalid_parties: tuple[str, ...] = ()
    invalid_tags: tuple[str, ...] = ()
    unlicensed: tuple[str, ...] = ()

    def lists(self) -> dict[str, object]:
        """The answer's lists of those who get nothing: userids lower-cased, joined by |, absent when empty."""
        lists = {
            "invaliduser": "|".join(userid.lower() for userid in self.invalid_users),
            "invalidparty": "|".join(self.invalid_parties),
            "invalidtag": "|".join(self.invalid_tags),
            "unlicenseduser": "|".join(userid.lower() for userid in self.unlicensed),
        }
        return {name: joined for name, joined in lists.items() if joined}


def targets(request: Node, world: World, staff: Staff, fault: Fault | None) -> Targets:
    """Read touser, toparty and totag. Raises Refused; 81013 when nobody at all is valid."""
    users = _ids(request, "touser", 1000, Errcode.BAD_PARAMETER)
    parties = _ids(request, "toparty", 100, Errcode.TOO_MANY_PARTIES)
    tags = _ids(request, "totag", 100, Errcode.TOO_MANY_TAGS)
    if not (users or parties or tags):
        raise Refused(Errcode.NO_TARGET, "touser, toparty and totag are all empty")
    if users == ["@all"]:
        found = Targets(members=tuple(one for one in world.members() if world.sees(one)))
    else:
        within, no_parties = _of_parties(parties, staff)
        tagged, no_tags = _of_tags(tags, staff)
        users = [*users, *(one for one in (*within, *tagged) if world.member(one) and world.sees(one))]
        found = _sorted_out(users, world, fault, parties=no_parties, tags=no_tags)
    if not found.members:
        raise Refused(Errcode.NOBODY_VALID, "all recipients are invalid")
    return found


def _sorted_out(
    users: list[str],
    world: World,
    fault: Fault | None,
    *,
    parties: tuple[str, ...],
    tags: tuple[str, ...],
) -> Targets:
    named = {userid: _member(userid, world, fault) for userid in users}
    known = dict.fromkeys(member for member in named.values() if member)
    unlicensed = world.config.unlicensed
    return Targets(
        members=tuple(member for member in known if member not in unlicensed),
        invalid_users=tuple(userid for userid, member in named.items() if member is None),
        invalid_parties=parties,
        invalid_tags=tags,
        unlicensed=tuple(member for member in known if member in unlicensed),
    )


def _member(userid: str, world: World, fault: Fault | None) -> str | None:
    if fault and fault.kind is FaultKind.INVALIDUSER and (not fault.userids or userid in fault.userids):
        return None
    member = world.member(userid)
    return member if member and world.sees(member) else None


def _of_parties(parties: list[str], staff: Staff) -> tuple[list[str], tuple[str, ...]]:
    """The members of the departments and of those below, and the ids that are none."""
    known = {str(department): department for department in staff.departments}
    members = [one.userid for party in parties if party in known for one in staff.within(known[party])]
    return members, tuple(party for party in parties if party not in known)


def _of_tags(tags: list[str], staff: Staff) -> tuple[list[str], tuple[str, ...]]:
    known = {str(tag): sorted(userids) for tag, (_, userids) in staff.tags.items()}
    members = [userid for tag in tags for userid in known.get(tag, ())]
    return members, tuple(tag for tag in tags if tag not in known)


def _ids(request: Node, name: str, most: int, errcode: int) -> list[str]:
    ids = [part for part in request.optional_text(name).split("|") if part]
    if len(ids) > most:
        request.refuse(name, errcode, f"names more than {most}")
    return ids
