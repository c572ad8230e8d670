"""Which share of the delays has each reason, and at which hours of the week do they come? Counted, not judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from rules.reasons import Reason

DAYS, HOURS = 7, 24
FEW = 5
"""Fewer cases than this say nothing about an hour of the week."""
DEEPEST = 5
"""Shades of a heat map, beside none."""


class Given(StrEnum):
    """How a case came to its reason."""

    PEOPLE = "people"
    """Somebody gave it."""
    EVIDENCE = "evidence"
    """The evidence gave it, and the case has been opened again since."""
    HEALED = "healed"
    """The evidence gave it: the case healed before anybody touched it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many cases were noticed within the half hour that begins then; without a reason `given` is None too."""

    at: datetime
    reason: Reason | None
    given: Given | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The cases of one reason."""

    reason: Reason
    people: int = 0
    evidence: int = 0
    healed: int = 0

    @property
    def count(self) -> int:
        """Those that did not heal by themselves: what shares are made of."""
        return self.people + self.evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All reasons, the most frequent first; every one of them, be it at zero."""

    parts: Sequence[Part]
    unexplained: int
    """Cases to which nobody has given a reason yet."""

    @property
    def n(self) -> int:
        """The cases that have a reason and did not heal by themselves."""
        return sum(part.count for part in self.parts)

    @property
    def healed(self) -> int:
        """The cases that healed by themselves."""
        return sum(part.healed for part in self.parts)

    def share(self, reason: Reason) -> float | None:
        """From 0 to 1; None where there is nothing to share."""
        count = next(part.count for part in self.parts if part.reason is reason)
        return count / self.n if self.n else None


def picture(tallies: Iterable[Tally]) -> Picture:
    """Add up the cases of a range of time."""
    counts = {(reason, given): 0 for reason in Reason for given in Given}
    unexplained = 0
    for tally in tallies:
        if tally.reason is None or tally.given is None:
            unexplained += tally.count
        else:
            counts[tally.reason, tally.given] += tally.count
    parts = [
        Part(
            reason=reason,
            people=counts[reason, Given.PEOPLE],
            evidence=counts[reason, Given.EVIDENCE],
            healed=counts[reason, Given.HEALED],
        )
        for reason in Reason
    ]
    return Picture(parts=sorted(parts, key=lambda part: -part.count), unexplained=unexplained)


def heat(tallies: Iterable[Tally], zone: tzinfo, reason: Reason | None) -> list[list[int]]:
    """Cases by weekday, from Monday, and hour, of one reason or of all; without those that healed by themselves."""
    cells = [[0] * HOURS for _ in range(DAYS)]
    for tally in tallies:
        if tally.reason is not None and tally.given is not Given.HEALED and reason in {None, tally.reason}:
            at = tally.at.astimezone(zone)
            cells[at.weekday()][at.hour] += tally.count
    return cells


def shade(count: int, most: int) -> int:
    """How dark a cell of a heat map is whose fullest one has `most`; 0 to `DEEPEST`, and never 0 but for nothing."""
    return 0 if not count else max(1, round(DEEPEST * count / most))
