"""How is history played once more, over all orders and on all cores? In slices, each in a process of its own.

Each process reads its orders itself, a few at a time, and gives back what would have been raised: nothing is
written, and nothing leaves.
"""

import asyncio
import os
import threading
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context, parent_process

import msgspec
from msgspec import Struct

from bot.holidays import days_off
from bot.signals import Signals
from bot.storage.histories import Extent, Histories
from bot.storage.opening import database_for
from bot.storage.store import Store
from rules.book import RuleBook
from rules.bookfile import read_kept
from rules.editions import Rules
from rules.events import FIRST, OrderKey, Shop
from rules.rehearsal import rehearse
from rules.retelling import retell
from rules.roster import Roster
from rules.tallies import Played

AT_A_TIME = 250
"""Orders whose events are in memory at once, in each process."""
SLICE, LEAST_SLICE = 500, 50
"""Orders that a process is given at once: a second of work or so, for which whoever cancels it waits."""
SLICES_EACH = 8
"""So many slices for each core, where there are few orders: all cores end at about the same time."""
NICE = 15
"""How far a rehearsal steps back behind the service."""

Progress = Callable[[int, int], None]
"""Told how many orders are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A rule book as it is played; `body` is the book as it is kept."""

    version: int
    body: str

    def book(self, since: datetime, until: datetime) -> RuleBook:
        """The book, with the days off of these years."""
        return read_kept(self.body).compile(self.version, days_off(since.year - 1, until.year + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is rehearsed."""

    url: str
    """Of the database."""
    scores: tuple[Score, ...]
    since: datetime
    """What is raised before is left out."""
    until: datetime
    """Where history ends."""
    first_at: datetime
    """When the first event was observed."""
    rosters: tuple[tuple[datetime, Roster], ...]
    """From when on each was in force, oldest first; the first one before that as well."""
    shop: Shop | None = None
    begins: datetime | None = None
    """Orders that had ended by then are passed over; None for all."""

    def books(self) -> list[RuleBook]:
        """The rule books."""
        return [score.book(self.first_at, self.until) for score in self.scores]

    def roster_of(self, at: datetime) -> Roster:
        """The roster that was in force then."""
        place = bisect_right(self.rosters, at, key=lambda one: one[0])
        return self.rosters[max(place - 1, 0)][1]


@dataclass(slots=True, kw_only=True)
class Performance:
    """What came of a rehearsal: for each book, what it would have raised."""

    orders: int = 0
    events: int = 0
    played: list[Played] = field(default_factory=list[Played])


class _Part(Struct):
    """What came of a slice."""

    orders: int
    events: int
    played: list[Played]


async def extent_of(store: Store, since: datetime | None, shop: Shop | None) -> Extent:
    """How much history there is."""
    async with store.survey() as connection:
        return await Histories(connection).extent(since, shop)


async def perform(
    plan: Plan, store: Store, orders: int, progress: Progress, *, cores: int | None = None, nice: int = 0
) -> Performance:
    """Play it, on so many cores, all there are by default. Raises StoreUnavailableError, and what a process raised."""
    found = Performance(played=[Played(alerts=[], climbs=[]) for _ in plan.scores])
    workers = cores or len(os.sched_getaffinity(0))
    size = min(SLICE, max(LEAST_SLICE, orders // (workers * SLICES_EACH)))
    async with _troupe(plan, workers, nice) as play:
        under_way: set[asyncio.Future[bytes]] = set()
        async for keys in _slices(plan, store, size):
            under_way.add(play(keys))
            while len(under_way) > workers * 2:
                under_way = await _gather(under_way, found, progress, orders)
        while under_way:
            under_way = await _gather(under_way, found, progress, orders)
    return found


async def _gather(
    under_way: set[asyncio.Future[bytes]], found: Performance, progress: Progress, orders: int
) -> set[asyncio.Future[bytes]]:
    """Wait for the next slices to end, and take in what came of them; those still under way."""
    done, left = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        part = msgspec.msgpack.decode(one.result(), type=_Part)
        found.orders += part.orders
        found.events += part.events
        for all_, theirs in zip(found.played, part.played, strict=True):
            all_.alerts.extend(theirs.alerts)
            all_.climbs.extend(theirs.climbs)
    progress(found.orders, max(orders, found.orders))
    return left


async def _slices(plan: Plan, store: Store, size: int) -> AsyncGenerator[list[OrderKey]]:
    after = FIRST
    while True:
        async with store.reading() as connection:
            keys = await Histories(connection).keys(after, size, plan.begins, plan.shop)
        if keys:
            yield keys
        if len(keys) < size:
            return
        after = keys[-1]


@asynccontextmanager
async def _troupe(
    plan: Plan, workers: int, nice: int
) -> AsyncGenerator[Callable[[list[OrderKey]], asyncio.Future[bytes]]]:
    """The processes; whoever leaves early does not wait for what is under way."""
    loop = asyncio.get_running_loop()
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_prepare, initargs=(plan, nice)
    )
    try:
        yield lambda keys: loop.run_in_executor(pool, _play, keys)
    finally:
        await loop.run_in_executor(None, partial(pool.shutdown, wait=True, cancel_futures=True))


# --- in the processes --------------------------------------------------------------


@dataclass(slots=True)
class _Stage:
    """What a process has at hand."""

    plan: Plan
    rules: Sequence[Rules]


_STAGE: list[_Stage] = []


def _prepare(plan: Plan, nice: int) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(nice)
    _STAGE[:] = [_Stage(plan, [Rules.only(book) for book in plan.books()])]


def _end_with_parent() -> None:
    """Whoever is killed leaves nobody behind who waits for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(keys: list[OrderKey]) -> bytes:
    return msgspec.msgpack.encode(asyncio.run(play(keys, _STAGE[0].plan, _STAGE[0].rules)))


async def play(keys: Sequence[OrderKey], plan: Plan, rules: Sequence[Rules]) -> _Part:
    """What each book would have raised about these orders."""
    part = _Part(orders=len(keys), events=0, played=[Played(alerts=[], climbs=[]) for _ in rules])
    database = database_for(plan.url)
    await database.open()
    try:
        store = Store(database, Signals())
        for first in range(0, len(keys), AT_A_TIME):
            await _play_some(keys[first : first + AT_A_TIME], plan, rules, store, part)
    finally:
        await database.close()
    return part


async def _play_some(
    keys: Sequence[OrderKey], plan: Plan, rules: Sequence[Rules], store: Store, part: _Part
) -> None:
    async with store.reading() as connection:
        histories = Histories(connection)
        events, deeds = await histories.events(keys), await histories.deeds(keys)
    for key, known in events.items():
        part.events += len(known)
        moments = retell(key, known, deeds.get(key, ()), plan.until)
        for rule, played in zip(rules, part.played, strict=True):
            found = rehearse(key, moments, rule, plan.roster_of, plan.until)
            played.alerts.extend(found.alerts)
            played.climbs.extend(climb for climb in found.climbs if climb.at >= plan.since)
