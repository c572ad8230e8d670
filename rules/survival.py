"""How long until it happens, as history has it? What has not happened yet counts for as long as it was watched.

Kaplan and Meier, 1958: https://en.wikipedia.org/wiki/Kaplan%E2%80%93Meier_estimator
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, log, sqrt

from rules.intervals import Interval, Z


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long something was watched; `ended` when it happened at the end of that, and not merely looked away."""

    length: timedelta
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """To which share of them it has happened by when."""

    n: int
    """How many were watched."""
    events: int
    """To how many of them it happened."""
    lengths: Sequence[timedelta]
    """When it happened to any, shortest first, each once."""
    shares: Sequence[float]
    """To which share it has happened by each of these; it only grows."""
    variances: Sequence[float]
    """Greenwood's sums for each of them."""

    def within(self, length: timedelta) -> float:
        """To which share it happens within that time, from 0 to 1."""
        place = bisect_right(self.lengths, length)
        return self.shares[place - 1] if place else 0.0

    def by(self, share: float) -> timedelta | None:
        """Within which time it happens to that share; None where nothing was watched for so long."""
        return next(
            (length for length, reached in zip(self.lengths, self.shares, strict=True) if reached >= share),
            None,
        )

    def interval(self, length: timedelta) -> Interval | None:
        """How sure `within` is; None where it has happened to none or to all of them by then."""
        place = bisect_right(self.lengths, length)
        left = 1 - self.shares[place - 1] if place else 1.0
        if not 0 < left < 1:
            return None
        reach = Z * sqrt(self.variances[place - 1]) / log(left)
        low, high = sorted((left ** exp(reach), left ** exp(-reach)))
        return Interval(1 - high, 1 - low)


def curve(spans: Iterable[Span]) -> Curve:
    """The curve of all that was watched. Where both are as long, it happened before anybody looked away."""
    known = list(spans)
    happened = Counter(span.length for span in known if span.ended)
    over = Counter(span.length for span in known)
    watched, left, variance = len(known), 1.0, 0.0
    lengths, shares, variances = list[timedelta](), list[float](), list[float]()
    for length in sorted(over):
        count = happened[length]
        if count:
            left *= 1 - count / watched
            variance += count / (watched * (watched - count)) if count < watched else 0.0
            lengths.append(length)
            shares.append(1 - left)
            variances.append(variance)
        watched -= over[length]
    return Curve(
        n=len(known), events=sum(happened.values()), lengths=lengths, shares=shares, variances=variances
    )
