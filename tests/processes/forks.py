"""How does a test start dingdan without waiting for its imports? From a template that has them, by a fork."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.processes.template import Wish


@dataclass(slots=True)
class Forked:
    """A process that the template has forked; what `asyncio.subprocess.Process` can, as far as tests need it."""

    pid: int
    _told: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _ending: asyncio.Task[int] = field(init=False)

    def __post_init__(self) -> None:
        self._ending = asyncio.create_task(self._exit_code())

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self._ending.result() if self._ending.done() else None

    async def wait(self) -> int:
        """Wait for its end; its exit code."""
        return await asyncio.shield(self._ending)

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing, if it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    async def _exit_code(self) -> int:
        code = int(await self._told.readline())
        self._writer.close()
        return code


async def fork(wish: Wish) -> Forked:
    """Start a command."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_template().control, [b"1"], [theirs.fileno()])
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    writer.write(json.dumps(wish).encode() + b"\n")
    return Forked(int(await reader.readline()), reader, writer)


@dataclass(frozen=True, slots=True)
class _Template:
    """It is there as long as this process is, which holds the other end of its socket."""

    process: subprocess.Popen[bytes]
    control: socket.socket


@cache
def _template() -> _Template:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.template", str(theirs.fileno())],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONUTF8": "1"},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    return _Template(process, ours)
