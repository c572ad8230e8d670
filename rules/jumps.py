"""Has a share jumped from one week to the next? Only where their volumes rule chance out; no fixed difference does."""

from dataclasses import dataclass

from rules.intervals import Interval, difference
from rules.sequential import Arm

SURE = 2.575829
"""One in two hundred to each side: of five reasons, one in forty weeks in which nothing changed has a jump."""
FEWEST = 20
"""Of fewer cases in either week nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A share now and in the week before."""

    now: Arm
    before: Arm

    @property
    def interval(self) -> Interval | None:
        """Between which values the difference lies, from -1 to 1; None where either week has no case."""
        return difference(self.before.hits, self.before.n, self.now.hits, self.now.n, SURE)

    @property
    def is_jump(self) -> bool:
        """Whether it has grown, beyond chance."""
        enough = min(self.now.n, self.before.n) >= FEWEST
        return enough and self.interval is not None and self.interval.low > 0
