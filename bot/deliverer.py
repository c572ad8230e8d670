"""Who sends what leaves? One loop: take letters, carry them side by side, write down what came of each."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from bot.channels.couriers import PostOffice
from bot.clock import Clock
from bot.failpoints import reached
from bot.signals import Signal
from bot.storage.store import Store, Transaction
from handlers.delivery import Receipt, recover, settle, take_letters
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from handlers.world import World

BATCH = 64
LONGEST_SLEEP = timedelta(seconds=1)
PAUSE_SECONDS = 1
RECOVER_EVERY = timedelta(seconds=5)
MARGIN = timedelta(seconds=15)
"""A letter whose lease ends sooner is left to whoever takes over: a call may last so long."""
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)
STOP_SECONDS = 8

log = structlog.get_logger("deliverer")


class Deliverer:
    """Carries letters. Letters to one addressee go one after the other."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: Signal, post: PostOffice) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._post = post
        self._turns: dict[str, asyncio.Lock] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._recovered_at: datetime | None = None

    async def run(self) -> None:
        """Deliver, for ever. On cancellation what is under way is finished first."""
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
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=STOP_SECONDS)

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
        began = self._clock.now()
        letters = await self._take()
        for letter in letters:
            task = asyncio.create_task(self._carry(letter))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if not letters:
            await self._signal.wait(self._clock, await self._pause(began))

    async def _pause(self, began: datetime) -> timedelta:
        """How long to wait when at `began` nothing could be taken. What was ready then, nobody can carry now."""
        next_letter = await self._store.next_letter()
        if next_letter is None or next_letter <= began:
            return LONGEST_SLEEP
        return min(max(next_letter - self._clock.now(), timedelta()), LONGEST_SLEEP)

    async def _take(self) -> list[Letter]:
        media = self._post.media

        async def take(work: Transaction) -> list[Letter]:
            return await take_letters(work, self._world, media, BATCH)

        return await self._store.run("take", take)

    async def _carry(self, letter: Letter) -> None:
        turn = self._turns.setdefault(letter.to, asyncio.Lock())
        try:
            async with turn:
                if letter.lease_until is not None and letter.lease_until - self._clock.now() < MARGIN:
                    return
                reached("send.before_call")
                receipt = await self._post.deliver(letter)
                reached("send.after_call")
                await self._settle(letter, receipt)
        except StoreUnavailableError:
            log.warning("letter.unsettled", letter=letter.id)
        except Exception:
            log.exception("letter.failed", letter=letter.id)
        finally:
            if not turn.locked():
                self._turns.pop(letter.to, None)

    async def _settle(self, letter: Letter, receipt: Receipt) -> None:
        async def write(work: Transaction) -> None:
            await settle(work, self._world, letter, receipt)

        await self._store.run("settle", write)
