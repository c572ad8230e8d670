"""How is history played once more, over all orders and on all cores? In slices, each in a process of its own.

Each process reads its orders itself, a few at a time, and gives back what would have been raised: nothing is
written, and nothing leaves. What they gave back is counted in such a process as well: whoever asked, perhaps the
service, hands it over unread.
"""

import asyncio
import os
import threading
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce
from multiprocessing import get_context, parent_process
from typing import Any

import msgspec
from msgspec import Struct

from bot.holidays import days_off
from bot.signals import Signals
from bot.storage.histories import Extent, Histories
from bot.storage.opening import database_for
from bot.storage.store import Store
from replies.hindsight import wordings
from replies.library import Templates
from rules.book import RuleBook
from rules.bookfile import read_kept
from rules.deeds import Deed
from rules.editions import Rules
from rules.events import FIRST, OrderEvent, OrderKey, Shop
from rules.rehearsal import Alert, rehearse
from rules.reports import Report, report
from rules.retelling import Moment, retell
from rules.roster import Roster
from rules.tallies import Played, Span
from rules.wordings import Replies, Wording, replies_of, together

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

Call = Callable[[Callable[[Any], bytes], Any], asyncio.Future[bytes]]
"""Has one of the processes do something."""


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


class _Part(Struct):
    """What came of a slice: for each book, what it would have raised, and what all of them would have said."""

    orders: int
    events: int
    played: list[Played]
    replies: Replies


async def extent_of(store: Store, since: datetime | None, shop: Shop | None) -> Extent:
    """How much history there is."""
    async with store.survey() as connection:
        return await Histories(connection).extent(since, shop)


async def perform(
    plan: Plan, store: Store, orders: int, progress: Progress, *, cores: int | None = None, nice: int = 0
) -> Report:
    """Play it, on so many cores, all there are by default. Raises StoreUnavailableError, and what a process raised."""
    workers, parts, done = cores or len(os.sched_getaffinity(0)), list[bytes](), 0
    size = min(SLICE, max(LEAST_SLICE, orders // (workers * SLICES_EACH)))
    async with _troupe(plan, workers, nice) as call:
        under_way: dict[asyncio.Future[bytes], int] = {}

        async def gather() -> None:
            nonlocal done
            for one in (await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED))[0]:
                done += under_way.pop(one)
                parts.append(one.result())
            progress(done, max(orders, done))

        async for keys in _slices(plan, store, size):
            under_way[call(_play, keys)] = len(keys)
            while len(under_way) > workers * 2:
                await gather()
        while under_way:
            await gather()
        return msgspec.msgpack.decode(await call(_count, parts), type=Report)


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
async def _troupe(plan: Plan, workers: int, nice: int) -> AsyncGenerator[Call]:
    """The processes; whoever leaves early does not wait for what is under way."""
    loop = asyncio.get_running_loop()
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_prepare, initargs=(plan, nice)
    )
    try:
        await asyncio.to_thread(_begin, pool, workers)
        yield lambda what, about: loop.run_in_executor(pool, what, about)
    finally:
        await loop.run_in_executor(None, partial(pool.shutdown, wait=True, cancel_futures=True))


def _begin(pool: ProcessPoolExecutor, workers: int) -> None:
    """Start all processes: each is handed the plan, for which whoever starts it waits."""
    for _ in range(workers):
        pool.submit(os.getpid)


# --- in the processes --------------------------------------------------------------


@dataclass(slots=True)
class _Stage:
    """What a process has at hand."""

    plan: Plan
    rules: Sequence[Rules]
    templates: Templates


_STAGE: list[_Stage] = []


def _prepare(plan: Plan, nice: int) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(nice)
    _STAGE[:] = [_Stage(plan, [Rules.only(book) for book in plan.books()], Templates())]


def _end_with_parent() -> None:
    """Whoever is killed leaves nobody behind who waits for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(keys: list[OrderKey]) -> bytes:
    return msgspec.msgpack.encode(asyncio.run(_played(keys, _STAGE[0])))


def _count(parts: list[bytes]) -> bytes:
    """What all slices come to."""
    plan, books = _STAGE[0].plan, [one.current for one in _STAGE[0].rules]
    decoded = [msgspec.msgpack.decode(part, type=_Part) for part in parts]
    played = [
        Played(
            alerts=[alert for part in decoded for alert in part.played[number].alerts],
            climbs=[climb for part in decoded for climb in part.played[number].climbs],
        )
        for number in range(len(books))
    ]
    found = report(
        played,
        books,
        plan.roster_of,
        Span(plan.since, plan.until, books[0].calendar.zone),
        orders=sum(part.orders for part in decoded),
        events=sum(part.events for part in decoded),
        replies=reduce(together, [part.replies for part in decoded]) if decoded else None,
    )
    return msgspec.msgpack.encode(found)


async def _played(keys: Sequence[OrderKey], stage: _Stage) -> _Part:
    """What each book would have raised about these orders, and what it would have said to their customers."""
    company, events = [_Player(rules) for rules in stage.rules], 0
    database = database_for(stage.plan.url)
    await database.open()
    try:
        store = Store(database, Signals())
        for first in range(0, len(keys), AT_A_TIME):
            async for key, known, deeds in _histories(keys[first : first + AT_A_TIME], store):
                events += len(known)
                moments = retell(key, known, deeds, stage.plan.until)
                for player in company:
                    player.play(key, moments, stage)
    finally:
        await database.close()
    played, told = [player.played for player in company], [player.told for player in company]
    return _Part(orders=len(keys), events=events, played=played, replies=replies_of(told))


async def _histories(
    keys: Sequence[OrderKey], store: Store
) -> AsyncGenerator[tuple[OrderKey, list[OrderEvent], Sequence[Deed]]]:
    async with store.reading() as connection:
        histories = Histories(connection)
        events, deeds = await histories.events(keys), await histories.deeds(keys)
    for key, known in events.items():
        yield key, known, deeds.get(key, ())


class _Player:
    """Plays one of the books."""

    def __init__(self, rules: Rules) -> None:
        self.played = Played(alerts=[], climbs=[])
        self.told: list[tuple[Alert, Wording]] = []
        self._rules = rules

    def play(self, key: OrderKey, moments: Sequence[Moment], stage: _Stage) -> None:
        """Walk one order."""
        plan = stage.plan
        found = rehearse(key, moments, self._rules, plan.roster_of, plan.until)
        self.played.alerts.extend(found.alerts)
        self.played.climbs.extend(climb for climb in found.climbs if climb.at >= plan.since)
        self.told.extend(wordings(found, self._rules, plan.roster_of, stage.templates, plan.since))
