"""How does the embedded database work? SQLite in WAL mode, with one writer."""

import asyncio
import fcntl
import json
import re
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import aiosqlite

from bot.storage.connection import Conflict, Listed, Row, Table, Type, Value, insert_into, storable

BUSY_MS = 10_000
PRIMARY = 0xFF
"""The part of a result code that names the kind of error: sqlite.org/rescode.html."""
DOWN = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOTADB,
})  # fmt: skip


class SqliteDatabase:
    """One file, one writing connection, one transaction at a time."""

    lanes = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Open the file, and make it and its folder when they are not there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        durable = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
        self._writer = await _connect(self._path, *durable)
        self._reader = await _connect(self._path, *durable)

    async def close(self) -> None:
        """Close the file."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                await connection.close()
        self._reader = self._writer = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["SqliteConnection"]:
        """A transaction that commits at the end and is taken back on an error."""
        if self._writer is None:
            raise RuntimeError("the database is not open")
        async with self._turn:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield SqliteConnection(self._writer)
                await self._writer.commit()
            except BaseException:
                await self._writer.rollback()
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["SqliteConnection"]:
        """A connection for single queries, beside the writer's transaction."""
        if self._reader is None:
            raise RuntimeError("the database is not open")
        yield SqliteConnection(self._reader)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator["SqliteConnection"]:
        """A connection whose queries all see the database as it was at the first of them."""
        async with _connected(self._path, "BEGIN") as connection:
            yield SqliteConnection(connection)

    @asynccontextmanager
    async def survey(self) -> AsyncGenerator["SqliteConnection"]:
        """The same, for questions about whole tables."""
        async with self.snapshot() as connection:
            yield connection

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Keep other processes out while the schema changes: an import may begin beside the service."""
        with self._path.with_name(f"{self._path.name}.schema-lock").open("w") as file:
            await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
            yield

    @asynccontextmanager
    async def place(self, *, shared: bool) -> AsyncGenerator[bool]:
        """The place of the one process that serves from this file; False when another one has it."""
        del shared
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f"{self._path.name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    def must_repeat(self, error: Exception) -> bool:
        """Whether a transaction failed for no fault of its own. With one writer, none does."""
        del error
        return False

    def is_down(self, error: Exception) -> bool:
        """Whether the file could not be read or written to: another holds it, the disk is full or broken."""
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & PRIMARY in DOWN


class SqliteConnection:
    """A transaction on SQLite; see `connection.Connection`."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *parameters: Value) -> Sequence[Row]:
        return list(await self._connection.execute_fetchall(_numbered(sql), _storable(parameters)))  # pyright: ignore[reportReturnType] -- sqlite3.Row is read like a mapping

    async def execute(self, sql: str, *parameters: Value) -> None:
        await self._connection.execute(_numbered(sql), _storable(parameters))

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        marks = ", ".join("?" for _ in table.columns)
        await self._each(insert_into(table, f"VALUES ({marks})", conflict), rows)

    async def remove(self, table: Table, keys: Iterable[Sequence[Value]]) -> None:
        same = " AND ".join(f"{column} = ?" for column in table.key)
        await self._each(f"DELETE FROM {table.name} WHERE {same}", keys)

    async def _each(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """A statement for each row; for none not even the way to the thread that has the file."""
        values = [_storable(row) for row in rows]
        if values:
            await self._connection.executemany(sql, values)

    async def advance(
        self, table: Table, rows: Iterable[Sequence[Value]], version: str
    ) -> list[tuple[Value, ...]]:
        numbers = {column: f"${number}" for number, column in enumerate(table.columns, 1)}
        settings = ", ".join(f"{column} = {numbers[column]}" for column in table.rest)
        same = " AND ".join(f"{column} = {numbers[column]}" for column in table.key)
        statement = (
            f"UPDATE {table.name} SET {settings} WHERE {same} AND {version} = {numbers[version]} - 1"
            f" RETURNING {', '.join(table.key)}"
        )
        found = [row for values in rows for row in await self.fetch(statement, *values)]
        return [tuple(row[column] for column in table.key) for row in found]

    def holding(self, alias: str, *, skip_locked: bool = False) -> str:
        del alias, skip_locked
        return ""

    def begins_with(self, column: str) -> str:
        return f"{column} >= ? AND {column} < ?"

    def lot_of(self, *columns: str) -> str:
        return f"lot({', '.join(columns)})"

    def turn_of(self, column: str) -> str:
        del column
        return "true"

    async def take_turns(self, names: Iterable[str]) -> None:
        del names

    def listed(self, names: Mapping[str, Type], rows: Sequence[Sequence[Value]], first: int) -> Listed:
        columns = ", ".join(f"value ->> {number} AS {name}" for number, name in enumerate(names))
        return Listed(
            f"(SELECT {columns} FROM json_each(${first})) AS listed",
            (json.dumps([_storable(row) for row in rows], ensure_ascii=False),),
        )


@asynccontextmanager
async def _connected(path: Path, *statements: str) -> AsyncGenerator[aiosqlite.Connection]:
    """A connection for a while; see `_connect`."""
    connection = await _connect(path, *statements)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(path: Path, *statements: str) -> aiosqlite.Connection:
    """A connection after these statements: one journey to its thread, where each of them would be one more.

    The thread of one that fails is told to end and not waited for, and may outlive the loop: so none fails.
    """
    faults: list[sqlite3.Error] = []

    def connect() -> sqlite3.Connection:
        try:
            return _file(path, *statements)
        except sqlite3.Error as error:
            faults.append(error)
            return sqlite3.connect(":memory:")

    connection = await aiosqlite.Connection(connect, iter_chunk_size=64)  # its own default
    if faults:
        await connection.close()
        raise faults[0]
    return connection


def _file(path: Path, *statements: str) -> sqlite3.Connection:
    file = sqlite3.connect(path, isolation_level=None)
    try:
        file.row_factory = sqlite3.Row
        file.create_function("lot", -1, _lot, deterministic=True)
        for statement in (f"PRAGMA busy_timeout={BUSY_MS}", *statements):
            file.execute(statement)
    except BaseException:
        file.close()
        raise
    return file


def _lot(*texts: str) -> int:
    return crc32(" ".join(texts).encode())


def _storable(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(map(storable, values))


@lru_cache(maxsize=512)
def _numbered(sql: str) -> str:
    """SQLite writes a numbered parameter ?1 where PostgreSQL writes $1."""
    return re.sub(r"\$(\d+)", r"?\1", sql)
