"""A job for each open order, in APScheduler's memory."""

import asyncio
from datetime import UTC, datetime

import aiohttp
import uvloop
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.peers.foreign.schedule import planned, send


async def main() -> None:
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start()
    async with aiohttp.ClientSession() as session:
        lines = planned()
        while orders := await asyncio.to_thread(next, lines, None):
            for order_no, due in orders:
                scheduler.add_job(
                    send,
                    "date",
                    args=(session, order_no),
                    run_date=datetime.fromtimestamp(due, UTC),
                    misfire_grace_time=None,
                )
    scheduler.shutdown()


if __name__ == "__main__":
    uvloop.run(main())
