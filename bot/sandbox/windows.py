"""How many in any span of time? Sliding limits on the injected clock (wecom.md §3.3)."""

from collections import deque
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta


class Window:
    """At most so many in any `span`."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._taken: deque[datetime] = deque()

    def has_room(self, limit: int, now: datetime) -> bool:
        while self._taken and self._taken[0] <= now - self._span:
            self._taken.popleft()
        return len(self._taken) < limit

    def take(self, now: datetime) -> None:
        self._taken.append(now)


class Barrier:
    """At most so many in any `span`; who asks for more is shut out for a whole `span` from then on (90454)."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._windows: dict[Hashable, Window] = {}
        self._shut_until: dict[Hashable, datetime] = {}

    def admit(self, whom: Hashable, limit: int, now: datetime) -> bool:
        """Take one place, unless the window is full or the door is shut."""
        until = self._shut_until.get(whom)
        if until is not None and now < until:
            return False
        window = self._windows.setdefault(whom, Window(self._span))
        if not window.has_room(limit, now):
            self._shut_until[whom] = now + self._span
            return False
        window.take(now)
        return True


class Quota:
    """A limit per minute and one per `longer` span, for each conversation on its own."""

    def __init__(self, limits: Callable[[], tuple[int, int]], longer: timedelta = timedelta(hours=1)) -> None:
        self._limits = limits
        self._longer = longer
        self._windows: dict[Hashable, tuple[Window, Window]] = {}

    def admit(self, whom: Hashable, now: datetime) -> bool:
        """Take one place if both windows have room; what is refused takes none."""
        fresh = (Window(timedelta(minutes=1)), Window(self._longer))
        short, long = self._windows.setdefault(whom, fresh)
        most_short, most_long = self._limits()
        if not (short.has_room(most_short, now) and long.has_room(most_long, now)):
            return False
        short.take(now)
        long.take(now)
        return True
