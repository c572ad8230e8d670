"""What did somebody mean who typed a length, an amount, a time or a list? What cannot be understood stays as it is."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rules.calendar import SHANGHAI

_UNITS = {"分钟": "m", "小时": "h", "分": "m", "秒": "s", "天": "d", "min": "m"}
_BETWEEN = re.compile(r"[,，、;；\s]+")
_YUAN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")


def duration(text: str) -> str:
    """`90 分钟` as a file has it, `90m`; anything else as it is."""
    short = text.replace(" ", "").lower()
    for word, letter in _UNITS.items():
        short = short.replace(word, letter)
    return short if re.fullmatch(r"(\d+[dhms])+", short) else text


def whole_number(text: str) -> int | str:
    """A whole number; anything else as it is."""
    return int(text) if _WHOLE.fullmatch(text) else text


def number(text: str) -> float | str:
    """A number; anything else as it is."""
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else text


def fen(text: str) -> int | str:
    """An amount in yuan as fen; anything else as it is."""
    plain = text.replace(",", "")
    return int(Decimal(plain) * 100) if _YUAN.fullmatch(plain) else text


def moment(text: str, zone: ZoneInfo) -> str:
    """A time of the wall as a point in time; what has an offset, or is none, as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is not None else at.replace(tzinfo=zone).isoformat()


def split(text: str) -> list[str]:
    """What stands there with commas, spaces or lines between."""
    return [part for part in _BETWEEN.split(re.sub(r"\s*-\s*", "-", text)) if part]


def zone_of(tree: Mapping[str, Any]) -> ZoneInfo:
    """The time zone of a draft; Shanghai when it names none that is known."""
    try:
        return ZoneInfo(str(tree.get("timezone", SHANGHAI.key)))
    except (KeyError, ValueError, OSError):
        return SHANGHAI
