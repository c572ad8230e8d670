"""How does an order system behave while something is away? It reports on, and repeats what was not acknowledged."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from tests.chaos.lives import PATIENCE_SECONDS
from tests.processes.town import Town, an_event

UNREACHED = 0
"""Stands for the status of a request that got no answer."""
PAUSE_SECONDS = 0.5
"""After it. Hundreds that ask more often take the processor from the service that they wait for."""
_orders = count(1)


@dataclass(slots=True, kw_only=True)
class Source:
    """Reports `per_second` events, to one replica after the other."""

    towns: Sequence[Town]
    per_second: float = 20
    statuses: list["Counter[int]"] = field(default_factory=list["Counter[int]"])
    """What each replica answered, how often."""
    slowest: float = 0
    """The longest that anybody waited for an answer, in seconds."""
    acked: int = 0
    _sending: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @asynccontextmanager
    async def reporting(self) -> AsyncGenerator["Source"]:
        """Report meanwhile; in the end all of it has been acknowledged."""
        self.statuses = [Counter() for _ in self.towns]
        begun = asyncio.create_task(self._begin_for_ever())
        try:
            yield self
        finally:
            begun.cancel()
            await asyncio.gather(begun, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self._sending)

    async def _begin_for_ever(self) -> None:
        for number in count():
            self._sending.add(asyncio.create_task(self._send(number)))
            await asyncio.sleep(1 / self.per_second)

    async def _send(self, number: int) -> None:
        """Offer one event until it is acknowledged."""
        event = an_event(f"LOAD-{next(_orders)}", "order.created", channel="miniprogram")
        for attempt in count(number):
            which = attempt % len(self.towns)
            began = time.monotonic()
            status, pause = await self._offer(self.towns[which], event)
            self.statuses[which][status] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if status == 202:
                self.acked += 1
                return
            await asyncio.sleep(pause)

    async def _offer(self, town: Town, event: Mapping[str, Any]) -> tuple[int, float]:
        """The status, and how long to wait before the next try: whoever is told to come back is told when."""
        try:
            answer = await town.offer(event)
        except aiohttp.ClientError:
            return UNREACHED, PAUSE_SECONDS
        assert answer.status == 202 or answer.retry_after is not None, answer
        return answer.status, answer.retry_after or 0

    @property
    def answers(self) -> "Counter[int]":
        """What all replicas answered."""
        return sum(self.statuses, Counter[int]())

    def __str__(self) -> str:
        told = {status or "no answer": times for status, times in sorted(self.answers.items())}
        return f"answers {told}, acknowledged {self.acked}, slowest answer {self.slowest:.2f} s"
