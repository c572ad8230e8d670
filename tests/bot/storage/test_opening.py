"""Is a database opened as its URL says, and migrated only where there is something to migrate?"""

import sqlite3
from contextlib import closing

import pytest

from bot.signals import Signals
from bot.storage.documents import versions_of
from bot.storage.opening import open_store
from bot.storage.orm import Orm
from tests.databases import emptied, postgres_database


async def test_tls_can_be_asked_for_in_the_url(postgres: str) -> None:
    async with postgres_database(postgres) as url:
        more = "&" if "?" in url else "?"
        async with open_store(f"{url}{more}sslmode=prefer", Signals()):
            assert await versions_of("rules") == []


async def test_only_where_a_migration_is_missing_is_anything_migrated(
    empty_sqlite: str, shared_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def migrate(_: Orm) -> None:
        nonlocal asked
        asked += 1

    async with open_store(shared_postgres, Signals()):
        pass  # whoever is first brings its schema up to date
    monkeypatch.setattr(Orm, "migrate", migrate)
    for url in (empty_sqlite, await emptied(shared_postgres)):
        async with open_store(url, Signals()):
            assert await versions_of("rules") == []
    assert asked == 0

    last = "SELECT max(name) FROM tortoise_migrations"
    with closing(sqlite3.connect(empty_sqlite.removeprefix("sqlite://"))) as file, file:
        file.execute(f"DELETE FROM tortoise_migrations WHERE name = ({last})")
    async with open_store(empty_sqlite, Signals()):
        assert asked == 1
