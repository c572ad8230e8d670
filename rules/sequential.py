"""May one look at an experiment every hour, and stop when it is clear? With these bounds: they hold at all looks together.

A comparison by the normal mixture of Robbins, as in Johari, Pekelis, Koomen and Walsh, "Always Valid Inference"
(Operations Research 70, 2022); the check of the split by a Beta mixture, as in Lindon and Malek, "Anytime-Valid
Inference for Multinomial Count Data" (NeurIPS 2022).
"""

from dataclasses import dataclass
from math import lgamma, log, sqrt

ALPHA = 0.05
"""How often, at most, a difference is seen where there is none, however often one looks."""
ALPHA_OF_SPLIT = 0.001
"""The same for a split that is not as ordered: a false alarm would throw an experiment away."""
EXPECTED = 0.1
"""The difference of two shares at which the comparison is sharpest."""
FEWEST = 50
"""With fewer in an arm nothing is said: the bounds are those of many."""
PRIOR_ORDERS = 100
"""How many orders the expectation of the split weighs as much as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """How many there are in a part of an experiment, and of how many of them something holds."""

    n: int = 0
    hits: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much larger a share is in the one arm than in the other; from -1 to 1, with bounds that always hold."""

    estimate: float
    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """Whether it is larger, beyond doubt."""
        return self.low > 0

    @property
    def is_below(self) -> bool:
        """Whether it is smaller, beyond doubt."""
        return self.high < 0


def difference(tried: Arm, control: Arm, alpha: float = ALPHA) -> Difference:
    """The share of `tried` less that of `control`."""
    estimate = tried.share - control.share
    if min(tried.n, control.n) < FEWEST:
        return Difference(estimate=estimate, low=-1.0, high=1.0)
    width = _half_width(_variance(tried) + _variance(control), alpha)
    return Difference(estimate=estimate, low=max(estimate - width, -1.0), high=min(estimate + width, 1.0))


def _half_width(variance: float, alpha: float) -> float:
    mixed = variance + EXPECTED**2
    return sqrt(2 * variance * mixed / EXPECTED**2 * log(sqrt(mixed / variance) / alpha))


def _variance(arm: Arm) -> float:
    """Of a share; one more hit and one more miss keep it from being nothing."""
    share = (arm.hits + 1) / (arm.n + 2)
    return share * (1 - share) / arm.n


def is_split_as_ordered(tried: int, control: int, ordered: float, alpha: float = ALPHA_OF_SPLIT) -> bool:
    """Whether as many are in the one arm as `ordered`, a share of both, allows. False makes every comparison void."""
    before, after = PRIOR_ORDERS * ordered, PRIOR_ORDERS * (1 - ordered)
    mixed = _log_beta(before + tried, after + control) - _log_beta(before, after)
    against = mixed - tried * log(ordered) - control * log(1 - ordered)
    return against < log(1 / alpha)


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
