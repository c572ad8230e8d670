"""How does one part of the process wake another? Signals that are remembered until they are waited for."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock, within


class Signal:
    """Wakes one waiter. A call before the wait is not lost; several calls are one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def call(self) -> None:
        """Wake the waiter, now or as soon as it waits."""
        self._event.set()

    async def wait(self, clock: Clock, at_most: timedelta) -> bool:
        """Wait for a call, for `at_most` on the clock; True when there was one."""
        called = await within(clock, at_most, self._event.wait())
        self._event.clear()
        return called


class DueSignal(Signal):
    """Wakes the watcher, but only for something nearer than what it sleeps for."""

    def __init__(self) -> None:
        super().__init__()
        self._asleep_until: datetime | None = None
        self._nearest: datetime | None = None
        """Of what was armed since it woke up."""

    def armed(self, at: datetime) -> None:
        """Something is due at `at`."""
        if self._asleep_until is None:
            self._nearest = min(self._nearest or at, at)
        elif at < self._asleep_until:
            self.call()

    async def sleep_until(self, at: datetime, clock: Clock) -> bool:
        """Sleep until `at`, or until something nearer is armed; True when there was, perhaps before the sleep."""
        nearest, self._nearest = self._nearest, None
        if nearest is not None and nearest < at:
            return True
        self._asleep_until = at
        try:
            return await self.wait(clock, max(at - clock.now(), timedelta()))
        finally:
            self._asleep_until = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """What there is to wake up for: something due at `due`, letters, news of customers, news of the rules or of who works here and when."""

    due: datetime | None = None
    letters: bool = False
    news: bool = False
    staff: bool = False

    @classmethod
    def all_of(cls, wakes: Sequence["Wake"]) -> "Wake":
        """All of them in one."""
        return cls(
            due=min((wake.due for wake in wakes if wake.due is not None), default=None),
            letters=any(wake.letters for wake in wakes),
            news=any(wake.news for wake in wakes),
            staff=any(wake.staff for wake in wakes),
        )


class Signals:
    """All of a process's signals. `tell` lets other processes know as well."""

    def __init__(self, tell: Callable[[Wake], None] | None = None) -> None:
        self.due = DueSignal()
        self.letters = Signal()
        self.inbox = Signal()
        self.news = Signal()
        self.rules = Signal()
        self.staff = Signal()
        self.census = Signal()
        self._tell = tell

    def committed(self, wake: Wake) -> None:
        """A transaction of this process has left something to wake up for."""
        self.wake(wake)
        if self._tell is not None and wake != Wake():
            self._tell(wake)

    def wake(self, wake: Wake) -> None:
        """Wake whom it concerns."""
        if wake.due is not None:
            self.due.armed(wake.due)
        if wake.letters:
            self.letters.call()
        if wake.news:
            self.news.call()
        if wake.staff:
            self.staff.call()
