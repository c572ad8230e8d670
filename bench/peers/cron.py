"""One run of a cron job: find what is overdue, report each order, and send its card.

`python -m bench.peers.cron orm|sql`, database and WeCom in the environment.
"""

import asyncio
import os
import sys
from typing import Any, cast

import aiohttp
import asyncpg
import uvloop

from bench.peers.scans import Scan, orm_scan, sql_scan

AT_ONCE = 10
REPORT = "UPDATE peer_open SET reported = true WHERE order_no = $1"
ANOMALY = "INSERT INTO peer_anomaly SELECT order_no, stage, entered_at FROM peer_open WHERE order_no = $1"
SCANS = {"orm": orm_scan, "sql": sql_scan}


async def run(scan: Scan, database: Any, wecom: str) -> None:
    """One run, several orders at a time."""
    free = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def report(order_no: str) -> None:
            async with free, database.acquire() as connection:
                async with connection.transaction():
                    await connection.execute(ANOMALY, order_no)
                    await connection.execute(REPORT, order_no)
                card = {"touser": "zhangsan", "msgtype": "text", "text": {"content": f"{order_no} is late"}}
                async with session.post(f"{wecom}/cgi-bin/message/send", json=card) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*[report(order_no) for order_no in await scan()])


async def main() -> None:
    url, wecom = os.environ["DINGDAN_DATABASE_URL"], os.environ["BENCH_WECOM"]
    async with (
        SCANS[sys.argv[1]](url) as scan,
        cast(Any, asyncpg).create_pool(url, min_size=AT_ONCE, max_size=AT_ONCE) as database,
    ):
        await run(scan, database, wecom)


if __name__ == "__main__":
    uvloop.run(main())
