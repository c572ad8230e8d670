"""How do many small writes share one durable commit? Whatever came while the last batch was written goes next.

Known to databases as group commit: nobody waits for company, so a lone write is as fast as before.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from handlers.ports import StoreUnavailableError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class OverloadedError(Exception):
    """More is waiting than can be written soon; come back later."""

    def __str__(self) -> str:
        return str(self.__doc__)


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    size: int
    answer: asyncio.Future[Answer]


def _one(_item: object) -> int:
    return 1


class Batcher(Generic[Item, Answer]):
    """Collects what is submitted and has it written in batches; each submission is answered after its batch.

    `write` gets the items in the order of their arrival and gives an answer for each, in the same order; it
    raises StoreUnavailableError when none could be written. `size` is what an item counts for in `largest`,
    the size of a batch of several items, and in `most_waiting`, the size of all that waits. Up to `lanes`
    batches are written at a time.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        largest: int,
        most_waiting: int,
        lanes: int = 1,
        size: Callable[[Item], int] = _one,
    ) -> None:
        self._write = write
        self._largest = largest
        self._most_waiting = most_waiting
        self._lanes = lanes
        self._size = size
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._waiting = 0
        self._writing = 0
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Wait until nothing is being written and nothing waits for it."""
        await self._idle.wait()

    async def submit(self, item: Item) -> Answer:
        """Have an item written; it will be, even if the caller gives up waiting.

        Raises OverloadedError, StoreUnavailableError, or what writing it alone raised.
        """
        size = self._size(item)
        if self._waiting + size > self._most_waiting:
            raise OverloadedError
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(item, size, answer))
        self._waiting += size
        self._arrived.set()
        self._idle.clear()
        return await answer

    async def run(self) -> None:
        """Write what is submitted, for ever."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._lanes):
                group.create_task(self._keep_writing())

    async def _keep_writing(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._next_batch()
            if batch:
                self._writing += 1
                await self._settle(batch)
                self._writing -= 1
            else:
                self._arrived.clear()
            if not self._queue and not self._writing:
                self._idle.set()

    def _next_batch(self) -> list[_Waiting[Item, Answer]]:
        batch: list[_Waiting[Item, Answer]] = []
        size = 0
        while self._queue and (not batch or size + self._queue[0].size <= self._largest):
            batch.append(self._queue.popleft())
            size += batch[-1].size
        self._waiting -= size
        return batch

    async def _settle(self, batch: Sequence[_Waiting[Item, Answer]]) -> None:
        """Write a batch. One item can spoil it: then each is written alone, so that only that one fails."""
        try:
            answers = await self._write([waiting.item for waiting in batch])
        except StoreUnavailableError as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 -- whoever submitted gets it
            if len(batch) == 1:
                _fail(batch, error)
            for waiting in batch if len(batch) > 1 else ():
                await self._settle([waiting])
        else:
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(answer)


def _fail(batch: Sequence[_Waiting[Item, Answer]], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
