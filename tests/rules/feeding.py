"""Days of sources, made up: what they report, and what goes wrong with them, minute by minute."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from rules.calendar import Calendar
from rules.events import Shop
from rules.habits import A_MINUTE, AN_HOUR, MINUTES, Habit, HeardHour, Span, learn
from rules.instants import instant
from rules.signs import LEAST_SILENCE, FeedRule, Pulse, Sign, judge

MONDAY = date(2026, 3, 2)
CALENDAR = Calendar()
DAY_MINUTES = 24 * MINUTES
FIRST_HOUR, LAST_HOUR = 8, 23
LATELY = 7
"""So many hours before the present one are looked at."""
Shape = Callable[[Random, int, bool], Iterator[int]]
"""The minutes of a day, each as often as there are events in it; of which day, and whether it is a working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """From which minute on until which one only this share of the events comes, and whether the rest comes later."""

    start: int
    end: int
    left: float = 0.0
    replayed: bool = True

    @property
    def is_cut(self) -> bool:
        return self.left == 0.0


def spread(per_day: float) -> Shape:
    """Each event by itself, most of them by day; every day is busier or calmer than the last."""

    def minutes(random: Random, day: int, working: bool) -> Iterator[int]:
        level = random.lognormvariate(0, 0.25) * (1.0 if working else 0.6)
        for minute in range(DAY_MINUTES):
            hour = minute // MINUTES
            height = math.sin(math.pi * (hour - FIRST_HOUR + 0.5) / (LAST_HOUR - FIRST_HOUR))
            busy = max(height, 0.01) if FIRST_HOUR <= hour < LAST_HOUR else 0.01
            mean = per_day * level * busy / (MINUTES * 9.6)
            yield from [minute] * poisson(random, mean)

    return minutes


def by_the_clock(every: int, size: float) -> Shape:
    """A bundle every so many minutes, around the clock; some are empty."""

    def minutes(random: Random, day: int, working: bool) -> Iterator[int]:
        for minute in range(random.randrange(every), DAY_MINUTES, every):
            at = min(max(minute + random.randint(-1, 1), 0), DAY_MINUTES - 1)
            yield from [at] * poisson(random, size)

    return minutes


def in_waves(per_day: float) -> Shape:
    """Picking in waves: half an hour of news, then half an hour of little."""

    def minutes(random: Random, day: int, working: bool) -> Iterator[int]:
        if not working and random.random() < 0.5:
            return
        for start in range(9 * MINUTES, 19 * MINUTES, MINUTES):
            begin = start + random.randint(0, 20)
            for _ in range(poisson(random, per_day / 10)):
                yield min(begin + int(random.triangular(0, 40, 10)), DAY_MINUTES - 1)

    return minutes


def poisson(random: Random, mean: float) -> int:
    """How many come when so many are to be expected."""
    if mean > 30:
        return max(round(random.gauss(mean, math.sqrt(mean))), 0)
    number, chance, limit = 0, random.random(), math.exp(-mean)
    while chance > limit:
        number, chance = number + 1, chance * random.random()
    return number


@dataclass(slots=True)
class Diary:
    """All that was heard of a source, minute by minute."""

    hours: dict[datetime, list[int]] = field(default_factory=dict[datetime, list[int]])
    """For each hour the events in each of its minutes."""
    heard_at: datetime | None = None

    def note(self, at: datetime, events: int) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.hours.setdefault(hour, [0] * MINUTES)[at.minute] += events
        self.heard_at = at

    def heard(self, since: datetime) -> list[HeardHour]:
        return [heard_hour(at, minutes) for at, minutes in sorted(self.hours.items()) if at >= since]

    def pulse(self) -> Pulse:
        assert self.heard_at is not None
        return Pulse(
            source="/wms/hz1",
            shops=(Shop("main"),),
            heard_at=self.heard_at,
            occurred_at=self.heard_at,
            hours=list(self._lately(self.heard_at)),
        )

    def _lately(self, until: datetime) -> Iterator[HeardHour]:
        hour = until.replace(minute=0, second=0, microsecond=0)
        for ago in range(LATELY, -1, -1):
            at = hour - ago * AN_HOUR
            if at in self.hours:
                yield heard_hour(at, self.hours[at])


def heard_hour(at: datetime, minutes: Sequence[int]) -> HeardHour:
    """An hour with so many events in each of its minutes."""
    return HeardHour(at, sum(minutes), sum(1 << place for place, events in enumerate(minutes) if events))


@dataclass(slots=True)
class Found:
    """What a look-out saw on one day."""

    outages: list[int] = field(default_factory=list[int])
    """The minute of the day in which each outage was noticed."""
    dark: list[Span] = field(default_factory=list[Span])
    """From when until when the source was out, as far as was noticed."""
    troubles: Sequence[Trouble] = ()


def live_a_day(
    diary: Diary, day: int, shape: Shape, random: Random, troubles: Sequence[Trouble], habit: Habit
) -> Found:
    """Go through a day with a look each minute; an outage ends when the source is heard again."""
    start = midnight(day)
    working = (MONDAY + timedelta(days=day)).weekday() < 5
    coming = sent(shape(random, day, working), troubles, random)
    found, is_out = Found(troubles=troubles), False
    for minute in range(DAY_MINUTES):
        now = start + minute * A_MINUTE
        if coming[minute]:
            if is_out and diary.heard_at is not None:
                found.dark.append(Span(diary.heard_at, now))
            diary.note(now, coming[minute])
            is_out = False
        elif diary.heard_at is not None and not is_out and now - diary.heard_at >= LEAST_SILENCE:
            sign = judge(
                diary.pulse(),
                habit,
                FeedRule(),
                awake_at=start - timedelta(days=1),
                now=now + A_MINUTE,
                calendar=CALENDAR,
            ).sign
            if sign is Sign.OUT:
                is_out = True
                found.outages.append(minute)
    return found


def sent(minutes: Iterable[int], troubles: Sequence[Trouble], random: Random) -> list[int]:
    """How many events come in each minute of a day, with its troubles."""
    coming = [0] * DAY_MINUTES
    for minute in minutes:
        trouble = next((one for one in troubles if one.start <= minute < one.end), None)
        if trouble is None or random.random() < trouble.left:
            coming[minute] += 1
        elif trouble.replayed and trouble.end < DAY_MINUTES:
            coming[min(trouble.end + random.randint(0, 5), DAY_MINUTES - 1)] += 1
    return coming


def midnight(day: int) -> datetime:
    """When a day begins in Shanghai."""
    return instant(datetime.combine(MONDAY, datetime.min.time(), CALENDAR.zone) + timedelta(days=day))


def history(shape: Shape, days: int, random: Random) -> Diary:
    """A source that nothing was wrong with for so many days, until a Monday begins."""
    diary = Diary()
    for day in range(-days, 0):
        working = (MONDAY + timedelta(days=day)).weekday() < 5
        for minute, events in enumerate(sent(shape(random, day, working), (), random)):
            if events:
                diary.note(midnight(day) + minute * A_MINUTE, events)
    return diary


def habit_of(diary: Diary, day: int, days: int, dark: Sequence[Span]) -> Habit:
    """What is known of a source when a day begins."""
    return learn(diary.heard(midnight(day) - timedelta(days=days)), midnight(day), CALENDAR, dark)
