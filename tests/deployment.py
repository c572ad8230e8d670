"""What does the service of a story run on? Said on pytest's command line, the same for every story of a run."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from bot.app import service
from bot.clock import Clock
from bot.redis import EMBEDDED, open_redis
from bot.settings import Settings
from bot.storage import orm
from bot.storage.opening import sqlite_path
from bot.wakeups import CHANNEL
from tests.databases import emptied, sqlite_url

CHUNK = 64 * 1024
LISTENING_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A folder, a database and a Redis, all for one story, and how many replicas share them."""

    folder: Path
    database_url: str
    redis_url: str = EMBEDDED
    replicas: int = 1

    @classmethod
    def embedded(cls, folder: Path) -> "Deployment":
        """All in one process."""
        return cls(folder=folder, database_url=sqlite_url(folder))

    async def cleared(self) -> "Deployment":
        """The same, with nothing in it."""
        if sqlite_path(self.database_url) is None:
            await emptied(self.database_url)
        async with open_redis(self.redis_url) as redis:
            anything: Any = redis
            await anything.flushall()
        return self


@asynccontextmanager
async def deployed(settings: Settings, clock: Clock, replicas: int) -> AsyncGenerator[str]:
    """So many replicas of the service, up; the one address of them all."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(service(settings, clock))
        addresses = [first.address]
        with patch.object(orm, "set_global_context"):  # a process has one, and the first replica's is as good
            for _ in range(replicas - 1):
                another = await stack.enter_async_context(service(settings, clock))
                addresses.append(another.address)
        if replicas == 1:
            yield first.address
            return
        await _hear_each_other(settings.redis_url, replicas)
        yield await stack.enter_async_context(_balanced(addresses))


async def _hear_each_other(redis_url: str, replicas: int) -> None:
    """Wait until each replica listens to the others: on a clock that stands still none finds out by itself."""
    async with open_redis(redis_url) as redis, asyncio.timeout(LISTENING_SECONDS):
        anything: Any = redis
        while (await anything.pubsub_numsub(CHANNEL))[0][1] < replicas:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _balanced(addresses: Sequence[str]) -> AsyncGenerator[str]:
    """One address, whose connections go to these in turn."""
    turns = cycle(addresses)
    connections: set[asyncio.Task[None]] = set()

    def connect(reader: StreamReader, writer: StreamWriter) -> None:
        connection = asyncio.create_task(_connect(reader, writer, next(turns)))
        connections.add(connection)
        connection.add_done_callback(connections.discard)

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _connect(reader: StreamReader, writer: StreamWriter, address: str) -> None:
    there = urlsplit(address)
    answers, requests = await asyncio.open_connection(there.hostname, there.port)
    await asyncio.gather(_pass_on(reader, requests), _pass_on(answers, writer))


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    """Whatever comes, until its sender is done."""
    try:
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)
                await writer.drain()
    finally:
        writer.close()
