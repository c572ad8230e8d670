"""How well does the team answer? Every measure with how many cases it is of and how sure it is. Counted, not judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil, floor, sqrt
from typing import NamedTuple, Protocol, Self, TypeVar

from rules.golden import HALF, NONE, SECOND, Share, Waits
from rules.stages import Kind, Stage

SURE = 1.96
"""Standard deviations: an interval holds the true value in 95 of a hundred such ranges."""
FEW = 30
"""A measure of fewer cases tells little."""
RESOLVED_AFTER = timedelta(hours=72)
"""A case that did not come back for so long was resolved at the first time."""
SAMPLED = 1000
"""What has to be looked up case by case is measured on so many, the newest of the range."""


class Measure(StrEnum):
    """What is measured."""

    CLAIM = "claim"
    """From detection until the present owner had it."""
    CONTACT = "contact"
    """From detection until the customer was reached for the first time."""
    CLOSE = "close"
    """From detection until it was closed."""
    HANDLING = "handling"
    """From the claim until it was closed."""
    WITHIN_TEN = "within_ten"
    """Reached within ten minutes, of those that were reached at all or are older than that."""
    WITHIN_FIFTEEN = "within_fifteen"
    """The same of fifteen minutes, and before the customer's first word."""
    BEFORE_COMPLAINT = "before_complaint"
    """Reached within the complaint budget."""
    FIRST_RESOLUTION = "first_resolution"
    """Did not come back within 72 hours, of those that were closed so long ago or came back."""
    ALONE = "alone"
    """Closed without an escalation or a task for another team."""
    REFUNDED = "refunded"
    """Cancelled by a customer who wanted the money back, before anybody had reached them."""
    HEALED = "healed"
    """Healed by themselves, of those that did or that somebody touched."""
    MESSAGES = "messages"
    """Messages to the team about one case."""


TIMES = (Measure.CLAIM, Measure.CONTACT, Measure.CLOSE, Measure.HANDLING)
SHARES = (
    Measure.WITHIN_TEN,
    Measure.WITHIN_FIFTEEN,
    Measure.BEFORE_COMPLAINT,
    Measure.FIRST_RESOLUTION,
    Measure.ALONE,
    Measure.REFUNDED,
)
REFERENCES: Mapping[Measure, timedelta | float] = {
    Measure.CONTACT: timedelta(minutes=42),
    Measure.HANDLING: timedelta(minutes=9, seconds=12),
    Measure.WITHIN_FIFTEEN: 0.68,
    Measure.FIRST_RESOLUTION: 0.89,
}
"""What others have reported. Lines to compare with; nobody's result here."""


class Between(NamedTuple):
    """Between these the true stretch of time lies, as far as can be told."""

    low: timedelta
    high: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How it was before, by the merchant's own word; None where nobody said."""

    claim: timedelta | None = None
    contact: timedelta | None = None
    close: timedelta | None = None
    handling: timedelta | None = None
    within_ten: float | None = None
    """Shares are from 0 to 1."""
    within_fifteen: float | None = None
    before_complaint: float | None = None
    first_resolution: float | None = None

    def of(self, measure: Measure) -> timedelta | float | None:
        """That of one measure."""
        found: timedelta | float | None = getattr(self, measure, None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Healing:
    """How many cases of one rule healed by themselves: each was a false alarm of it."""

    stage: Stage
    kind: Kind
    book_version: int
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What became of the cases that were noticed within a range.

    Waits and shares are of those that people had to answer: not the silent ones, nor those that healed by themselves
    or whose customer, as somebody said by name, need not be reached.
    """

    opened: int = 0
    waits: Mapping[Measure, Waits] = field(default_factory=dict[Measure, Waits])
    shares: Mapping[Measure, Share] = field(default_factory=dict[Measure, Share])
    healing: Sequence[Healing] = ()
    messages: Mapping[int, int] = field(default_factory=dict[int, int])
    """How many cases had so many messages, of those that were sampled."""

    def plus(self, other: "Measures") -> "Measures":
        """Those of both ranges together, without what was sampled."""
        healing = {rule_of(one): one for one in self.healing}
        for one in other.healing:
            known = healing.get(rule_of(one))
            healing[rule_of(one)] = one if known is None else replace(one, share=known.share.plus(one.share))
        return Measures(
            opened=self.opened + other.opened,
            waits=_both(self.waits, other.waits, Waits()),
            shares=_both(self.shares, other.shares, NONE),
            healing=[healing[rule] for rule in sorted(healing)],
        )

    def with_sample(self, alone: Share, messages: Mapping[int, int]) -> "Measures":
        """And what was sampled: how many needed nobody else's help, and how many had so many messages."""
        return replace(self, shares={**self.shares, Measure.ALONE: alone}, messages=messages)

    @property
    def healed(self) -> Share:
        """Those that healed by themselves, of those that did or that somebody touched."""
        total = NONE
        for one in self.healing:
            total = total.plus(one.share)
        return total


def rule_of(healing: Healing) -> tuple[Stage, Kind, int]:
    """Which rule it is of."""
    return healing.stage, healing.kind, healing.book_version


class _Sum(Protocol):
    """What can be put together."""

    def plus(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=_Sum)


def _both(some: Mapping[Measure, S], others: Mapping[Measure, S], nothing: S) -> dict[Measure, S]:
    names = dict.fromkeys([*some, *others])
    return {name: some.get(name, nothing).plus(others.get(name, nothing)) for name in names}


def around(waits: Waits, percent: int = HALF) -> Between | None:
    """Where the true wait lies that so many of a hundred do not exceed: the waits at the ranks on either side; None of none."""
    n, p = waits.n, percent / 100
    if not n:
        return None
    spread = SURE * sqrt(n * p * (1 - p))
    ranks = max(1, floor(n * p - spread)), min(n, ceil(n * p + spread) + 1)
    low, high = (_at_rank(waits, rank) for rank in ranks)
    return Between(low, high)


def mean(waits: Waits) -> timedelta | None:
    """The mean; None of none."""
    total = sum(seconds * count for seconds, count in waits.seconds.items())
    return total / waits.n * SECOND if waits.n else None


def reached_by(waits: Waits, minutes: Sequence[int]) -> list[float]:
    """Which share had ended after each of so many minutes, from 0 to 1; in order. Empty of none."""
    if not waits.n:
        return []
    found = [
        sum(count for seconds, count in waits.seconds.items() if seconds <= 60 * minute) for minute in minutes
    ]
    return [count / waits.n for count in found]


def messages_of(counts: Mapping[int, int]) -> tuple[int, float | None]:
    """Of how many cases, and the mean of their messages; None of none."""
    n = sum(counts.values())
    return n, sum(messages * cases for messages, cases in counts.items()) / n if n else None


def _at_rank(waits: Waits, rank: int) -> timedelta:
    """The wait that `rank` cases did not exceed; from 1 to n."""
    found = 0
    for seconds in sorted(waits.seconds):
        found += waits.seconds[seconds]
        if found >= rank:
            return seconds * SECOND
    raise ValueError(f"there are only {found} waits, and none of rank {rank}")
