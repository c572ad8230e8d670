"""Whose pass is worth nothing any more, though it is signed and its time not over? What was spent, on any replica."""

from collections.abc import Container
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.secrets import Pass
from bot.storage.passes import SpentPasses
from bot.storage.store import Store, Transaction
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry

LOOK_EVERY = timedelta(seconds=2)
"""So much later a session that was ended here is worth nothing on another replica."""

log = structlog.get_logger("passes")


class Spent(Container[str]):
    """The nonces of the passes that are spent."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: frozenset[str] = frozenset()

    def __contains__(self, nonce: object) -> bool:
        return nonce in self._known

    async def spend(self, given: Pass, entry: AuditEntry) -> bool:
        """Spend a pass, and put down what it was spent on; False when it was spent before."""

        async def write(work: Transaction) -> bool:
            first = await work.passes.spend(given.nonce, given.until)
            if first:
                await work.trail.note([entry])
            return first

        first = await self._store.run("pass", write)
        self._known |= {given.nonce}
        return first

    async def look(self) -> None:
        """Learn what was spent on other replicas."""
        async with self._store.reading() as connection:
            self._known |= await SpentPasses(connection).still_good(self._clock.now())

    async def run(self) -> None:
        """Keep looking, for ever."""
        while True:
            try:
                await self.look()
            except StoreUnavailableError:
                pass  # others say that the database is away
            except Exception:
                log.exception("passes.failed")
            await self._clock.sleep(LOOK_EVERY)
