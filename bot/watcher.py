"""Who sees that a time has come? One loop: ask when the next is due, sleep until then or until called, claim it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock, steady, stopwatch
from bot.metrics import Metrics
from bot.postmen import Postmen
from bot.signals import DueSignal
from bot.storage.store import Store, Transaction
from handlers.bus import Round, on_due
from handlers.leaving import Room
from handlers.outbox import Letter
from handlers.ports import StoreUnavailableError
from handlers.world import World
from rules.instants import MILLISECOND

BATCH = 100
"""Callbacks and pages are served between two batches, and a larger one costs as much for each thing that is due."""
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

    def __init__(
        self, store: Store, world: World, clock: Clock, signal: DueSignal, postmen: Postmen, metrics: Metrics
    ) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._postmen = postmen
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
        next_due = await self._store.next_due()
        if await self._is_passed(next_due) and not (await self._claim()).taken:
            await asyncio.sleep(HELD_UP_SECONDS)

    async def _is_passed(self, next_due: datetime | None) -> bool:
        """Sleep until a time is passed; False when something else came up, or it is far."""
        now = self._clock.now()
        if next_due is not None and next_due < now:
            return True
        latest = now + LONGEST_SLEEP
        # A limit is passed strictly after its time: a millisecond later it is.
        at = min(next_due + MILLISECOND, latest) if next_due else latest
        called = await self._signal.sleep_until(at, self._clock)
        return not called and next_due is not None and next_due < self._clock.now()

    async def _claim(self) -> Round:
        passed = stopwatch()
        claimed = await self._postmen.run("watch", self._handle)
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

    async def _handle(self, work: Transaction, room: Room) -> tuple[Round, Sequence[Letter]]:
        """What is due; and what leaves at once, though it was not waiting yet."""
        claimed = await on_due(work, self._world, BATCH, room)
        return claimed, claimed.letters
