"""Do replies of the house say what can never come true? What a rule book's format allows may still be a slip."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from replies.facts import FACTS
from replies.language import render
from replies.library import Template, TemplateError, template
from rules.book import AutomaticAction, Plan, RuleBook
from rules.bookfile import RuleBookFile
from rules.repliesfile import ReplyFile
from rules.stages import Stage

ANOTHER = ""
"""Any shop that no reply names, and orders of no lane."""
_DONE = re.compile(r"已经?\s*(?:为您|帮您|替您)?\s*(?:安排|请|催|联系|通知|派|核实|核对|反馈)")
"""Something that somebody has done, said in words alone."""


class Snag(StrEnum):
    """What can be amiss with a reply that its format allows."""

    SHADOWED = "reply_shadowed"
    """Earlier replies speak for every order that it is for."""
    UNKNOWN_SHOP = "reply_unknown_shop"
    """No order and nobody on the roster knows a shop that it is for."""
    TOO_SOON = "reply_too_soon"
    """What it promises is due before the team has the time to reach the customer once more."""
    NOTHING_DOES = "reply_nothing_does"
    """It rests on what no action of the stages it is for ever brings about: there would never be a draft."""
    NEVER_SAID = "reply_never_said"
    """The same of a sentence that has a condition: it is never said."""
    SAYS_DONE = "reply_says_done"
    """It says of itself that somebody did something, whether anybody did or not."""


REFUSED = frozenset({Snag.SHADOWED, Snag.TOO_SOON, Snag.NOTHING_DOES})
"""What is never meant. All else may be, and is only told."""
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing amiss: where it stands in the file, of which reply, and what has to do with it."""

    slip: Snag
    at: Place
    title: str
    others: tuple[str, ...] = ()
    refused: bool = False


def remarks(
    book: RuleBookFile, known: RuleBookFile | None = None, shops: Collection[str] = ()
) -> list[Remark]:
    """What is amiss, in the order of the file. What the book `known` has as well is told, but not refused.

    `shops` are those that orders or the roster know; where none are given, all are taken for known.
    """
    before = set[object]() if known is None else {_gist(one) for one in _remarks(known, shops)}
    return [
        replace(one, refused=one.slip in REFUSED and _gist(one) not in before)
        for one in _remarks(book, shops)
    ]


def _gist(remark: Remark) -> tuple[Snag, str, Place, tuple[str, ...]]:
    """What makes two remarks the same one: a reply may have moved."""
    return remark.slip, remark.title, remark.at[2:], remark.others


def _remarks(book: RuleBookFile, shops: Collection[str]) -> Iterator[Remark]:
    ready, lanes = book.compile(0), [lane.name for lane in book.lanes]
    for number, reply in enumerate(book.replies):
        at: Place = ("replies", number)
        covering = _covering(reply, book.replies[:number], lanes)
        if covering:
            yield Remark(slip=Snag.SHADOWED, at=(*at, "name"), title=reply.title, others=covering)
        unknown = tuple(shop for shop in reply.shops if shops and shop not in shops)
        if unknown:
            yield Remark(slip=Snag.UNKNOWN_SHOP, at=(*at, "shops"), title=reply.title, others=unknown)
        try:
            made = template(reply.name, reply.text)
        except TemplateError:
            continue  # what is unsound is told as a fault
        yield from _of_words((*at, "text"), reply, made, ready)


# --- for which orders -----------------------------------------------------------------


def _covering(reply: ReplyFile, earlier: Sequence[ReplyFile], lanes: Sequence[str]) -> tuple[str, ...]:
    """The earlier replies that speak for each order it is for; none when one order is left to it."""
    rivals = [one for one in earlier if one.name == reply.name]
    named = {shop for one in (reply, *rivals) for shop in one.shops}
    its_shops, its_lanes = reply.shops or [*named, ANOTHER], reply.lanes or [*lanes, ANOTHER]
    found: dict[str, None] = {}
    for shop, lane in product(its_shops, its_lanes):
        first = next((one for one in rivals if one.reply().takes(shop, lane or None)), None)
        if first is None:
            return ()
        found[first.title] = None
    return tuple(found)


# --- what it says ---------------------------------------------------------------------


def _of_words(at: Place, reply: ReplyFile, made: Template, book: RuleBook) -> Iterator[Remark]:
    soon = tuple(slot for slot, within in made.promises.items() if within <= book.budget.contact)
    if soon:
        yield Remark(slip=Snag.TOO_SOON, at=at, title=reply.title, others=soon)
    actions = _actions(made, _plans(reply, book))
    for slip, names in ((Snag.NOTHING_DOES, made.facts), (Snag.NEVER_SAID, made.claims + made.spare)):
        undone = tuple(name for name in names if not _comes_about(name, actions))
        if undone:
            yield Remark(slip=slip, at=at, title=reply.title, others=undone)
    said = _DONE.search(_unconditional(made))
    if said is not None and not any(_is_deed(name) for name in made.facts):
        yield Remark(slip=Snag.SAYS_DONE, at=at, title=reply.title, others=(said[0],))


def _plans(reply: ReplyFile, book: RuleBook) -> list[Plan]:
    """What applies to the orders that it is for."""
    plans = [book.default, *(lane.plan for lane in book.lanes)]
    return [plan for plan in plans if plan.lane in reply.lanes] if reply.lanes else plans


def _actions(made: Template, plans: Sequence[Plan]) -> set[AutomaticAction]:
    """What happens by itself in the stages that it speaks of."""
    stages = [*Stage] if made.stage is None else [made.stage]
    return {
        action
        for plan in plans
        for stage in stages
        if stage not in plan.skip
        for action in plan.stages[stage].actions
    }


def _comes_about(name: str, actions: Collection[AutomaticAction]) -> bool:
    task = FACTS[name].task
    return task is None or AutomaticAction(task) in actions


def _is_deed(name: str) -> bool:
    return FACTS[name].task is not None or name == "specialist_told"


def _unconditional(made: Template) -> str:
    """What it says when nothing is known but what must be."""
    text, _ = render(made.body, dict.fromkeys(made.facts, "样例"))
    return text
