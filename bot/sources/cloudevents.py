"""How does a neutral order event (CloudEvents 1.0, structured JSON) become a reported one?"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from bot.sealing import Seals
from bot.sources.eventdata import (
    KINDS,
    MAX_NUMBER,
    ContactData,
    CustomerData,
    Data,
    Envelope,
    ItemData,
    RefundData,
    RetractedData,
    ShortData,
    StageData,
    StoredCustomer,
)
from handlers.bodies import sealed_in
from handlers.messages import TRACKING, Reported
from rules.events import (
    DEFAULT_SHOP,
    Attribute,
    ContactReport,
    Customer,
    EventKey,
    EventType,
    FactValue,
    Item,
    OrderEvent,
    OrderKey,
    OrderNo,
    Personal,
    RefundReport,
    Sealed,
    Shop,
    ShortReport,
    StageReport,
)
from rules.instants import instant
from rules.stages import Stage, Status

AHEAD = timedelta(minutes=5)
"""A source's clock may be ahead of ours by so much."""
EARLIEST_YEAR, LATEST_YEAR = 2000, 2199

Decoded = TypeVar("Decoded")


class EventError(ValueError):
    """An event that cannot be taken in. `field` names the faulty attribute."""

    def __init__(self, field: str, error: str) -> None:
        super().__init__(f"{field}: {error}")
        self.field = field
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the holder of a token may send. `shops` None means every shop; the first one is the default."""

    source_prefix: str = ""
    shops: tuple[Shop, ...] | None = None
    types: frozenset[EventType] = frozenset(EventType)
    customer: bool = True
    """Whether the source may say who the customer is."""

    @property
    def default_shop(self) -> Shop:
        """The shop of events that name none."""
        return self.shops[0] if self.shops else DEFAULT_SHOP


EVERYTHING = Grant()

_DATA = {event_type: msgspec.json.Decoder(KINDS.get(event_type, Data)) for event_type in EventType}
_ENVELOPE = msgspec.json.Decoder(Envelope)


def _as_stored(kind: type[Data]) -> msgspec.json.Decoder[Data]:
    customer = ("customer", StoredCustomer | None, None)
    stored = msgspec.defstruct(f"Stored{kind.__name__}", [customer], bases=(kind,), kw_only=True)
    return msgspec.json.Decoder(cast("type[Data]", stored))


_STORED = {event_type: _as_stored(KINDS.get(event_type, Data)) for event_type in EventType}


def decode(
    body: bytes | msgspec.Raw, observed_at: datetime, seals: Seals, grant: Grant = EVERYTHING
) -> Reported:
    """The event in `body` as a source sends it; what is personal in it is sealed, in the body that is kept as well.

    Raises EventError naming the faulty field; msgspec.DecodeError when it is no JSON.
    """
    envelope, data = _read(body, _DATA)
    happened_at = occurred_at(envelope.time, observed_at)
    _check_grant(envelope, data, grant)
    event = _event(envelope, data, happened_at, observed_at, grant)
    said = {what: getattr(data.customer, what, None) for what in Personal}
    personal = {what: seals.seal(what, clear, event.order.shop) for what, clear in said.items() if clear}
    return _reported(event, data, sealed_in(body, personal), personal)


def read_back(body: bytes, observed_at: datetime) -> Reported:
    """The event in a body of our own: one that is stored, or that names no customer. Raises EventError."""
    envelope, data = _read(body, _STORED)
    event = _event(envelope, data, occurred_at(envelope.time, observed_at), observed_at, EVERYTHING)
    return _reported(event, data, body.decode(), _sealed_of(data))


def event_in(body: bytes, observed_at: datetime, order: OrderKey) -> OrderEvent:
    """The event alone in a body that is stored, as one of the order that it has led to. Raises EventError."""
    envelope, data = _read(body, _STORED)
    happened_at = occurred_at(envelope.time, observed_at)
    event = _event(envelope, data, happened_at, observed_at, EVERYTHING, order)
    return _known_better(event, _sealed_of(data))


def _read(
    body: bytes | msgspec.Raw, decoders: Mapping[EventType, msgspec.json.Decoder[Data]]
) -> tuple[Envelope, Data]:
    envelope = _checked(_ENVELOPE.decode, body, "")
    part = envelope.data if envelope.data != b"null" else b"{}"
    return envelope, _checked(decoders[envelope.type].decode, part, "data")


def _sealed(value: object) -> Sealed | None:
    """What is sealed; None for what was forgotten, and for what came before anything was sealed."""
    try:
        return None if value is None else msgspec.convert(value, Sealed)
    except msgspec.ValidationError:
        return None


def _sealed_of(data: Data) -> dict[Personal, Sealed]:
    """What a stored body has of the customer that is sealed."""
    if data.customer is None:
        return {}
    said = {what: getattr(data.customer, what, None) for what in Personal}
    return {what: sealed for what, value in said.items() if (sealed := _sealed(value)) is not None}


def _known_better(event: OrderEvent, personal: Mapping[Personal, Sealed]) -> OrderEvent:
    if not personal or event.customer is None:
        return event
    return replace(event, customer=replace(event.customer, **personal))


def _reported(event: OrderEvent, data: Data, body: str, personal: Mapping[Personal, Sealed]) -> Reported:
    event = _known_better(event, personal)
    return Reported(event=event, shop_stated=data.shop is not None, refs=_refs(data), body=body)


def _checked(decode: Callable[[Any], Decoded], body: object, prefix: str) -> Decoded:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise fault_of(str(error), prefix) from None


def fault_of(message: str, prefix: str = "") -> EventError:
    """What msgspec says, and the field they are about: its path, and the name that is missing there."""
    words, _, path = message.partition(" - at `$")
    missing = re.search(r"missing required field `(\w+)`", words)
    parts = [prefix, path.rstrip("`").lstrip("."), missing[1] if missing else ""]
    field = ".".join(part for part in parts if part).replace(".[", "[") or "data"
    allowed = _ALLOWED.get(field.removeprefix("data."))
    return EventError(field, f"{words}; one of {allowed}" if allowed and "enum" in words else words)


_ALLOWED = {
    "type": ", ".join(EventType),
    "stage": ", ".join(Stage),
    "status": ", ".join(Status),
}


def _check_grant(envelope: Envelope, data: Data, grant: Grant) -> None:
    """A limited token sends what it was given for, and no more."""
    if not envelope.source.startswith(grant.source_prefix):
        raise EventError("source", f"this token is for sources that begin with {grant.source_prefix}")
    if envelope.type not in grant.types:
        raise EventError("type", "this token may not send events of this type")
    if grant.shops is not None and data.shop is not None and Shop(data.shop) not in grant.shops:
        raise EventError("data.shop", "this token may not send events of this shop")
    if data.customer is not None and not grant.customer:
        raise EventError("data.customer", "this token may not say who the customer is")
    if isinstance(data, RetractedData) and not data.source.startswith(grant.source_prefix):
        raise EventError("data.source", "this token may only take back events of its own sources")


def _event(
    envelope: Envelope,
    data: Data,
    happened_at: datetime,
    observed_at: datetime,
    grant: Grant,
    order: OrderKey | None = None,
) -> OrderEvent:
    """The event; of the order that its subject names, unless it has led to another one."""
    subject = _subject(envelope)
    return OrderEvent(
        key=EventKey(envelope.source, envelope.id),
        order=order or OrderKey(Shop(data.shop or grant.default_shop), OrderNo(subject)),
        type=envelope.type,
        occurred_at=happened_at,
        observed_at=observed_at,
        report=_report(data, subject),
        attributes=_attributes(data),
        items=None if data.items is None else tuple(_item(item) for item in data.items),
        customer=None if data.customer is None else _customer(data.customer),
        not_before=None if data.not_before is None else _moment(data.not_before, "data.not_before"),
        skip=None if data.skip is None else tuple(data.skip),
        operator=data.operator,
        note=data.note,
    )


def occurred_at(time: datetime, observed_at: datetime) -> datetime:
    """When an event happened that came in at `observed_at`. Raises EventError where that cannot be."""
    happened_at = _moment(time, "time")
    if happened_at > observed_at + AHEAD:
        raise EventError(
            "time", "lies more than 5 minutes in the future; is the source's clock or offset right?"
        )
    return happened_at


def _moment(value: datetime, field: str) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise EventError(field, f"lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return instant(value)


def _subject(envelope: Envelope) -> str:
    """The subject as it is kept; only a shortage may be about no order in particular."""
    subject = envelope.subject
    number = subject.removeprefix(TRACKING)
    if not number.strip() and (subject or envelope.type is not EventType.STOCK_SHORT):
        raise EventError("subject", f"name the order by its number, or by {TRACKING}<no>")
    if len(number) > MAX_NUMBER or not number.isprintable():
        raise EventError("subject", f"an order number has at most {MAX_NUMBER} printable characters")
    return subject


def _report(
    data: Data, subject: str
) -> StageReport | ShortReport | ContactReport | RefundReport | EventKey | None:
    match data:
        case StageData():
            named = data.parcel or data.tracking_no
            tracked = subject.removeprefix(TRACKING) if subject.startswith(TRACKING) else None
            return StageReport(stage=data.stage, status=data.status, parcel=named or tracked)
        case ShortData():
            if not subject and data.sku is None:
                raise EventError("data.sku", "a shortage names its order, or the SKU that orders hold")
            return ShortReport(sku=data.sku, qty_short=data.qty_short, warehouse=data.warehouse)
        case ContactData():
            return ContactReport(
                channel=data.channel, open_kfid=data.open_kfid, external_userid=data.external_userid
            )
        case RefundData():
            return RefundReport(refund_fen=data.refund_fen)
        case RetractedData():
            return EventKey(data.source, data.id)
        case _:
            return None


def _attributes(data: Data) -> dict[Attribute, FactValue]:
    said: Iterable[tuple[Attribute, FactValue | None]] = zip(_SINGLE, _SAID(data), strict=True)
    attributes = {attribute: value for attribute, value in said if value is not None}
    if isinstance(data, ContactData):
        attributes.pop(Attribute.CHANNEL, None)  # the way the customer called, not where they bought
    if data.tags is not None:
        attributes[Attribute.TAGS] = tuple(data.tags)
    return attributes


_SINGLE = tuple(attribute for attribute in Attribute if attribute is not Attribute.TAGS)
_SAID = attrgetter(*(attribute.value for attribute in _SINGLE))


def _item(item: ItemData) -> Item:
    return Item(sku=item.sku, qty=item.qty, klass=item.klass)


def _customer(customer: CustomerData) -> Customer:
    return Customer(
        ref=customer.ref,
        name=customer.name,
        open_kfid=customer.open_kfid,
        external_userid=customer.external_userid,
        owner_userid=customer.owner_userid,
    )


def _refs(data: Data) -> tuple[str, ...]:
    if not data.refs and not data.tracking_no:
        return ()
    tracking = (TRACKING + data.tracking_no,) if data.tracking_no else ()
    return tuple(dict.fromkeys((*data.refs, *tracking)))
