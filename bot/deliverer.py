"""Who sends what leaves? One loop: take letters, carry them side by side, write down what came of each."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.channels.couriers import PostOffice
from bot.clock import Clock
from bot.failpoints import reached
from bot.signals import Signal
from bot.storage.store import Store, Transaction
from handlers.delivery import Attempt, hand_back, recover, settle, take_letters
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from handlers.world import World

BATCH = 64
MOST_AT_ONCE = 100
"""As many calls as the HTTP client has connections."""
LONGEST_SLEEP = timedelta(seconds=1)
PAUSE_SECONDS = 1
RECOVER_EVERY = timedelta(seconds=5)
MARGIN = timedelta(seconds=15)
"""A letter whose lease ends sooner is handed back: a call may last so long."""
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)
STOP_SECONDS = 5

Result = TypeVar("Result")

log = structlog.get_logger("deliverer")


class Deliverer:
    """Carries letters. Letters to one addressee go one after the other: the outbox gives out no second one."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: Signal, post: PostOffice) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._post = post
        self._came: list[Attempt] = []
        self._pen = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._recovered_at: datetime | None = None
        self._stopping = False

    async def run(self) -> None:
        """Deliver, for ever. On cancellation what is under way is finished, and the rest handed back."""
        try:
            while True:
                try:
                    await self._round()
                except StoreUnavailableError:
                    await asyncio.sleep(PAUSE_SECONDS)
                except Exception:
                    log.exception("deliverer.failed")
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await self._finish()

    async def take_over(self, *, alone: bool) -> None:
        """Deal with the letters of senders that are gone. `alone`: no other process can be sending."""
        before = FAR_FUTURE if alone else self._clock.now()

        async def take_over(work: Transaction) -> int:
            return await recover(work, self._world, before)

        count = await self._store.run("recover", take_over)
        self._recovered_at = self._clock.now()
        if count:
            log.info("letters.recovered", count=count)

    async def _round(self) -> None:
        if self._recovered_at is None or abs(self._clock.now() - self._recovered_at) > RECOVER_EVERY:
            await self.take_over(alone=False)
        room = MOST_AT_ONCE - len(self._under_way)
        if not room:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return
        next_letter = await self._store.next_letter()
        now = self._clock.now()
        if next_letter is None or next_letter > now:
            latest = now + LONGEST_SLEEP
            await self._signal.wait(self._clock, min(next_letter or latest, latest) - now)
        elif not await asyncio.shield(self._begin(self._take_up(min(room, BATCH)))):
            await self._signal.wait(self._clock, LONGEST_SLEEP)  # nobody can carry what is ready

    async def _take_up(self, limit: int) -> int:
        """Take letters and set out with them; how many."""
        letters = await self._take(limit)
        for letter in letters:
            self._begin(self._carry(letter))
        return len(letters)

    def _begin(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Do it beside everything else; whoever is told to stop waits for it."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _finish(self) -> None:
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self._under_way:
                    await asyncio.wait(self._under_way)
        for task in self._under_way:
            task.cancel()

    async def _take(self, limit: int) -> list[Letter]:
        media = self._post.media

        async def take(work: Transaction) -> list[Letter]:
            return await take_letters(work, self._world, media, limit)

        return await self._store.run("take", take)

    async def _carry(self, letter: Letter) -> None:
        try:
            if self._stopping or self._is_late(letter):
                await self._hand_back(letter)
                return
            reached("send.before_call")
            receipt = await self._post.deliver(letter)
            reached("send.after_call")
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
