"""How fast does a server take order events? A program that has every byte ready before its clock starts."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle
from statistics import quantiles

import msgspec
import uvloop

from bench.servers import TOKEN

STEPS = (
    (b"payment", b"started"),
    (b"payment", b"completed"),
    (b"confirm", b"completed"),
    (b"picking", b"started"),
)
ORDERS = 1000
"""More than are on their way at once: no two requests at a time are about one order."""
EVENT = (
    b'{"specversion":"1.0","id":"e%d","source":"/bench","type":"order.stage","subject":"SO%09d",'
    b'"time":"%b","data":{"stage":"%b","status":"%b"}}'
)
ACCEPTED, REFUSED = 202, 400
BETWEEN = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send: requests of so many events, for at most so many seconds."""

    per_request: int
    connections: int
    seconds: float
    start: int
    """The number of the first event; rounds on one database start far apart."""
    most: int
    """So many events are prepared; once all are sent the clock stops."""
    spoilt: bool = False
    """After each good body comes one that nobody can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it; only good requests count."""

    events: int
    accepted: int
    seconds: float
    p50_ms: float
    """From the first byte of a request to the last one of its answer."""
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Request:
    content: bytes
    good: bool


@dataclass(frozen=True, slots=True)
class Answer:
    request: Request
    status: int
    body: bytes
    seconds: float


class Counts(msgspec.Struct):
    accepted: int


async def send(address: str, load: Load) -> Sent:
    """Send a load from a process of its own. Raises RuntimeError when a good request was refused."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.load", address, msgspec.json.encode(load).decode()),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the load generator failed")
    return msgspec.json.decode(output, type=Sent)


async def sent(address: str, load: Load) -> Sent:
    """Send a load from this process."""
    host, port = address.removeprefix("http://").split(":")
    requests = prepared(load)
    loop, answers = asyncio.get_running_loop(), list[Answer]()
    feed = iter(requests)
    opened = [
        await loop.create_connection(lambda: _Connection(feed, answers), host, int(port))
        for _ in range(load.connections)
    ]
    began = time.perf_counter()
    for transport, connection in opened:
        connection.start(transport, began + load.seconds)
    await asyncio.gather(*(connection.finished for _, connection in opened))
    return _summary(answers, load, time.perf_counter() - began)


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, feed: Iterator[Request], answers: list[Answer]) -> None:
        self.finished = asyncio.get_running_loop().create_future()
        self._feed = feed
        self._answers = answers
        self._received = b""

    def start(self, transport: asyncio.Transport, until: float) -> None:
        self._transport = transport
        self._until = until
        self._send()

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._received += data
        head, between, body = self._received.partition(BETWEEN)
        if not between or len(body) < _length(head):
            return
        self._received = b""
        self._answers.append(Answer(self._request, int(head[9:12]), body, now - self._sent))
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def _send(self) -> None:
        self._sent = time.perf_counter()
        request = next(self._feed, None) if self._sent < self._until else None
        if request is None:
            self.finished.set_result(None)
            self._transport.close()
        else:
            self._request = request
            self._transport.write(request.content)


def prepared(load: Load) -> list[Request]:
    """Whole HTTP requests, bytes ready to send."""
    stops = range(load.start, load.start + load.most, load.per_request)
    times = [_ago(len(STEPS) - place) for place in range(len(STEPS))]
    bodies = [_body(number, load.per_request, times) for number in stops]
    good = [Request(_http(body, load.per_request), good=True) for body in bodies]
    if not load.spoilt:
        return good
    bad = [
        Request(_http(spoil(body), load.per_request), good=False)
        for spoil, body in zip(cycle(SPOILT), bodies, strict=False)
    ]
    return list(chain.from_iterable(zip(good, bad, strict=True)))


SPOILT: Sequence[Callable[[bytes], bytes]] = (
    lambda body: body[: len(body) // 2],
    lambda body: body.replace(b"order", b"\xff\xfe", 1),
    lambda body: b"[" * len(body),
    lambda body: body.replace(b'"stage"', b'"staeg"'),
)
"""Cut off, not UTF-8, nested without end, and every event without a stage."""


def _body(number: int, per_request: int, times: Sequence[bytes]) -> bytes:
    events = [_event(number + index, times) for index in range(per_request)]
    return b"[%b]" % b",".join(events) if per_request > 1 else events[0]


def _event(number: int, times: Sequence[bytes]) -> bytes:
    """A thousand orders take a step each, then the next one, then others come."""
    block, place = divmod(number, len(STEPS) * ORDERS)
    step, order = divmod(place, ORDERS)
    return EVENT % (number, block * ORDERS + order, times[step], *STEPS[step])


def _ago(seconds: float) -> bytes:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().encode()


def _http(body: bytes, per_request: int) -> bytes:
    head = (
        f"POST /api/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/cloudevents{'-batch' if per_request > 1 else ''}+json\r\n"
        f"Content-Length: {len(body)}"
    )
    return head.encode() + BETWEEN + body


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


def _summary(answers: Sequence[Answer], load: Load, seconds: float) -> Sent:
    good = [answer for answer in answers if answer.request.good]
    refused = next((answer for answer in good if answer.status != ACCEPTED), None)
    if refused is not None:
        raise RuntimeError(f"{refused.status} {refused.body.decode()}")
    bad = [answer for answer in answers if not answer.request.good]
    if any(_accepted(answer) for answer in bad):
        raise RuntimeError("a spoilt body was accepted")
    times = quantiles([answer.seconds * 1000 for answer in good], n=100)
    return Sent(
        events=len(good) * load.per_request,
        accepted=sum(_accepted(answer) for answer in good),
        seconds=seconds,
        p50_ms=times[49],
        p99_ms=times[98],
    )


def _accepted(answer: Answer) -> int:
    if answer.status != ACCEPTED:
        return 0
    return msgspec.json.decode(answer.body, type=Counts).accepted


def main() -> None:
    """Run the load that the arguments describe, and print what came of it."""
    address, described = sys.argv[1:]
    found = uvloop.run(sent(address, msgspec.json.decode(described, type=Load)))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
