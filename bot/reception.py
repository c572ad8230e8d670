"""How does what comes in from WeCom get dealt with? Stored, acknowledged, and only then handled, once."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from bot.batching import Batcher
from bot.callers import Callers
from bot.clock import Clock, stopwatch
from bot.metrics import Metrics
from bot.signals import Signal
from bot.storage.inbox import Received
from bot.storage.store import Store, Transaction
from bot.wecom.incoming import Arrival
from handlers.bus import Dealt, on_incoming
from handlers.messages import (
    CardClicked,
    ChatEntered,
    Incoming,
    NewsAnnounced,
    Sender,
    StaffChanged,
    Surface,
    TextReceived,
)
from handlers.ports import StoreUnavailableError
from handlers.world import World

LONGEST_SLEEP = timedelta(seconds=1)
PAUSE_SECONDS = 1
LARGEST_BATCH = 500
MOST_WAITING = 10_000
LONGEST_WAY = timedelta(milliseconds=100)
"""For so long handling lets arrivals go first. WeCom repeats what is not acknowledged, which makes a rush worse."""

log = structlog.get_logger("reception")

_KINDS: Mapping[str, type[Incoming]] = {
    kind.__name__: kind for kind in (CardClicked, TextReceived, ChatEntered, NewsAnnounced, StaffChanged)
}


class Reception:
    """The inbox of one process."""

    def __init__(
        self,
        store: Store,
        world: World,
        clock: Clock,
        signal: Signal,
        metrics: Metrics,
        callers: Callers | None = None,
    ) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._metrics = metrics
        self._callers = callers
        self._storing = Batcher(self._put, largest=LARGEST_BATCH, most_waiting=MOST_WAITING)

    async def accept(self, arrival: Arrival) -> None:
        """Store what came in; a repeat changes nothing. Raises OverloadedError, StoreUnavailableError."""
        body = _to_text(arrival.message)
        is_new = await self._storing.submit(
            Received(identity=arrival.identity, body=body, at=arrival.message.sender.at)
        )
        surface = arrival.message.sender.surface
        self._metrics.arrivals.labels(surface, "new" if is_new else "repeat").inc()

    async def run(self) -> None:
        """Store what comes in and handle it, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._storing.run())
            group.create_task(self._keep_handling())

    async def _put(self, received: Sequence[Received]) -> list[bool]:
        async def put(work: Transaction) -> list[bool]:
            return await work.inbox.put(received)

        new = await self._store.run("inbox", put)
        self._signal.call()
        return new

    async def _keep_handling(self) -> None:
        """Handle what was stored, oldest first."""
        while True:
            await self._give_way()
            try:
                if not await self._handle_next():
                    await self._signal.wait(self._clock, LONGEST_SLEEP)
            except StoreUnavailableError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _give_way(self) -> None:
        """Let those who wait for their answer go first, for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAY.total_seconds()):
                await self._storing.idle()

    async def _handle_next(self) -> bool:
        """Handle the oldest; False when there was none."""
        identity, passed = "", stopwatch()
        unknown: Sender | None = None

        async def handle(work: Transaction) -> tuple[Surface, Dealt] | None:
            nonlocal identity, unknown
            taken = await work.inbox.take(self._callers.waiting if self._callers else ())
            if taken is None:
                return None
            identity, body = taken
            stored = message_of(body)
            message = self._callers.read(identity, stored) if self._callers else stored
            if message is None:
                unknown = stored.sender
                return None
            dealt = await on_incoming(work, self._world, message)
            await work.inbox.done(identity, self._clock.now())
            return message.sender.surface, dealt

        try:
            handled = await self._store.run("click", handle)
        except StoreUnavailableError:
            raise
        except Exception:
            log.exception("arrival.failed", identity=identity)
            await self._count_failure(identity)
            return True
        if unknown is not None and self._callers is not None:
            self._callers.keep(identity, unknown)
            return True
        if handled is not None:
            surface, dealt = handled
            log.info("message.handled", surface=surface, **asdict(dealt), ms=passed())
        return handled is not None

    async def _count_failure(self, identity: str) -> None:
        async def failed(work: Transaction) -> None:
            await work.inbox.failed(identity)

        await self._store.run("inbox", failed)


def _to_text(message: Incoming) -> str:
    return msgspec.json.encode([type(message).__name__, message]).decode()


def message_of(text: str) -> Incoming:
    """What a stored body says."""
    kind, message = msgspec.json.decode(text, type=tuple[str, Any])
    return msgspec.convert(message, _KINDS[kind])
