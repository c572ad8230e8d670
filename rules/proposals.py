"""Which limit would history propose? The shortest after which few orders still move on by themselves, if there are enough.

Whether a stage moves on by itself is asked of a Kaplan-Meier curve: orders that are under way, or were cancelled, count
for as long as they were watched. Nothing follows from a proposal until somebody accepts it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.dates import A_WEEK
from rules.stages import Kind, Stage
from rules.survival import Curve, Span, curve
from rules.volumes import Forecast, forecast

HEALED_AT_MOST = 0.2
"""So large a share of alerts may be about orders that move on within the next quarter of the limit."""
ALERTED_AT_MOST = 0.1
"""A limit that more than every tenth order passes is no exception."""
ENOUGH = 200
"""Fewer orders propose nothing."""
ENOUGH_SLOW = 20
"""A limit that fewer orders have passed is not known well enough to be proposed."""
MOST_TIMES = 4
"""No limit is proposed that is more than so many times longer or shorter than the present one."""
WORTH = 0.1
"""A limit that differs by less is left as it is."""
ROUND = tuple(
    timedelta(minutes=minutes)
    for minutes in (
        1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 360, 480,
        600, 720, 900, 1080, 1440, 1800, 2160, 2880, 3600, 4320, 5760, 7200, 8640, 10080, 12960, 14400, 17280, 20160,
        28800, 43200,
    )
)  # fmt: skip
"""The limits that are proposed: people have to remember them."""


class Days(StrEnum):
    """On what kind of day a clock started."""

    WORKDAY = "workday"
    """A day on which people work, such a Saturday too."""
    WEEKEND = "weekend"
    """A Saturday or a Sunday that nothing else is said of."""
    HOLIDAY = "holiday"
    """A statutory day off; limits are longer there."""


class Place(NamedTuple):
    """Whose limit it is; `lane` is empty for orders of no lane."""

    stage: Stage
    kind: Kind
    lane: str
    days: Days

    @property
    def key(self) -> str:
        """As one text."""
        return ":".join(self)


class Why(StrEnum):
    """Why nothing is proposed."""

    TOO_FEW = "too_few"
    """Too few orders."""
    TOO_FEW_SLOW = "too_few_slow"
    """Too few of them were slow enough to tell."""
    FEW_WEEKS = "few_weeks"
    """Too few weeks to guess how many alerts there would be."""
    FITS = "fits"
    """The present limit is what history would propose."""
    NONE_FITS = "none_fits"
    """At no limit within reach few enough move on by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """A stretch for which something was waited for, counted as its limit counts."""

    since: datetime
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What a limit brings."""

    limit: timedelta
    healed: float | None
    """Which share of those that pass it move on within the next quarter of it; None where none is known to pass it."""
    alerts: Forecast | None
    """In a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What history says of a limit: a new one, or why there is none."""

    place: Place
    n: int
    """Orders that it rests on."""
    open: int
    """How many of them were still under way, or cancelled: they are counted for as long as they were watched."""
    old: Volume
    new: Volume | None
    why: Why | None


def propose(
    place: Place,
    stints: Sequence[Stint],
    old: timedelta,
    now: datetime,
    *,
    each: int = 1,
    least_wait: timedelta = timedelta(),
    days_in: Sequence[int] = (),
) -> Proposal:
    """What history says of the limit `old`; each of the orders stands for `each`.

    `least_wait` is for how long nobody has touched an anomaly at least: what moves on by then has healed by itself.
    `days_in` says how many days of the kind each of the last weeks had, newest first: a week of holidays has no
    workdays, and so says nothing about the next one.
    """
    known = curve(stint.span for stint in stints)
    history = _History(stints=stints, curve=known, now=now, each=each, least_wait=least_wait, days_in=days_in)
    new, why = _sought(history, old)
    return Proposal(
        place=place,
        n=known.n,
        open=known.n - known.events,
        old=history.volume(old),
        new=None if new is None else history.volume(new),
        why=why,
    )


def _sought(history: "_History", old: timedelta) -> tuple[timedelta | None, Why | None]:
    if history.curve.n < ENOUGH:
        return None, Why.TOO_FEW
    within = [limit for limit in ROUND if old / MOST_TIMES <= limit <= old * MOST_TIMES]
    told = [limit for limit in within if history.slow(limit) >= ENOUGH_SLOW]
    if not told:
        return None, Why.TOO_FEW_SLOW
    new = next((limit for limit in told if history.is_fit(limit)), None)
    if new is None:
        return None, Why.NONE_FITS if told == within else Why.TOO_FEW_SLOW
    if abs(new - old) < WORTH * old:
        return None, Why.FITS
    return (None, Why.FEW_WEEKS) if history.alerts(new) is None else (new, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What is known of a place, and what a limit would bring there."""

    stints: Sequence[Stint]
    curve: Curve
    now: datetime
    each: int
    least_wait: timedelta
    days_in: Sequence[int]

    def slow(self, limit: timedelta) -> int:
        """How many are known to have taken longer."""
        return sum(stint.span.length > limit for stint in self.stints)

    def healed(self, limit: timedelta) -> float | None:
        """The share of those that pass the limit which move on within a quarter of it, or `least_wait`."""
        left = 1 - self.curve.within(limit)
        if left <= 0 or not self.slow(limit):
            return None
        then = limit + max(limit / 4, self.least_wait)
        return (self.curve.within(then) - self.curve.within(limit)) / left

    def is_fit(self, limit: timedelta) -> bool:
        """Whether few pass it, and few of those move on by themselves."""
        healed = self.healed(limit)
        return (
            healed is not None
            and healed <= HEALED_AT_MOST
            and 1 - self.curve.within(limit) <= ALERTED_AT_MOST
        )

    def alerts(self, limit: timedelta) -> Forecast | None:
        """How many alerts a week it brings."""
        counts = weekly(passed_at(self.stints, limit), self.first, self.now)
        ages, usual = range(len(counts) - 1, -1, -1), max(self.days_in, default=0)
        told = [
            count
            for age, count in zip(ages, counts, strict=True)
            if age >= len(self.days_in) or 2 * self.days_in[age] > usual
        ]
        guess = forecast(told)
        return None if guess is None else guess.times(self.each)

    @property
    def first(self) -> datetime:
        """When the first of all began."""
        return min((stint.since for stint in self.stints), default=self.now)

    def volume(self, limit: timedelta) -> Volume:
        """All of it."""
        return Volume(limit=limit, healed=self.healed(limit), alerts=self.alerts(limit))


