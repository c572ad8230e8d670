"""How does the shared database work? PostgreSQL, through connections of our own beside the ORM's."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg

from bot.storage.connection import Conflict, Listed, Row, Table, Type, Value, insert_into, storable

POOL = 10
TIMEOUT_SECONDS = 30
MIGRATION_LOCK = 0x64_69_6E_67_64_61_6E
PLACE_LOCK = MIGRATION_LOCK + 1
"""Any numbers will do, as long as they are always the same."""


class PostgresDatabase:
    """A pool of connections."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def open(self) -> None:
        """Connect."""
        self._pool = await cast(Any, asyncpg).create_pool(
            self._url, min_size=1, max_size=POOL, command_timeout=TIMEOUT_SECONDS
        )

    async def close(self) -> None:
        """Disconnect."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["PostgresConnection"]:
        """A transaction that commits at the end and is taken back on an error."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresConnection(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["PostgresConnection"]:
        """A connection for single queries."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        async with self._pool.acquire() as connection:
            yield PostgresConnection(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator["PostgresConnection"]:
        """A connection whose queries all see the database as it was at the first of them."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield PostgresConnection(connection)

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Keep other processes out while the schema changes."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        async with self._pool.acquire() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
            try:
                yield
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)

    @asynccontextmanager
    async def place(self, *, shared: bool) -> AsyncGenerator[bool]:
        """A place among the processes that serve from this database; False when one has it that shares nothing."""
        connection: Any = await cast(Any, asyncpg).connect(self._url)
        try:
            lock = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            yield await connection.fetchval(f"SELECT {lock}($1)", PLACE_LOCK)
        finally:
            await connection.close()

    def must_repeat(self, error: Exception) -> bool:
        """Whether a transaction failed only because another one was under way."""
        return isinstance(
            error,
            asyncpg.DeadlockDetectedError | asyncpg.SerializationError | asyncpg.UniqueViolationError,
        )

    def is_down(self, error: Exception) -> bool:
        """Whether the database could not be reached."""
        return isinstance(
            error, OSError | asyncpg.PostgresConnectionError | asyncpg.InterfaceError | TimeoutError
            | asyncpg.CannotConnectNowError | asyncpg.AdminShutdownError
        )  # fmt: skip


class PostgresConnection:
    """A transaction on PostgreSQL; see `connection.Connection`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *parameters: Value) -> Sequence[Row]:
        return await self._connection.fetch(sql, *map(storable, parameters))

    async def execute(self, sql: str, *parameters: Value) -> None:
        await self._connection.execute(sql, *map(storable, parameters))

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        listed = self.listed(table.columns, list(rows), 1)
        await self._connection.execute(
            insert_into(table, f"SELECT * FROM {listed.sql}", conflict), *listed.parameters
        )

    def holding(self, alias: str, *, skip_locked: bool = False) -> str:
        return f"FOR UPDATE OF {alias}" + (" SKIP LOCKED" if skip_locked else "")

    async def take_turns(self, names: Iterable[str]) -> None:
        await self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name",
            sorted(names),
        )

    def listed(self, names: Mapping[str, Type], rows: Sequence[Sequence[Value]], first: int) -> Listed:
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(names.values(), first))
        columns = [[storable(value) for value in column] for column in zip(*rows, strict=True)] or [
            [] for _ in names
        ]
        return Listed(f"unnest({arrays}) AS listed({', '.join(names)})", tuple(columns))
