"""Which time can honestly be promised? As long as history says that eight in ten of such orders took."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from msgspec import structs

from rules.events import EventType, OrderEvent
from rules.orders import Order
from rules.promises import Slot, happened_at
from rules.stages import Stage
from rules.survival import Curve, Span, curve

SHARE = 0.8
"""So many of the promises are to be kept."""
ENOUGH = 30
"""Fewer orders than this say nothing about themselves: a coarser group speaks for them."""


class Level(StrEnum):
    """How much alike the orders are that were looked at; from the finest."""

    PLACE = "place"
    """The same stage, carrier and warehouse."""
    CARRIER = "carrier"
    """The same stage and carrier."""
    WAREHOUSE = "warehouse"
    """The same stage and warehouse."""
    STAGE = "stage"
    """The same stage."""


class Group(NamedTuple):
    """Orders that stood still alike; None stands for any."""

    stage: Stage
    carrier: str | None = None
    warehouse: str | None = None

    @property
    def level(self) -> Level:
        """How fine it is."""
        if self.carrier is None:
            return Level.STAGE if self.warehouse is None else Level.WAREHOUSE
        return Level.CARRIER if self.warehouse is None else Level.PLACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An order that stood still, and how long it was from when its customer could be told until something happened."""

    slot: Slot
    stage: Stage
    carrier: str | None
    warehouse: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest:
    """What history says of a promise."""

    group: Group
    curve: Curve

    @property
    def within(self) -> timedelta | None:
        """The time that is kept for eight in ten; None where history does not reach so far."""
        return self.curve.by(SHARE)


class History:
    """All samples, told apart as finely as there are enough of them."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        spans: defaultdict[tuple[Slot, Group], list[Span]] = defaultdict(list)
        for sample in samples:
            for group in _groups(sample.stage, sample.carrier, sample.warehouse):
                spans[sample.slot, group].append(sample.span)
        self._curves: Mapping[tuple[Slot, Group], Curve] = {
            key: curve(theirs)
            for key, theirs in spans.items()
            if len(theirs) >= ENOUGH or key[1].level is Level.STAGE
        }

    def of(
        self, slot: Slot, stage: Stage, carrier: str | None = None, warehouse: str | None = None
    ) -> Honest | None:
        """What is known of such orders, from the finest group that has enough; None of a stage without any."""
        groups = sorted(_groups(stage, carrier, warehouse), key=lambda group: list(Level).index(group.level))
        found = next((group for group in groups if (slot, group) in self._curves), None)
        return None if found is None else Honest(group=found, curve=self._curves[slot, found])

    def groups(self, slot: Slot, stage: Stage) -> list[Honest]:
        """The finest groups of a stage that have enough, the slowest first."""
        found = [
            Honest(group=group, curve=known)
            for (its_slot, group), known in self._curves.items()
            if its_slot is slot and group.stage is stage and group.level is Level.PLACE
        ]
        return sorted(
            found, key=lambda one: (one.within is not None, -(one.within or timedelta()), one.group)
        )


def sample(
    *,
    slot: Slot,
    stage: Stage,
    parcel: str,
    since: datetime,
    order: Order,
    events: Collection[OrderEvent],
    now: datetime,
) -> Span:
    """How long it was, or has been, until what a slot promises happened; a cancelled order was watched until then."""
    until = now if order.cancelled_at is None else order.cancelled_at
    alive = structs.replace(order, cancelled_at=None)
    news = [event for event in events if event.type is not EventType.CANCELLED]
    at = happened_at(slot, stage, parcel, since, alive, news)
    if at is not None and at <= until:
        return Span(length=at - since, ended=True)
    return Span(length=max(until - since, timedelta()), ended=False)


def _groups(stage: Stage, carrier: str | None, warehouse: str | None) -> Iterator[Group]:
    """Those that an order belongs to."""
    yield Group(stage)
    if carrier is not None:
        yield Group(stage, carrier)
    if warehouse is not None:
        yield Group(stage, None, warehouse)
    if carrier is not None and warehouse is not None:
        yield Group(stage, carrier, warehouse)
