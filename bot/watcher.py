"""Who sees that a time has come? One loop: claim what is due, then sleep until the next, or until called."""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import Clock, steady, stopwatch
from bot.metrics import Metrics
from bot.signals import DueSignal
from bot.storage.store import Store, Transaction
from handlers.bus import Round, on_due
from handlers.ports import StoreUnavailableError
from handlers.world import World
from rules.instants import MILLISECOND

BATCH = 500
LONGEST_SLEEP = timedelta(seconds=1)
"""Another replica, or somebody's SQL, may have armed something without calling us."""
HANGS_SECONDS = 8
"""A round takes a fraction of a second, and the sleep after it a second at most."""
PAUSE_SECONDS = 1
HELD_UP_SECONDS = 0.02
"""What is due is in the hands of another transaction: give it a moment."""

log = structlog.get_logger("watcher")


class Watcher:
    """Raises what is overdue."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: DueSignal, metrics: Metrics) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._metrics = metrics
        self._went_well_at: float | None = None

    @property
    def is_alive(self) -> bool:
        """Whether a round went well a moment ago: one that hangs does not say that it fails."""
        return self._went_well_at is not None and steady() - self._went_well_at < HANGS_SECONDS

    async def run(self) -> None:
        """Watch, for ever."""
        while True:
            try:
                await self._round()
                self._went_well_at = steady()
            except StoreUnavailableError:
                self._went_well_at = None
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                self._went_well_at = None
                log.exception("watcher.failed")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _round(self) -> None:
        claimed = await self._claim(BATCH)
        if claimed.taken == BATCH:
            return
        next_due = await self._store.next_due()
        now = self._clock.now()
        if next_due is not None and next_due < now:
            await asyncio.sleep(HELD_UP_SECONDS)
            return
        latest = now + LONGEST_SLEEP
        # A limit is passed strictly after its time: a millisecond later it is.
        await self._signal.sleep_until(
            min(next_due + MILLISECOND, latest) if next_due else latest, self._clock
        )

    async def _claim(self, limit: int) -> Round:
        async def claim(work: Transaction) -> Round:
            return await on_due(work, self._world, limit)

        passed = stopwatch()
        claimed = await self._store.run("watch", claim)
        for lag in claimed.lags:
            self._metrics.detection_lag.observe(lag.total_seconds())
        if claimed.taken > claimed.put_off:
            log.info(
                "due.handled",
                taken=claimed.taken,
                put_off=claimed.put_off,
                raised=len(claimed.lags),
                ms=passed(),
            )
        return claimed
