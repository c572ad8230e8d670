"""Where does a test get a database of its own? A new file, or a new database on the real PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import asyncpg


def sqlite_url(folder: Path) -> str:
    """A database in a file of its own."""
    return f"sqlite://{folder / 'dingdan.db'}"


@asynccontextmanager
async def postgres_database(server: str) -> AsyncGenerator[str]:
    """A new database on a server, dropped at the end."""
    name = f"t_{uuid4().hex}"
    await _do(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.format(database=name)
    finally:
        await _do(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _do(server: str, statement: str) -> None:
    connection: Any = await cast(Any, asyncpg).connect(server.format(database="postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
