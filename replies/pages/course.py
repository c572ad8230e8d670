"""How is an attempt at a stage drawn? As a bar on a scale of its own, with its normal time and its limits on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

WIDTH = 100.0
"""Percent."""
ROOM = 4.0
"""What is left free behind the last thing drawn."""


class Limit(Protocol):
    """A limit of the attempt."""

    @property
    def at(self) -> datetime: ...


class Attempt(Protocol):
    """What is drawn."""

    @property
    def since(self) -> datetime | None: ...
    @property
    def grey_at(self) -> datetime | None: ...
    @property
    def limits(self) -> Sequence[Limit]: ...
    @property
    def ended_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """All in percent of the width, from the left."""

    reached: float
    """How far it has come, or how long it took."""
    grey: float
    """Where the normal time is up."""
    limits: Sequence[float]
    """Where the limits are, in their order."""

    @property
    def late(self) -> float:
        """Where the nearest limit is up; the right edge when it has none."""
        return min(self.limits, default=WIDTH)


def track(attempt: Attempt, now: datetime) -> Track | None:
    """The bar of an attempt; None when nothing has waited for it."""
    since, grey_at = attempt.since, attempt.grey_at
    if since is None or grey_at is None:
        return None
    reached = attempt.ended_at or now
    whole = max(reached, grey_at, *(limit.at for limit in attempt.limits)) - since

    def place(at: datetime) -> float:
        return round(max((at - since) / whole, 0.0) * (WIDTH - ROOM), 2) if whole else 0.0

    return Track(
        reached=place(reached), grey=place(grey_at), limits=[place(limit.at) for limit in attempt.limits]
    )
