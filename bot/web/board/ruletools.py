"""What do the pages about rules have at hand? What a form shows of a draft, and the words for rules."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from bot.web.board.replytools import REPLY_TOOLS
from bot.web.board.rule_shape import FaultLine, FindingLine, RulesDraft
from bot.web.board.ruleforms import USUAL, Part, rows_of, week_of, zone_of
from bot.yamlwriter import as_yaml
from replies import rulewords
from replies.experiments import named
from replies.masking import free
from replies.pages.experiments import EXPERIMENTS
from replies.rulefaults import said
from rules.book import AutomaticAction
from rules.bookplain import Plain, title
from rules.conditions import OrderField, permitted
from rules.promotions import Promotion
from rules.stages import Priority, Stage
from rules.trials import GOALS

SPARE_ROWS = 1
"""Empty rows at the end of a list, to be filled in."""


def stages_of(tree: Mapping[str, Any]) -> dict[str, Plain]:
    """What holds for each stage of a draft."""
    said = tree.get("stages", {})
    return {stage.value: {**USUAL["stages"][stage.value], **said.get(stage.value, {})} for stage in Stage}


def value_of(tree: Mapping[str, Any], key: str) -> Any:
    """What a draft says, or what is usual."""
    return tree.get(key, USUAL[key])


def with_spare(rows: Sequence[Any]) -> list[Any]:
    """The rows of a list, and empty ones."""
    return [*rows, *({} for _ in range(SPARE_ROWS))]


def typed_in(row: Mapping[str, Any]) -> str:
    """The value of a condition as somebody types it: amounts in yuan, several with commas between."""
    value = row.get("value", "")
    values: list[Any] = [*cast(list[Any], value)] if isinstance(value, list) else [value]
    is_amount = row.get("field") == OrderField.AMOUNT_FEN
    return ", ".join(rulewords.yuan(one) if is_amount else str(one) for one in values)


def at_wall(tree: Mapping[str, Any], text: Any) -> str:
    """A time as a field for day and time takes it; what is none as it is."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return f"{moment.astimezone(zone_of(tree)):%Y-%m-%dT%H:%M}" if moment.tzinfo else str(text)


def lane_of(view: RulesDraft) -> Plain:
    """The lane that the form is about; an empty one where there is none."""
    lanes = view.book.get("lanes", [])
    return lanes[view.lane] if lanes else {"name": ""}


def called(named: Sequence[str], able: Sequence[str], name: Callable[[str], str]) -> dict[str, str]:
    """Whom a lane can name, with what each is called: whom it names already first, in that order."""
    return {userid: free(name(userid)) for userid in (*named, *able)}


def by_field(lines: Sequence[FaultLine] | Sequence[FindingLine], lane: int, reply: int = 0) -> dict[str, Any]:
    """The lines by the field that they belong to, the first of each; of lanes and replies those of the one shown."""
    found: dict[str, Any] = {}
    for line in lines:
        if _is_shown(line.at, lane, reply):
            found.setdefault(line.field, line)
    return found


def within(lines: Sequence[FindingLine], part: Part, lane: int, reply: int = 0) -> list[FindingLine]:
    """The lines that are about what a part shows; the list of lanes, or of replies, shows all of them."""
    one = {Part.LANES: Part.LANE, Part.REPLIES: Part.REPLY}.get(part)
    if one is not None:
        return [line for line in lines if part_of(line.at) is one]
    return [line for line in lines if part_of(line.at) is part and _is_shown(line.at, lane, reply)]


def _is_shown(at: Sequence[str | int], lane: int, reply: int) -> bool:
    """Whether a place is in no other lane, or reply, than those."""
    return _number_at(at, "lanes") in {None, lane} and _number_at(at, "replies") in {None, reply}


def _number_at(at: Sequence[str | int], key: str) -> int | None:
    """The number of the lane, or of the reply, that a place is in."""
    match at:
        case (top, int(number), *_) if top == key:
            return number
        case _:
            return None


def part_of(at: Sequence[str | int]) -> Part:
    """In which part of a draft a place is."""
    top = at[0] if at else ""
    parts = {Part.STAGES: {"stages", "payment_clock"}, Part.LANE: {"lanes"}, Part.STORM: {"storm"}}
    parts |= {Part.REPLY: {"replies"}}
    parts |= {Part.LADDER: {"ladder", "budget", "max_age"}}
    parts |= {Part.CALENDAR: {"timezone", "holiday_factor", "days_off", "workdays", "hours", "quiet_hours"}}
    return next((part for part, keys in parts.items() if top in keys), Part.YAML)


def names_of(at: Sequence[str | int], tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The way to a place as people know it: lanes and replies by their names, the rest of a list from 1 on."""
    match at:
        case [("lanes" | "replies") as key, int(number), *rest] if number < len(tree.get(key, [])):
            named = (key, _NAMED[key](tree[key][number]), *rest)
        case _:
            named = tuple(at)
    return tuple(str(one + 1) if isinstance(one, int) else one for one in named)


_NAMED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "lanes": lambda lane: str(lane.get("name", "")),
    "replies": title,
}
"""By what those of a list are known."""
STEPS = ("board/rules/try.html", "board/rules/publish.html")
"""What can be done with a draft, in this order: the form of each is a template of its own."""
TOOLS: Mapping[str, Any] = {
    "words": rulewords,
    "Part": Part,
    "stages_of": stages_of,
    "value_of": value_of,
    "with_spare": with_spare,
    "typed_in": typed_in,
    "at_wall": at_wall,
    "lane_of": lane_of,
    "called": called,
    "by_field": by_field,
    "within": within,
    "part_of": part_of,
    "names_of": names_of,
    "steps": STEPS,
    "fault_said": said,
    "tried_words": EXPERIMENTS,
    "yardstick": named,
    "goals": GOALS,
    "rows_of": rows_of,
    "week_of": week_of,
    "zone_of": zone_of,
    "as_yaml": as_yaml,
    "usual": USUAL,
    "stages": [*Stage],
    "actions": [*AutomaticAction],
    "priorities": [*Priority],
    "promotions": [*Promotion],
    "fits": {field.value: [str(op) for op in permitted(field)] for field in OrderField},
    "told": "",
    "refused": "",
    "kept": {},
    "text_faults": (),
    **REPLY_TOOLS,
}
