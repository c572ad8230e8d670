"""Who has letters in hand? Whoever took them in a transaction sets out with them after its commit, side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from bot.channels.couriers import PostOffice
from bot.clock import Clock
from bot.failpoints import reached
from bot.signals import Signal
from bot.storage.store import Store, Transaction
from handlers.delivery import Attempt, hand_back, settle
from handlers.leaving import Room
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from handlers.world import World

BATCH = 64
MOST_AT_ONCE = 100
"""As many calls as the HTTP client has connections."""
MARGIN = timedelta(seconds=15)
"""A letter whose lease ends sooner is handed back: a call may last so long."""
PAUSE_SECONDS = 1
STOP_SECONDS = 5

Result = TypeVar("Result")
Taking = Callable[[Transaction, Room], Awaitable[tuple[Result, Sequence[Letter]]]]
"""What gives a result, and the letters that it took: as many as there is room for."""

log = structlog.get_logger("postmen")


class Postmen:
    """Carry letters, and write down what came of each."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: Signal, post: PostOffice) -> None:
        """`signal` is called when addressees may get more."""
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._post = post
        self._came: list[Attempt] = []
        self._pen = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._promised = 0
        self._stopping = False

    @property
    def are_free(self) -> bool:
        """Whether there is room for another letter."""
        return self._free > 0

    @property
    def _free(self) -> int:
        return MOST_AT_ONCE - self._promised - len(self._under_way)

    async def run(self, name: str, taking: Taking[Result]) -> Result:
        """Do it in one transaction, as `Store.run` does, and set out with the letters that it took.

        What was begun is brought to its end, though the caller be told to stop.
        """
        return await asyncio.shield(self._begin(self._set_out(name, taking)))

    async def _set_out(self, name: str, taking: Taking[Result]) -> Result:
        room = Room(media=self._post.media, limit=max(min(self._free, BATCH), 0))

        async def take(work: Transaction) -> tuple[Result, Sequence[Letter]]:
            return await taking(work, room)

        self._promised += room.limit
        try:
            result, letters = await self._store.run(name, take)
        finally:
            self._promised -= room.limit
        for letter in letters:
            self._begin(self._carry(letter))
        return result

    def _begin(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Do it beside everything else; whoever is told to stop waits for it."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def one_is_back(self) -> None:
        """Wait until something that is under way has come to its end."""
        await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        """End what is under way, and hand back what has not set out."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self._under_way:
                    await asyncio.wait(self._under_way)
        for task in self._under_way:
            task.cancel()

    async def _carry(self, letter: Letter) -> None:
        try:
            if self._stopping or self._is_late(letter):
                await self._hand_back(letter)
                return
            reached("send.before_call", letter.kind)
            receipt = await self._post.deliver(letter)
            reached("send.after_call", letter.kind)
            self._came.append((letter, receipt))
            await self._write_down()
        except Exception:
            log.exception("letter.failed", letter=letter.id)

    def _is_late(self, letter: Letter) -> bool:
        """Whether its lease might end before a call does."""
        return letter.lease_until is not None and letter.lease_until - self._clock.now() < MARGIN

    async def _hand_back(self, letter: Letter) -> None:
        async def write(work: Transaction) -> None:
            await hand_back(work, letter)

        await self._store.run("hand_back", write)

    async def _write_down(self) -> None:
        """Settle all attempts that came to an end while the last ones were written: one commit for all of them."""
        async with self._pen:
            came, self._came = self._came, []
            if came:
                await self._settle(came)
                self._signal.call()  # their addressees may have more to get

    async def _settle(self, attempts: Sequence[Attempt]) -> None:
        """Write what came of attempts, however long the database is away: nobody else knows.

        What spoils the transaction is then alone in failing.
        """
        letters = [letter.id for letter, _ in attempts]

        async def write(work: Transaction) -> None:
            await settle(work, self._world, attempts)

        while True:
            try:
                await self._store.run("settle", write)
            except StoreUnavailableError:
                log.warning("letters.unsettled", letters=letters)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                log.exception("settling.failed", letters=letters)
                break
            else:
                return
        for attempt in attempts if len(attempts) > 1 else ():
            await self._settle([attempt])
