"""What time is it, and how does one wait for a time? The only file that reads a clock."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from rules.instants import from_ms, instant

STEADY: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...

    def sleep(self, duration: timedelta) -> Coroutine[Any, Any, None]:
        """Wait until this clock has advanced by `duration`."""
        ...


class SystemClock:
    """The machine's time of when it was made, and what has passed since.

    A step of the machine's clock does not reach it: what has become of the time is for `timekeeping` to judge.
    """

    def __init__(self, machine: Callable[[], int] = time.time_ns) -> None:
        self._machine = machine
        self._ahead = self.machine_time() - _steady_time()

    def now(self) -> datetime:
        return instant(_steady_time() + self._ahead)

    def machine_time(self) -> datetime:
        """What the machine's clock says, right or wrong."""
        return from_ms(self._machine() // 1_000_000)

    def advance(self, by: timedelta) -> None:
        """Correct it; back, when `by` is negative."""
        self._ahead += by

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())


class FastClock:
    """A clock that starts at `start` and runs `speed` times as fast as the machine's: a morning in a minute."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = instant(start)
        self._speed = speed
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return instant(self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._speed))

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds() / self._speed)


class ManualClock:
    """A clock that stands still until it is moved; sleepers wake in order as their time comes."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)) -> None:
        self._now = instant(start)
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, duration: timedelta) -> Coroutine[Any, Any, None]:
        """Wait for `duration` from this call on, though the clock be moved before the waiting begins."""
        return self._sleep_until(self._now + duration)

    async def _sleep_until(self, wake_at: datetime) -> None:
        if wake_at <= self._now:
            await asyncio.sleep(0)
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = (wake_at, waiting)
        self._sleepers.append(sleeper)
        try:
            await waiting
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def move_to(self, moment: datetime) -> None:
        """Set the time, backwards too, and wake whoever waited for it."""
        self._now = instant(moment)
        due = [waiting for wake_at, waiting in self._sleepers if wake_at <= self._now]
        self._sleepers = [(at, waiting) for at, waiting in self._sleepers if at > self._now]
        for waiting in due:
            if not waiting.done():
                waiting.set_result(None)

    def advance(self, duration: timedelta) -> None:
        """Move the time on by `duration`."""
        self.move_to(self._now + duration)


def steady() -> float:
    """Seconds since some moment, by a clock that nobody can set; it goes on while the process or machine sleeps."""
    return time.clock_gettime(STEADY)


def _steady_time() -> datetime:
    return from_ms(int(steady() * 1000))


def stopwatch() -> Callable[[], float]:
    """What tells how many milliseconds have passed since this call, on no clock but the machine's own."""
    began = time.perf_counter()
    return lambda: round((time.perf_counter() - began) * 1000, 1)


async def within(clock: Clock, duration: timedelta, work: Awaitable[object]) -> bool:
    """Wait for `work`, at most `duration` on `clock`; True when it finished. `work` is cancelled otherwise."""
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(duration))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        for one in (task, timer):
            one.cancel()
