"""How is a program that takes in order events started, and on a database of its own?"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import aiohttp

from bench.load import TOKEN
from bench.machine import scratch
from tests.databases import postgres_database

PATIENCE_SECONDS = 30
PEERS_PYTHON = Path(".venv-peers/bin/python").absolute()
"""What the peers run on whose packages are not ours."""
OURS = ("bot", "serve")


@asynccontextmanager
async def running(
    module: Sequence[str],
    database: str,
    *,
    python: Path = Path(sys.executable),
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[str]:
    """The address of a server that has started; it is what `python -m` runs.

    It finds its port and its database in the environment, as `bot serve` does. Raises RuntimeError when it ends.
    """
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DINGDAN_DATABASE_URL": database,
        "DINGDAN_HTTP__PORT": str(port),
        "DINGDAN_INGEST__TOKEN": TOKEN,
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port} --keep-alive 75",
        **(settings or {}),
    }
    with TemporaryFile(dir=scratch()) as log:
        process = await asyncio.create_subprocess_exec(
            python, "-m", *module, env=environment, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            await asyncio.wait_for(_answers(address, process), PATIENCE_SECONDS)
            yield address
        finally:
            if process.returncode is None:
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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def _answers(address: str, process: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"{address}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    raise RuntimeError("the server did not start")
