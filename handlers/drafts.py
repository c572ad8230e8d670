"""What is a draft? The next version of the rules as somebody writes it, whole or half done, until it is published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rules.events import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft of a document; `body` is JSON of what was typed, be it right or not."""

    id: str
    kind: str
    title: str
    base: int
    """The version that it was begun from."""
    body: str
    author: UserId
    """Whoever has changed it last."""
    created_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None
    published: int | None = None
    """The version that it became; None for one that was dropped, or is not done yet."""
    revision: int = 1
    """Counts its changes: of two people who change it at once, the second one is told."""


class Drafts(Protocol):
    """The drafts."""

    async def find(self, draft: str) -> Draft | None:
        """One draft, ended ones too."""
        ...

    async def open(self, kind: str) -> list[Draft]:
        """Those that are not ended, what was changed last first."""
        ...

    async def add(self, draft: Draft) -> None:
        """Write a new one."""
        ...

    async def update(self, draft: Draft) -> bool:
        """Write one back whose `revision` is one more than that of the stored one; whether it was."""
        ...
