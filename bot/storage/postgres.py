"""How does the shared database work? PostgreSQL, through connections of our own beside the ORM's."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg

from bot.storage.connection import Conflict, Listed, Row, Table, Type, Value, insert_into, storable

POOL = 10
FEW = 64
"""So many rows go faster in one statement; more go faster through COPY."""
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
            self._url, min_size=1, max_size=POOL, command_timeout=TIMEOUT_SECONDS, reset=_leave
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
        written = list(rows)
        if len(written) > FEW:
            await self._copy(table, written, conflict)
        elif written:
            listed = self.listed(table.columns, written, 1)
            insert = insert_into(table, f"SELECT * FROM {listed.sql}", conflict)
            await self._connection.execute(insert, *listed.parameters)

    async def _copy(self, table: Table, rows: Sequence[Sequence[Value]], conflict: Conflict) -> None:
        """Copy rows in bulk: straight into the table, or by a staging one where keys may be known."""
        into = table.name if conflict is Conflict.FAIL else await self._stage(table)
        records = zip(*_columns(table.columns, rows), strict=True)
        await self._connection.copy_records_to_table(into, records=records, columns=list(table.columns))
        if conflict is not Conflict.FAIL:
            await self._connection.execute(insert_into(table, f"SELECT * FROM {into}", conflict))

    async def _stage(self, table: Table) -> str:
        """The staging table of this connection, empty at the beginning of each transaction."""
        name = f"staging_{table.name}_{len(table.columns)}"
        columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
        await self._connection.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS"
        )
        return name

    async def advance(
        self, table: Table, rows: Iterable[Sequence[Value]], version: str
    ) -> list[tuple[Value, ...]]:
        listed = self.listed(table.columns, list(rows), 1)
        settings = ", ".join(f"{column} = listed.{column}" for column in table.rest)
        same = " AND ".join(f"stored.{column} = listed.{column}" for column in table.key)
        found = await self._connection.fetch(
            f"UPDATE {table.name} AS stored SET {settings} FROM {listed.sql}"
            f" WHERE {same} AND stored.{version} = listed.{version} - 1"
            f" RETURNING {', '.join(f'stored.{column}' for column in table.key)}",
            *listed.parameters,
        )
        return [tuple(row) for row in found]

    def holding(self, alias: str, *, skip_locked: bool = False) -> str:
        return f"FOR UPDATE OF {alias}" + (" SKIP LOCKED" if skip_locked else "")

    async def take_turns(self, names: Iterable[str]) -> None:
        await self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name",
            sorted(names),
        )

    def listed(self, names: Mapping[str, Type], rows: Sequence[Sequence[Value]], first: int) -> Listed:
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(names.values(), first))
        return Listed(f"unnest({arrays}) AS listed({', '.join(names)})", tuple(_columns(names, rows)))


async def _leave(connection: Any) -> None:
    """A connection goes back to the pool as it is: nothing that we do outlives its transaction."""
    del connection


def _columns(names: Mapping[str, Type], rows: Sequence[Sequence[Value]]) -> list[Sequence[Value]]:
    """The columns of rows, in values that can be stored."""
    columns: list[Sequence[Value]] = [*zip(*rows, strict=True)] or [()] * len(names)
    return [
        _storable(column) if kind is Type.TEXT else column
        for kind, column in zip(names.values(), columns, strict=True)
    ]


def _storable(column: Sequence[Value]) -> Sequence[Value]:
    """A column of text that can be stored: as it is, as a glance at the whole tells in most cases."""
    together = "".join(value for value in column if isinstance(value, str))
    if together.isascii() and "\0" not in together:
        return column
    return [storable(value) for value in column]
