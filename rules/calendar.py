"""When is a limit up, given holidays, 调休 and opening hours?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.dates import A_DAY
from rules.instants import MILLISECOND, instant, whole_ms

MIDNIGHT = timedelta()
SHANGHAI = ZoneInfo("Asia/Shanghai")


class NeverOpenError(ValueError):
    """The shop would never be open and awake at once; no clock would ever end."""


class Block(NamedTuple):
    """A stretch of a day, as distances from its midnight; `end` is after `start` and at most 24 hours."""

    start: timedelta
    end: timedelta


Week = tuple[tuple[Block, ...], ...]
"""The blocks of Monday to Sunday, in order and apart."""

ALL_DAY = (Block(MIDNIGHT, A_DAY),)
ALL_WEEK: Week = (ALL_DAY,) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The merchant's time. `hours` holds the opening blocks of a week, `quiet` those of any day.

    Raises NeverOpenError when the one leaves nothing of the other.
    """

    zone: ZoneInfo = SHANGHAI
    holiday_factor: Fraction = Fraction(3, 2)
    days_off: frozenset[date] = frozenset()
    """Statutory days off; ordinary weekends and 调休 workdays are not among them."""
    hours: Week = ALL_WEEK
    quiet: tuple[Block, ...] = ()
    awake: Week = field(init=False)
    """The opening blocks without the quiet hours."""
    never_closes: bool = field(init=False)

    def __post_init__(self) -> None:
        awake = tuple(tuple(_without(day, self.quiet)) for day in self.hours)
        if not any(awake):
            raise NeverOpenError(NeverOpenError.__doc__)
        object.__setattr__(self, "awake", awake)
        object.__setattr__(self, "never_closes", self.hours == ALL_WEEK)

    def stretch(self, limit: timedelta, start: datetime) -> timedelta:
        """`limit` as it is for a clock that started at `start`: longer when that was a day off."""
        if not self.days_off or self.local(start).date() not in self.days_off:
            return whole_ms(limit)
        factor = self.holiday_factor
        return MILLISECOND * (limit // MILLISECOND * factor.numerator // factor.denominator)

    def due(self, start: datetime, limit: timedelta, *, around_the_clock: bool = False) -> datetime:
        """When a clock that started at `start` reaches `limit`, stretched, counting opening hours only."""
        return self.after(start, self.stretch(limit, start), around_the_clock=around_the_clock)

    def after(self, start: datetime, wait: timedelta, *, around_the_clock: bool = False) -> datetime:
        """When `wait` of opening hours has passed since `start`."""
        if around_the_clock or self.never_closes:
            return instant(start + wait)
        return _count(self._spans(self.hours, start), wait)

    def passed(self, start: datetime, until: datetime, *, around_the_clock: bool = False) -> timedelta:
        """How much of the opening hours lies between the two; none when `until` is the earlier one."""
        return _between(self._spans(ALL_WEEK if around_the_clock else self.hours, start), until)

    def passed_awake(self, start: datetime, until: datetime) -> timedelta:
        """How much of the time between the two the shop was open and not quiet."""
        return _between(self._spans(self.awake, start), until)

    def after_awake(self, start: datetime, wait: timedelta) -> datetime:
        """When `wait` has passed since `start`, while the shop was open and not quiet; never outside that."""
        return self.wakes(_count(self._spans(self.awake, start), wait))

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies within opening hours."""
        return self.opens(at) == instant(at)

    def opens(self, at: datetime) -> datetime:
        """`at` itself when open, else the next opening."""
        return next(self._spans(self.hours, at))[0]

    def wakes(self, at: datetime) -> datetime:
        """`at` itself when open and not quiet, else the next time when both are so."""
        return next(self._spans(self.awake, at))[0]

    def awake_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The times in between that are open and not quiet, in order and apart."""
        for begin, until in self._spans(self.awake, start):
            if begin >= end:
                return
            yield begin, min(until, end)

    def local(self, at: datetime) -> datetime:
        """`at` as the merchant's clock shows it."""
        return at.astimezone(self.zone)

    def _spans(self, week: Week, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The times of `week` from `start` on, cut at it: in order, apart, without end."""
        start = instant(start)
        if week == ALL_WEEK:
            yield start, datetime.max.replace(tzinfo=UTC)
            return
        day = datetime.combine(self.local(start).date(), time())
        while True:
            for block in week[day.weekday()]:
                begin, end = max(start, self._instant(day, block.start)), self._instant(day, block.end)
                if begin < end:
                    yield begin, end
                    start = end
            day += A_DAY

    def _instant(self, midnight: datetime, offset: timedelta) -> datetime:
        return (midnight + offset).replace(tzinfo=self.zone).astimezone(UTC)


def _count(spans: Iterator[tuple[datetime, datetime]], wait: timedelta) -> datetime:
    while True:
        begin, end = next(spans)
        if end - begin >= wait:
            return instant(begin + wait)
        wait -= end - begin


def _between(spans: Iterator[tuple[datetime, datetime]], until: datetime) -> timedelta:
    total = timedelta()
    for begin, end in spans:
        if begin >= until:
            break
        total += min(end, until) - begin
    return total


def _without(blocks: tuple[Block, ...], quiet: tuple[Block, ...]) -> Iterator[Block]:
    """What of the blocks lies outside the quiet ones; all of them in order and apart."""
    for start, end in blocks:
        begin = start
        for hush in quiet:
            if begin < min(hush.start, end):
                yield Block(begin, min(hush.start, end))
            begin = max(begin, hush.end)
        if begin < end:
            yield Block(begin, end)
