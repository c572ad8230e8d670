"""Who sends what waits? One loop: ask when a letter may leave, wait until then or until called, take what may go."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from bot.clock import Clock
from bot.postmen import Postmen
from bot.signals import Signal
from bot.storage.store import Store, Transaction
from handlers.delivery import recover
from handlers.leaving import Room, take_letters
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from handlers.world import World

LONGEST_SLEEP = timedelta(seconds=1)
PAUSE_SECONDS = 1
RECOVER_EVERY = timedelta(seconds=5)
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)

log = structlog.get_logger("deliverer")


class Deliverer:
    """Hands letters to the postmen. Letters to one addressee go one after the other: the outbox gives out no second one."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: Signal, postmen: Postmen) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._postmen = postmen
        self._recovered_at: datetime | None = None

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
            await self._postmen.finish()

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
        if not self._postmen.are_free:
            await self._postmen.one_is_back()
            return
        next_letter = await self._store.next_letter()
        now = self._clock.now()
        if next_letter is not None and next_letter <= now:
            if await self._postmen.run("take", self._take):
                return
            next_letter = await self._store.next_letter(after=now)  # what is ready is carried by others
        await self._sleep_until(next_letter, now + LONGEST_SLEEP)

    async def _sleep_until(self, next_letter: datetime | None, latest: datetime) -> None:
        """Sleep until a letter's time, or until called."""
        at = min(next_letter or latest, latest)
        await self._signal.wait(self._clock, max(at - self._clock.now(), timedelta()))

    async def _take(self, work: Transaction, room: Room) -> tuple[int, list[Letter]]:
        """How many letters have come to their turn, and those of them that go."""
        return await take_letters(work, self._world, room.media, room.limit)