def passed_at(stints: Iterable[Stint], limit: timedelta) -> list[datetime]:
    """When each that took longer passed the limit."""
    return [stint.since + limit for stint in stints if stint.span.length > limit]


def weekly(times: Iterable[datetime], first: datetime, now: datetime) -> list[int]:
    """How many there were in each whole week that ends at `now`, oldest first, from `first` on."""
    weeks = (now - first) // A_WEEK
    counts = Counter((now - at) // A_WEEK for at in times if at <= now)
    return [counts[number] for number in range(weeks - 1, -1, -1)]


def factor(holiday: Sequence[Stint], usual: Sequence[Stint], share: float = 0.8) -> float | None:
    """How much longer it takes on holidays until that share is done; None where either has too few to tell."""
    if min(len(holiday), len(usual)) < ENOUGH_SLOW:
        return None
    there, here = (curve(stint.span for stint in part).by(share) for part in (holiday, usual))
    return None if there is None or not here else there / here


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayFactor:
    """How much longer limits should be on the days of a holiday to come, as last year's were."""

    name: str
    days: tuple[date, date]
    """The first and the last one."""
    past: tuple[date, date]
    """Those of last year."""
    n: int
    """Stages that began on them."""
    usual: int
    """Those that began on the workdays around them."""
    old: float
    new: float | None
    why: Why | None


def factor_of(
    *,
    name: str,
    days: tuple[date, date],
    past: tuple[date, date],
    there: Mapping[Stage, Sequence[Stint]],
    usual: Mapping[Stage, Sequence[Stint]],
    old: float,
) -> HolidayFactor:
    """What the stages of last year's holiday say, `there` beside the `usual` ones."""
    found = {stage: factor(stints, usual.get(stage, ())) for stage, stints in there.items()}
    new = middle({stage: one for stage, one in found.items() if one is not None})
    why = Why.TOO_FEW if new is None else Why.FITS if abs(new - old) < WORTH * old else None
    return HolidayFactor(
        name=name,
        days=days,
        past=past,
        n=sum(map(len, there.values())),
        usual=sum(map(len, usual.values())),
        old=old,
        new=new if why is None else None,
        why=why,
    )


def middle(factors: Mapping[Stage, float]) -> float | None:
    """One factor for all stages: the one in the middle, to a tenth, and never below 1."""
    if not factors:
        return None
    found = sorted(factors.values())
    return max(1.0, round(found[len(found) // 2], 1))
