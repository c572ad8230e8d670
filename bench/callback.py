"""(d) How many callbacks a second does one worker take in, beside what a user would write instead?"""

import itertools
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles

from bench.connections import BETWEEN, exchange
from bench.machine import CEILINGS
from bench.rounds import Contender, Figures, Rounds, compete
from bench.servers import OURS as SERVICE
from bench.servers import PEERS_PYTHON, new_database, running
from bot.wecom.crypto import CallbackCrypto, Envelope
from bot.wecom.markup import cdata

CONNECTIONS = 32
PREPARED_PER_SECOND = 8_000
WARMING = 0.5
"""Seconds of load before those that count."""
OK = 200
PER_SECOND, P99 = "requests per second", "p99 ms"
CORP, AGENT, TOKEN = "ww0123456789abcdef", "1000002", "benchtoken"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SETTINGS = {
    "DINGDAN_WECOM__CORP_ID": CORP,
    "DINGDAN_WECOM__AGENT_ID": AGENT,
    "DINGDAN_WECOM__CALLBACK_TOKEN": TOKEN,
    "DINGDAN_WECOM__AES_KEY": AES_KEY,
}
REPEATS = "repeats known by SET NX in a Redis that writes nothing to disk; the message itself is not kept"
KEPT = "message and identity committed before the answer, with fsync; handling gives way to arrivals"


@dataclass(frozen=True, slots=True)
class Server:
    """A program that WeCom could call, with one worker."""

    name: str
    does: str
    module: Sequence[str]
    python: Path = PEERS_PYTHON
    database: str = ""
    """Which one; none for a peer."""


BARE = Server("bare aiohttp", "reads the body and answers", ("bench.peers.foreign.callback_bare",))
OURS = Server("ours, SQLite", KEPT, SERVICE, Path(sys.executable), "SQLite")
ON_POSTGRES = Server("ours, PostgreSQL", KEPT, SERVICE, Path(sys.executable), "PostgreSQL")
AIOHTTP = Server("aiohttp + wechatpy + xmltodict", REPEATS, ("bench.peers.foreign.callback_aiohttp",))
FLASK = Server(
    "gunicorn + Flask + wechatpy",
    REPEATS,
    ("gunicorn", "--workers", "1", "--threads", "8", "bench.peers.foreign.callback_flask:app"),
)
SERVERS = (BARE, OURS, ON_POSTGRES, AIOHTTP, FLASK)


async def measured(
    databases: Mapping[str, str | None],
    redis: str,
    rounds: int,
    seconds: float,
    servers: Sequence[Server] = SERVERS,
) -> Rounds:
    """Callbacks a second of every server."""
    contenders = [
        Contender(one.name, one.does, partial(_taken_in, one, databases, redis, seconds)) for one in servers
    ]
    return await compete(CEILINGS, contenders, rounds)


async def _taken_in(
    server: Server, databases: Mapping[str, str | None], redis: str, seconds: float, _round: int
) -> Figures:
    async with (
        new_database(databases.get(server.database)) as url,
        running(
            server.module, url, python=server.python, settings={**SETTINGS, "BENCH_REDIS": redis}
        ) as address,
    ):
        port = int(address.rpartition(":")[2])
        await _send(port, min(WARMING, seconds))
        return await _send(port, seconds)


async def _send(port: int, seconds: float) -> Figures:
    """Send callbacks. Raises RuntimeError when an answer was not 200."""
    requests = prepared(int(PREPARED_PER_SECOND * seconds) + CONNECTIONS)
    found = await exchange(port, requests, connections=CONNECTIONS, seconds=seconds)
    wrong = next((answer for answer in found.answers if answer.status != OK), None)
    if wrong is not None:
        raise RuntimeError(f"{wrong.status} {wrong.body.decode()}")
    p99 = quantiles([answer.seconds * 1000 for answer in found.answers], n=100)[98]
    return {PER_SECOND: len(found.answers) / found.seconds, P99: p99}


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
    head = (
        f"POST /wecom/callback?{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}"
    )
    return head.encode() + BETWEEN + body
