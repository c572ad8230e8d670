"""How well did the team answer on each single day? Counted once in a while, and kept: what is long over hardly changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.storage.connection import Connection
from bot.storage.measures import MeasureFilter, counted, sampled
from rules.dates import A_DAY
from rules.measures import Measures

SHORTEST = timedelta(minutes=1)
FRESHNESS = 24
"""A day is kept for the 24th part of its age: yesterday for a few minutes to an hour, last week for seven hours."""
MOST_KEPT = 256
"""Days; a busy one takes some ten thousand bytes."""


@dataclass(frozen=True, slots=True)
class _Day:
    """What was counted: a day that was over, as of some moment."""

    measures: Measures
    good_until: datetime


class MeasuredDays:
    """The measures of ranges of days; the last one, which is not over, is counted whenever somebody looks."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[MeasureFilter, timedelta], _Day] = OrderedDict()
        self.turn = asyncio.Lock()
        """To be taken before a connection is: who waits for a count that is under way waits without one."""

    async def measured(
        self, connection: Connection, wanted: MeasureFilter, complaint: timedelta, now: datetime
    ) -> Measures:
        """The same as `measures.measured`, of days that were counted up to a 24th of their age ago."""
        total = Measures()
        for day in _days(wanted):
            total = total.plus(await self._of(connection, day, complaint, now))
        return total.with_sample(*await sampled(connection, wanted))

    async def _of(
        self, connection: Connection, day: MeasureFilter, complaint: timedelta, now: datetime
    ) -> Measures:
        key, age = (day, complaint), now - day.until
        kept = self._kept.get(key)
        if kept is not None and now < kept.good_until:
            self._kept.move_to_end(key)
            return kept.measures
        found = await counted(connection, day, complaint, now)
        if age > timedelta():
            self._keep(key, _Day(found, now + max(age / FRESHNESS, SHORTEST)))
        return found

    def _keep(self, key: tuple[MeasureFilter, timedelta], day: _Day) -> None:
        self._kept[key] = day
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _days(wanted: MeasureFilter) -> Iterator[MeasureFilter]:
    """The range in pieces of a day, from its beginning on."""
    since = wanted.since
    while since < wanted.until:
        until = min(since + A_DAY, wanted.until)
        yield replace(wanted, since=since, until=until)
        since = until
