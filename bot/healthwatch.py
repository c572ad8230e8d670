"""Who looks at how everything stands? The newest look is shared by all who ask; a new one is taken when it is old.

A look sums up whole tables, so it is taken only when somebody asks, one at a time, and rarely enough that the
database spends at most a tenth of its time on it.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection
from datetime import timedelta

from bot.clock import Clock, stopwatch
from bot.directory import Directory
from bot.storage.health import snapshot_at
from bot.storage.store import Store
from handlers.ports import StoreUnavailableError
from rules.events import Shop
from rules.snapshot import Snapshot

SHORTEST = timedelta(seconds=1)
"""How long a look is good for at least."""
TIMES_WHAT_IT_TOOK = 10
WORTH_A_WAIT = timedelta(milliseconds=50)
"""What takes longer is not waited for while there is something to show."""
LONGEST_SILENCE = timedelta(seconds=15)
"""Whoever subscribed hears so often at least, and sees nothing older on the service's clock."""


class HealthWatch:
    """The newest `Snapshot` of this process; each says which instant it is of.

    `clock` is the service's, `machine` the machine's: what is between the database and us takes its own time.
    """

    def __init__(self, store: Store, directory: Directory, clock: Clock, machine: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._machine = machine
        self._turn = asyncio.Lock()
        self._tries = 0
        self._newest: Snapshot | StoreUnavailableError | None = None
        """What the last try gave."""
        self._taken_at = machine.now()
        self._took = timedelta()
        self._renewing: asyncio.Task[None] | None = None

    async def snapshot(self) -> Snapshot:
        """The newest look, or a new one if that is old. Raises StoreUnavailableError.

        Whoever comes while one is being taken gets that one, and the failure if it fails. Where a look takes so long
        that one would wait for it, they get the last one at once, and the new one is taken meanwhile.
        """
        if isinstance(self._newest, Snapshot):
            if self._is_fresh(self._newest):
                return self._newest
            if self._took >= WORTH_A_WAIT and self._is_of_now(self._newest):
                self._renewing = self._renewing or asyncio.create_task(self._renew())
                return self._newest
        return await self._anew()

    async def _renew(self) -> None:
        """Take a new look while others are shown the last one; whoever asks next is told of a failure."""
        try:
            await self._anew()
        except StoreUnavailableError:
            pass
        finally:
            self._renewing = None

    async def _anew(self) -> Snapshot:
        tries = self._tries
        async with self._turn:
            if self._tries == tries:
                self._newest = await self._look()
                self._tries += 1
        if isinstance(self._newest, Snapshot):
            return self._newest
        raise StoreUnavailableError(StoreUnavailableError.__doc__) from self._newest

    async def subscribe(self, shops: Collection[Shop] | None = None) -> AsyncGenerator[Snapshot]:
        """The newest look for some shops, None for all; then a later one whenever anything differs.

        At least every `LONGEST_SILENCE`, so that everybody sees that it goes on. Raises StoreUnavailableError.
        """
        shown, shown_at = (await self.snapshot()).of(shops), self._machine.now()
        yield shown
        while True:
            await self._machine.sleep(SHORTEST)
            found = (await self.snapshot()).of(shops)
            if found.differs(shown) or self._machine.now() - shown_at >= LONGEST_SILENCE:
                shown, shown_at = found, self._machine.now()
                yield shown

    def _is_fresh(self, newest: Snapshot) -> bool:
        return self._is_of_now(newest) and self._machine.now() - self._taken_at < self._pause

    def _is_of_now(self, newest: Snapshot) -> bool:
        """Whether the service's clock has not left it behind."""
        return abs(self._clock.now() - newest.at) < max(2 * self._pause, LONGEST_SILENCE)

    @property
    def _pause(self) -> timedelta:
        return max(SHORTEST, TIMES_WHAT_IT_TOOK * self._took)

    async def _look(self) -> Snapshot | StoreUnavailableError:
        passed, calendar = stopwatch(), self._directory.rules.current.calendar
        try:
            async with self._store.survey() as connection:
                return await snapshot_at(connection, self._clock.now(), calendar)
        except StoreUnavailableError as error:
            return error
        finally:
            self._taken_at, self._took = self._machine.now(), timedelta(milliseconds=passed())
