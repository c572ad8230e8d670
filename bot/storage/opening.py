"""How is the database opened? Migrated first, under a lock, and closed in the end."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg

from bot.settings import SettingsError
from bot.signals import Signals
from bot.storage import migrations
from bot.storage.orm import Orm
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteDatabase
from bot.storage.store import Database, Store
from handlers.ports import StoreUnavailableError

Opened = TypeVar("Opened")

MIGRATIONS = {one.name for one in iter_modules(migrations.__path__)}
TRIES = 5
TRY_EVERY_SECONDS = 0.3


@asynccontextmanager
async def open_store(url: str, signals: Signals) -> AsyncGenerator[Store]:
    """The database that `url` names, with the newest schema. Raises StoreUnavailableError."""
    database, orm = database_for(url), Orm(url)
    try:
        await _reached(database.open())
        await orm.open()
        try:
            if not await _is_newest(database):
                async with database.alone():
                    await orm.migrate()
            yield Store(database, signals)
        finally:
            await orm.close()
    finally:
        await database.close()


async def _is_newest(database: Database) -> bool:
    """Whether the schema is as the last migration left it: then the ORM, which takes long to see it, is not asked."""
    try:
        async with database.reading() as connection:
            rows = await connection.fetch("SELECT name FROM tortoise_migrations")
    except (sqlite3.OperationalError, asyncpg.UndefinedTableError):  # nothing was ever migrated
        return False
    return {row["name"] for row in rows} == MIGRATIONS


async def _reached(opening: Awaitable[Opened]) -> Opened:
    """What opening gives. Raises StoreUnavailableError with what the driver says."""
    try:
        return await opening
    except Exception as error:
        raise StoreUnavailableError(f"{type(error).__name__} {error}") from error


def database_for(url: str) -> Database:
    """The database that a URL names."""
    path = sqlite_path(url)
    return SqliteDatabase(path) if path else PostgresDatabase(url)


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, relative to the working directory; None for another database."""
    return Path(url.removeprefix("sqlite://")) if urlsplit(url).scheme == "sqlite" else None


def data_folder(url: str) -> Path:
    """Where this process may keep files of its own."""
    path = sqlite_path(url)
    return path.parent if path else Path("var")


@asynccontextmanager
async def replica(url: str, *, shares_redis: bool) -> AsyncGenerator[None]:
    """Be one of the processes that serve from a database. Raises SettingsError when there can be only one.

    The place is gone with the process, however that ends; PostgreSQL may need a moment to notice.
    """
    for tries_left in reversed(range(TRIES)):
        async with AsyncExitStack() as stack:
            place = database_for(url).place(shared=shares_redis)
            if await _reached(stack.enter_async_context(place)):
                yield
                return
        if tries_left:
            await asyncio.sleep(TRY_EVERY_SECONDS)
    raise SettingsError([_why_not(url)])


def _why_not(url: str) -> str:
    path = sqlite_path(url)
    if path is not None:
        return f"DINGDAN_DATABASE_URL: another process serves from {path}"
    return (
        "DINGDAN_REDIS_URL: another process serves from this database, and all of them need the same Redis,"
        " such as redis://host:6379/0"
    )
