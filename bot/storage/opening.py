"""How is the database opened? Migrated first, under a lock, and closed in the end."""

import fcntl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from bot.settings import SettingsError
from bot.signals import Signals
from bot.storage.orm import Orm
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteDatabase
from bot.storage.store import Database, Store
from handlers.ports import StoreUnavailableError


@asynccontextmanager
async def open_store(url: str, signals: Signals) -> AsyncGenerator[Store]:
    """The database that `url` names, with the newest schema. Raises StoreUnavailableError."""
    database, orm = database_for(url), Orm(url)
    try:
        await _open(database)
        await orm.open()
        try:
            async with database.alone():
                await orm.migrate()
            yield Store(database, signals)
        finally:
            await orm.close()
    finally:
        await database.close()


async def _open(database: Database) -> None:
    try:
        await database.open()
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


@contextmanager
def only_process(url: str) -> Generator[None]:
    """Hold the lock of an SQLite file while serving from it. Raises SettingsError when that cannot be.

    The lock is the operating system's: it is gone with the process, however that ends.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    with _lock_file(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError([f"DINGDAN_DATABASE_URL: another process serves from {path}"]) from None
        yield


def _lock_file(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        fault = f"DINGDAN_DATABASE_URL: {path} cannot be written: {error.strerror}"
        raise SettingsError([fault]) from error
