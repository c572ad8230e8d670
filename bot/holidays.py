"""Which days has the State Council given off, and for which years has it spoken?"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import holidays

A_DAY = timedelta(days=1)
SATURDAY = 5


def days_off(first_year: int, last_year: int) -> frozenset[date]:
    """Every day of the holiday breaks of these years, both included.

    A break is what the notice calls one (10月1日至7日放假): the library's days and the weekend days that
    touch them, without the working weekends (调休). Weekends by themselves are no holidays. Where a notice is
    not known yet (`is_announced`), these are the statutory days and their weekends.
    """
    return frozenset[date]().union(*(_days_off(year) for year in range(first_year, last_year + 1)))


@cache
def is_announced(year: int) -> bool:
    """Whether the library knows which weekends of `year` are worked; without a notice it knows of none.

    It lists some weekends of other years whatever year it is asked for.
    """
    return any(day.year == year for day in holidays.CN(years=year).weekend_workdays)


@cache
def _days_off(year: int) -> frozenset[date]:
    """With its neighbours: a break may begin in the year before."""
    known = holidays.CN(years=range(year - 1, year + 2))
    working = known.weekend_workdays
    days = {near for day in known for near in _with_weekend(day, working)}
    return frozenset(day for day in days - working if day.year == year)


def _with_weekend(day: date, working: set[date]) -> Iterator[date]:
    """The holiday and the weekend days before and after it, as far as they are free."""
    yield day
    for step in (-A_DAY, A_DAY):
        near = day + step
        while near.weekday() >= SATURDAY and near not in working:
            yield near
            near += step
