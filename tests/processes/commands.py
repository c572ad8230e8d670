"""How does a test run dingdan as an operator does? `python -m bot …`, in a folder of its own."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.processes.forks import Forked, fork
from tests.processes.template import Wish

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Running:
    """A command under way."""

    process: asyncio.subprocess.Process | Forked
    log: Path

    async def exit_code(self) -> int:
        """Wait for its end."""
        return await self.process.wait()

    async def kill(self) -> None:
        """kill -9."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end, as an operator does; its exit code."""
        self.process.terminate()
        return await self.exit_code()

    def pause(self) -> None:
        """Let it stand still, as a machine that is overloaded or moved does; it does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on where it was."""
        self.process.send_signal(signal.SIGCONT)

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text("utf-8")


@asynccontextmanager
async def command(
    folder: Path,
    *arguments: str,
    source: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    module: str = "bot",
) -> AsyncGenerator[Running]:
    """A command of ours, from the packages in `source`; killed at the end, if it still runs.

    `module` is another program with the same commands. Ours is forked from a process that has imported it all, which
    takes a twentieth of the time; another program or source starts afresh.
    """
    log = folder / f"{arguments[0]}-{len(list(folder.glob('*.log')))}.log"
    log.touch()
    ours = {name: os.environ[name] for name in NEEDED if name in os.environ}
    wish = Wish(
        module=module,
        arguments=list(arguments),
        folder=str(folder),
        environment={**ours, "PYTHONPATH": str(source), "PYTHONUTF8": "1", **(environment or {})},
        log=str(log),
    )
    process = await fork(wish) if module == "bot" and source == ROOT else await _fresh(wish)
    running = Running(process, log)
    try:
        yield running
    finally:
        await running.kill()


async def _fresh(wish: Wish) -> asyncio.subprocess.Process:
    """A command that has yet to import everything."""
    with Path(wish["log"]).open("wb") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            wish["module"],
            *wish["arguments"],
            cwd=wish["folder"],
            env=wish["environment"],
            stdout=output,
            stderr=output,
        )


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def until(look: Callable[[], Awaitable[bool]], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `look` finds it so; what cannot be reached is not so yet."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        try:
            if await look():
                return
        except (aiohttp.ClientError, TimeoutError):
            pass
        assert loop.time() < deadline, f"{what} did not happen within {seconds} s"
        await asyncio.sleep(0.05)
