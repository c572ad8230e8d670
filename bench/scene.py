"""Where does a measurement of the watch take place? The service and a stand-in for WeCom, each a process."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.crowd import write_files
from bench.load import TOKEN
from bot.settings import Settings, load
from bot.wecom.crypto import CallbackCrypto
from tests.processes.commands import ROOT, Running, command, free_port, until

CALLBACK = CallbackCrypto(token="bench", aes_key="b" * 43, receive_id="bench")
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True, slots=True)
class Wecom:
    """The stand-in for WeCom."""

    url: str
    http: aiohttp.ClientSession

    async def came(self) -> Sequence[tuple[str, float]]:
        """The order of every card, and when its request came in, in milliseconds since 1970."""
        async with self.http.get(f"{self.url}/came") as answer:
            return await answer.json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a measurement is made with."""

    folder: Path
    environment: dict[str, str]
    """The settings of the service."""
    wecom: Wecom
    http: aiohttp.ClientSession

    @property
    def settings(self) -> Settings:
        """The same, as the service reads them."""
        return load(self.environment)

    @property
    def address(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.environment['DINGDAN_HTTP__PORT']}"

    @asynccontextmanager
    async def serving(self, module: str = "bot") -> AsyncGenerator[Running]:
        """The service, ready; `module` is a changed one."""
        async with command(self.folder, "serve", environment=self.environment, module=module) as service:
            await until(self._is_ready, "the service")
            yield service

    async def _is_ready(self) -> bool:
        async with self.http.get(f"{self.address}/readyz") as answer:
            return answer.status == 200


@asynccontextmanager
async def a_scene(folder: Path, database: str) -> AsyncGenerator[Scene]:
    """The stand-in, running; and what the service needs to be started."""
    async with a_wecom() as wecom:
        environment = {
            "DINGDAN_DATABASE_URL": database,
            "DINGDAN_HTTP__PORT": str(free_port()),
            "DINGDAN_INGEST__TOKEN": TOKEN,
            "DINGDAN_SECRET_KEY": "bench-secret",
            "DINGDAN_WECOM__API_BASE": wecom.url,
            "DINGDAN_WECOM__CORP_ID": "bench",
            "DINGDAN_WECOM__AGENT_ID": "1",
            "DINGDAN_WECOM__SECRET": "bench",
            "DINGDAN_WECOM__CALLBACK_TOKEN": CALLBACK.token,
            "DINGDAN_WECOM__AES_KEY": CALLBACK.aes_key,
            **write_files(folder),
        }
        yield Scene(folder=folder, environment=environment, wecom=wecom, http=wecom.http)


@asynccontextmanager
async def a_wecom() -> AsyncGenerator[Wecom]:
    """The stand-in, running."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    receiver = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.receiver", str(port)),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
            await until(lambda: _answers(http, url), "the stand-in for WeCom")
            yield Wecom(url, http)
    finally:
        receiver.terminate()
        await receiver.wait()


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    async with http.get(f"{url}/came") as answer:
        return answer.status == 200


def resident_bytes(process: int) -> int:
    """How much memory a process holds at this moment."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
