"""How are days and hours of a week written? `mon-fri`, `sat`, `09:00-12:00`, `23:00-07:00`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from rules.calendar import MIDNIGHT, Block
from rules.dates import A_DAY

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_days(text: str) -> tuple[int, ...]:
    """Days by number, Monday 0: `mon`, `mon-fri`, `fri-mon`, `tue,sat`. Raises ValueError with the mend."""
    days: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"{text!r}: write days such as mon, mon-fri or sat,sun")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return tuple(days)


def parse_clock(text: str) -> timedelta:
    """A time of day from 00:00 to 24:00, as a distance from midnight. Raises ValueError with the mend."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    distance = timedelta(hours=int(match[1]), minutes=int(match[2])) if match else None
    if distance is None or distance > A_DAY or (match and int(match[2]) > 59):
        raise ValueError(f"{text!r}: write a time of day between 00:00 and 24:00, in quotes")
    return distance


def parse_block(text: str, *, over_midnight: bool) -> tuple[Block, ...]:
    """`start-end` as one block of a day, or as two when it crosses midnight and may."""
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r}: write a block of a day such as "09:00-18:00", in quotes')
    start, end = parse_clock(start_text), parse_clock(end_text)
    if start < end:
        return (Block(start, end),)
    if not over_midnight or start == end:
        raise ValueError(f"{text!r}: the end must be after the start; split a block at midnight")
    return tuple(block for block in (Block(MIDNIGHT, end), Block(start, A_DAY)) if block.start < block.end)


def parse_shift(text: str) -> tuple[timedelta, timedelta]:
    """`09:00-18:00` as distances from midnight; what ends no later than it begins ends on the next day.

    Raises ValueError with the mend.
    """
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r}: write a block of a day such as "09:00-18:00", in quotes')
    start, end = parse_clock(start_text) % A_DAY, parse_clock(end_text)
    return start, end if start < end else end + A_DAY


def _days(text: str) -> str:
    parse_days(text)
    return text


def _clock(text: str) -> str:
    parse_clock(text)
    return text


def _block(text: str) -> str:
    parse_block(text, over_midnight=False)
    return text


def _shift(text: str) -> str:
    parse_shift(text)
    return text


def _nightly_block(text: str) -> str:
    parse_block(text, over_midnight=True)
    return text


DaysText = Annotated[str, AfterValidator(_days)]
"""Days as they were written, checked."""
ClockText = Annotated[str, AfterValidator(_clock)]
"""A time of day as it was written, checked."""
BlockText = Annotated[str, AfterValidator(_block)]
"""A block within a day as it was written, checked."""
NightlyBlockText = Annotated[str, AfterValidator(_nightly_block)]
"""A block that may cross midnight as it was written, checked."""
ShiftText = Annotated[str, AfterValidator(_shift)]
"""A block of a shift, which may cross midnight, as it was written, checked."""
