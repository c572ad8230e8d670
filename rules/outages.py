"""A source is out: of which orders is it not known whether they stand still?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from rules.anomalies import Anomaly
from rules.events import Attribute, OrderEvent, Shop, StageReport
from rules.orders import Order
from rules.stages import Stage
from rules.standing import present_name

ENOUGH = 3
"""So many orders show whose news a stage's is."""


class Station(NamedTuple):
    """Where orders of one kind get their news of a stage from. An empty warehouse stands for all of the shop."""

    shop: Shop
    warehouse: str
    stage: Stage


Reach = Mapping[Station, bool]
"""Of each station that is known well enough, whether most of its news comes from the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A source that fell silent. `version` counts its changes, for fencing."""

    id: str
    source: str
    heard_at: datetime
    """When it was last heard before."""
    noticed_at: datetime
    expected: int
    """How many events should have come by then."""
    waiting: int
    """How many open orders waited for its news then."""
    reach: Reach = field(default_factory=dict[Station, bool])
    back_at: datetime | None = None
    """When it was heard again; what it missed may still come in."""
    ended_at: datetime | None = None
    """When what it had missed had come in: no more cases are held."""
    held: int = 0
    """The cases that it held."""
    healed: int = 0
    """Those of them that were over before they were raised."""
    raised: int = 0
    """Those that were real."""
    settled_at: datetime | None = None
    """When the last of them was dealt with, and people were told."""
    version: int = 1


def reach_of(source: str, orders: Iterable[tuple[Order, Sequence[OrderEvent]]]) -> Reach:
    """Whose news most is, from orders and all of their events."""
    heard: dict[Station, list[bool]] = {}
    for order, events in orders:
        warehouse = order.text(Attribute.WAREHOUSE) or ""
        by_stage: dict[Stage, bool] = {}
        for event in sorted(events, key=lambda event: event.position):
            if isinstance(event.report, StageReport):
                by_stage[event.report.stage] = event.key.source == source
        for stage, is_theirs in by_stage.items():
            for name in {warehouse, ""}:
                heard.setdefault(Station(order.key.shop, name, stage), []).append(is_theirs)
    return {
        station: sum(theirs) * 2 > len(theirs) for station, theirs in heard.items() if len(theirs) >= ENOUGH
    }


def cut_off(
    outages: Sequence[Outage], order: Order, events: Sequence[OrderEvent], stage: Stage, parcel: str
) -> Outage | None:
    """The outage for which it is not known whether the order stands still in a stage; None when it is known.

    It is known where the stage's last news came from another source, and where the source has reported of the
    order since it is back. `events` are all of the order's; nothing is asked of them while no source is out.
    """
    for outage in outages:
        if _depends(outage, order, events, stage, parcel) and not _has_spoken(outage, events):
            return outage
    return None


def _depends(outage: Outage, order: Order, events: Sequence[OrderEvent], stage: Stage, parcel: str) -> bool:
    """Whether news of the stage is to be expected from the source."""
    own = [event for event in events if _is_of(event, order, stage, parcel)]
    if own:
        return max(own, key=lambda event: event.position).key.source == outage.source
    warehouse = order.text(Attribute.WAREHOUSE) or ""
    known = outage.reach.get(Station(order.key.shop, warehouse, stage))
    return outage.reach.get(Station(order.key.shop, "", stage), False) if known is None else known


def _is_of(event: OrderEvent, order: Order, stage: Stage, parcel: str) -> bool:
    report = event.report
    if not isinstance(report, StageReport) or report.stage is not stage or event.key in order.retracted:
        return False
    return report.parcel is None or not stage.per_parcel or present_name(report.parcel, order) == parcel


def _has_spoken(outage: Outage, events: Sequence[OrderEvent]) -> bool:
    """Whether the source, back again, has told something of the order that happened since."""
    back_at = outage.back_at
    return back_at is not None and any(
        event.key.source == outage.source and event.at >= back_at for event in events
    )


def is_waited_for(order: Order, since: datetime) -> bool:
    """Whether the customer has asked since a clock started: that is real, whatever a source says."""
    return order.contact is not None and order.contact.at >= since


def in_dark(
    case: Anomaly, order: Order, events: Sequence[OrderEvent], outages: Sequence[Outage]
) -> Outage | None:
    """The outage that leaves a case in the dark, be it held or not; None when how it stands is known."""
    parcel = present_name(case.parcel, order)
    return cut_off(outages, order, events, case.stage, parcel)
