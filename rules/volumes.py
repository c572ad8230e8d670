"""How many will there be in the next week? As many as lately, within a range that is as wide as former guesses were wrong.

Counts are compared by their square roots, whose scatter does not depend on how large they are (Anscombe, 1948). What
each week brought beside the mean of the three before it says how far off the next guess may be: a growing shop, or one
with weeks of its own, widens the range, where a Poisson range around a mean would stay as narrow as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

LOOKED_BACK = 12
"""Of so many weeks at most."""
SMOOTHED = 3
"""The guess is the mean of so many."""
GOES_ON = 0.5
"""So much of how it grew, or shrank, is taken to go on: growth does not last (a marketplace's weeks held 87 % with all of it, 91 % with half, in ranges as wide)."""
FEWEST = 5
"""Of fewer weeks nothing is guessed."""
_T90 = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796)
"""Student's t by its degrees of freedom from 1 on: nine in ten lie within."""
_SHIFT = 3 / 8
_LEAST_VARIANCE = 1 / 4
"""That of the square root of a count of what comes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A guess of a count; nine in ten such ranges hold what comes."""

    expected: float
    low: float
    high: float

    def times(self, factor: float) -> "Forecast":
        """Where every one that was counted stands for so many."""
        return Forecast(expected=self.expected * factor, low=self.low * factor, high=self.high * factor)


def forecast(counts: Sequence[int]) -> Forecast | None:
    """What the next week brings, after these weeks, oldest first; None of too few weeks."""
    if len(counts) < FEWEST:
        return None
    roots = [sqrt(count + _SHIFT) for count in counts[-LOOKED_BACK:]]
    errors = [roots[place] - _mean(roots[max(0, place - SMOOTHED) : place]) for place in range(1, len(roots))]
    drift, n = GOES_ON * _mean(errors), len(errors)
    variance = sum((error - drift) ** 2 for error in errors) / (n - 1)
    variance = max(variance, _LEAST_VARIANCE * (1 + 1 / SMOOTHED))
    reach = _T90[n - 2] * sqrt(variance * (1 + 1 / n))
    middle = _mean(roots[-SMOOTHED:]) + drift
    low, expected, high = (
        max(max(root, 0.0) ** 2 - _SHIFT, 0.0) for root in (middle - reach, middle, middle + reach)
    )
    return Forecast(expected=expected, low=low, high=high)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
