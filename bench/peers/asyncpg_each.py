"""Order events one by one over asyncpg, each in a transaction with hand-written SQL."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from bench.peers.sql import pool
from bench.peers.web import TakeIn, serve
from bench.peers.work import Event, State, deadline, fold

POOL = 10
EVENT = """
INSERT INTO peer_event (source, event_id, order_no, body) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""
ORDER = "SELECT state FROM peer_order WHERE order_no = $1 FOR UPDATE"
STATE = """
INSERT INTO peer_order (order_no, state) VALUES ($1, $2)
ON CONFLICT (order_no) DO UPDATE SET state = excluded.state
"""
DUE = """
INSERT INTO peer_due (order_no, due_at) VALUES ($1, $2)
ON CONFLICT (order_no) DO UPDATE SET due_at = excluded.due_at
"""


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[TakeIn]:
    async with pool(url, POOL) as connections:

        async def take_in(events: Sequence[Event]) -> int:
            async with connections.acquire() as connection:
                return sum([await _take(connection, event) for event in events])

        yield take_in


async def _take(connection: Any, event: Event) -> bool:
    """Store an event and what follows; False when it had come before."""
    async with connection.transaction():
        if not await connection.fetchval(EVENT, *event.key, event.order_no, event.body):
            return False
        known = await connection.fetchval(ORDER, event.order_no)
        state = fold(msgspec.json.decode(known, type=State) if known else {}, event)
        await connection.execute(STATE, event.order_no, msgspec.json.encode(state).decode())
        await connection.execute(DUE, event.order_no, deadline(state))
    return True


if __name__ == "__main__":
    serve(opened)
