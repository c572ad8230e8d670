"""When is a limit up, given holidays, 调休 and opening hours?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.instants import instant

DAY = timedelta(days=1)
MIDNIGHT = timedelta()
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Block(NamedTuple):
    """A stretch of a day, as distances from its midnight; `end` is after `start` and at most 24 hours."""

    start: timedelta
    end: timedelta


ALL_DAY = (Block(MIDNIGHT, DAY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The merchant's time. `hours` holds the opening blocks of Monday to Sunday, `quiet` those of any day."""

    zone: ZoneInfo = SHANGHAI
    holiday_factor: Fraction = Fraction(3, 2)
    days_off: frozenset[date] = frozenset()
    """Statutory days off; ordinary weekends and 调休 workdays are not among them."""
    hours: tuple[tuple[Block, ...], ...] = (ALL_DAY,) * 7
    quiet: tuple[Block, ...] = ()
    always_open: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "always_open", all(blocks == ALL_DAY for blocks in self.hours))

    def stretch(self, limit: timedelta, start: datetime) -> timedelta:
        """`limit` as it is for a clock that started at `start`: longer when that was a day off."""
        if self.local(start).date() not in self.days_off:
            return limit
        return limit * self.holiday_factor.numerator / self.holiday_factor.denominator

    def due(self, start: datetime, limit: timedelta, *, around_the_clock: bool = False) -> datetime:
        """When a clock that started at `start` reaches `limit`, counting opening hours only."""
        left = self.stretch(limit, start)
        if self.always_open or around_the_clock:
            return instant(start + left)
        for begin, end in self._open_spans(start):
            if end - begin >= left:
                return instant(begin + left)
            left -= end - begin
        raise AssertionError  # _open_spans never ends: a calendar without opening hours is refused on load

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies within opening hours."""
        return self.always_open or self.opens(at) == at

    def opens(self, at: datetime) -> datetime:
        """`at` itself when open, else the next opening."""
        return at if self.always_open else next(self._open_spans(at))[0]

    def quiet_until(self, at: datetime) -> datetime:
        """The end of the quiet hours that `at` lies in, or `at` itself."""
        day = self._midnight(at)
        for block in self.quiet:
            begin, end = self._instant(day, block.start), self._instant(day, block.end)
            if begin <= at < end:
                return end if block.end < DAY else self.quiet_until(end)
        return at

    def local(self, at: datetime) -> datetime:
        """`at` as the merchant's clock shows it."""
        return at.astimezone(self.zone)

    def _midnight(self, at: datetime) -> datetime:
        return datetime.combine(self.local(at).date(), time())

    def _instant(self, midnight: datetime, offset: timedelta) -> datetime:
        return (midnight + offset).replace(tzinfo=self.zone).astimezone(UTC)

    def _open_spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The opening times from `start` on, cut at it; without end."""
        day = self._midnight(start)
        while True:
            for block in self.hours[day.weekday()]:
                begin, end = self._instant(day, block.start), self._instant(day, block.end)
                if end > start:
                    yield max(begin, start), end
            day += DAY
