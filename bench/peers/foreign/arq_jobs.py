"""A deferred job for each open order, in arq."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import uvloop
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func

from bench.peers.foreign.schedule import REDIS, Due, planned, send

AT_ONCE = 200


async def overdue(context: dict[str, Any], order_no: str) -> None:
    await send(context["session"], order_no)


async def plant(pool: ArqRedis, orders: Sequence[Due]) -> None:
    for start in range(0, len(orders), AT_ONCE):
        await asyncio.gather(*(_defer(pool, *order) for order in orders[start : start + AT_ONCE]))


async def _defer(pool: ArqRedis, order_no: str, due: float) -> None:
    await pool.enqueue_job(
        "overdue", order_no, _job_id=order_no, _defer_until=datetime.fromtimestamp(due, UTC)
    )


async def main() -> None:
    settings = RedisSettings.from_dsn(REDIS)
    pool = await create_pool(settings)
    async with aiohttp.ClientSession() as session:
        worker = Worker(
            functions=[func(overdue, name="overdue", keep_result=0)],
            redis_settings=settings,
            ctx={"session": session},
            handle_signals=False,
        )
        working = asyncio.create_task(worker.async_run())
        lines = planned()
        while orders := await asyncio.to_thread(next, lines, None):
            await plant(pool, orders)
        working.cancel()


if __name__ == "__main__":
    uvloop.run(main())
