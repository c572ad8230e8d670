"""What does a form about rules say? Each of its fields is named by the place in the rule book that it is about.

`stages.picking.limits.0.after` is what stands there in a file; names that end with `[]` stand for several values.
What cannot be understood is kept as it was typed: the model of the file says what is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from multidict import MultiMapping

from bot.web.board.replyforms import read_reply
from bot.web.board.typedvalues import duration, fen, moment, number, split, whole_number, zone_of
from rules.book import Recipient
from rules.bookfile import RuleBookFile
from rules.bookplain import Plain, usual_left_out, whole
from rules.conditions import Op, OrderField
from rules.stages import Stage
from rules.weektime import DAYS, parse_days

USUAL = whole(RuleBookFile())
SEVERAL = "[]"
LONGEST_NAME = 80
"""Of a field; no form of ours has a longer one."""


class Part(StrEnum):
    """A part of a draft that has a form of its own."""

    OVERVIEW = "overview"
    """What it changes, what that would mean, and publishing it."""
    STAGES = "stages"
    """Limits, priorities and actions of the stages."""
    LANES = "lanes"
    """The lanes and their order."""
    LANE = "lane"
    """One lane."""
    LADDER = "ladder"
    """The ladder and its budget."""
    CALENDAR = "calendar"
    """Opening hours, quiet hours, holidays."""
    STORM = "storm"
    """When cases become an incident."""
    REPLIES = "replies"
    """All replies to customers there may be, and the house's own ones."""
    REPLY = "reply"
    """One reply of the house."""
    YAML = "yaml"
    """All of it as a file."""


def read_part(part: Part, number: int, form: MultiMapping[Any], tree: Plain) -> Plain:
    """The draft with what the form of a part says; `number` is that of the lane, or of the reply."""
    said = nested(form)
    match part:
        case Part.STAGES:
            return _with(tree, "stages", _stages(said), payment_clock=_text(said, "payment_clock"))
        case Part.LANE:
            return _with(tree, "lanes", _lanes(_inner(said, "lane"), number, tree))
        case Part.REPLY:
            return _with(tree, "replies", _replies(_inner(said, "reply"), number, tree))
        case Part.LADDER:
            return _ladder(said, tree)
        case Part.CALENDAR:
            return _calendar(said, tree)
        case Part.STORM:
            return _with(tree, "storm", _storm(_inner(said, "storm")))
        case _:
            return tree


def nested(form: MultiMapping[Any]) -> Plain:
    """The fields of a form as a tree; what is numbered is a list."""
    tree: Plain = {}
    for name in dict.fromkeys(form):
        *way, last = name.removesuffix(SEVERAL).split(".")
        if len(name) > LONGEST_NAME:
            continue
        values = [str(value).strip() for value in form.getall(name)]
        inner = _within(tree, way)
        if inner is not None:
            inner[last] = [value for value in values if value] if name.endswith(SEVERAL) else values[-1]
    return cast(Plain, _listed(tree))


def _within(tree: Plain, way: Sequence[str]) -> Plain | None:
    """The mapping that a way leads to, made where there is none; None where a value stands in the way."""
    for key in way:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            return None
        tree = cast(Plain, inner)
    return tree


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in cast(Plain, value).items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


# --- parts --------------------------------------------------------------------------


def _with(tree: Plain, key: str, value: Any, **more: Any) -> Plain:
    """The tree with other values; what is empty or usual is left out."""
    after = {**tree, key: value, **more}
    return {name: one for name, one in after.items() if one not in ("", None, {}) and one != USUAL.get(name)}


def _text(said: Mapping[str, Any], name: str, read: Callable[[str], Any] = str) -> Any:
    text = said.get(name, "")
    return read(text) if isinstance(text, str) and text else ""


def _inner(said: Any, *way: str) -> Plain:
    """What lies below a way; nothing when the form is none of ours."""
    for key in way:
        said = cast(Plain, said).get(key) if isinstance(said, dict) else None
    return cast(Plain, said) if isinstance(said, dict) else {}


