"""How does one part of the process wake another? Signals that are remembered until they are waited for."""

import asyncio
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

    def armed(self, at: datetime) -> None:
        """Something is due at `at`."""
        if self._asleep_until is None or at < self._asleep_until:
            self.call()

    async def sleep_until(self, at: datetime, clock: Clock) -> None:
        """Sleep until `at`, or until something nearer is armed."""
        self._asleep_until = at
        try:
            await self.wait(clock, max(at - clock.now(), timedelta()))
        finally:
            self._asleep_until = None


class Signals:
    """All of a process's signals."""

    def __init__(self) -> None:
        self.due = DueSignal()
        self.letters = Signal()
        self.inbox = Signal()
        self.rules = Signal()

    def committed(self, earliest: datetime | None, *, posted: bool) -> None:
        """A transaction has armed something for `earliest`, or made letters ready."""
        if earliest is not None:
            self.due.armed(earliest)
        if posted:
            self.letters.call()
