"""Where does a test get a database of its own? A new file, or a new database on the real PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import asyncpg

from bot.signals import Signals
from bot.storage.opening import open_store

SQLITE = "dingdan.db"


def sqlite_url(folder: Path) -> str:
    """A database in a file of its own."""
    return f"sqlite://{folder / SQLITE}"


async def migrated(folder: Path) -> bytes:
    """The file of a database on SQLite with the newest schema and no row, made in a folder."""
    async with open_store(sqlite_url(folder), Signals()):
        pass
    return (folder / SQLITE).read_bytes()


MIGRATIONS = "tortoise_migrations"
"""The ORM's own table, which says what has been migrated."""


WRITTEN_TO = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND pg_relation_size(oid) > 0"
)
"""Tables are left without a page: plans depend on how many there are, though they are empty."""


@asynccontextmanager
async def postgres_database(server: str) -> AsyncGenerator[str]:
    """A new database on a server, dropped at the end."""
    name = f"t_{uuid4().hex}"
    await _do(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.format(database=name)
    finally:
        await _do(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def emptied(url: str) -> str:
    """A database on PostgreSQL, after taking every row out of our tables; its URL."""
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        found = await connection.fetch(WRITTEN_TO)
        tables = {row["relname"] for row in found} - {MIGRATIONS}
        if tables:
            ruthless = "SET session_replication_role = replica"  # no trigger keeps the audit trail
            await connection.execute(f"{ruthless}; TRUNCATE {', '.join(tables)}")
    finally:
        await connection.close()
    return url


async def _do(server: str, statement: str) -> None:
    connection: Any = await cast(Any, asyncpg).connect(server.format(database="postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
