"""Which systems report, how lately, and how much?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.events import Shop

HOURS = 24
"""So many hours are counted one by one: the present one, and those before it."""


class Feeder(NamedTuple):
    """A source, as far as it reports of one shop."""

    source: str
    shop: Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The events that a source has sent and that were new."""

    occurred_at: datetime
    """When the newest of them happened, by the source's clock."""
    observed_at: datetime
    """When the last of them came in."""
    today: int = 0
    """Since the hour in which the merchant's day began."""
    hours: tuple[int, ...] = (0,) * HOURS
    """In each hour of the clock, oldest first; the present one is the last."""

    def plus(self, other: "Feed") -> "Feed":
        """Both together."""
        return Feed(
            occurred_at=max(self.occurred_at, other.occurred_at),
            observed_at=max(self.observed_at, other.observed_at),
            today=self.today + other.today,
            hours=tuple(one + another for one, another in zip(self.hours, other.hours, strict=True)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source, over all shops that it reports of."""

    name: str
    shops: tuple[Shop, ...]
    feed: Feed

    @property
    def lately(self) -> int:
        """The events of all the hours that are counted."""
        return sum(self.feed.hours)

    def age(self, now: datetime) -> timedelta:
        """How long nothing new has come in."""
        return max(now - self.feed.observed_at, timedelta())


def sources_of(feeds: Mapping[Feeder, Feed]) -> tuple[Source, ...]:
    """Each source once, by name."""
    by_name: dict[str, list[Feeder]] = {}
    for feeder in sorted(feeds):
        by_name.setdefault(feeder.source, []).append(feeder)
    return tuple(
        Source(
            name=name,
            shops=tuple(feeder.shop for feeder in feeders),
            feed=_together(feeds[feeder] for feeder in feeders),
        )
        for name, feeders in by_name.items()
    )


def _together(feeds: Iterable[Feed]) -> Feed:
    total, *others = feeds
    for other in others:
        total = total.plus(other)
    return total
