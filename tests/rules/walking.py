"""A clock that is walked minute by minute, without any of our arithmetic, through shops of any opening hours."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rules.book import RuleBook
from rules.calendar import Calendar
from tests.builders import MINUTE, TICK, a_book, at

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPRING_FESTIVAL = frozenset(date(2026, 2, day) for day in range(15, 24))
"""The days off; Saturday 14 and Saturday 28 February were worked for them (调休)."""

Minutes = tuple[int, int]
Hours = Mapping[str, list[Minutes]]


class Shop(NamedTuple):
    """Opening hours as numbers of minutes, for the walk, and as a rule book of ours."""

    zone: ZoneInfo
    hours: Hours
    quiet: list[Minutes]

    @property
    def calendar(self) -> Calendar:
        return self.book().calendar

    def book(self, **data: Any) -> RuleBook:
        """The default rules, with `data` laid over them, in these hours."""
        hours = {day: [_text(block) for block in blocks] for day, blocks in self.hours.items()}
        quiet = [_text(block) for block in self.quiet]
        kept = {"timezone": self.zone.key, "hours": hours, "quiet_hours": quiet, "ladder": []}
        return a_book(holidays=SPRING_FESTIVAL, **kept, **data)

    def is_holiday(self, moment: datetime) -> bool:
        return moment.astimezone(self.zone).date() in SPRING_FESTIVAL

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.hours.get(DAYS[local.weekday()], []))

    def is_awake(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return self.is_open(moment) and not any(start <= minute < end for start, end in self.quiet)


def _text(block: Minutes) -> str:
    (begin, end) = (divmod(minute, 60) for minute in block)
    return f"{begin[0]:02}:{begin[1]:02}-{end[0]:02}:{end[1]:02}"


def walk(start: datetime, wait: timedelta, counts: Callable[[datetime], bool]) -> datetime:
    """When `wait` has passed, of the minutes that count."""
    now, next_minute = start, start.replace(second=0, microsecond=0) + MINUTE
    while True:
        if counts(now):
            if next_minute - now >= wait:
                return now + wait
            wait -= next_minute - now
        now, next_minute = next_minute, next_minute + MINUTE


_HALVES = st.integers(0, 48).filter(lambda half: half != 5)
_ENDS = {some: st.sets(_HALVES, min_size=2 if some else 0, max_size=6).map(sorted) for some in (False, True)}


def blocks(*, some: bool) -> st.SearchStrategy[list[Minutes]]:
    """From none to three stretches of a day, by the half hour; 02:30 does not exist on every day."""
    return _ENDS[some].map(
        lambda ends: [(start * 30, end * 30) for start, end in zip(ends[::2], ends[1::2], strict=False)]
    )


_WEEKS = st.fixed_dictionaries({day: blocks(some=day in {"mon", "thu", "sat"}) for day in DAYS})


def shops(*, zone: str = "Asia/Shanghai") -> st.SearchStrategy[Shop]:
    """A shop that is open at least half an hour on Monday, Thursday and Saturday."""
    return _WEEKS.map(
        lambda week: Shop(ZoneInfo(zone), {day: found for day, found in week.items() if found}, [])
    )


STARTS = st.timedeltas(timedelta(), timedelta(days=60)).map(
    lambda later: at("00:00", day=date(2026, 2, 10)) + later // TICK * TICK
)
