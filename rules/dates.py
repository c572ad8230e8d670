"""When does a day begin, and a week? Days are those of the merchant's zone, weeks begin on Monday."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import overload

A_DAY = timedelta(days=1)
A_WEEK = timedelta(weeks=1)


@overload
def begin_of(day: date, zone: tzinfo) -> datetime: ...
@overload
def begin_of(day: None, zone: tzinfo) -> None: ...
@overload
def begin_of(day: date | None, zone: tzinfo) -> datetime | None: ...
def begin_of(day: date | None, zone: tzinfo) -> datetime | None:
    """When a day begins."""
    return None if day is None else datetime.combine(day, time(), zone)


@overload
def end_of(day: date, zone: tzinfo) -> datetime: ...
@overload
def end_of(day: None, zone: tzinfo) -> None: ...
@overload
def end_of(day: date | None, zone: tzinfo) -> datetime | None: ...
def end_of(day: date | None, zone: tzinfo) -> datetime | None:
    """When a day is over."""
    return None if day is None else begin_of(day + A_DAY, zone)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())
