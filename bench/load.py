"""How fast does a server take order events? A program that has every byte ready before its clock starts."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle
from statistics import quantiles

import msgspec
import uvloop

from bench.connections import BETWEEN, Answer, Exchange, exchange

STEPS = (
    (b"payment", b"started"),
    (b"payment", b"completed"),
    (b"confirm", b"completed"),
    (b"picking", b"started"),
)
TOKEN = "bench-token-0123456789abcdef"
ORDERS = 1000
"""More than are on their way at once: no two requests at a time are about one order."""
EVENT = (
    b'{"specversion":"1.0","id":"e%d","source":"/bench","type":"order.stage","subject":"SO%09d",'
    b'"time":"%b","data":{"stage":"%b","status":"%b"}}'
)
ACCEPTED = 202


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
    port = int(address.rpartition(":")[2])
    found = await exchange(port, prepared(load), connections=load.connections, seconds=load.seconds)
    return _summary(found, load)


def prepared(load: Load) -> list[bytes]:
    """Whole HTTP requests, bytes ready to send; of a spoilt load every other one is bad."""
    times = [_ago(len(STEPS) - place) for place in range(len(STEPS))]
    numbers = range(load.start, load.start + load.most, load.per_request)
    bodies = [_body(number, load.per_request, times) for number in numbers]
    if load.spoilt:
        bad = [spoil(body) for spoil, body in zip(cycle(SPOILT), bodies, strict=False)]
        bodies = list(chain.from_iterable(zip(bodies, bad, strict=True)))
    return [_http(body, load.per_request) for body in bodies]


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


def _summary(found: Exchange, load: Load) -> Sent:
    good = [answer for answer in found.answers if not load.spoilt or answer.number % 2 == 0]
    refused = next((answer for answer in good if answer.status != ACCEPTED), None)
    if refused is not None:
        raise RuntimeError(f"{refused.status} {refused.body.decode()}")
    accepted = sum(_accepted(answer) for answer in good)
    if sum(_accepted(answer) for answer in found.answers) > accepted:
        raise RuntimeError("a spoilt body was accepted")
    times = quantiles([answer.seconds * 1000 for answer in good], n=100)
    return Sent(
        events=len(good) * load.per_request,
        accepted=accepted,
        seconds=found.seconds,
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
