"""What do runs need? A seed that is printed; and for outages replicas on a PostgreSQL and a Redis of their own."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from tests.databases import postgres_database
from tests.processes.commands import Running, free_port, until
from tests.processes.town import Town, a_town
from tests.servers import Server, a_postgres, a_redis


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run; `pytest tests/chaos --seed=N` runs it once more."""
    given: int | None = request.config.getoption("--seed")
    drawn = random.SystemRandom().randrange(10**9) if given is None else given
    print(f"pytest '{request.node.nodeid}' --seed={drawn}")  # noqa: T201 -- whoever sees it fail can see it again
    return drawn


@dataclass(frozen=True, slots=True)
class Replica:
    """One of several processes."""

    town: Town
    process: Running

    async def has_the_socket(self) -> bool:
        """Whether the bot is connected here."""
        return (await self.town.get("/readyz"))["channels"]["aibot"] == "subscribed"


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
    async with (
        postgres_database(own_postgres.url) as database,
        a_town(
            tmp_path_factory.mktemp("town"),
            DINGDAN_DATABASE_URL=database,
            DINGDAN_REDIS_URL=own_redis.url,
            DINGDAN_SECRET_KEY="the-replicas-share-it",
        ) as town,
    ):
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replicas(shared_town: Town) -> AsyncIterator[list[Replica]]:
    """Two replicas; the first one holds the socket. Which of them WeCom's callbacks reach is not known."""
    async with AsyncExitStack() as stack:
        towns = [shared_town, replace(shared_town, port=free_port())]
        both = [Replica(town, await stack.enter_async_context(town.started())) for town in towns]
        for one in both:
            await until(one.town.is_ready, "ready")
        await until(shared_town.wecom.connected, "the bot's connection")
        holds = [await one.has_the_socket() for one in both]
        yield both if holds[0] else both[::-1]
