"""How strict are the models of our files, and how does a check of theirs say where the fault lies?"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from rules.durations import Duration
from rules.instants import instant

FAULT = "fault"
"""The type of our own errors; their context holds the words and the way to the value."""


STRICT = ConfigDict(extra="forbid", frozen=True)
"""For each part of a file: unknown keys are faults, and nothing changes afterwards."""
KEPT = {"kept": True}
"""The context in which a file is read again that was accepted before: what was added to the checks since is left out."""


def is_kept(info: ValidationInfo) -> bool:
    """Whether the file was accepted before."""
    return info.context == KEPT


def fault(message: str, *at: str | int, known: Iterable[str] = ()) -> PydanticCustomError:
    """The error to raise in a validator.

    `at` leads from the checked value to the faulty one; `known` are words that may have been meant there.
    """
    context = {"message": message, "at": list(at), "known": list(known)}
    return PydanticCustomError(FAULT, "{message}", context)


def within(error: PydanticCustomError, *at: str | int) -> PydanticCustomError:
    """The error of `fault` as the whole raises it, of which the value that was checked is a part."""
    context = dict(error.context or {})
    return PydanticCustomError(FAULT, "{message}", context | {"at": [*at, *context["at"]]})


def _day(value: object) -> object:
    if isinstance(value, date) or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip())
    ):
        return value
    raise fault("write a day such as 2026-10-01")


def _moment(value: object) -> object:
    if isinstance(value, datetime) or (
        isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value)
    ):
        return value
    raise fault("write a time with its offset, such as 2026-06-17T20:00+08:00")


def _has_an_instant(value: datetime) -> datetime:
    try:
        instant(value)
    except OverflowError:
        raise fault("that lies outside the years 1 to 9999") from None
    return value


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise fault("that is no time zone; write one such as Asia/Shanghai") from error
    return name


def _is_some_time(duration: timedelta) -> timedelta:
    if not duration:
        raise fault("that is no time at all; write a duration such as 90s, 5m, 1h30m or 2d")
    return duration


Positive = Annotated[Duration, AfterValidator(_is_some_time)]
"""A stretch of time that is not empty."""
Day = Annotated[date, BeforeValidator(_day)]
"""A day of the calendar; a number is none, whatever pydantic makes of it."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_has_an_instant)]
"""A point in time with its offset, kept as it was written."""
Zone = Annotated[str, AfterValidator(_is_a_zone)]
"""The name of a time zone, such as Asia/Shanghai."""
UserIdText = Annotated[str, Field(min_length=1, max_length=64)]
"""A userid as a file has it."""
