"""Two people have changed the same rules: what becomes of both? What only one of them changed is as they left it."""

from collections.abc import Mapping
from typing import Any, cast

from rules.bookplain import Plain, title

_GONE = object()


def merged(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[Plain, list[str]]:
    """A book with both changes; and where both changed the same: there, mine stands. Each book as `sparse` gives it."""
    both: list[str] = []
    tree = cast(Plain, _merge((), _by_name(base), _by_name(mine), _by_name(theirs), both))
    listed = {key: list(tree.pop(key, {}).values()) for key in ("lanes", "replies")}
    return {**tree, **{key: parts for key, parts in listed.items() if parts}}, both


def _by_name(tree: Mapping[str, Any]) -> Plain:
    """Lanes and replies are told apart by their names, not by their places."""
    lanes = {str(lane.get("name", number)): lane for number, lane in enumerate(tree.get("lanes", []))}
    return {**tree, "lanes": lanes, "replies": {title(reply): reply for reply in tree.get("replies", [])}}


def _merge(at: tuple[str, ...], base: Any, mine: Any, theirs: Any, both: list[str]) -> object:
    if theirs in (mine, base):
        return cast(object, mine)
    if mine == base:
        return cast(object, theirs)
    if not (isinstance(mine, dict) and isinstance(theirs, dict)):
        both.append(".".join(at))
        return cast(object, mine)
    old = cast(Plain, base) if isinstance(base, dict) else Plain()
    ours, other = cast(Plain, mine), cast(Plain, theirs)
    after: Plain = {}
    for key in dict.fromkeys([*other, *ours]):
        was, ours_now, now = (tree.get(key, _GONE) for tree in (old, ours, other))
        one = _merge((*at, key), was, ours_now, now, both)
        if one is not _GONE:
            after[key] = one
    return after
