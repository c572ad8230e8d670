"""Is a source alive, quiet by nature, late, or out? Judged from what was heard of it, and from its habit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rules.calendar import Calendar
from rules.events import Shop
from rules.habits import A_MINUTE, AN_HOUR, MINUTES, Habit, HeardHour

BEATS_LATE, BEATS_OUT = 2, 3
"""So many heartbeats long nothing was heard."""
LATE_SHARE = 0.5
"""A silence that has come so far towards the limit is worth a look."""
LEAST_SILENCE = timedelta(minutes=5)
"""Nobody is called sooner: a restart takes its time."""
QUIET_AFTER = timedelta(minutes=15)
LAGS_AFTER = timedelta(minutes=30)
LEVELS = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""How busy the source was before it fell silent is seen from each of these; the least busy one counts."""
EVIDENCE = 3.0
"""It takes a few minutes of evidence to call a day slow."""
SETTLES_IN = timedelta(minutes=3)
"""A backlog comes mixed with what is new: the first fresh event proves nothing."""
FRESH = timedelta(minutes=2)
"""News that is no older shows that the source is up to date."""


class Expect(StrEnum):
    """What a source is expected to do."""

    LEARNED = "learned"
    """What it has done before, at this hour of such days."""
    NOTHING = "nothing"
    """It may be silent for as long as it likes."""


class Sign(StrEnum):
    """How a source is."""

    ALIVE = "alive"
    """It was heard as lately as is usual."""
    QUIET = "quiet"
    """It says nothing, and nothing is to be expected of it now; or its heartbeat vouches for it."""
    DELAYED = "delayed"
    """It sends, but what it sends is old: it is behind, or catches up."""
    LATE = "late"
    """It has been silent for longer than usual."""
    OUT = "out"
    """A silence like this does not come about by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRule:
    """How the sources of a prefix are judged."""

    heartbeat: timedelta | None = None
    """How often they send `source.heartbeat`; None when they do not."""
    expect: Expect = Expect.LEARNED
    grace: timedelta = timedelta(minutes=30)
    """How long at most, after they are back, what they missed may take to come in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRules:
    """Which rule is whose: that of the longest prefix."""

    by_prefix: Mapping[str, FeedRule] = field(default_factory=dict[str, FeedRule])

    def of(self, source: str) -> FeedRule:
        """The rule of a source; the defaults where no prefix fits."""
        fitting = [prefix for prefix in self.by_prefix if source.startswith(prefix)]
        return self.by_prefix[max(fitting, key=len)] if fitting else FeedRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What was heard of a source lately."""

    source: str
    shops: tuple[Shop, ...]
    heard_at: datetime
    """When the last new event came in."""
    occurred_at: datetime
    """When the newest of its events happened, by its own clock."""
    beat_at: datetime | None = None
    """When it last sent a heartbeat; None when it never did."""
    hours: Sequence[HeardHour] = ()
    """The last hours in which something came, oldest first."""

    @property
    def alive_at(self) -> datetime:
        """When anything was last heard of it."""
        return self.heard_at if self.beat_at is None else max(self.heard_at, self.beat_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a source is, and why."""

    sign: Sign
    since: datetime
    """When it was last heard."""
    expected: float = 0.0
    """How many events should have come since."""
    per_hour: float = 0.0
    """How many are usual in an hour like this."""
    share: float = 0.0
    """How far the silence has come towards what is out of the ordinary; 1 is there."""


def judge(
    pulse: Pulse, habit: Habit, rule: FeedRule, *, awake_at: datetime, now: datetime, calendar: Calendar
) -> Judgement:
    """How a source is at `now`. Silence counts from `awake_at` on: before that nobody listened."""
    since = max(pulse.alive_at, awake_at)
    level = _level(pulse, habit, calendar)
    missed, expected = habit.between(min(since, now), now, calendar, pulse.alive_at)
    hour = now.replace(minute=0, second=0, microsecond=0)
    share = _share(pulse, habit, rule, silence=now - since, missed=missed * level)
    return Judgement(
        sign=_sign(pulse, share, now - since),
        since=pulse.alive_at,
        expected=expected * level,
        per_hour=habit.between(hour, hour + AN_HOUR, calendar).events,
        share=share,
    )


def _share(pulse: Pulse, habit: Habit, rule: FeedRule, *, silence: timedelta, missed: float) -> float:
    """See `Judgement.share`. A heartbeat alone decides where there is one."""
    if rule.expect is Expect.NOTHING:
        return 0.0
    if rule.heartbeat is not None and pulse.beat_at is not None:
        return silence / (rule.heartbeat * BEATS_OUT)
    if habit.limit is None:
        return 0.0
    return min(missed / habit.limit, silence / LEAST_SILENCE)


def _sign(pulse: Pulse, share: float, silence: timedelta) -> Sign:
    late = BEATS_LATE / BEATS_OUT if pulse.beat_at is not None else LATE_SHARE
    if share > 1:
        return Sign.OUT
    if share > late:
        return Sign.LATE
    if pulse.heard_at - pulse.occurred_at > LAGS_AFTER:
        return Sign.DELAYED
    unheard = silence + (pulse.alive_at - pulse.heard_at)
    return Sign.QUIET if unheard > QUIET_AFTER else Sign.ALIVE


def _level(pulse: Pulse, habit: Habit, calendar: Calendar) -> float:
    """How busy the source was before it fell silent, of what is usual; 1 at most.

    A source that has slowed down is not taken for one that is cut.
    """
    end = pulse.heard_at + A_MINUTE
    levels = [1.0]
    for window in LEVELS:
        usual = habit.between(end - window, end, calendar).minutes
        levels.append((heard_minutes(pulse.hours, end - window, end) + EVIDENCE) / (usual + EVIDENCE))
    return min(levels)


def heard_minutes(hours: Sequence[HeardHour], start: datetime, end: datetime) -> int:
    """In how many minutes from `start` on until `end` something came."""
    total = 0
    for hour in hours:
        first = max((start - hour.at) // A_MINUTE, 0)
        last = min((end - hour.at) // A_MINUTE, MINUTES)
        if first < last:
            total += (hour.minutes >> first & (1 << last - first) - 1).bit_count()
    return total


def is_caught_up(pulse: Pulse, back_at: datetime, rule: FeedRule, now: datetime) -> bool:
    """Whether what a source missed while it was out has come in, since it is back at `back_at`.

    It has when news is fresh again, or nothing more comes, for a while; or when the grace is over.
    """
    if now - back_at >= rule.grace:
        return True
    if now - back_at < SETTLES_IN:
        return False
    fresh = pulse.heard_at - pulse.occurred_at <= FRESH
    return fresh or now - pulse.heard_at >= SETTLES_IN
