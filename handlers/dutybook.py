"""What do handlers need to know of changes of duty? One small protocol; bot/storage fulfils it."""

from datetime import datetime
from typing import Protocol

from rules.duty import Change


class DutyBook(Protocol):
    """The changes of duty that people have made; those of the roster file are not in it."""

    async def in_force(self, since: datetime) -> list[Change]:
        """What holds and is not over by `since`, in the order in which it was made."""
        ...

    async def find(self, number: int) -> Change | None:
        """One change, whether it holds or not."""
        ...

    async def add(self, change: Change) -> Change:
        """Write it down, with a number of its own. Of two that are added at once, one knows of the other."""
        ...

    async def revoke(self, change: Change) -> None:
        """Write down who has taken it back, and when."""
        ...
