"""Which instants are the days that somebody asked for? From midnight to midnight, in the merchant's zone."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import overload

from bot.web.board.queries import Fault, FaultyQueryError

A_DAY = timedelta(days=1)


def days_asked(
    since: date | None, until: date | None, today: date, usual: timedelta, most: int
) -> tuple[date, date]:
    """The first and the last day; by default `usual` until today.

    Raises FaultyQueryError where they are the wrong way round, or `most` days apart or more.
    """
    until = until or max(since or date.min, today)
    since = since or until - usual + A_DAY
    if until < since:
        raise FaultyQueryError(Fault(name="until", key="fault_before", values={"other": since.isoformat()}))
    if until - since >= timedelta(days=most):
        raise FaultyQueryError(Fault(name="since", key="fault_span", values={"most": most}))
    return since, until


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