def _texts(said: Any) -> Plain:
    """The fields in which something stands."""
    fields = cast(Plain, said) if isinstance(said, dict) else Plain()
    return {key: value for key, value in fields.items() if isinstance(value, str) and value}


def _filled(said: Mapping[str, Any]) -> Plain:
    return {key: value for key, value in said.items() if value not in ("", None)}


def _rows(said: Any) -> list[Plain]:
    """The rows of a list in which something stands."""
    rows = cast(list[Any], said) if isinstance(said, list) else list[Any]()
    return [row for row in map(_texts, rows) if row]


def _limits(said: Any) -> list[Plain]:
    lengths = ("after", "repeat")
    return [
        {key: duration(value) if key in lengths else value for key, value in row.items()}
        for row in _rows(said)
    ]


def _stages(said: Mapping[str, Any]) -> Plain:
    stages: Plain = {}
    for stage in Stage:
        form = _inner(said, "stages", stage.value)
        rules = _texts(form)
        if "normal" in rules:
            rules["normal"] = duration(rules["normal"])
        rules |= {"limits": _limits(form.get("limits")), "actions": form.get("actions", [])}
        changed = usual_left_out(stage, rules)
        if changed:
            stages[stage.value] = changed
    return stages


def _ladder(said: Mapping[str, Any], tree: Plain) -> Plain:
    steps = [{**row, "after": duration(row.get("after", ""))} for row in _rows(said.get("ladder"))]
    budget = {name: duration(value) for name, value in _texts(said.get("budget")).items()}
    usual = USUAL["budget"]
    changed = {name: value for name, value in budget.items() if value != usual.get(name)}
    ladder: Any = [_filled(step) for step in steps]
    after = _with(tree, "budget", changed, max_age=_text(said, "max_age", duration))
    after.pop("ladder", None)
    return after if ladder == USUAL["ladder"] else {**after, "ladder": ladder}


def _calendar(said: Mapping[str, Any], tree: Plain) -> Plain:
    days = {name: split(_text(said, name)) for name in ("days_off", "workdays", "quiet_hours")}
    texts = {name: _text(said, name) for name in ("timezone",)}
    factor = _text(said, "holiday_factor", number)
    hours = _hours(_inner(said, "hours"))
    return _with(tree, "hours", hours, holiday_factor=factor, **texts, **days)


def _hours(said: Mapping[str, Any]) -> Plain:
    """The blocks of each day, days alike that follow each other as one: `mon-fri`."""
    blocks = [(day, split(_text(said, day))) for day in DAYS]
    found: list[tuple[str, str, list[str]]] = []
    for day, some in blocks:
        if found and found[-1][2] == some:
            found[-1] = (found[-1][0], day, some)
        else:
            found.append((day, day, some))
    week = {first if first == last else f"{first}-{last}": some for first, last, some in found if some}
    return week or {f"{DAYS[0]}-{DAYS[-1]}": []}


def _storm(said: Mapping[str, Any]) -> Plain:
    storm = _filled({
        "threshold": _text(said, "threshold", whole_number),
        "window": _text(said, "window", duration),
        "span": _text(said, "span", duration),
        "by": said.get("by", []),
    })  # fmt: skip
    return {name: value for name, value in storm.items() if value != USUAL["storm"].get(name)}


# --- lanes --------------------------------------------------------------------------


def _lanes(said: Mapping[str, Any], number: int, tree: Plain) -> list[Any]:
    lanes: list[Any] = [*tree.get("lanes", [])]
    before: Plain = lanes[number] if number < len(lanes) else {}
    lanes[number : number + 1] = [_lane(said, before, zone_of(tree))]
    return lanes


def _lane(said: Mapping[str, Any], before: Mapping[str, Any], zone: ZoneInfo) -> Plain:
    """A lane by its form; what the form does not show stays as it was."""
    at = partial(moment, zone=zone)
    shown: Plain = {
        "name": _text(said, "name"),
        "match": _match(said) if "mode" in said else before.get("match"),
        "from": _text(said, "from", at),
        "to": _text(said, "to", at),
        "skip": said.get("skip", []),
        "group": _text(said, "group"),
        "priority": _text(said, "priority"),
        "payment_clock": _text(said, "payment_clock"),
        "recipients": _named(said) if "recipients" in said else before.get("recipients"),
        "stages": _lane_stages(said, before.get("stages", {})),
    }
    lane = {**before, **shown}
    return {
        "name": lane.pop("name"),
        **{key: one for key, one in lane.items() if one not in ("", None, [], {})},
    }


