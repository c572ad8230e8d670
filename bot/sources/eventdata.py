"""Which attributes may a neutral order event have, and what may stand in its data? One struct for each kind of event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rules.events import EventType
from rules.stages import Stage, Status

MAX_NUMBER = 80
MAX_PHONE, MAX_ADDRESS = 32, 256
PRINTABLE = r"[^\x00-\x1f\x7f]+"

Id = Annotated[str, Meta(max_length=200, pattern=f"^{PRINTABLE}$")]
Number = Annotated[str, Meta(max_length=MAX_NUMBER, pattern=f"^{PRINTABLE}$")]
Word = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Whole = Annotated[int, Meta(ge=0, le=10**15)]
Few = Annotated[int, Meta(ge=1, le=1000)]
Moment = Annotated[datetime, Meta(tz=True)]


class Envelope(Struct):
    """The attributes of CloudEvents; others are kept in the stored body."""

    specversion: Literal["1.0"]
    id: Id
    source: Id
    type: EventType
    time: Moment
    subject: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class ItemData(Struct):
    sku: Id
    qty: Whole = 1
    klass: Word | None = msgspec.field(name="class", default=None)


class CustomerData(Struct):
    ref: Word | None = None
    name: Word | None = None
    open_kfid: Word | None = None
    external_userid: Word | None = None
    owner_userid: Word | None = None
    phone: Annotated[str, Meta(max_length=MAX_PHONE)] | None = None
    address: Annotated[str, Meta(max_length=MAX_ADDRESS)] | None = None


class StoredCustomer(CustomerData):
    """The customer in a stored body: what is personal is sealed; whatever else stands there is passed over."""

    phone: Any = None
    address: Any = None


class Data(Struct):
    """What any event may carry."""

    shop: Number | None = None
    refs: Annotated[list[Number], Meta(max_length=50)] = []
    operator: Word | None = None
    note: Text | None = None
    channel: Word | None = None
    amount_fen: Whole | None = None
    currency: Word | None = None
    tags: Annotated[list[Word], Meta(max_length=100)] | None = None
    items: Annotated[list[ItemData], Meta(max_length=500)] | None = None
    warehouse: Word | None = None
    region: Word | None = None
    district: Word | None = None
    payment_channel: Word | None = None
    payment_ref: Word | None = None
    stock_locked: bool | None = None
    pack_progress: Whole | Word | None = None
    carrier: Word | None = None
    tracking_no: Number | None = None
    parcels: Few | None = None
    not_before: Moment | None = None
    skip: list[Stage] | None = None
    customer: CustomerData | None = None


class StageData(Data, kw_only=True):
    stage: Stage
    status: Status
    parcel: Number | None = None


class ShortData(Data, kw_only=True):
    sku: Id | None = None
    qty_short: Whole = 1


class ContactData(Data, kw_only=True):
    channel: Word = "unknown"  # pyright: ignore[reportIncompatibleVariableOverride] -- here it is the way of contact
    open_kfid: Word | None = None
    external_userid: Word | None = None


class RefundData(Data, kw_only=True):
    refund_fen: Whole | None = None


class RetractedData(Data, kw_only=True):
    source: Id
    id: Id


KINDS: Mapping[EventType, type[Data]] = {
    EventType.STAGE: StageData,
    EventType.STOCK_SHORT: ShortData,
    EventType.CONTACTED: ContactData,
    EventType.REFUND_REQUESTED: RefundData,
    EventType.RETRACTED: RetractedData,
}
"""Those whose data is more than what any event may carry."""
