"""Where do the stories of two replicas take place? In a town whose services share a database and a Redis."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.databases import postgres_database
from tests.processes.commands import Running, free_port, until
from tests.processes.town import Town, a_town

SECRET = "the-replicas-share-it"


@dataclass(frozen=True, slots=True)
class Replica:
    """One of several processes."""

    town: Town
    process: Running

    async def has_the_socket(self) -> bool:
        """Whether the bot is connected here."""
        return (await self.town.get("/readyz"))["channels"]["aibot"] == "subscribed"


@asynccontextmanager
async def a_shared_town(folder: Path, postgres: str, redis: str) -> AsyncGenerator[Town]:
    """A town with a database of its own on that PostgreSQL server."""
    async with (
        postgres_database(postgres) as database,
        a_town(
            folder, DINGDAN_DATABASE_URL=database, DINGDAN_REDIS_URL=redis, DINGDAN_SECRET_KEY=SECRET
        ) as town,
    ):
        yield town


@asynccontextmanager
async def two_replicas(town: Town) -> AsyncGenerator[list[Replica]]:
    """The one that holds the socket, and another one. WeCom's callbacks reach the town's own port."""
    async with AsyncExitStack() as stack:
        towns = [town, replace(town, port=free_port())]
        both = [Replica(one, await stack.enter_async_context(one.started())) for one in towns]
        for one in both:
            await until(one.town.is_ready, "ready")
        await until(town.wecom.connected, "the bot's connection")
        yield both if await both[0].has_the_socket() else both[::-1]
