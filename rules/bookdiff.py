"""What differs between two rule books? Place by place, each with what held and what holds now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rules.bookfile import RuleBookFile
from rules.bookplain import title, whole

Place = tuple[str, ...]
"""The way to a value: keys, the names of lanes, the titles of replies, the numbers of the ladder's steps from 1 on."""
LEAVES = frozenset({"match"})
"""What is one thing, however many parts it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What holds at a place, before and after. None: there was, or is, nothing of the kind."""

    at: Place
    before: Any
    after: Any


def differences(before: RuleBookFile, after: RuleBookFile) -> list[Change]:
    """What differs, in the order of the file. Of a lane that is new or gone, all of it is one difference."""
    old, new = whole(before), whole(after)
    changes = [*_between((), old, new)]
    for key, named in (("lanes", _name), ("replies", title)):
        names, later = ([named(one) for one in tree[key]] for tree in (old, new))
        if [name for name in names if name in later] != [name for name in later if name in names]:
            changes.append(Change(at=(key,), before=names, after=later))
    return changes


def _name(lane: Mapping[str, Any]) -> str:
    return str(lane["name"])


def _between(at: Place, before: Any, after: Any) -> Iterator[Change]:
    old, new = _inner(at, before), _inner(at, after)
    if old is None or new is None:
        if before != after:
            yield Change(at=at, before=before, after=after)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _between((*at, key), old.get(key), new.get(key))


def _inner(at: Place, value: Any) -> Mapping[str, Any] | None:
    """What lies below a place, by name; None for what is compared as a whole."""
    if isinstance(value, dict) and (not at or at[-1] not in LEAVES):
        return cast(Mapping[str, Any], value)
    if at == ("lanes",):
        return {lane["name"]: lane for lane in cast(Sequence[Mapping[str, Any]], value)}
    if at == ("replies",):
        return {title(reply): reply for reply in cast(Sequence[Mapping[str, Any]], value)}
    if at == ("ladder",):
        return {str(number): step for number, step in enumerate(cast(Sequence[Any], value), start=1)}
    return None
