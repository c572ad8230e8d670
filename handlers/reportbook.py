"""What is kept of the weeks that were told?"""

from dataclasses import dataclass
from typing import Protocol

from rules.weeks import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report, and its picture as a PNG; None where it could not be drawn."""

    report: Report
    picture: bytes | None


class Reports(Protocol):
    """The reports there are."""

    async def add(self, made: Made) -> bool:
        """Write one down. False where its week has one: nobody tells a week twice."""
        ...

    async def picture(self, week: str) -> bytes | None:
        """That of a week; None where there is none."""
        ...
