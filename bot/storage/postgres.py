"""How does the shared database work? PostgreSQL, through connections of our own beside the ORM's."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import asyncpg

from bot.storage.connection import (
    Conflict,
    Listed,
    Row,
    Table,
    Type,
    Value,
    delete_from,
    insert_into,
    is_storable,
    storable,
)
from bot.storage.places import Place

POOL = 10
CONNECT_SECONDS = 5
ANSWER_SECONDS = 8
"""A server that takes longer for one statement hangs."""
IDLE_MS = 5_000
"""A process that asks nothing for so long in the middle of a transaction stands still; what it locked is set free.

We compute for some tens of milliseconds between two statements; who waits for a lock waits `ANSWER_SECONDS`.
"""
CLOSE_SECONDS = 2
MIGRATION_SECONDS = 300
"""Another replica may be migrating."""
MOST_LOTS = (1 << 31) - 1
BY_INDEX = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
"""Every statement here looks up a few rows by an index. A plan made while a table was small must not say otherwise."""
BY_SIZE = {
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "on",
    "max_parallel_workers_per_gather": "2",
}
"""But for the few that sum up a table, or a part of it that may be large or small."""
MIGRATION_LOCK = 0x64_69_6E_67_64_61_6E
"""Any number will do that nothing else locks, as long as it is always the same."""
DOWN = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, or ended by the operator
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that has not taken over yet
)


class PostgresDatabase:
    """A pool of connections."""

    lanes = 2

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def open(self) -> None:
        """Connect."""
        self._pool = await cast(Any, asyncpg).create_pool(
            self._url,
            min_size=1,
            max_size=POOL,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings={**BY_INDEX, "idle_in_transaction_session_timeout": str(IDLE_MS)},
            reset=_leave,
        )

    async def close(self) -> None:
        """Disconnect."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.close()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            self._pool.terminate()
        self._pool = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["PostgresConnection"]:
        """A transaction that commits at the end and is taken back on an error."""
        async with self._connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            work = PostgresConnection(connection)
            try:
                yield work
                await work.flush()
            except BaseException as error:
                await _take_back(transaction, connection, error)
                raise
            await transaction.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["PostgresConnection"]:
        """A connection for single queries."""
        async with self._connection() as connection:
            work = PostgresConnection(connection)
            yield work
            await work.flush()

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
            with _loss_told(connection):
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator["PostgresConnection"]:
        """A connection whose queries all see the database as it was at the first of them."""
        async with (
            self._connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield PostgresConnection(connection)

    @asynccontextmanager
    async def survey(self) -> AsyncGenerator["PostgresConnection"]:
        """A snapshot for questions about whole tables, which may be read from end to end, by several workers."""
        async with self.snapshot() as connection:
            settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in BY_SIZE.items())
            await connection.execute(f"SELECT {settings}")
            yield connection

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Keep other processes out while the schema changes."""
        async with self._connection() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK, timeout=MIGRATION_SECONDS)
            try:
                yield
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)

    @asynccontextmanager
    async def place(self, *, shared: bool) -> AsyncGenerator[bool]:
        """A place among the processes that serve from this database; False when one has it that shares nothing."""
        place = Place(self._connect_alone, shared=shared)
        taken = await place.take()
        keeping = [asyncio.create_task(place.keep())] if taken else []
        try:
            yield taken
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            place.leave()

    async def _connect_alone(self) -> Any:
        """A connection beside the pool."""
        return await cast(Any, asyncpg).connect(
            self._url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS
        )

    def must_repeat(self, error: Exception) -> bool:
        """Whether a transaction failed only because another one was under way."""
        return isinstance(
            error,
            asyncpg.DeadlockDetectedError | asyncpg.SerializationError | asyncpg.UniqueViolationError,
        )

    def is_down(self, error: Exception) -> bool:
        """Whether the database could not be reached or written to. An error of ours never says so."""
        return isinstance(error, DOWN)


@contextmanager
def _loss_told(connection: Any) -> Generator[None]:
    """Tell what became of a connection by its own name. One that does not answer is given up for lost.

    To the driver, using what is gone is a mistake of the program, like any other InterfaceError.
    """
    try:
        yield
    except asyncpg.InterfaceError as error:
        if _is_open(connection):
            raise
        raise ConnectionResetError(str(error)) from error
    except asyncpg.InternalClientError as error:  # a farewell came in between: the driver has lost its place
        _hang_up(connection)
        raise ConnectionResetError(str(error)) from error
    except TimeoutError:
        _hang_up(connection)
        raise


def _hang_up(connection: Any) -> None:
    """Give up a connection, unless the pool has taken it back already."""
    if _is_open(connection):
        connection.terminate()


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # the pool has taken it back, as it does with a broken one


async def _take_back(transaction: Any, connection: Any, error: BaseException) -> None:
    """Roll back. What went wrong is said by `error` alone; in the middle of a statement, hanging up is quicker."""
    if isinstance(error, TimeoutError | asyncio.CancelledError):
        connection.terminate()
        return
    try:
        await transaction.rollback()
    except (
        OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError
    ):  # fmt: skip
        if _is_open(connection):
            connection.terminate()


class PostgresConnection:
    """A transaction on PostgreSQL; see `connection.Connection`.

    Rows are not written at once: those for all tables take one journey to the server, before anything else is asked
    of it.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._unwritten: dict[tuple[str, Conflict | None], tuple[Table, list[Sequence[Value]]]] = {}
        """By the name of their table, and what to do with known keys; None for what is deleted."""

    async def flush(self) -> None:
        """Write what waits, in the order in which it came: a statement of several runs after those listed behind it."""
        unwritten, self._unwritten = self._unwritten, {}
        parameters: list[Any] = []
        statements: list[str] = []
        for (_, conflict), (table, rows) in unwritten.items():
            names = table.columns if conflict else table.key_types
            listed = self.listed(names, rows, len(parameters) + 1)
            source = f"SELECT * FROM {listed.sql}"
            statements.append(
                insert_into(table, source, conflict) if conflict else delete_from(table, listed.sql)
            )
            parameters += listed.parameters
        if len(statements) == 1:
            await self._connection.execute(statements[0], *parameters)
        elif statements:
            parts = [f"part{number} AS ({statement})" for number, statement in enumerate(statements)]
            await self._connection.execute(f"WITH {', '.join(reversed(parts))} SELECT", *parameters)

    async def fetch(self, sql: str, *parameters: Value) -> Sequence[Row]:
        await self.flush()
        return await self._connection.fetch(sql, *map(storable, parameters))

    async def execute(self, sql: str, *parameters: Value) -> None:
        await self.flush()
        await self._connection.execute(sql, *map(storable, parameters))

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        await self._put_off(table, rows, conflict)

    async def remove(self, table: Table, keys: Iterable[Sequence[Value]]) -> None:
        await self._put_off(table, keys, None)

    async def _put_off(
        self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict | None
    ) -> None:
        waiting = list(rows)
        if not waiting:
            return
        if (table.name, conflict) in self._unwritten:
            await self.flush()
        self._unwritten[table.name, conflict] = (table, waiting)

    async def advance(
        self, table: Table, rows: Iterable[Sequence[Value]], version: str
    ) -> list[tuple[Value, ...]]:
        await self.flush()
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

    def begins_with(self, column: str) -> str:
        return f"{column} ~>=~ ? AND {column} ~<~ ?"

    def lot_of(self, *columns: str) -> str:
        return f"(hashtextextended(concat_ws(' ', {', '.join(columns)}), 0) & {MOST_LOTS})"

    def turn_of(self, column: str) -> str:
        return f"pg_try_advisory_xact_lock(hashtextextended({column}, 0))"

    async def take_turns(self, names: Iterable[str]) -> None:
        await self.flush()
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
    together = "".join(cast(Iterable[str], filter(None, column)))
    return column if is_storable(together) else [storable(value) for value in column]
