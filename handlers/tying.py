"""To which orders does a reported event belong? Decided from what is known to lead where.

A number is another name of one order: when it was an order of its own, the two are one. A tracking number
may be on the parcel of several orders: its events go to each of them. What leads from a customer to their orders,
or from a phone number, ties nothing: whoever writes it in an event has named no order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from handlers.messages import NO_NUMBERS, TRACKING, Reported
from handlers.records import Link
from rules.events import OrderKey, OrderNo

Known = dict[str, list[OrderKey]]


@dataclass(slots=True)
class Tying:
    """Ties the events of one batch to orders, in the order in which they came."""

    known: Known
    """What each reference leads to; grows as events link more."""
    tied: list[Reported] = field(default_factory=list[Reported])
    parked: list[Reported] = field(default_factory=list[Reported])
    for_warehouse: list[Reported] = field(default_factory=list[Reported])
    links: set[Link] = field(default_factory=set[Link])
    same: list[tuple[OrderKey, OrderKey]] = field(default_factory=list[tuple[OrderKey, OrderKey]])
    """Pairs of orders that turned out to be one."""

    def tie(self, report: Reported) -> None:
        """Find the orders of one event, or park it."""
        subject = report.event.order.order_no
        if not subject:
            self.for_warehouse.append(report)
            return
        keys = self._orders_of(report)
        if not keys:
            self.parked.append(report)
            return
        for key in keys:
            self.tie_to(key, report)

    def tie_to(self, key: OrderKey, report: Reported) -> None:
        """The event is one of that order, and all that it names leads there from now on."""
        self._link(report, key)
        self.tied.append(led_to(key, report))

    def _orders_of(self, report: Reported) -> list[OrderKey]:
        subject = report.event.order.order_no
        if subject.startswith(TRACKING):
            carried = self._carried(subject, report)
            if carried:
                return carried
        refs = [ref for ref in report.refs if not ref.startswith((TRACKING, *NO_NUMBERS))]
        numbers = refs if subject.startswith(TRACKING) else [subject, *refs]
        return [self._order_named(numbers, report)] if numbers else []

    def _carried(self, tracking: str, report: Reported) -> list[OrderKey]:
        """The orders in a parcel: of the event's shop, or of the only shop that has it when none was stated."""
        keys = self.known.get(tracking, [])
        here = [key for key in keys if key.shop == report.event.order.shop]
        if here or report.shop_stated:
            return here
        return keys if len({key.shop for key in keys}) == 1 else []

    def _order_named(self, numbers: list[str], report: Reported) -> OrderKey:
        """The order that the first known number names; a new one when none is known."""
        shop = report.event.order.shop
        known = (key for number in numbers for key in self.known.get(number, []) if key.shop == shop)
        return next(known, OrderKey(shop, OrderNo(numbers[0])))

    def _link(self, report: Reported, key: OrderKey) -> None:
        """From now on all that the event names leads to its order."""
        for ref in {report.event.order.order_no, *report.refs}:
            if ref.startswith(NO_NUMBERS):
                continue
            leads_to = self.known.setdefault(ref, [])
            if key in leads_to:
                continue
            if not ref.startswith(TRACKING):
                self.same += [(key, other) for other in leads_to if other.shop == key.shop]
            leads_to.append(key)
            if ref != key.order_no:
                self.links.add(Link(ref=ref, order=key))


def may_be_of(key: OrderKey, report: Reported) -> bool:
    """Whether the event could be one of that order: it names no other shop."""
    return not report.shop_stated or report.event.order.shop == key.shop


def led_to(key: OrderKey, report: Reported) -> Reported:
    """The event as one of that order."""
    if report.event.order == key:
        return report
    return replace(report, event=replace(report.event, order=key))


def references(reports: Iterable[Reported]) -> set[str]:
    """All that the events of a batch name."""
    return {ref for report in reports for ref in (report.event.order.order_no, *report.refs) if ref}
