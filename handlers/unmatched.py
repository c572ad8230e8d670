"""When somebody says which order an event belongs to that belongs to none: tie it, and fold it in like news."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.intake import take_in_parked
from handlers.messages import Reported
from handlers.ports import Work
from handlers.trail import Doer
from handlers.tying import may_be_of
from handlers.world import World
from rules.events import EventKey, OrderKey, Shop

TIED = "event.tied"


class Astray(StrEnum):
    """Why an event belongs to no order."""

    UNKNOWN = "unknown"
    """No order is known that goes by what it refers to."""
    OTHER_SHOP = "other_shop"
    """Only orders of other shops than its own do."""
    SEVERAL_SHOPS = "several_shops"
    """It names no shop, and orders of several do."""


class Hitch(StrEnum):
    """Why an event was not tied."""

    GONE = "gone"
    """It waits no more: somebody was quicker, or its order has been heard of."""
    NO_ORDER = "no_order"
    """There is no such order in that shop."""
    WRONG_SHOP = "wrong_shop"
    """The event itself says that it is another shop's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """The order that an event belongs to from now on, and how many events it brought along."""

    order: OrderKey
    events: int


def why_astray(report: Reported, leads_to: Sequence[OrderKey]) -> Astray:
    """Why a parked event is parked, by what its reference leads to."""
    if not leads_to:
        return Astray.UNKNOWN
    return Astray.OTHER_SHOP if report.shop_stated else Astray.SEVERAL_SHOPS


async def tie(
    work: Work, world: World, event: EventKey, to: OrderKey, doer: Doer, shops: Collection[Shop] | None
) -> Tied | Hitch:
    """The event, and all that waits for the same reference, belongs to the order that goes by this number.

    `shops` are those that the doer serves, None for all: an event of another one is none that they can see.
    """
    report = await work.orders.find_parked(event)
    if report is None or not (shops is None or report.event.order.shop in shops):
        return Hitch.GONE
    known = (await work.orders.resolve({to.order_no})).get(to.order_no, [])
    key = next((key for key in known if key.shop == to.shop), None)
    if key is None:
        return Hitch.NO_ORDER
    if not may_be_of(key, report):
        return Hitch.WRONG_SHOP
    ref = report.event.order.order_no
    events = await take_in_parked(work, world, ref, key)
    if not events:
        return Hitch.GONE
    detail = {"source": event.source, "ref": ref, "events": str(events)}
    await work.trail.note([doer.did(TIED, event.id, world.now(), order=key, detail=detail)])
    return Tied(order=key, events=events)
