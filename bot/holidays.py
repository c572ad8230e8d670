"""Which days has the State Council given off, and for which years has it spoken?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays

from rules.dates import A_DAY

SATURDAY = 5


def days_off(first_year: int, last_year: int) -> frozenset[date]:
    """Every day of the holiday breaks of these years, both included.

    A break is what the notice calls one (10月1日至7日放假): the library's days and the weekend days that
    touch them, without the working weekends (调休). Weekends by themselves are no holidays. Where a notice is
    not known yet (`is_announced`), these are the statutory days and their weekends.
    """
    return frozenset[date]().union(*(_days_off(year) for year in range(first_year, last_year + 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The days off of one holiday, from the first to the last, under the library's name of it."""

    name: str
    first: date
    last: date


@cache
def breaks(year: int) -> tuple[Break, ...]:
    """The holidays of a year, in order. Of two that touch, the break goes by the name of the first."""
    names, days = holidays.CN(years=year), sorted(_days_off(year))
    found = list[Break]()
    for day in days:
        if found and day - found[-1].last == A_DAY:
            last = found.pop()
            found.append(Break(name=last.name or _name(names.get(day)), first=last.first, last=day))
        else:
            found.append(Break(name=_name(names.get(day)), first=day, last=day))
    return tuple(one for one in found if one.name)


def worked(first_year: int, last_year: int) -> frozenset[date]:
    """The Saturdays and Sundays of these years on which people work (调休)."""
    return frozenset(holidays.CN(years=range(first_year, last_year + 1)).weekend_workdays)


def _name(text: str | None) -> str:
    """The name of a holiday without what is said of the day; empty for a day that only joins one."""
    name = (text or "").partition(" (")[0].removesuffix("'s Eve").partition(";")[0].strip()
    return "" if name == "Day off" else name


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
