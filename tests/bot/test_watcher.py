"""Does the watcher look when something is due, and rest until then?"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from bot.clock import ManualClock
from bot.metrics import Metrics
from bot.signals import DueSignal
from bot.watcher import BATCH, LONGEST_SLEEP, Watcher
from handlers.bus import Round
from rules.instants import MILLISECOND
from tests.bot.resting import rest

SOON = timedelta(milliseconds=300)


@dataclass(slots=True, kw_only=True)
class Timetable:
    """A store in which so many things are due at each time, and postmen who have nothing to carry."""

    clock: ManualClock
    due: dict[datetime, int] = field(default_factory=dict[datetime, int])
    held: bool = False
    """Whether somebody else is working on all of it."""
    claiming_lasts: timedelta = timedelta()
    arms: Callable[[], None] = lambda: None
    """What a claim does besides."""
    claims: int = 0
    looks: int = 0
    """How often somebody asked for the next time."""

    async def run(self, _name: str, _operation: object) -> Round:
        self.claims += 1
        taken = 0
        for at in () if self.held else sorted(at for at in self.due if at < self.clock.now()):
            some = min(self.due[at], BATCH - taken)
            taken += some
            self.due[at] -= some
        self.clock.advance(self.claiming_lasts)
        self.arms()
        return Round(taken=taken)

    async def next_due(self) -> datetime | None:
        self.looks += 1
        return min((at for at, count in self.due.items() if count), default=None)


@asynccontextmanager
async def watching(timetable: Timetable, signal: DueSignal) -> AsyncGenerator[None]:
    """A watcher at work, and at rest when the block begins."""
    store, world = cast(Any, timetable), cast(Any, None)
    watcher = Watcher(store, world, timetable.clock, signal, cast(Any, timetable), Metrics())
    task = asyncio.create_task(watcher.run())
    await rest()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_sleeps_until_a_millisecond_after_the_next_time() -> None:
    clock = ManualClock()
    timetable = Timetable(clock=clock, due={clock.now() + SOON: 1})
    async with watching(timetable, DueSignal()):
        clock.advance(SOON)
        await rest()
        assert timetable.claims == 0

        clock.advance(MILLISECOND)
        await rest()
        assert timetable.claims == 1
        assert list(timetable.due.values()) == [0]


async def test_a_nearer_time_wakes_it() -> None:
    clock, signal = ManualClock(), DueSignal()
    timetable = Timetable(clock=clock, due={clock.now() + 2 * SOON: 1})
    async with watching(timetable, signal):
        nearer = clock.now() + SOON
        timetable.due[nearer] = 1
        signal.armed(nearer)
        await rest()

        clock.advance(SOON + MILLISECOND)
        await rest()
        assert timetable.due[nearer] == 0


async def test_a_later_time_does_not_wake_it() -> None:
    clock, signal = ManualClock(), DueSignal()
    timetable = Timetable(clock=clock, due={clock.now() + SOON: 1})
    async with watching(timetable, signal):
        signal.armed(clock.now() + 2 * SOON)
        await rest()

        assert timetable.looks == 1


async def test_what_a_claim_arms_for_later_does_not_make_it_look_twice() -> None:
    clock, signal = ManualClock(), DueSignal()
    timetable = Timetable(clock=clock, due={clock.now() - SOON: 1, clock.now() + SOON: 1})
    timetable.arms = lambda: signal.armed(clock.now() + 2 * SOON)
    async with watching(timetable, signal):
        assert (timetable.claims, timetable.looks) == (1, 2)


async def test_what_is_armed_nearer_after_the_look_is_not_slept_through() -> None:
    clock, signal = ManualClock(), DueSignal()
    signal.armed(clock.now() + SOON)
    timetable = Timetable(clock=clock, due={clock.now() + 2 * SOON: 1})
    async with watching(timetable, signal):
        assert timetable.looks == 2


async def test_what_somebody_else_armed_is_seen_within_a_second() -> None:
    clock = ManualClock()
    timetable = Timetable(clock=clock)
    async with watching(timetable, DueSignal()):
        timetable.due[clock.now()] = 1
        clock.advance(LONGEST_SLEEP)
        await rest()

        assert list(timetable.due.values()) == [0]


async def test_what_falls_due_during_a_claim_is_claimed_at_once() -> None:
    clock = ManualClock()
    due = {clock.now() - SOON: 1, clock.now(): 1}
    timetable = Timetable(clock=clock, due=due, claiming_lasts=SOON)
    async with watching(timetable, DueSignal()):
        assert list(timetable.due.values()) == [0, 0]


async def test_it_claims_again_at_once_after_a_full_batch() -> None:
    clock = ManualClock()
    timetable = Timetable(clock=clock, due={clock.now() - SOON: 2 * BATCH + 1})
    async with watching(timetable, DueSignal()):
        assert timetable.claims == 3
        assert list(timetable.due.values()) == [0]


async def test_an_empty_look_is_one_question() -> None:
    clock = ManualClock()
    timetable = Timetable(clock=clock, due={clock.now() + 2 * LONGEST_SLEEP: 1})
    async with watching(timetable, DueSignal()):
        clock.advance(LONGEST_SLEEP)
        await rest()

        assert (timetable.looks, timetable.claims) == (2, 0)


async def test_what_others_hold_is_not_asked_for_all_the_time() -> None:
    clock = ManualClock()
    timetable = Timetable(clock=clock, due={clock.now() - SOON: 1}, held=True)
    async with watching(timetable, DueSignal()):
        assert timetable.claims == 1
