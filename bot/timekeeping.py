"""How do replicas agree on what time it is? Each corrects its clock to that of their database."""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import SystemClock
from bot.storage.store import Store
from handlers.ports import StoreUnavailableError
from rules.instants import from_ms

CORRECT_EVERY_SECONDS = 60
QUESTIONS = 3
NOISE = timedelta(milliseconds=5)
"""Less is not worth a step: it may be the way to the database."""
NOTEWORTHY = timedelta(seconds=1)
DATABASE_TIME = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at"

log = structlog.get_logger("timekeeping")


async def keep_time(clock: SystemClock, store: Store) -> None:
    """Correct the clock now and then, for ever."""
    while True:
        await asyncio.sleep(CORRECT_EVERY_SECONDS)
        try:
            await correct(clock, store)
        except StoreUnavailableError:
            log.info("timekeeping.put_off")


async def correct(clock: SystemClock, store: Store) -> None:
    """Set the clock by PostgreSQL's. Of several answers the quickest counts. Raises StoreUnavailableError."""
    asked = [await _ask(clock, store) for _ in range(QUESTIONS)]
    _, behind = min(asked)
    if abs(behind) <= NOISE:
        return
    clock.advance(behind)
    if abs(behind) >= NOTEWORTHY:
        log.warning("timekeeping.corrected", seconds=behind.total_seconds(), mend="keep the clocks in step")


async def _ask(clock: SystemClock, store: Store) -> tuple[timedelta, timedelta]:
    """How long the answer took, and how far the clock is behind the database's."""
    before = clock.now()
    async with store.reading() as connection:
        (row,) = await connection.fetch(DATABASE_TIME)
    took = clock.now() - before
    return took, from_ms(row["at"]) - (before + took / 2)
