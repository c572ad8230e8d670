"""Which database is it, and how do two transactions meet in it?"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any, TypeVar, cast

import asyncpg

from bot.storage.connection import Row, Value
from bot.storage.opening import sqlite_path
from bot.storage.store import Store, Transaction
from tests.databases import MIGRATIONS

Result = TypeVar("Result")
REFUSED = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
"""What the databases say when a row breaks a rule of the schema."""


class Backend(StrEnum):
    """The two databases."""

    SQLITE = "sqlite"
    """One writer: a second transaction begins when the first has ended."""
    POSTGRES = "postgres"
    """Transactions side by side, which hold rows against each other."""

    @classmethod
    def of(cls, url: str) -> "Backend":
        """The one that a URL names."""
        return cls.POSTGRES if sqlite_path(url) is None else cls.SQLITE


async def inside(store: Store, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
    """Do one thing in a transaction of its own."""
    return await store.run("test", operation)


async def undone(store: Store, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
    """Do something in a transaction that is taken back; what it gave."""
    results: list[Result] = []

    async def do_and_undo(work: Transaction) -> None:
        results.append(await operation(work))
        raise _UndoneError

    with suppress(_UndoneError):
        await store.run("test", do_and_undo)
    return results[-1]


class _UndoneError(Exception):
    """Not meant to be committed."""


async def rows(store: Store, query: str, *parameters: Value) -> list[Row]:
    """What a query finds."""
    async with store.reading() as connection:
        return list(await connection.fetch(query, *parameters))


async def value(store: Store, query: str, *parameters: Value) -> object:
    """The one value that a query finds."""
    ((found,),) = [tuple(dict(row).values()) for row in await rows(store, query, *parameters)]
    return found


async def tables(store: Store, backend: Backend) -> set[str]:
    """The names of our tables."""
    query = {
        Backend.SQLITE: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        Backend.POSTGRES: "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    }[backend]
    return {row["name"] for row in await rows(store, query)} - {MIGRATIONS}


async def end_other_connections(url: str) -> None:
    """Hang up on everybody else in a database on PostgreSQL."""
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


@asynccontextmanager
async def meanwhile(
    store: Store, operation: Callable[[Transaction], Awaitable[Result]]
) -> AsyncGenerator[Result]:
    """Another transaction, open during the block and committed at its end; what its operation gave."""
    done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    may_end = asyncio.Event()

    async def open_until_told(work: Transaction) -> None:
        result = await operation(work)
        if not done.done():
            done.set_result(result)
        await may_end.wait()

    transaction = asyncio.create_task(store.run("test", open_until_told))
    await asyncio.wait({transaction, done}, return_when=asyncio.FIRST_COMPLETED)
    if transaction.done():
        await transaction
    try:
        yield done.result()
    finally:
        may_end.set()
        await transaction
