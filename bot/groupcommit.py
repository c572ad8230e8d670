"""How do many small requests share one durable commit? Whatever came while the last one was written goes next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from handlers.messages import Intake, Reported
from handlers.ports import StoreUnavailableError

LARGEST_GROUP = 2000
MOST_WAITING = 20_000

log = structlog.get_logger("intake")

Write = Callable[[Sequence[Reported]], Awaitable[list[Intake]]]


class OverloadedError(Exception):
    """More events are waiting than can be written soon; come back later."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    reports: Sequence[Reported]
    answer: asyncio.Future[list[Intake]]


class GroupCommit:
    """Collects submissions and writes them in groups; each is answered after its commit."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._arrived = asyncio.Event()

    async def submit(self, reports: Sequence[Reported]) -> list[Intake]:
        """Have events written. Raises OverloadedError, StoreUnavailableError, or what writing them raised."""
        if not reports:
            return []
        if self._waiting + len(reports) > MOST_WAITING:
            raise OverloadedError(OverloadedError.__doc__)
        waiting = _Waiting(reports, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._waiting += len(reports)
        self._arrived.set()
        return await asyncio.shield(waiting.answer)

    async def run(self) -> None:
        """Write what is submitted, for ever."""
        while True:
            await self._arrived.wait()
            group = self._next_group()
            if group:
                await self._write_group(group)
            else:
                self._arrived.clear()

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].reports) <= LARGEST_GROUP):
            group.append(self._queue.popleft())
            size += len(group[-1].reports)
        self._waiting -= size
        return group

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        try:
            answers = await self._write([report for waiting in group for report in waiting.reports])
        except StoreUnavailableError as error:
            for waiting in group:
                _fail(waiting, error)
        except Exception as error:  # noqa: BLE001 -- whoever submitted gets it
            await self._after_failure(group, error)
        else:
            for waiting in group:
                mine, answers = answers[: len(waiting.reports)], answers[len(waiting.reports) :]
                if not waiting.answer.done():
                    waiting.answer.set_result(mine)

    async def _after_failure(self, group: Sequence[_Waiting], error: Exception) -> None:
        """One submission spoils the group: write each alone, so that only that one fails."""
        if len(group) == 1:
            log.error("intake.failed", events=len(group[0].reports), exc_info=error)
            _fail(group[0], error)
            return
        for waiting in group:
            await self._write_group([waiting])


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
        waiting.answer.exception()  # the one who asked may have gone; asyncio need not warn of that
