"""What does the form of a reply say, and in which of its fields is what is wrong with its text?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from bot.web.board.typedvalues import duration, split
from replies.facts import FACTS
from replies.frontmatter import Parts, composed, parts_of, place_of
from replies.wordlint import Snag
from rules.bookplain import Plain
from rules.promises import Slot

ALWAYS = "order_no"
"""Every reply says it."""
CHOSEN = tuple(name for name in FACTS if name not in {ALWAYS, *Slot})
"""The facts of which a form says how the words rest on them."""
USES = ("facts", "claims", "spare")
"""How: they must be known; they are said where they are; they are the first to be left out."""
FIELDS: Mapping[str, str] = {
    Snag.TOO_SOON: "reply.promises",
    Snag.NOTHING_DOES: "reply.uses",
    Snag.NEVER_SAID: "reply.uses",
}
"""The fields that have to do with what can never come true."""
_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_SLOT = re.compile(rf"({'|'.join(Slot)})\b")
_SAID_OF = {"title": "reply.title", "promises": "reply.promises"}


def read_reply(said: Mapping[str, Any], before: Mapping[str, Any]) -> Plain:
    """A reply by its form; what the form does not show stays as it was."""
    shops, lanes = said.get("shops"), said.get("lanes")
    shown: Plain = {
        "name": before.get("name", ""),
        "shops": split(shops) if isinstance(shops, str) else before.get("shops", []),
        "lanes": lanes if isinstance(lanes, list) else before.get("lanes", []),
        "text": _text(said, str(before.get("text", ""))),
    }
    return {key: one for key, one in {**before, **shown}.items() if one != []}


def _text(said: Mapping[str, Any], before: str) -> str:
    """All of the text as it was typed, or put together from its parts."""
    whole, body = said.get("text"), said.get("body")
    if isinstance(whole, str):
        return "\n".join(whole.splitlines()) + "\n"
    if not isinstance(body, str):
        return before
    known = parts_of(before) or Parts()
    promises = _promises(said.get("promises"), known.promises)
    uses = cast(Plain, said["uses"]) if isinstance(said.get("uses"), dict) else Plain()
    lists = {use: _listed(use, uses, getattr(known, use), promises) for use in USES}
    title = said.get("title")
    return composed(
        replace(known, title=title if isinstance(title, str) else "", promises=promises, body=body, **lists)
    )


def _promises(said: Any, known: Mapping[str, str]) -> dict[str, str]:
    """The times that were filled in, in the order in which they stood there."""
    typed = cast(Plain, said) if isinstance(said, dict) else Plain()
    order = dict.fromkeys([*known, *map(str, Slot)])
    return {slot: duration(typed[slot]) for slot in order if isinstance(typed.get(slot), str) and typed[slot]}


def _listed(use: str, uses: Plain, known: Sequence[str], promises: Mapping[str, str]) -> tuple[str, ...]:
    """The facts that are used so: those that were stay in their order, since the last of `spare` goes first."""
    wanted = [name for name in CHOSEN if uses.get(name) == use]
    if use == "facts":
        wanted = [ALWAYS, *wanted, *promises]
    return tuple(dict.fromkeys([*(name for name in known if name in wanted), *wanted]))


def shown_in_parts(text: str) -> Parts | None:
    """The text as the form shows it; None for one that the form would lose something of."""
    parts = parts_of(text)
    if parts is None or not {*parts.facts, *parts.claims, *parts.spare} <= FACTS.keys():
        return None
    return parts if set(parts.promises) <= {*Slot} else None


def placed(at: Sequence[str | int], message: str, tree: Mapping[str, Any]) -> tuple[str, str] | None:
    """The field that a fault of a text belongs to, with its line within the words; None for any other fault."""
    match at:
        case ("replies", int(number), "text"):
            text = tree["replies"][number].get("text")
        case _:
            return None
    found = _LINE.fullmatch(message)
    if found is None or not isinstance(text, str):
        return None
    place = place_of(text, int(found[1]))
    if place is None or shown_in_parts(text) is None:
        return "reply.text", message
    key, line = place
    if key == "body":
        return "reply.body", f"line {line}: {found[2]}"
    slot = _SLOT.match(found[2])
    return (f"reply.promises.{slot[1]}" if slot else _SAID_OF.get(key, "reply.uses")), found[2]
