"""What do runs need? A seed that is printed; and for outages replicas on a PostgreSQL and a Redis of their own."""

import random
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.processes.replicas import Replica, a_shared_town, two_replicas
from tests.processes.town import Town
from tests.servers import Server, a_postgres, a_redis


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run; `pytest tests/chaos --seed=N` runs it once more."""
    given: int | None = request.config.getoption("--seed")
    drawn = random.SystemRandom().randrange(10**9) if given is None else given
    print(f"pytest '{request.node.nodeid}' --seed={drawn}")  # noqa: T201 -- whoever sees it fail can see it again
    return drawn


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL that may be stopped and paused."""
    with a_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def own_redis() -> Iterator[Server]:
    """A Redis that may be stopped and paused."""
    with a_redis() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_town(
    tmp_path_factory: pytest.TempPathFactory, own_postgres: Server, own_redis: Server
) -> AsyncIterator[Town]:
    """A WeCom for all stories of a file, and a database for its replicas."""
    folder = tmp_path_factory.mktemp("town")
    async with a_shared_town(folder, own_postgres.url, own_redis.url) as town:
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replicas(shared_town: Town) -> AsyncIterator[list[Replica]]:
    """Two replicas; the first one holds the socket. Which of them WeCom's callbacks reach is not known."""
    async with two_replicas(shared_town) as both:
        yield both
