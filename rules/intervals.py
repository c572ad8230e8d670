"""How sure is a share of so many? The interval that belongs beside it."""

from math import hypot, sqrt
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


def difference(count: int, n: int, later: int, later_n: int, z: float = Z) -> Interval | None:
    """Around the share of `later` less that of `count`, after Newcombe (1998), method 10; None where either is of nothing.

    From -1 to 1. https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    one, other = wilson(count, n, z), wilson(later, later_n, z)
    if one is None or other is None:
        return None
    first, second = count / n, later / later_n
    moved = second - first
    return Interval(
        moved - hypot(second - other.low, one.high - first),
        moved + hypot(other.high - second, first - one.low),
    )
