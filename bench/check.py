"""(c) What does one look at the clock cost when nothing is due, with so many orders open?"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from bench.machine import CEILINGS
from bench.peers.scans import LATE, Scan, fill, fill_indexed, orm_scan, sql_scan
from bench.rounds import Contender, Figures, Rounds, compete, sized
from bench.servers import new_database
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from handlers.messages import Due, DueKind
from rules.events import OrderKey, OrderNo, Shop

MS = "ms"
MOST_LOOKS = 200
BATCH = 5_000
BESIDE = f"of the open orders {LATE:.0%} are late, reported, and still open"

Look = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to look at the clock."""

    name: str
    does: str
    database: str
    fill: Callable[[str, int], Awaitable[object]]
    """Puts so many open orders, none of them due, into the database at a URL."""
    opened: Callable[[str], AbstractAsyncContextManager[Look]]
    """What one look is; raises RuntimeError when something was due."""


async def measured(
    databases: Mapping[str, str | None],
    sizes: Sequence[int],
    rounds: int,
    seconds: float,
    ways: Sequence[Way] | None = None,
) -> Rounds:
    """Milliseconds of a look, the median of a turn, for each way and each number of open orders."""
    async with AsyncExitStack() as stack:
        contenders: list[Contender] = []
        for size in sizes:
            for way in ways or WAYS:
                url = await stack.enter_async_context(new_database(databases[way.database]))
                await way.fill(url, size)
                contenders.append(
                    Contender(sized(way.name, size), way.does, partial(_turn, way, url, seconds))
                )
        return await compete(CEILINGS, contenders, rounds)


async def _turn(way: Way, url: str, seconds: float, _round: int) -> Figures:
    """Look again and again, for `seconds` unless one look takes longer."""
    took: list[float] = []
    async with way.opened(url) as look:
        until = time.perf_counter() + seconds
        while len(took) < MOST_LOOKS and (not took or time.perf_counter() < until):
            began = time.perf_counter()
            await look()
            took.append((time.perf_counter() - began) * 1000)
    return {MS: median(took)}


async def _arm(url: str, orders: int) -> None:
    """So many open orders of ours, none of them due for hours."""
    soon = datetime.now(UTC) + timedelta(hours=3)
    async with open_store(url, Signals()) as store:
        for start in range(0, orders, BATCH):
            numbers = range(start, min(start + BATCH, orders))

            async def arm(work: Transaction, numbers: range = numbers) -> None:
                await work.dues.arm(
                    [Due(order=_key(number), kind=DueKind.LIMIT, at=soon) for number in numbers]
                )

            await store.run("bench", arm)


@asynccontextmanager
async def _ours(url: str) -> AsyncGenerator[Look]:
    async with open_store(url, Signals()) as store:

        async def look() -> None:
            next_due = await store.next_due()
            _nothing(next_due is not None and next_due < datetime.now(UTC))

        yield look


@asynccontextmanager
async def _scanning(
    opened: Callable[[str], AbstractAsyncContextManager[Scan]], url: str
) -> AsyncGenerator[Look]:
    async with opened(url) as scan:

        async def look() -> None:
            _nothing(len(await scan()))

        yield look


def _nothing(found: int) -> None:
    if found:
        raise RuntimeError("something was due")


def _key(number: int) -> OrderKey:
    return OrderKey(Shop("main"), OrderNo(f"SO{number:09}"))


OURS = Way(
    "ours, PostgreSQL",
    "ask when the next is due, as the watcher does between its claims",
    "PostgreSQL",
    _arm,
    _ours,
)
ON_SQLITE = Way("ours, SQLite", OURS.does, "SQLite", _arm, _ours)
ORM = Way(
    "cron, ORM",
    f"load all open orders through the ORM and loop; {BESIDE}",
    "PostgreSQL",
    fill,
    partial(_scanning, orm_scan),
)
SCAN = Way(
    "cron, SQL", f"one query, without an index; {BESIDE}", "PostgreSQL", fill, partial(_scanning, sql_scan)
)
INDEXED = Way(
    "cron, SQL with index",
    f"one query, with an index on (stage, entered_at); {BESIDE}",
    "PostgreSQL",
    fill_indexed,
    partial(_scanning, sql_scan),
)
WAYS = (OURS, ON_SQLITE, ORM, SCAN, INDEXED)
