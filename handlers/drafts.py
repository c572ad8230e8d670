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
    approved_by: UserId | None = None
    """Who has agreed to the words for customers in it, and when; see `is_approved`."""
    approved_at: datetime | None = None
    approved_revision: int | None = None
    """The revision that they agreed to."""

    @property
    def is_approved(self) -> bool:
        """Whether somebody has agreed to it as it is now: any change makes that void."""
        return self.approved_by is not None and self.approved_revision == self.revision


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
