"""What can a source tell us about an order? The typed event and its parts."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from msgspec import field
from msgspec.structs import force_setattr

from rules.instants import instant
from rules.record import Record
from rules.stages import Stage, Status

Shop = NewType("Shop", str)
OrderNo = NewType("OrderNo", str)
UserId = NewType("UserId", str)

DRILL = Shop("drill")
"""The shop of drills: its orders are nobody's, and nothing about them is sent to a customer."""
DEFAULT_SHOP = Shop("main")
"""The shop of events that name none."""

FactValue = str | int | bool | tuple[str, ...]


class OrderKey(NamedTuple):
    """An order is known by its shop and its number in that shop."""

    shop: Shop
    order_no: OrderNo


FIRST = OrderKey(Shop(""), OrderNo(""))
"""Comes before every order."""


class EventKey(NamedTuple):
    """An event is known by who reported it and under which id."""

    source: str
    id: str


class EventType(StrEnum):
    """The nine things that can be reported."""

    CREATED = "order.created"
    STAGE = "order.stage"
    CHANGED = "order.changed"
    CANCELLED = "order.cancelled"
    RESUMED = "order.resumed"
    REFUND_REQUESTED = "order.refund_requested"
    STOCK_SHORT = "stock.short"
    CONTACTED = "customer.contacted"
    RETRACTED = "event.retracted"


class Attribute(StrEnum):
    """The single-valued facts an order or a parcel can have."""

    CHANNEL = "channel"
    AMOUNT_FEN = "amount_fen"
    CURRENCY = "currency"
    TAGS = "tags"
    WAREHOUSE = "warehouse"
    REGION = "region"
    DISTRICT = "district"
    PAYMENT_CHANNEL = "payment_channel"
    PAYMENT_REF = "payment_ref"
    STOCK_LOCKED = "stock_locked"
    PACK_PROGRESS = "pack_progress"
    CARRIER = "carrier"
    TRACKING_NO = "tracking_no"
    PARCELS = "parcels"


class Item(Record, frozen=True, kw_only=True):
    """One line of an order."""

    sku: str
    qty: int = 1
    klass: str | None = None


class Personal(StrEnum):
    """What is known of a customer and sealed: nobody reads it in passing."""

    PHONE = "phone"
    """Their phone number."""
    ADDRESS = "address"
    """Where their goods go."""


class Sealed(Record, frozen=True, kw_only=True):
    """Something personal, as it is kept."""

    sealed: str
    """Opaque to whoever has not the key; the same for the same."""
    shown: str
    """What everybody may see of it: `138****8000`, `浙江省杭州市西湖区`; may be empty."""


class Customer(Record, frozen=True, kw_only=True):
    """Whom to reach, and how. Every part may be unknown."""

    ref: str | None = None
    name: str | None = None
    open_kfid: str | None = None
    external_userid: str | None = None
    owner_userid: str | None = None
    phone: Sealed | None = None
    address: Sealed | None = None


class StageReport(Record, frozen=True, kw_only=True):
    """`order.stage`: `parcel` is None when the source named none, not even by a tracking number."""

    stage: Stage
    status: Status
    parcel: str | None = None


class ShortReport(Record, frozen=True, kw_only=True):
    """`stock.short`: `qty_short` 0 says that the goods are there after all."""

    sku: str | None
    qty_short: int
    warehouse: str | None = None


class ContactReport(Record, frozen=True, kw_only=True):
    """`customer.contacted`: the customer wrote or called first."""

    channel: str
    open_kfid: str | None = None
    external_userid: str | None = None


class RefundReport(Record, frozen=True, kw_only=True):
    """`order.refund_requested`: the amount in fen, or None when the source did not say."""

    refund_fen: int | None = None


class OrderEvent(Record, frozen=True, kw_only=True):
    """One thing that happened to one order. `report` is what the type calls for, or None.

    Its times are cut to whole milliseconds, so that events sort alike before and after they were stored.
    """

    key: EventKey
    order: OrderKey
    type: EventType
    occurred_at: datetime
    observed_at: datetime
    report: StageReport | ShortReport | ContactReport | RefundReport | EventKey | None = None
    attributes: Mapping[Attribute, FactValue] = field(default_factory=dict[Attribute, FactValue])
    items: tuple[Item, ...] | None = None
    customer: Customer | None = None
    not_before: datetime | None = None
    skip: tuple[Stage, ...] | None = None
    operator: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "occurred_at", instant(self.occurred_at))
        force_setattr(self, "observed_at", instant(self.observed_at))
        if self.not_before is not None:
            force_setattr(self, "not_before", instant(self.not_before))

    @property
    def at(self) -> datetime:
        """The time that rules go by: a source whose clock runs ahead gains nothing by it."""
        return min(self.occurred_at, self.observed_at)

    @property
    def position(self) -> "Position":
        """Where this event stands among the events of its order."""
        return Position(self.occurred_at, self.key.source, self.key.id)


class Position(NamedTuple):
    """The order in which events are folded."""

    occurred_at: datetime
    source: str
    id: str
