"""Many workers on one database share out what there is to do: nothing is lost, doubled, or done by one of them alone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.signals import Signals
from bot.storage.opening import database_for
from bot.storage.store import Store, Transaction
from handlers.outbox import Medium
from rules.instants import MILLISECOND
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_due, a_letter

WORKERS, AT_ONCE = 8, 10
SPREAD, STEP = timedelta(minutes=10), timedelta(seconds=1)
LEASE = timedelta(seconds=60)
PATIENCE_SECONDS = 300

Jobs = dict[str, datetime]
"""What there is to do, and when."""
Take = Callable[[Transaction, datetime], Awaitable[Sequence[str]]]


@pytest.fixture
async def workers(postgres_store: Store, shared_postgres: str) -> AsyncIterator[list[Store]]:
    """Stores with connections of their own, as replicas have."""
    async with AsyncExitStack() as stack:
        databases = [database_for(shared_postgres) for _ in range(WORKERS)]
        for database in databases:
            await database.open()
            stack.push_async_callback(database.close)
        yield [Store(database, Signals()) for database in databases]


@pytest.fixture(params=[timedelta(), SPREAD], ids=["immediate", "delayed"])
def jobs(request: pytest.FixtureRequest, count: int) -> Jobs:
    """So many, all at once or one after the other."""
    return {f"job{number:04}": NOW + number * request.param / count for number in range(count)}


many = pytest.mark.parametrize("count", [400, pytest.param(4_000, marks=pytest.mark.long)])


@many
async def test_what_is_due_is_shared_out(postgres_store: Store, workers: list[Store], jobs: Jobs) -> None:
    async def take(work: Transaction, now: datetime) -> Sequence[str]:
        return [due.order.order_no for due in await work.dues.take(now, AT_ONCE)]

    await inside(postgres_store, lambda work: work.dues.arm(a_due(job, at) for job, at in jobs.items()))
    await share_out(workers, take, jobs)


@many
async def test_what_leaves_is_shared_out(postgres_store: Store, workers: list[Store], jobs: Jobs) -> None:
    async def take(work: Transaction, now: datetime) -> Sequence[str]:
        letters = (await work.outbox.take([Medium.APP], now, now + LEASE, AT_ONCE)).letters
        await work.outbox.update(*letters)
        return [letter.id for letter in letters]

    letters = [a_letter(f"to_{job}", id_=job, due_at=at) for job, at in jobs.items()]
    await inside(postgres_store, lambda work: work.outbox.post(letters))
    await share_out(workers, take, jobs)


async def share_out(workers: list[Store], take: Take, jobs: Jobs) -> None:
    """Let the workers take while time passes; each job is somebody's, once and not before its time."""
    clock = ManualClock(NOW)
    taken: list[tuple[int, str]] = []

    async def take_now(work: Transaction) -> Sequence[str]:
        return await take(work, clock.now())

    async def keep_taking(number: int, store: Store) -> None:
        while len(taken) < len(jobs):
            found = await inside(store, take_now)
            assert all(jobs[job] <= clock.now() for job in found)
            taken.extend((number, job) for job in found)
            await asyncio.sleep(0)

    async def keep_time() -> None:
        while clock.now() < NOW + SPREAD:
            clock.advance(STEP)
            await asyncio.sleep(0.001)

    async with asyncio.timeout(PATIENCE_SECONDS):
        clock.advance(MILLISECOND)
        await asyncio.gather(keep_time(), *(keep_taking(*worker) for worker in enumerate(workers)))

    assert sorted(job for _, job in taken) == sorted(jobs)
    assert min(Counter(number for number, _ in taken).values()) >= len(jobs) / 100
    assert {number for number, _ in taken} == set(range(WORKERS))
