"""Where does a scheduler run that a user would pick instead? A process with orders on its standard input, and Redis."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import redis.asyncio

from bench.crowd import Crowd, order_no
from bench.scene import Wecom, resident_bytes
from bench.servers import PEERS_PYTHON

LINE = 1_000
"""Orders that are planted at a time."""
PATIENCE_SECONDS = 60
"""For one line."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A program of `bench.peers.foreign` that holds something for each open order."""

    name: str
    module: str
    does: str

    @asynccontextmanager
    async def holding(self, wecom: Wecom, broker: str) -> AsyncGenerator["Held"]:
        """The program, ready; killed at the end. Raises RuntimeError when it ends early."""
        process = await asyncio.create_subprocess_exec(
            PEERS_PYTHON,
            *("-W", "ignore", "-m", f"bench.peers.foreign.{self.module}"),
            env={"PATH": os.environ["PATH"], "BENCH_REDIS": broker, "BENCH_WECOM": wecom.url},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        held = Held(process, broker)
        try:
            await held.heard("ready")
            yield held
        finally:
            await held.kill()


ARQ = Scheduler("arq", "arq_jobs", "a deferred job per order, in a Redis that writes nothing to disk")
CELERY = Scheduler("Celery ETA", "celery_eta", "a task per order, in such a Redis and in the worker's memory")
APSCHEDULER = Scheduler("APScheduler", "apscheduler_jobs", "a job per order, in one process's memory")
SCHEDULERS = (ARQ, CELERY, APSCHEDULER)


@dataclass(frozen=True, slots=True)
class Held:
    """A scheduler under way."""

    process: asyncio.subprocess.Process
    broker: str

    async def plant(self, crowd: Crowd, numbers: range) -> None:
        """Have it remind of these orders."""
        assert self.process.stdin
        for start in range(numbers.start, numbers.stop, LINE):
            line = [
                (order_no(number), crowd.due_at(number).timestamp())
                for number in range(start, min(start + LINE, numbers.stop))
            ]
            self.process.stdin.write(json.dumps(line).encode() + b"\n")
            await self.process.stdin.drain()
            await self.heard("planted")

    async def bytes(self) -> int:
        """What the process and Redis hold at this moment."""
        client: Any = redis.asyncio.from_url(self.broker)
        async with client:
            stored = int((await client.info("memory"))["used_memory"])
        return stored + resident_bytes(self.process.pid)

    async def heard(self, word: str) -> None:
        """Wait until it says so. Raises RuntimeError when it has ended instead, TimeoutError when it is silent."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in self.process.stdout:
                if line.decode().strip() == word:
                    return
        raise RuntimeError("the program ended early")

    async def kill(self) -> None:
        """kill -9."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
