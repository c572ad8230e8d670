"""Order events copied into a table and nothing else: one lane, whatever came meanwhile in one transaction.

What PostgreSQL can carry: no fold, no deadline, and a repeat is an error.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bench.peers.sql import pool
from bench.peers.web import TakeIn, serve
from bench.peers.work import Event

COLUMNS = ("source", "event_id", "order_no", "body")

Submitted = tuple[Sequence[Event], asyncio.Future[None]]


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[TakeIn]:
    queue: asyncio.Queue[Submitted] = asyncio.Queue()
    async with pool(url, 1) as connections, connections.acquire() as connection:
        lane = asyncio.create_task(_copy(connection, queue))

        async def take_in(events: Sequence[Event]) -> int:
            committed = asyncio.get_running_loop().create_future()
            queue.put_nowait((events, committed))
            await committed
            return len(events)

        yield take_in
        lane.cancel()


async def _copy(connection: Any, queue: asyncio.Queue[Submitted]) -> None:
    while True:
        group = [await queue.get()]
        while not queue.empty():
            group.append(queue.get_nowait())
        rows = [(*event.key, event.order_no, event.body) for events, _ in group for event in events]
        await connection.copy_records_to_table("peer_event", records=rows, columns=COLUMNS)
        for _, committed in group:
            committed.set_result(None)


if __name__ == "__main__":
    serve(opened)
