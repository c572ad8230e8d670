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

SETTLING_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What so many open orders cost."""

    open_orders: int
    due_bytes_per_row: float
    """Table and indexes, after VACUUM."""
    process_bytes: int
    """What the service holds once it has looked at all there is to look at."""


async def measure(database: str, *, orders: int) -> Cost:
    """The cost, on an empty PostgreSQL database. The growth of the process is the difference of two of them."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch()) as folder:
        async with a_scene(Path(folder), database) as scene:
            crowd = Crowd(size=orders, due=0, per_second=1, start=datetime.now(UTC) + timedelta(hours=1))
            await take_in_all(scene.settings, crowd, range(orders))
            per_row = await _due_bytes_per_row(database)
            async with scene.serving() as service:
                await asyncio.sleep(SETTLING_SECONDS)
                return Cost(
                    open_orders=orders,
                    due_bytes_per_row=per_row,
                    process_bytes=resident_bytes(service.process.pid),
                )


def growth_per_order(few: Cost, many: Cost) -> float:
    """The bytes by which the process is larger, for each order more."""
    return (many.process_bytes - few.process_bytes) / (many.open_orders - few.open_orders)


async def _due_bytes_per_row(database: str) -> float:
    connection: Any = await cast(Any, asyncpg).connect(database)
    try:
        await connection.execute("VACUUM due")
        row: Mapping[str, int] = await connection.fetchrow(
            "SELECT pg_total_relation_size('due') AS bytes, (SELECT count(*) FROM due) AS rows"
        )
        return row["bytes"] / row["rows"]
    finally:
        await connection.close()
