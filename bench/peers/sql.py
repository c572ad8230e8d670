"""The tables of the peers that speak SQL themselves, and their connections."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg

SCHEMA = """
CREATE TABLE peer_event (
    source text, event_id text, order_no text NOT NULL, body text NOT NULL, PRIMARY KEY (source, event_id)
);
CREATE TABLE peer_order (order_no text PRIMARY KEY, state text NOT NULL);
CREATE TABLE peer_due (order_no text PRIMARY KEY, due_at bigint);
CREATE INDEX peer_due_at ON peer_due (due_at);
"""


@asynccontextmanager
async def pool(url: str, size: int) -> AsyncGenerator[Any]:
    """Connections of asyncpg to a database in which the tables have been created."""
    async with cast(Any, asyncpg).create_pool(url, min_size=size, max_size=size) as connections:
        await connections.execute(SCHEMA)
        yield connections
