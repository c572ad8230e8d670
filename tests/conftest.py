"""What can any test ask for? The real servers, started once; and what does the command line say of a run?"""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.databases import SQLITE, migrated, postgres_database, sqlite_url
from tests.servers import postgres_server, redis_server

settings.register_profile("short", deadline=None, max_examples=25)
settings.register_profile("long", parent=settings.get_profile("short"), max_examples=2_000)
settings.load_profile("short")  # `make test-long` takes the other one


MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30


def pytest_configure() -> None:
    """What tests write is left in memory where there is room: none can tell whether it has reached the disk.

    A commit waits for the disk otherwise, up to ten milliseconds each, and every test makes many.
    """
    fit = os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if fit and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it again and again takes a twelfth of the time of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the service of the scenarios runs on, which `make test-long` varies; and the seed of tests/chaos."""
    group = parser.getgroup("deployment")
    group.addoption("--database", choices=["sqlite", "postgres"], default="sqlite")
    group.addoption("--redis", choices=["embedded", "real"], default="embedded")
    group.addoption("--replicas", type=int, default=1)
    parser.addoption("--bodies", type=int, default=None, help="post so many mutated bodies in tests/security")
    parser.addoption("--seed", type=int, default=None, help="run tests/chaos with this seed again")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL, with `{database}` for the database's name."""
    with postgres_server() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_postgres(postgres: str) -> AsyncIterator[str]:
    """A database on PostgreSQL; making one for each test would take longer than the tests."""
    async with postgres_database(postgres) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def newest_schema(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What is in the file of an empty database on SQLite; migrating one for each test would take longer."""
    return await migrated(tmp_path_factory.mktemp("newest-schema"))


@pytest.fixture
def empty_sqlite(tmp_path: Path, newest_schema: bytes) -> str:
    """An empty database on SQLite."""
    (tmp_path / SQLITE).write_bytes(newest_schema)
    return sqlite_url(tmp_path)


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """The URL of a real Redis."""
    with redis_server() as url:
        yield url
