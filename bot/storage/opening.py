"""How is the database opened? Migrated first, under a lock, and closed in the end."""

import fcntl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import SettingsError
from bot.signals import Signals
from bot.storage.orm import Orm
from bot.storage.postgres import PostgresDatabase
from bot.storage.sqlite import SqliteDatabase
from bot.storage.store import Database, Store


@asynccontextmanager
async def open_store(url: str, signals: Signals) -> AsyncGenerator[Store]:
    """The database that `url` names, with the newest schema."""
    database, orm = database_for(url), Orm(url)
    await database.open()
    try:
        await orm.open()
        try:
            async with database.alone():
                await orm.migrate()
            yield Store(database, signals)
        finally:
            await orm.close()
    finally:
        await database.close()


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
    """Hold the lock of an SQLite file while serving from it. Raises SettingsError when another process does.

    The lock is the operating system's: it is gone with the process, however that ends.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError([f"DINGDAN_DATABASE_URL: another process serves from {path}"]) from None
        yield
