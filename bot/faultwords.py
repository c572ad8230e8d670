"""What does an error of pydantic say in plain words, and what was probably meant?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.faults import ValuePath, closest, shortened
from bot.fileschema import known_keys
from rules.strict import FAULT

UNKNOWN, MISSING = "extra_forbidden", "missing"
KEY = "[key]"
"""Ends pydantic's way to a key that is wrong itself."""
CONDITION = "match"

_WORDS: Mapping[str, str] = {
    "string_type": "write a text; put it in quotes when it looks like a number",
    "string_too_short": "a text of at least {min_length} characters is needed",
    "string_too_long": "a text may have at most {max_length} characters",
    "int_type": "write a whole number, without quotes",
    "float_type": "write a number, without quotes",
    "list_type": "write a list, such as [a, b]",
    "dict_type": "write keys and values, such as {{key: value}}",
    "model_type": "write keys and values, such as {{key: value}}",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}; there are {actual_length}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "timezone_aware": "write the offset too, such as 2026-06-17T20:00+08:00",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A fault that is not yet placed in the text."""

    path: ValuePath
    message: str
    at_key: bool = False
    """The key is at fault, not its value."""
    suggestion: str | None = None
    missing: str | None = None
    """The key that is not there."""


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every fault that pydantic found, without those that follow from a misspelt key."""
    found = [_problem(details, model) for details in error.errors(include_url=False)]
    meant = {(*one.path[:-1], one.suggestion) for one in found if one.at_key}
    return [one for one in found if one.missing is None or not _follows(one, meant)]


def _problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    path = _without_tags(details["loc"])
    if details["type"] == MISSING:
        key = str(path[-1])
        return Problem(path=path[:-1], message=f"`{key}` is missing", missing=key)
    if details["type"] == UNKNOWN:
        return _unknown_key(path, known_keys(model, path[:-1]))
    if details["type"] == FAULT:
        return _own(path, details)
    at_key = path[-1:] == (KEY,)
    known, given = _permitted(details), details["input"]
    return Problem(
        path=path[:-1] if at_key else path,
        at_key=at_key,
        message=shortened(_message(details, known)),
        suggestion=closest(given, known) if isinstance(given, str) else None,
    )


def _own(path: ValuePath, details: ErrorDetails) -> Problem:
    """What `rules.strict.fault` was told."""
    context: dict[str, Any] = details.get("ctx", {})
    given = _value_at(details["input"], context["at"])
    return Problem(
        path=(*path, *context["at"]),
        message=shortened(context["message"]),
        suggestion=closest(given, context["known"]) if isinstance(given, str) else None,
    )


def _value_at(data: Any, path: Iterable[str | int]) -> object:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _unknown_key(path: ValuePath, known: list[str]) -> Problem:
    near = closest(str(path[-1]), known)
    message = "no such key" if near else f"no such key; there are {', '.join(known)}"
    return Problem(path=path, at_key=True, message=message, suggestion=near)


def _follows(missing: Problem, meant: set[tuple[str | int | None, ...]]) -> bool:
    """Whether the key is there, but misspelt; a misspelt `all` was taken for a comparison, too."""
    names = (missing.missing, "all", "any", "not")
    return any((*missing.path, name) in meant for name in names)


def _message(details: ErrorDetails, known: list[str]) -> str:
    given: object = details["input"]
    if known:
        words = f"{given!r} is none of {', '.join(known)}" if len(known) > 1 else f"must be {known[0]}"
    elif details["type"] in _WORDS:
        words = _WORDS[details["type"]].format(**details.get("ctx", {}))
    else:
        words = details["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"nothing stands here; {words.removesuffix(', not None')}" if given is None else words


def _permitted(details: ErrorDetails) -> list[str]:
    """The words from which one must be chosen; may be empty."""
    if details["type"] not in ("enum", "literal_error"):
        return []
    expected: str = details.get("ctx", {})["expected"]
    return re.findall(r"'([^']*)'", expected) or [expected]


def _without_tags(path: ValuePath) -> ValuePath:
    """The way as it is in the file: pydantic also names which kind of condition it chose."""
    if CONDITION in path[2:3]:
        return (*path[:3], *_without_condition_tags(path[3:]))
    return path


def _without_condition_tags(path: ValuePath) -> ValuePath:
    match path:
        case ("all" | "any", key, int(number), *rest):
            return (key, number, *_without_condition_tags(rest))
        case ("not", "not", *rest):
            return ("not", *_without_condition_tags(rest))
        case _:
            return path[1:]
