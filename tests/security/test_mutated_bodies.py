"""Whatever is posted, the answer is never a 5xx and memory stays bounded: S-05 and S-06 of the promises."""

import asyncio
import io
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.scenarios.callbacks import click, command, message, sealed
from tests.scenarios.shop import INGEST, Shop

AT_ONCE = 40
MIB = 1 << 20
MOST_GROWTH = 50 * MIB
SPICE = [
    b"\x00",
    b"\xff\xfe",
    b"<",
    b">",
    b"]]>",
    b"&",
    b'"',
    b"{",
    b"[",
    b"1e999",
    b"\\ud800",
    "号".encode(),
    b"-1",
]


def mutated(body: bytes, dice: random.Random) -> bytes:
    """The body with a few bytes changed, cut, doubled or spiced."""
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.randint(0, 30))
        body = dice.choice([
            body[:start] + body[end:],
            body[:end] + body[start:end] * dice.randint(1, 5) + body[end:],
            body[:start] + dice.choice(SPICE) + body[end:],
            body[:start] + dice.randbytes(end - start) + body[end:],
        ])  # fmt: skip
    return body


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


class Intruder:
    """Posts mutated bodies, and counts the answers."""

    def __init__(self, shop: Shop, http: aiohttp.ClientSession, dice: random.Random) -> None:
        self._shop, self._http, self._dice = shop, http, dice
        self._inside = [
            command(shop, "/帮助"),
            click(shop, "card", "key"),
            message(shop, "<MsgType>event</MsgType><Event>kf_msg_or_event</Event><Token>t</Token>"),
        ]
        event = shop.event("order.stage", "DB1", stage="payment", status="started", operator="李四")
        self._events = json.dumps(event, ensure_ascii=False).encode()
        self.answers: Counter[tuple[str, int]] = Counter()

    async def callback(self) -> None:
        """A callback that is signed and means nothing, or one that is not even signed any more."""
        text = mutated(self._dice.choice(self._inside).encode(), self._dice)
        request = sealed(self._shop, text.decode("utf-8", "replace").replace("\ud800", ""))
        body = mutated(request.body, self._dice) if self._dice.random() < 0.5 else request.body
        await self._post("/wecom/callback", body, params=dict(request.query))

    async def event(self) -> None:
        """An order event that is none."""
        kind = self._dice.choice(
            ["application/cloudevents+json", "application/cloudevents-batch+json", "text/plain"]
        )
        headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": kind}
        await self._post("/api/events", mutated(self._events, self._dice), headers=headers)

    async def _post(
        self,
        path: str,
        body: bytes,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        url = f"{self._shop.address}{path}"
        async with self._http.post(url, params=params, data=body, headers=headers) as response:
            await response.read()
            self.answers[path, response.status] += 1


@pytest.mark.parametrize("bodies", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
async def test_mutated_bodies_cause_no_error_of_ours(
    shop: Shop, request: pytest.FixtureRequest, bodies: int
) -> None:
    bodies = request.config.getoption("bodies") or bodies
    async with aiohttp.ClientSession() as http:
        intruder = Intruder(shop, http, random.Random(bodies))
        await rounds(intruder, 500)
        before = resident()

        await rounds(intruder, bodies)

        assert resident() - before < MOST_GROWTH
    assert {path for path, _ in intruder.answers} == {"/wecom/callback", "/api/events"}
    assert {status for _, status in intruder.answers if status >= 500} == set()
    assert {200, 401} <= {status for path, status in intruder.answers if path == "/wecom/callback"}


async def rounds(intruder: Intruder, bodies: int) -> None:
    for _ in range(bodies // AT_ONCE):
        await asyncio.gather(*(intruder.callback() for _ in range(AT_ONCE // 2)))
        await asyncio.gather(*(intruder.event() for _ in range(AT_ONCE // 2)))


@pytest.mark.parametrize("path", ["/wecom/callback?msg_signature=1&timestamp=1&nonce=1", "/api/events"])
@pytest.mark.parametrize("slow_ones", [100, pytest.param(500, marks=pytest.mark.long)])
async def test_many_who_never_finish_stop_nobody(shop: Shop, path: str, slow_ones: int) -> None:
    host, port = shop.address.removeprefix("http://").split(":")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {INGEST}\r\n"
        "Content-Type: application/cloudevents+json\r\nContent-Length: 60000\r\n\r\n<xml>"
    )
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(slow_ones)]
    for _, writer in slow:
        writer.write(head.encode())

    await shop.stage("DB1", "payment", "started")
    async with shop.http.get(f"{shop.address}/healthz") as response:
        assert response.status == 200

    assert not any(reader.at_eof() for reader, _ in slow)
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize(("path", "most"), [("/wecom/callback", 64 * 1024), ("/api/events", MIB)])
@pytest.mark.parametrize("stated", [True, False])
async def test_a_body_that_is_too_large_is_refused_unread(
    shop: Shop, path: str, most: int, stated: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(most // 1024 + 1):
            yield b"x" * 1024

    headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents+json"}
    body = io.BytesIO(b"x" * (most + 1)) if stated else pieces()
    async with shop.http.post(f"{shop.address}{path}", data=body, headers=headers) as response:
        assert response.status == 413
