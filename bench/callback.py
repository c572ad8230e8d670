"""How many callbacks a second does one worker take in, beside what a user would write instead?

`python -m bench.callback --python .venv-peers/bin/python`: the peers run in that environment, ours in this one.
"""

import argparse
import asyncio
import itertools
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import cast

import uvloop

from bench.machine import scratch
from bench.servers import new_database
from bot.wecom.crypto import CallbackCrypto, Envelope, cdata
from tests.servers import postgres_server, redis_server

CONNECTIONS = 32
CORP, AGENT, TOKEN = "ww0123456789abcdef", "1000002", "benchtoken"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
PATIENCE_SECONDS = 30
PEERS = Path(__file__).with_name("peers")
BETWEEN = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A program that WeCom could call, with one worker."""

    name: str
    command: Sequence[str]
    """Its arguments to Python; settings are in the environment, with the names that `bot serve` gives them."""
    ours: bool = False
    does: str


BARE = Server(
    name="bare aiohttp",
    command=(str(PEERS / "callback_bare.py"),),
    does="reads the body and answers: what HTTP itself can carry",
)
AIOHTTP = Server(
    name="aiohttp + wechatpy + xmltodict",
    command=(str(PEERS / "callback_aiohttp.py"),),
    does="SET NX on the message's identity in a Redis that keeps nothing on disk; the message itself is not kept",
)
FLASK = Server(
    name="gunicorn + Flask + wechatpy",
    command=(
        "-m",
        "gunicorn",
        "--chdir",
        str(PEERS),
        "--workers",
        "1",
        "--threads",
        "8",
        "callback_flask:app",
    ),
    does=AIOHTTP.does,
)
OURS = Server(
    name="dingdan",
    command=("-m", "bot", "serve"),
    ours=True,
    does="message and identity are committed before the answer; handling gives way to arrivals, 100 ms at most",
)
SERVERS = (BARE, OURS, AIOHTTP, FLASK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of one load."""

    per_second: float
    p99_ms: float


async def measure(server: Server, python: str, database: str, redis: str, seconds: float) -> Answered:
    """The rate and the slowest answers of one server. Raises RuntimeError when one answer was not 200."""
    async with running(server, python, database, redis) as port:
        await load(port, seconds=0.5)
        return await load(port, seconds)


async def load(port: int, seconds: float) -> Answered:
    """Send callbacks over `CONNECTIONS` connections, each the next one as soon as the last is answered."""
    loop, times = asyncio.get_running_loop(), list[float]()
    requests = iter(prepared(int(8_000 * seconds) + CONNECTIONS))
    opened = [
        await loop.create_connection(lambda: _Connection(requests, times), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for _, connection in opened:
        connection.start(began + seconds)
    await asyncio.gather(*(connection.finished for _, connection in opened))
    took = time.perf_counter() - began
    return Answered(per_second=len(times) / took, p99_ms=quantiles(times, n=100)[98] * 1000)


_numbers = itertools.count(time.time_ns())


def prepared(count: int) -> list[bytes]:
    """Whole HTTP requests, each a text message of its own, signed and encrypted."""
    crypto = CallbackCrypto(token=TOKEN, aes_key=AES_KEY, receive_id=CORP)
    stamp = str(int(time.time()))
    return [_request(crypto, stamp, number) for number in itertools.islice(_numbers, count)]


def _request(crypto: CallbackCrypto, stamp: str, number: int) -> bytes:
    message = (
        f"<xml><ToUserName>{cdata(CORP)}</ToUserName><FromUserName>{cdata('zhangsan')}</FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType>{cdata('text')}</MsgType>"
        f"<Content>{cdata('/订单 DB20251222-883')}</Content><MsgId>{number}</MsgId><AgentID>{AGENT}</AgentID></xml>"
    )
    sealed = crypto.seal(message.encode(), timestamp=stamp, nonce=str(number))
    body = Envelope(to_user_name=CORP, agent_id=AGENT, encrypted=sealed.encrypted).to_xml()
    query = f"msg_signature={sealed.signature}&timestamp={stamp}&nonce={number}"
    head = f"POST /wecom/callback?{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}"
    return head.encode() + BETWEEN + body


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], times: list[float]) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._times = times
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def start(self, until: float) -> None:
        self._until = until
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, between, body = self._received.partition(BETWEEN)
        if not between or len(body) < _length(head):
            return
        if head[9:12] != b"200":
            self.finished.set_exception(RuntimeError(head.decode()))
            return
        self._received = b""
        self._times.append(time.perf_counter() - self._sent)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def _send(self) -> None:
        self._sent = time.perf_counter()
        request = next(self._requests, None) if self._sent < self._until else None
        if request is None:
            self.finished.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


@asynccontextmanager
async def running(server: Server, python: str, database: str, redis: str) -> AsyncGenerator[int]:
    """The port of a server that has started."""
    port = _free_port()
    program = sys.executable if server.ours else python
    process = await asyncio.create_subprocess_exec(
        program,
        *server.command,
        env=_environment(port, database, redis),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(_listens(port), PATIENCE_SECONDS)
        yield port
    finally:
        process.terminate()
        await process.wait()


def _environment(port: int, database: str, redis: str) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port} --keep-alive 75",
        "BENCH_REDIS": redis,
        "DINGDAN_DATABASE_URL": database,
        "DINGDAN_HTTP__PORT": str(port),
        "DINGDAN_WECOM__CORP_ID": CORP,
        "DINGDAN_WECOM__AGENT_ID": AGENT,
        "DINGDAN_WECOM__CALLBACK_TOKEN": TOKEN,
        "DINGDAN_WECOM__AES_KEY": AES_KEY,
    }


async def _listens(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def _rounds(
    servers: Sequence[Server], python: str, postgres: str | None, redis: str, *, rounds: int, seconds: float
) -> None:
    found: dict[str, list[Answered]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            async with new_database(postgres) as url:
                found[server.name].append(await measure(server, python, url, redis, seconds))
    ours = [one.per_second for one in found[OURS.name]]
    sys.stdout.write(
        "| server | req/s, median | p99 ms, median | ours to it, min | median |\n|---|---|---|---|---|\n"
    )
    for name, answered in found.items():
        ratios = [mine / one.per_second for mine, one in zip(ours, answered, strict=True)]
        rate = median(one.per_second for one in answered)
        p99 = median(one.p99_ms for one in answered)
        sys.stdout.write(f"| {name} | {rate:,.0f} | {p99:.0f} | {min(ratios):.2f} | {median(ratios):.2f} |\n")


def main() -> None:
    """Measure all of them in turn, and print a table."""
    options = argparse.ArgumentParser(prog="python -m bench.callback", description=__doc__)
    options.add_argument("--python", required=True, help="the peers' Python")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--postgres", action="store_true", help="ours on PostgreSQL instead of SQLite")
    options.add_argument("--only", nargs="+", help="parts of names")
    given = options.parse_args()
    scratch()
    wanted = [
        one
        for one in SERVERS
        if one is OURS or not given.only or any(part in one.name for part in given.only)
    ]
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server())
        postgres = stack.enter_context(postgres_server(durable=True)) if given.postgres else None
        uvloop.run(_rounds(wanted, given.python, postgres, redis, rounds=given.rounds, seconds=given.seconds))


if __name__ == "__main__":
    main()
