"""How does a source usually speak? Learned from the minutes in which it was heard, for weeks.

A silence is measured in the minutes in which the source would have been heard by now, not in time: a night is
short, and half an hour of a busy morning is long. So measured, all its silences can be compared (the time
rescaling of point processes), whether it reports each order, in bundles, or by the clock. See decision 0030.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.calendar import Calendar

MINUTES = 60
A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
LEAST_MINUTES = 200
"""A source that was heard in fewer minutes than this is not known well enough."""
LEAST_DAYS = 7
"""Nor is one that was first heard fewer days ago."""
LEAST_OF_A_KIND = 2
"""Of an hour nothing is expected on a kind of day that the source has not lived through so often."""
DAYS_WITHOUT_OUTAGE = 10
"""One of its longest silences in so many days may have been an outage that nobody noticed."""
KEPT = 0.95
"""A kind of day is kept when it speaks on so many of them; on others it may as well be silent until evening."""
ONCE_IN_DAYS = 1000
"""A silence that is out of the ordinary comes about once in so many days by itself."""
LEAST_MISSED = 3.0
"""And so many minutes in which the source should have been heard went by, however regular it is."""


class DayKind(StrEnum):
    """Days on which a source speaks alike."""

    WORKDAY = "workday"
    """Monday to Friday."""
    WEEKEND = "weekend"
    """Saturday and Sunday."""
    DAY_OFF = "day_off"
    """A statutory holiday."""


class Slot(NamedTuple):
    """An hour of the clock, on days of a kind."""

    kind: DayKind
    hour: int


class HeardHour(NamedTuple):
    """What a source sent within an hour, and in which of its minutes."""

    at: datetime
    """When the hour began."""
    events: int
    minutes: int
    """A bit for each minute in which something came; the first is the lowest."""


class Usual(NamedTuple):
    """What is to be expected within an hour."""

    minutes: float
    """In so many of its minutes something comes."""
    events: float


NOTHING = Usual(0.0, 0.0)


class Span(NamedTuple):
    """A stretch of time that is not to be learned from: the source was out."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a source usually speaks."""

    usual: Mapping[Slot, Usual]
    """An hour that is not in it is not known."""
    kept: frozenset[DayKind] = frozenset()
    """On these days it always speaks; on others nothing is expected of it before it has spoken."""
    limit: float | None
    """A silence is out of the ordinary once so many minutes in which something should have come went by.

    None while too little is known of the source to say.
    """

    def between(
        self, start: datetime, end: datetime, calendar: Calendar, spoke_at: datetime | None = None
    ) -> Usual:
        """What is to be expected from `start` on until `end`, when it spoke last at `spoke_at`, or at `start`."""
        minutes = events = 0.0
        for at, share in _hours(start, end):
            usual = self.within(at, spoke_at or start, calendar)
            minutes += usual.minutes * share
            events += usual.events * share
        return Usual(minutes, events)

    def within(self, hour: datetime, spoke_at: datetime, calendar: Calendar) -> Usual:
        """What is to be expected within an hour, when it spoke last at `spoke_at`."""
        slot = slot_of(hour, calendar)
        if slot.kind not in self.kept and _day(hour, calendar) > _day(spoke_at, calendar):
            return NOTHING
        return self.usual.get(slot, NOTHING)


UNKNOWN = Habit(usual={}, limit=None)
"""Of a source of which nothing is known."""


def slot_of(at: datetime, calendar: Calendar) -> Slot:
    """Which hour of which kind of day it is for the merchant."""
    local = calendar.local(at)
    if local.date() in calendar.days_off:
        return Slot(DayKind.DAY_OFF, local.hour)
    return Slot(DayKind.WEEKEND if local.weekday() >= 5 else DayKind.WORKDAY, local.hour)


def learn(hours: Sequence[HeardHour], now: datetime, calendar: Calendar, dark: Sequence[Span] = ()) -> Habit:
    """The habit of a source from the hours in which it was heard, oldest first; `dark` is left out.

    The hour that is under way is left out as well.
    """
    known = [hour for hour in hours if hour.at + AN_HOUR <= now and not _is_dark(hour.at, dark)]
    if not known or now - known[0].at < timedelta(days=LEAST_DAYS):
        return UNKNOWN
    habit = Habit(
        usual=_usual(known, now, calendar, dark), limit=None, kept=_kept(known, now, calendar, dark)
    )
    silences = sorted(_silences(known, habit, calendar, dark), reverse=True)
    days = (now - known[0].at) / timedelta(days=1)
    return replace(habit, limit=_limit(silences, days))


