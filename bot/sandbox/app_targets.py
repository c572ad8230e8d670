"""Whom does a message of the app reach? wecom.md §4.1 and §4.2 (90236)."""

from dataclasses import dataclass

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node
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


def targets(request: Node, world: World, fault: Fault | None) -> Targets:
    """Read touser, toparty and totag. Raises Refused; 81013 when nobody at all is valid."""
    users = _ids(request, "touser", 1000, Errcode.BAD_PARAMETER)
    parties = _ids(request, "toparty", 100, Errcode.TOO_MANY_PARTIES)
    tags = _ids(request, "totag", 100, Errcode.TOO_MANY_TAGS)
    if not (users or parties or tags):
        raise Refused(Errcode.NO_TARGET, "touser, toparty and totag are all empty")
    if users == ["@all"]:
        found = Targets(members=world.members())
    else:
        # This corp has no departments and no tags, so none of them is valid.
        found = _sorted_out(users, world, fault, parties=tuple(parties), tags=tuple(tags))
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
    return world.member(userid)


def _ids(request: Node, name: str, most: int, errcode: int) -> list[str]:
    ids = [part for part in request.optional_text(name).split("|") if part]
    if len(ids) > most:
        request.refuse(name, errcode, f"names more than {most}")
    return ids
