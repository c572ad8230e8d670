"""How often is kept what was promised? Counted by template, carrier and agent, with how sure that is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from rules.intervals import Interval, wilson
from rules.promises import PromiseState, Slot

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many promises alike."""

    slot: Slot
    template: str
    template_version: str
    carrier: str | None
    agent: str | None
    unsure: bool
    """Nobody knows whether the customers have them."""
    state: PromiseState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How some promises fared. What may not have been heard is in no share."""

    kept: int = 0
    broken: int = 0
    open: int = 0
    unsure: int = 0

    @property
    def sent(self) -> int:
        """Those that customers have."""
        return self.kept + self.broken + self.open

    @property
    def n(self) -> int:
        """Those whose end is known."""
        return self.kept + self.broken

    @property
    def share(self) -> float | None:
        """Of these, the kept ones; None of none."""
        return self.kept / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """How sure the share is."""
        return wilson(self.kept, self.n)

    def plus(self, tally: Tally) -> "Rate":
        """With some more."""
        name = "unsure" if tally.unsure else tally.state.value
        return replace(self, **{name: getattr(self, name) + tally.count})


def rates(tallies: Iterable[Tally], by: Callable[[Tally], Key]) -> Mapping[Key, Rate]:
    """The promises told apart; those of which there are most come first."""
    found: defaultdict[Key, Rate] = defaultdict(Rate)
    for tally in tallies:
        found[by(tally)] = found[by(tally)].plus(tally)
    return dict(sorted(found.items(), key=lambda one: (-one[1].sent - one[1].unsure, repr(one[0]))))