def _named(said: Mapping[str, Any]) -> Plain:
    """Whom it names, part by part."""
    people = _inner(said, "recipients")
    return {part.value: people[part] for part in Recipient if people.get(part)}


def _match(said: Mapping[str, Any]) -> Plain | None:
    rows = [_comparison(row) for row in _rows(said.get("rows"))]
    return {"any" if said["mode"] == "any" else "all": rows} if rows else None


def _comparison(row: Plain) -> Plain:
    field, op, value = row.get("field"), row.get("op"), row.get("value", "")
    if not value:
        return row
    read: Callable[[str], int | str] = fen if field == OrderField.AMOUNT_FEN else str
    return {**row, "value": [read(one) for one in split(value)] if op == Op.IN else read(value)}


def _lane_stages(said: Mapping[str, Any], before: Mapping[str, Any]) -> Plain:
    """What is said of stages; actions are not shown in the form of a lane, and stay."""
    stages: Plain = {}
    for stage in Stage:
        form, known = _inner(said, "stages", stage.value), before.get(stage.value, {})
        limits = _limits(form.get("limits"))
        rules = _filled({
            "normal": _text(form, "normal", duration),
            "limits": [] if form.get("unlimited") else limits or None,
            "priority": _text(form, "priority"),
            "actions": known.get("actions"),
            "group": _text(form, "group"),
        })  # fmt: skip
        if rules:
            stages[stage.value] = rules
    return stages


# --- replies ------------------------------------------------------------------------


def _replies(said: Mapping[str, Any], number: int, tree: Plain) -> list[Any]:
    replies: list[Any] = [*tree.get("replies", [])]
    if number < len(replies):
        replies[number] = read_reply(said, replies[number])
    return replies


# --- what forms show ------------------------------------------------------------------


def rows_of(match: Any) -> tuple[str, list[Plain]] | None:
    """How the conditions of a lane are joined, and each of them; None where they are nested: those stay as they are."""
    if match is None:
        return "all", []
    if "field" in match:
        return "all", [cast(Plain, match)]
    mode = next((mode for mode in ("all", "any") if mode in match), None)
    if mode is None or not _are_plain(match[mode]):
        return None
    return mode, match[mode]


def _are_plain(rows: Sequence[Any]) -> bool:
    return all(isinstance(row, dict) and not {"all", "any", "not"} & cast(Plain, row).keys() for row in rows)


def week_of(hours: Mapping[str, Any]) -> dict[str, str]:
    """The blocks of each day as one writes them, by the short name of the day."""
    week = {str(day): "" for day in DAYS}
    for days, blocks in hours.items():
        for day in parse_days(days):
            week[DAYS[day]] = ", ".join(map(str, blocks))
    return week


def field_of(at: Sequence[str | int]) -> str:
    """The name of the field in which what stands at a place is typed."""
    match at:
        case ("lanes", int(), "match", "all" | "any", int(row), *rest):
            return ".".join(["lane.rows", str(row), *map(str, rest)])
        case ("lanes", int(), "match", *_):
            return "lane.rows"
        case ("lanes", int(), "recipients", str(part), *_):
            return f"lane.recipients.{part}"
        case ("lanes", int(), *rest):
            return ".".join(["lane", *map(str, rest)])
        case ("replies", int(), "text", *_):
            return "reply.body"
        case ("replies", int(), *rest):
            return ".".join(["reply", *map(str, rest[:1])])
        case ("hours", str(days), *_):
            return f"hours.{days[:3]}"
        case ("days_off" | "workdays" | "quiet_hours" as name, *_):
            return name
        case _:
            return ".".join(map(str, at))
