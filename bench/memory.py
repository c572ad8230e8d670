"""(e) What does an open order cost? Bytes of the table of what is due, and of the process that watches."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg

from bench.crowd import Crowd, take_in_all
from bench.machine import scratch
from bench.scene import a_scene, resident_bytes
from bench.watching import REARMED_PER_SECOND, rearm

WORK_SECONDS = 10
"""So long the service works before its memory is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What so many open orders cost."""

    open_orders: int
    due_bytes_per_row: float
    """Table and indexes, after VACUUM."""
    process_bytes: int
    """What the service holds after some work."""


async def measure(database: str, *, orders: int) -> Cost:
    """The cost, on an empty PostgreSQL database."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch()) as folder:
        async with a_scene(Path(folder), database) as scene:
            crowd = Crowd(size=orders, due=0, per_second=1, start=datetime.now(UTC) + timedelta(minutes=4))
            await take_in_all(scene.settings, crowd, range(orders))
            width = await due_width(database)
            async with scene.serving() as service:
                now = Crowd(size=orders, due=0, per_second=1, start=datetime.now(UTC))
                await rearm(scene, now, REARMED_PER_SECOND, WORK_SECONDS)
                await asyncio.sleep(1)
                return Cost(
                    open_orders=orders,
                    due_bytes_per_row=width.vacuumed,
                    process_bytes=resident_bytes(service.process.pid),
                )


def growth_per_order(few: Cost, many: Cost) -> float:
    """The bytes by which the process is larger, for each order more."""
    return (many.process_bytes - few.process_bytes) / (many.open_orders - few.open_orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """Bytes of the table of what is due, with its indexes, for each of its rows."""

    found: float
    vacuumed: float


async def due_width(database: str) -> Width:
    """How wide it is as it was found, and after VACUUM."""
    connection: Any = await cast(Any, asyncpg).connect(database)
    try:
        found = await _bytes_per_row(connection)
        await connection.execute("VACUUM due")
        return Width(found=found, vacuumed=await _bytes_per_row(connection))
    finally:
        await connection.close()


async def _bytes_per_row(connection: Any) -> float:
    row: Mapping[str, int] = await connection.fetchrow(
        "SELECT pg_total_relation_size('due') AS bytes, (SELECT count(*) FROM due) AS rows"
    )
    return row["bytes"] / row["rows"]
