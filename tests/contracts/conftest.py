"""What does each promise of the storage run on? A new database on either backend, with the newest schema."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.contracts.backend import Backend
from tests.databases import postgres_database, sqlite_url


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database of its own, empty."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    async with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
async def postgres_url(postgres: str) -> AsyncIterator[str]:
    """An empty database on PostgreSQL, for what only it can show."""
    async with postgres_database(postgres) as url:
        yield url


@pytest.fixture
def signals() -> Signals:
    """Whom the store wakes."""
    return Signals()


@pytest.fixture
async def store(url: str, signals: Signals) -> AsyncIterator[Store]:
    """The store over that database."""
    async with open_store(url, signals) as store:
        yield store


@pytest.fixture
def backend(url: str) -> Backend:
    """Which of the two it is."""
    return Backend.of(url)
