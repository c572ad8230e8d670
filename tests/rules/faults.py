"""What is wrong with the content of a file, and where, as its model says it."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from rules.strict import FAULT

_TAGS = {"comparison", "[key]"}
"""What pydantic puts into the way to a value that no file has in it."""


def faults(parse: Callable[[Any], object], data: object) -> dict[str, str]:
    """The words for each faulty place, such as `ladder.1.after`; empty when all is well."""
    try:
        parse(data)
    except ValidationError as error:
        return {_place(one): one["msg"] for one in error.errors()}
    return {}


def _place(details: Any) -> str:
    within: list[str | int] = details["ctx"]["at"] if details["type"] == FAULT else []
    return ".".join(str(part) for part in (*details["loc"], *within) if part not in _TAGS)
