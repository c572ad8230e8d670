"""What do handlers need to know of rule books and rosters? They are documents in versions; the newest one counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Origin(StrEnum):
    """Where a version came from."""

    FILE = "file"
    """A file of the settings, or the defaults."""
    BOARD = "board"
    """Somebody's change on the board."""
    TRIAL = "trial"
    """A trial that began, grew or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a document; `body` is JSON, and so is the `trial` of a rule book that is tried beside it."""

    kind: str
    version: int
    body: str
    created_at: datetime
    author: str | None
    reason: str | None
    origin: Origin
    trial: str | None
    applied: bool = False
    """Whether cases that were open then go by it as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A version that was added, with the digest of its body and that of the version before."""

    version: int
    before: str | None
    after: str


class Documents(Protocol):
    """Rule books and rosters, in versions."""

    async def newest(self, kind: str, origin: Origin | None = None) -> Document | None:
        """The newest version, or the newest of those that came from there."""
        ...

    async def find(self, kind: str, version: int) -> Document | None:
        """One version."""
        ...

    async def applied_since(self, kind: str, version: int) -> bool:
        """Whether a version after that one was put in force for the cases as well that were open then."""
        ...

    async def add(  # noqa: PLR0913 -- all by name, and all are columns
        self,
        kind: str,
        body: str,
        now: datetime,
        *,
        author: str | None = None,
        reason: str | None = None,
        origin: Origin = Origin.FILE,
        trial: str | None = None,
        applied: bool = False,
        follows: int | None = None,
    ) -> Added:
        """Add a version. Somebody else may add it too: then this transaction fails, and is repeated.

        `follows` is the version that the caller has decided by; None for whichever is the newest.
        """
        ...
