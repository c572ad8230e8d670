"""How does a rule book look as plain values, as a file has them? Without what is usual, or with all that holds."""

from collections.abc import Mapping
from typing import Any

from rules.book import Limit, StageRules
from rules.bookfile import DEFAULT_STAGES, RuleBookFile
from rules.durations import format_duration
from rules.repliesfile import titled
from rules.stages import Stage

Plain = dict[str, Any]
"""What stands in a YAML or JSON file: text, numbers, lists and mappings of them."""


def sparse(book: RuleBookFile) -> Plain:
    """What differs from the usual: what somebody would write into a file."""
    tree = book.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    stages = {stage: usual_left_out(Stage(stage), said) for stage, said in tree.pop("stages", {}).items()}
    said = {stage: rules for stage, rules in stages.items() if rules}
    return {**tree, "stages": said} if said else tree


def whole(book: RuleBookFile) -> Plain:
    """All that holds, what is usual as well; of a lane, what it changes."""
    tree = book.model_dump(mode="json", by_alias=True)
    plan = book.compile(0).default
    tree["stages"] = {stage.value: of_stage(rules) for stage, rules in plan.stages.items()}
    tree["ladder"] = [_without_none(step) for step in tree["ladder"]]
    tree["lanes"] = [
        lane.model_dump(mode="json", by_alias=True, exclude_defaults=True) for lane in book.lanes
    ]
    tree["replies"] = [
        reply.model_dump(mode="json", by_alias=True, exclude_defaults=True) for reply in book.replies
    ]
    return tree


def of_stage(rules: StageRules) -> Plain:
    """The rules of a stage, every key of them."""
    return {
        "normal": format_duration(rules.normal),
        "limits": [of_limit(limit) for limit in rules.limits],
        "priority": rules.priority.value,
        "actions": [action.value for action in rules.actions],
        "group": rules.group,
    }


def of_limit(limit: Limit) -> Plain:
    """One limit."""
    repeat = {} if limit.repeat is None else {"repeat": format_duration(limit.repeat)}
    return {"when": limit.when.value, "after": format_duration(limit.after), **repeat}


def usual_left_out(stage: Stage, said: Mapping[str, Any]) -> Plain:
    """What is said of a stage without what is so anyway."""
    usual = of_stage(DEFAULT_STAGES[stage])
    return {key: value for key, value in said.items() if value != usual.get(key)}


def title(reply: Mapping[str, Any]) -> str:
    """What tells a reply from the others of a book."""
    return titled(reply.get("name", ""), reply.get("shops", []), reply.get("lanes", []))


def _without_none(mapping: Mapping[str, Any]) -> Plain:
    return {key: value for key, value in mapping.items() if value is not None}
