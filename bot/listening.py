"""How is each source, as far as this process can tell? Its habit, learned once an hour, and what was heard lately."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.directory import Directory
from bot.storage.feeds import Record, heartbeats, records
from bot.storage.outages import lately
from bot.storage.store import Store
from rules.habits import UNKNOWN, Habit, Span, learn
from rules.signs import Judgement, Pulse, judge

LEARNED_FROM = timedelta(days=60)
"""So long it is known what a source sent; see bot/timetable.py."""
LEARN_EVERY = timedelta(hours=1)
HEARD_WITHIN = timedelta(hours=8)
"""What is read at each look."""
LAST_HOURS = 8
MOST_OUTAGES = 1000
ASLEEP_AFTER = timedelta(minutes=2)
"""Whoever has not looked for so long has heard nothing either: the machine slept, or the database was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A source, and how it is."""

    pulse: Pulse
    judgement: Judgement
    is_known: bool
    """Whether its habit is known well enough to judge by it."""


class Listening:
    """Judges sources; any number of times, and changes nothing."""

    def __init__(self, store: Store, directory: Directory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._habits: Mapping[str, Habit] = {}
        self._known: Mapping[str, Record] = {}
        self._learned_at: datetime | None = None
        self._began_at = self._awake_at = self._looked_at = clock.now()

    async def look(self) -> list[Judged]:
        """How every source is, by name, for whoever keeps looking. Raises StoreUnavailableError."""
        now = self._clock.now()
        if now - self._looked_at > ASLEEP_AFTER:
            self._awake_at = now
        judged = await self._judged(now, self._awake_at)
        self._looked_at = now
        return judged

    async def glance(self) -> list[Judged]:
        """The same, for whoever looks now and then. Raises StoreUnavailableError."""
        return await self._judged(self._clock.now(), self._began_at)

    async def _judged(self, now: datetime, awake_at: datetime) -> list[Judged]:
        if self._learned_at is None or not timedelta() <= now - self._learned_at < LEARN_EVERY:
            await self._learn(now)
        async with self._store.survey() as connection:
            heard = await records(connection, now - HEARD_WITHIN)
            beats = await heartbeats(connection)
        present = {**self._known, **heard}
        return [self._judge(name, present[name], beats.get(name), awake_at, now) for name in sorted(present)]

    def _judge(
        self, source: str, record: Record, beat_at: datetime | None, awake_at: datetime, now: datetime
    ) -> Judged:
        pulse = Pulse(
            source=source,
            shops=record.shops,
            heard_at=record.heard_at,
            occurred_at=record.occurred_at,
            beat_at=beat_at,
            hours=record.hours,
        )
        book = self._directory.rules.current
        habit, rule = self._habits.get(source, UNKNOWN), book.feeds.of(source)
        judgement = judge(pulse, habit, rule, awake_at=awake_at, now=now, calendar=book.calendar)
        return Judged(pulse=pulse, judgement=judgement, is_known=habit.limit is not None)

    async def _learn(self, now: datetime) -> None:
        """Read the weeks that are kept, and reckon beside the loop: that is much, for many sources."""
        async with self._store.survey() as connection:
            known = await records(connection, now - LEARNED_FROM)
            outages = await lately(connection, now - LEARNED_FROM, MOST_OUTAGES)
        calendar = self._directory.rules.current.calendar
        dark = {
            source: [Span(one.heard_at, one.back_at or now) for one in outages if one.source == source]
            for source in known
        }
        self._habits = await asyncio.to_thread(
            lambda: {
                source: learn(record.hours, now, calendar, dark[source]) for source, record in known.items()
            }
        )
        self._known = {source: _lately(record) for source, record in known.items()}
        self._learned_at = now


def _lately(record: Record) -> Record:
    """What is still of use once the habit is learned: the hours before the source fell silent."""
    return replace(record, hours=record.hours[-LAST_HOURS:])
