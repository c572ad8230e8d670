"""How do all orders, and all cases, stand at one instant? What the health page shows, for any choice of shops."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from rules.events import Shop
from rules.feeds import Feed, Feeder, Source, sources_of
from rules.golden import Golden, together
from rules.health import Tally
from rules.stages import Stage

AN_HOUR = timedelta(hours=1)

Part = TypeVar("Part")
Value = TypeVar("Value")


class Place(NamedTuple):
    """Where open orders stand. An empty warehouse or carrier: no source has named one."""

    shop: Shop
    stage: Stage
    warehouse: str
    carrier: str


class Hour(NamedTuple):
    """An hour of the day, or what has passed of it."""

    at: datetime
    """When it began."""
    opened: int
    closed: int
    unclosed: int
    """The cases that were not closed at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The cases of a shop today, hour by hour from midnight to the present one; and those that are unclosed now."""

    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    unclosed: int = 0
    urgent: int = 0
    """Those among the unclosed that are P1."""

    def plus(self, other: "Flow") -> "Flow":
        """Both together."""
        return Flow(
            opened=_sums(self.opened, other.opened),
            closed=_sums(self.closed, other.closed),
            unclosed=self.unclosed + other.unclosed,
            urgent=self.urgent + other.urgent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How it all stood at one instant; every figure is of the same state of the database."""

    at: datetime
    day_at: datetime
    """When the merchant's day began."""
    counts: Mapping[Place, Tally]
    """The watched open orders; a place without any is left out."""
    flows: Mapping[Shop, Flow]
    feeds: Mapping[Feeder, Feed]
    """What each source has sent, shop by shop."""
    today: Mapping[Shop, Golden]
    """Of the cases opened since midnight."""
    lately: Mapping[Shop, Golden]
    """Of the cases opened within 24 hours."""

    def of(self, shops: Collection[Shop] | None) -> "Snapshot":
        """The same for some shops alone; None stands for all."""
        if shops is None:
            return self
        return replace(
            self,
            counts={place: tally for place, tally in self.counts.items() if place.shop in shops},
            flows=_within(self.flows, shops),
            feeds={feeder: feed for feeder, feed in self.feeds.items() if feeder.shop in shops},
            today=_within(self.today, shops),
            lately=_within(self.lately, shops),
        )

    @property
    def orders(self) -> Tally:
        """All watched open orders."""
        return self.by(lambda _: None).get(None, Tally())

    @property
    def cases(self) -> Flow:
        """The cases of all shops."""
        total = Flow()
        for flow in self.flows.values():
            total = total.plus(flow)
        return total

    @property
    def curve(self) -> tuple[Hour, ...]:
        """Today, hour by hour: the last one is under way. Counted back from how many are unclosed now."""
        present = (0,) * ((self.at - self.day_at) // AN_HOUR + 1)
        cases, hours = self.cases, list[Hour]()
        left = cases.unclosed
        flow = enumerate(zip(_sums(cases.opened, present), _sums(cases.closed, present), strict=True))
        for number, (opened, closed) in reversed(list(flow)):
            hours.append(Hour(self.day_at + number * AN_HOUR, opened, closed, left))
            left += closed - opened
        return tuple(reversed(hours))

    @property
    def sources(self) -> tuple[Source, ...]:
        """Each source, over all shops, by name."""
        return sources_of(self.feeds)

    @property
    def golden_today(self) -> Golden:
        """Of all shops."""
        return together(self.today.values())

    @property
    def golden_lately(self) -> Golden:
        """Of all shops."""
        return together(self.lately.values())

    def by(self, part: Callable[[Place], Part]) -> dict[Part, Tally]:
        """The orders by stage, shop, warehouse, carrier or what else `part` makes of a place."""
        found: dict[Part, Tally] = {}
        for place, tally in self.counts.items():
            name = part(place)
            found[name] = found.get(name, Tally()).plus(tally)
        return found

    def differs(self, other: "Snapshot") -> bool:
        """Whether anything has changed since the other one, but for its instant and what comes in."""
        return replace(self, at=other.at, feeds=other.feeds) != other


def _within(mapping: Mapping[Shop, Value], shops: Collection[Shop]) -> dict[Shop, Value]:
    return {shop: value for shop, value in mapping.items() if shop in shops}


def _sums(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(first + second for first, second in zip_longest(one, other, fillvalue=0))