def _kept(
    hours: Sequence[HeardHour], now: datetime, calendar: Calendar, dark: Sequence[Span]
) -> frozenset[DayKind]:
    """The kinds of days on which it speaks, as far as such days are over and nothing was wrong."""
    spoken = {_day(hour.at, calendar) for hour in hours}
    days: dict[DayKind, list[bool]] = {}
    at = hours[0].at
    while at + timedelta(days=1) <= now:
        if not any(span.start < at + timedelta(days=1) and at < span.end for span in dark):
            days.setdefault(slot_of(at, calendar).kind, []).append(_day(at, calendar) in spoken)
        at += timedelta(days=1)
    return frozenset(kind for kind, spoke in days.items() if sum(spoke) >= KEPT * len(spoke))


def _usual(
    hours: Sequence[HeardHour], now: datetime, calendar: Calendar, dark: Sequence[Span]
) -> dict[Slot, Usual]:
    """The mean of each slot, as if there had been one more day of silence: little evidence expects little."""
    lived: dict[Slot, int] = {}
    at = hours[0].at
    while at + AN_HOUR <= now:
        if not _is_dark(at, dark):
            slot = slot_of(at, calendar)
            lived[slot] = lived.get(slot, 0) + 1
        at += AN_HOUR
    heard: dict[Slot, Usual] = {}
    for hour in hours:
        slot = slot_of(hour.at, calendar)
        before = heard.get(slot, NOTHING)
        heard[slot] = Usual(before.minutes + hour.minutes.bit_count(), before.events + hour.events)
    return {
        slot: Usual(sums.minutes / (lived[slot] + 1), sums.events / (lived[slot] + 1))
        for slot, sums in heard.items()
        if lived[slot] >= LEAST_OF_A_KIND
    }


def _silences(
    hours: Sequence[HeardHour], habit: Habit, calendar: Calendar, dark: Sequence[Span]
) -> Iterator[float]:
    """How much was missed in each silence: between a minute in which something came and the next such one."""
    last: HeardHour | None = None
    missed = 0.0
    for hour in hours:
        rate = habit.within(hour.at, hour.at, calendar).minutes / MINUTES
        first = rate
        if last is not None:
            start = last.at + AN_HOUR
            first = habit.within(hour.at, last.at, calendar).minutes / MINUTES
            missed += _between(start, hour.at, habit, last.at, calendar)
            if any(span.start < hour.at and span.end > start for span in dark):
                missed = -math.inf
        before = -1
        for minute in _set_bits(hour.minutes):
            silence = missed + (minute - before) * (first if before < 0 else rate)
            if last is not None or before >= 0:
                yield max(silence, 0.0)
            missed, before = 0.0, minute
        missed += (MINUTES - 1 - before) * rate
        last = hour


def _between(start: datetime, end: datetime, habit: Habit, spoke_at: datetime, calendar: Calendar) -> float:
    return sum(habit.within(at, spoke_at, calendar).minutes * share for at, share in _hours(start, end))


def _day(at: datetime, calendar: Calendar) -> date:
    return calendar.local(at).date()


def _limit(silences: Sequence[float], days: float) -> float | None:
    """The tail of silences is taken for exponential, as wide as the longest certain one says; None: too few."""
    number = len(silences)
    if number < LEAST_MINUTES:
        return None
    doubtful = math.ceil(days / DAYS_WITHOUT_OUTAGE)
    width = silences[doubtful] / math.log(number / (doubtful + 1))
    return max(LEAST_MISSED, width * math.log(ONCE_IN_DAYS * number / days))


def _is_dark(at: datetime, dark: Iterable[Span]) -> bool:
    """Whether the hour that began then lies in the dark, be it in part."""
    return any(span.start < at + AN_HOUR and at < span.end for span in dark)


def _set_bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _hours(start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """The hours from `start` until `end`: when each began, and which share of it lies between the two."""
    at = start.replace(minute=0, second=0, microsecond=0)
    while at < end:
        inside = min(end, at + AN_HOUR) - max(start, at)
        yield at, inside / AN_HOUR
        at += AN_HOUR
