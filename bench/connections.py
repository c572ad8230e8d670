"""How are requests sent as fast as a server takes them? Bytes over raw connections, each the next when the last is answered."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BETWEEN = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the request of that number."""

    number: int
    status: int
    body: bytes
    seconds: float
    """From the first byte of the request to the last one of the answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """All answers, in the order in which they came."""

    answers: Sequence[Answer]
    seconds: float


async def exchange(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Exchange:
    """Send requests for so many seconds, or until there are no more; on loopback.

    Raises ConnectionError when the server hangs up.
    """
    loop, answers = asyncio.get_running_loop(), list[Answer]()
    feed = enumerate(requests)
    opened = [
        await loop.create_connection(lambda: _Connection(feed, answers), "127.0.0.1", port)
        for _ in range(connections)
    ]
    began = time.perf_counter()
    for transport, connection in opened:
        connection.start(transport, began + seconds)
    await asyncio.gather(*(connection.finished for _, connection in opened))
    return Exchange(answers, time.perf_counter() - began)


class _Connection(asyncio.Protocol):
    def __init__(self, feed: Iterator[tuple[int, bytes]], answers: list[Answer]) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
        self._answers.append(Answer(self._number, int(head[9:12]), body, now - self._sent))
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def _send(self) -> None:
        self._sent = time.perf_counter()
        following = next(self._feed, None) if self._sent < self._until else None
        if following is None:
            self.finished.set_result(None)
            self._transport.close()
        else:
            self._number, request = following
            self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)
