"""How soon were customers reached? The figures of the golden ten minutes, which add up over shops."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.anomalies import Outline

TEN, FIFTEEN = timedelta(minutes=10), timedelta(minutes=15)
SECOND = timedelta(seconds=1)
HALF, NINE_TENTHS = 50, 90


class Share(NamedTuple):
    """So many of so many."""

    part: int = 0
    of: int = 0

    @property
    def percent(self) -> int | None:
        """0 to 100, rounded down: 100 means all. None where there is nothing to take a share of."""
        return 100 * self.part // self.of if self.of else None

    def plus(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.part + other.part, self.of + other.of)


NONE = Share()


@dataclass(frozen=True, slots=True)
class Waits:
    """How long it took each of so many, in whole seconds, cut."""

    seconds: Mapping[int, int] = field(default_factory=dict[int, int])
    """How many took so many seconds."""

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(self.seconds.values())

    @property
    def median(self) -> timedelta | None:
        """Half of them took so long at most; None of none."""
        return self._reached_by(HALF)

    @property
    def p90(self) -> timedelta | None:
        """Nine of ten took so long at most; None of none."""
        return self._reached_by(NINE_TENTHS)

    def plus(self, other: "Waits") -> "Waits":
        """Both together."""
        return Waits(Counter(self.seconds) + Counter(other.seconds))

    def _reached_by(self, percent: int) -> timedelta | None:
        """The shortest wait that so many of a hundred did not exceed (the nearest rank)."""
        wanted, found = percent * self.n, 0
        for seconds in sorted(self.seconds):
            found += self.seconds[seconds]
            if 100 * found >= wanted:
                return seconds * SECOND
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """What became of the cases that were opened within a stretch of time.

    Shares and waits are of those that people were told of and had to answer: not the silent ones, nor those that
    healed by themselves or whose customer, as somebody said by name, need not be reached. A reply counts from when it
    had arrived.
    """

    opened: int = 0
    """All of them."""
    healed: Share = NONE
    """Those that healed by themselves, of those that did or that somebody touched."""
    within_ten: Share = NONE
    """Reached within ten minutes, of those that were reached at all or are older than that."""
    within_fifteen: Share = NONE
    """The same of fifteen minutes, and before the customer's first word."""
    claimed: Waits = Waits()
    """From detection until the present owner had it."""
    reached: Waits = Waits()
    """From detection until the customer was reached for the first time."""

    def plus(self, other: "Golden") -> "Golden":
        """Both together."""
        return Golden(
            opened=self.opened + other.opened,
            healed=self.healed.plus(other.healed),
            within_ten=self.within_ten.plus(other.within_ten),
            within_fifteen=self.within_fifteen.plus(other.within_fifteen),
            claimed=self.claimed.plus(other.claimed),
            reached=self.reached.plus(other.reached),
        )


def within(cases: Iterable[Outline], most: timedelta, now: datetime) -> Share:
    """Reached so soon after detection, of those that people had to answer and that were reached or are older than that."""
    due = [
        case
        for case in cases
        if _is_answerable(case) and (case.first_reached_at is not None or case.opened_at + most < now)
    ]
    took = [case.first_reached_at - case.opened_at for case in due if case.first_reached_at is not None]
    return Share(sum(one <= most for one in took), len(due))


def _is_answerable(case: Outline) -> bool:
    return not (case.silent or case.waived_by is not None or case.self_healed)


def together(parts: Iterable[Golden]) -> Golden:
    """All of them as one."""
    total = Golden()
    for part in parts:
        total = total.plus(part)
    return total
