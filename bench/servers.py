"""Which programs are measured, and how is one started on a database of its own?"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import aiohttp

from bench.machine import scratch
from tests.databases import postgres_database

TOKEN = "bench-token-0123456789abcdef"
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A program that takes in order events over HTTP."""

    name: str
    module: Sequence[str]
    """What `python -m` runs; it finds its port and its database in the environment, as `bot serve` does."""
    does: str
    """The durable work behind an answer."""


OURS = Server(
    "dingdan",
    ("bot", "serve"),
    "a repeat is recognised, the order folded, its nearest limit armed; answered after the commit",
)
ORM = Server(
    "ORM",
    ("bench.orm_server",),
    "a repeat is recognised, a state row and a due row kept, in a transaction for each event; answered after it",
)
NOTHING = Server("nothing", ("bench.nothing_server",), "an answer and no work: what HTTP itself can carry")


@asynccontextmanager
async def running(server: Server, database: str) -> AsyncGenerator[str]:
    """The address of a server that has started."""
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DINGDAN_DATABASE_URL": database,
        "DINGDAN_HTTP__PORT": str(port),
        "DINGDAN_INGEST__TOKEN": TOKEN,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *server.module,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        await asyncio.wait_for(_answers(address), PATIENCE_SECONDS)
        yield address
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def new_database(server: str | None) -> AsyncGenerator[str]:
    """The URL of an empty database: on that PostgreSQL, or in a file of its own."""
    if server is None:
        with TemporaryDirectory(prefix="bench-", dir=scratch()) as folder:
            yield f"sqlite://{folder}/bench.db"
        return
    async with postgres_database(server) as url:
        yield url


async def _answers(address: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{address}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
