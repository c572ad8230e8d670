"""How is a stretch of time written in a file? `5s`, `5m`, `1h30m`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_PATTERN = r"^(?=.)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"
LONGEST = timedelta(days=3650)


def parse_duration(text: object) -> timedelta:
    """The stretch of time that `text` means. Raises ValueError with the mend."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not re.match(_PATTERN, text.strip(), re.ASCII):
        raise ValueError(f"write a duration such as 90s, 5m, 1h30m or 2d, not {text!r}")
    parts = re.findall(r"(\d+)([dhms])", text)
    if any(len(number) > 9 for number, _ in parts):
        raise ValueError("that is longer than ten years")
    total = sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())
    if total > LONGEST:
        raise ValueError("that is longer than ten years")
    return total


def format_duration(duration: timedelta) -> str:
    """The shortest way to write it, from days to seconds."""
    left, text = duration, ""
    for letter, unit in _UNITS.items():
        count, left = divmod(left, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["90s", "5m", "1h30m", "2d"]}),
]
