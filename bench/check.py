"""What does one look at the clock cost when nothing is due, with so many orders open?"""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.signals import Signals
from bot.storage.connection import Connection
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from handlers.messages import Due, DueKind
from rules.events import OrderKey, OrderNo, Shop

LOOKS = 200
BATCH = 5_000
SCAN = "SELECT shop, order_no FROM due WHERE live AND due_at + 0 < $1"
"""What a cron job asks every minute, without an index to help; on our narrow table, which is kind to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Medians, in milliseconds."""

    ours: float
    """Our claim, and the time of the next one."""
    scan: float


async def milliseconds(database: str, orders: int) -> Look:
    """A look of ours, and one as cron has it."""
    async with open_store(database, Signals()) as store:
        await _fill(store, orders)
        return Look(ours=await _median(lambda: _ours(store), LOOKS), scan=await _scans(store))


async def _ours(store: Store) -> None:
    async def take(work: Transaction) -> int:
        return len(await work.dues.take(datetime.now(UTC), 500))

    if await store.run("bench", take):
        raise RuntimeError("something was due")
    await store.next_due()


async def _scans(store: Store) -> float:
    async with store.reading() as connection:
        return await _median(lambda: _scan(connection), LOOKS // 10)


async def _scan(connection: Connection) -> None:
    if await connection.fetch(SCAN, int(time.time() * 1000)):
        raise RuntimeError("something was due")


async def _median(look: Callable[[], Awaitable[None]], looks: int) -> float:
    took: list[float] = []
    for _ in range(looks):
        began = time.perf_counter()
        await look()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


async def _fill(store: Store, orders: int) -> None:
    """So many open orders, none of them due for hours."""
    soon = datetime.now(UTC) + timedelta(hours=3)
    for start in range(0, orders, BATCH):
        numbers = range(start, min(start + BATCH, orders))

        async def fill(work: Transaction, numbers: range = numbers) -> None:
            dues = [Due(order=_key(number), kind=DueKind.LIMIT, at=soon) for number in numbers]
            await work.dues.arm(dues)

        await store.run("bench", fill)


def _key(number: int) -> OrderKey:
    return OrderKey(Shop("main"), OrderNo(f"SO{number:09}"))
