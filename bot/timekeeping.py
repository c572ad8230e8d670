"""How does a process keep the right time? It goes by a clock of reference, and doubts whatever jumps.

Replicas go by the clock of their database. A process that is alone goes by that of its machine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import SystemClock
from bot.storage.store import Store
from handlers.ports import StoreUnavailableError
from rules.instants import from_ms

LOOK_EVERY_SECONDS = 60
QUESTIONS = 3
NOISE = timedelta(milliseconds=5)
"""Less is not worth a step: it may be the way to the database."""
JUMP = timedelta(seconds=1)
"""No clock drifts so far between two looks: somebody has set it."""
DATABASE_TIME = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at"

Reference = Callable[[], Awaitable[datetime]]
"""Asks the clock to go by. Raises StoreUnavailableError."""

log = structlog.get_logger("timekeeping")


def time_of(store: Store) -> Reference:
    """PostgreSQL's clock."""
    return partial(_database_time, store)


def time_of_machine(clock: SystemClock) -> Reference:
    """The machine's clock as it is now; `clock` has it as it was."""
    return partial(_machine_time, clock)


async def keep_time(clock: SystemClock, reference: Reference) -> None:
    """Keep the clock to its reference, for ever. A jump is followed when the next look finds it again."""
    doubted = timedelta()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            behind = await _behind(clock, reference)
        except StoreUnavailableError:
            log.info("timekeeping.put_off")
            continue
        except Exception:
            log.exception("timekeeping.failed")
            continue
        if abs(behind) < JUMP or abs(behind - doubted) < JUMP:
            _set(clock, behind)
            doubted = timedelta()
        else:
            doubted = behind
            log.warning("timekeeping.doubted", seconds=behind.total_seconds())


async def correct(clock: SystemClock, reference: Reference) -> None:
    """Set the clock by its reference, before anything goes by it. Raises StoreUnavailableError."""
    _set(clock, await _behind(clock, reference))


def _set(clock: SystemClock, behind: timedelta) -> None:
    if abs(behind) <= NOISE:
        return
    clock.advance(behind)
    if abs(behind) >= JUMP:
        log.warning("timekeeping.corrected", seconds=behind.total_seconds(), mend="keep the clocks in step")


async def _behind(clock: SystemClock, reference: Reference) -> timedelta:
    """How far the clock is behind. Of several answers the quickest counts."""
    _, behind = min([await _ask(clock, reference) for _ in range(QUESTIONS)])
    return behind


async def _ask(clock: SystemClock, reference: Reference) -> tuple[timedelta, timedelta]:
    """How long the answer took, and how far the clock is behind it."""
    before = clock.now()
    at = await reference()
    took = clock.now() - before
    return took, at - (before + took / 2)


async def _database_time(store: Store) -> datetime:
    async with store.reading() as connection:
        (row,) = await connection.fetch(DATABASE_TIME)
    return from_ms(row["at"])


async def _machine_time(clock: SystemClock) -> datetime:
    return clock.machine_time()
