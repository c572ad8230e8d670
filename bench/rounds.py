"""How are contenders compared on a machine that is never quiet? In turn, in rounds, and only by ratios of one round."""

import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

Probe = Callable[[], Awaitable[float]]
"""One look at what the machine can do, higher is better."""
Figures = Mapping[str, float]
Figure = tuple[str, str]
"""The names of a contender and of one of its figures."""
Measure = Callable[[int], Awaitable[Figures]]
"""One contender's turn in the round of that number: its figures by name."""

RESTLESS = 0.3
"""A round is dropped when a ceiling moved by more than this part of itself."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those compared."""

    name: str
    does: str
    """The work behind its figures, and what it leaves out."""
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round found; `failures` has the contenders that did not come to an end, and why."""

    before: Figures
    after: Figures
    figures: Mapping[str, Figures]
    failures: Mapping[str, str] = field(default_factory=dict[str, str])

    def figure(self, which: Figure) -> float | None:
        """A figure of a contender; None when it has none."""
        contender, name = which
        return self.figures.get(contender, {}).get(name)

    @property
    def moved(self) -> float:
        """How far a ceiling moved at most, as a part of the higher value."""
        pairs = [sorted((self.before[name], self.after[name])) for name in self.before]
        return max((1 - low / high for low, high in pairs), default=0.0)


@dataclass(frozen=True, slots=True)
class Rounds:
    """All rounds of a subject."""

    contenders: Sequence[Contender]
    all: Sequence[Round]

    @property
    def dropped(self) -> Sequence[Round]:
        return [one for one in self.all if one.moved > RESTLESS]

    @property
    def kept(self) -> Sequence[Round]:
        """The quiet rounds; all of them when none was quiet, which the report says."""
        return [one for one in self.all if one.moved <= RESTLESS] or self.all

    @property
    def restless(self) -> bool:
        """Whether no round was quiet."""
        return len(self.dropped) == len(self.all)

    def values(self, contender: str, figure: str) -> list[float]:
        """A figure of each kept round; may be empty."""
        found = (one.figure((contender, figure)) for one in self.kept)
        return [value for value in found if value is not None]

    def ratios(self, one: Figure, other: Figure) -> list[float]:
        """One figure to another within each kept round; may be empty."""
        return [
            mine / theirs
            for found in self.kept
            if (mine := found.figure(one)) is not None and (theirs := found.figure(other))
        ]


def sized(name: str, orders: int) -> str:
    """What a contender is called with so many open orders."""
    return f"{name}, {orders:,}"


def size_of(name: str) -> str:
    """The part of its name that tells how many; may be empty."""
    found = re.search(r", [\d,]+$", name)
    return found[0] if found else ""


async def compete(ceilings: Mapping[str, Probe], contenders: Sequence[Contender], rounds: int) -> Rounds:
    """Let each contender have its turn in each round, between two looks at the ceilings."""
    found: list[Round] = []
    before = await _look(ceilings)
    for number in range(rounds):
        figures: dict[str, Figures] = {}
        failures: dict[str, str] = {}
        for contender in contenders:
            try:
                figures[contender.name] = await contender.measure(number)
            except (RuntimeError, OSError, TimeoutError) as error:
                failures[contender.name] = f"{type(error).__name__}: {error}"
            _tell(number, contender.name, figures.get(contender.name), failures.get(contender.name))
        after = await _look(ceilings)
        found.append(Round(before=before, after=after, figures=figures, failures=failures))
        before = after
    return Rounds(contenders, found)


async def _look(ceilings: Mapping[str, Probe]) -> Figures:
    return {name: await probe() for name, probe in ceilings.items()}


def _tell(number: int, name: str, figures: Figures | None, failure: str | None) -> None:
    """Show how far the run has come."""
    words = failure or ", ".join(f"{figure} {value:,.2f}" for figure, value in (figures or {}).items())
    sys.stderr.write(f"round {number + 1} | {name}: {words}\n")
