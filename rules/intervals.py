"""How sure is a share of so many? The interval that belongs beside it."""

from math import sqrt
from typing import NamedTuple

Z = 1.959964
"""Two-sided 95 %."""


class Interval(NamedTuple):
    """From where to where a share lies, 95 times in a hundred; both from 0 to 1."""

    low: float
    high: float


def wilson(count: int, n: int, z: float = Z) -> Interval | None:
    """Around `count` of `n`, after Wilson: right for few and for extremes as well; None of nothing.

    `z` says how sure, where it is not 95 %.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    if n == 0:
        return None
    share, weight = count / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    reach = z * sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return Interval(0.0 if count == 0 else middle - reach, 1.0 if count == n else middle + reach)
