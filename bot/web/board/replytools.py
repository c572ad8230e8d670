"""What do the pages about replies have at hand? All names there may be, and how a form shows a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.web.board.reply_shape import WordsShown
from bot.web.board.replyforms import ALWAYS, CHOSEN, USES, shown_in_parts
from bot.web.board.rule_shape import FaultLine, RulesDraft
from replies import replywords
from replies.frontmatter import Parts, parts_of
from replies.library import built_in
from rules.bookplain import Plain, title
from rules.promises import Slot
from rules.replynames import ANYWHERE, FOLLOW_UP, NAMES
from rules.stages import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that a reply may have, and what the house says by it."""

    name: str
    title: str | None
    """What the built-in text is for; None where another one speaks in its place."""
    own: Sequence[tuple[int, Mapping[str, Any]]]
    """The replies of the draft that have it, with their numbers."""


def reply_groups(tree: Mapping[str, Any]) -> list[tuple[Stage | None, list[Named]]]:
    """Every name by its stage; at the end those that may speak of any."""
    groups: list[tuple[Stage | None, Sequence[str]]] = [(stage, _names_of(stage)) for stage in Stage]
    listed = [*enumerate(tree.get("replies", []))]
    return [
        (stage, [_named(name, listed) for name in names])
        for stage, names in [*groups, (None, sorted(ANYWHERE))]
    ]


def _names_of(stage: Stage) -> list[str]:
    kinds = [f"{stage}_{kind}" for kind in Kind]
    return [name for name in (*kinds, stage.value, f"{FOLLOW_UP}{stage}") if name in NAMES]


def _named(name: str, listed: Sequence[tuple[int, Mapping[str, Any]]]) -> Named:
    own = [(number, reply) for number, reply in listed if reply.get("name") == name]
    return Named(name=name, title=title_of(built_in(name) or "") or None, own=own)


def title_of(text: str) -> str:
    """What a text says that it is for."""
    parts = parts_of(text)
    return "" if parts is None else parts.title


def ours_at(place: Sequence[str]) -> str | None:
    """The built-in text that holds where the house has none of its own; None at other places."""
    match place:
        case ["replies", title_]:
            return built_in(title_.partition(replywords.DOT)[0])
        case _:
            return None


def reply_of(view: RulesDraft) -> Plain:
    """The reply that the form is about; an empty one where there is none."""
    replies = view.book.get("replies", [])
    return replies[view.reply] if replies else {}


def parts_for(view: RulesDraft) -> Parts | None:
    """Its text as the form shows it; None where it is shown as it is stored."""
    return None if view.raw else shown_in_parts(str(reply_of(view).get("text", "")))


def use_of(parts: Parts, fact: str) -> str:
    """How a text uses a fact; empty for one that it does not."""
    return next((use for use in USES if fact in getattr(parts, use)), "")


def own_faults(view: RulesDraft) -> list[FaultLine]:
    """What is wrong with the reply that the form is about."""
    return [one for one in view.faults if tuple(one.at[:2]) == ("replies", view.reply)]


def example_of(shown: WordsShown | None, fact: str) -> str:
    """How a fact reads in one of the cases that are shown."""
    return "" if shown is None else shown.examples.get(fact, "")


REPLY_TOOLS: Mapping[str, Any] = {
    "replywords": replywords,
    "reply_groups": reply_groups,
    "reply_of": reply_of,
    "ours_at": ours_at,
    "parts_for": parts_for,
    "use_of": use_of,
    "own_faults": own_faults,
    "example_of": example_of,
    "title_of": title_of,
    "reply_title": title,
    "always": ALWAYS,
    "facts": CHOSEN,
    "uses": USES,
    "slots": [*Slot],
}
