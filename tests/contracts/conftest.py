"""What does each promise of the storage run on? An empty database on either backend, with the newest schema."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.contracts.backend import Backend
from tests.contracts.towns import Town, a_town
from tests.databases import emptied, postgres_database


@pytest.fixture(params=list(Backend))
async def url(request: pytest.FixtureRequest, empty_sqlite: str, shared_postgres: str) -> str:
    """An empty database: a file, or the one on PostgreSQL that all tests share."""
    if request.param is Backend.SQLITE:
        return empty_sqlite
    return await emptied(shared_postgres)


@pytest.fixture
async def postgres_url(postgres: str) -> AsyncIterator[str]:
    """A database on PostgreSQL without any table, for what only it can show."""
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
async def town(store: Store, tmp_path: Path) -> Town:
    """A world around that store, in which handlers act."""
    return await a_town(store, tmp_path)


@pytest.fixture
async def postgres_store(shared_postgres: str) -> AsyncIterator[Store]:
    """The store over PostgreSQL, for what only transactions side by side can show."""
    async with open_store(await emptied(shared_postgres), Signals()) as store:
        yield store


@pytest.fixture
def backend(url: str) -> Backend:
    """Which of the two `store` is on."""
    return Backend.of(url)
