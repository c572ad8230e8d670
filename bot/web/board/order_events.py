"""What was reported of an order? Every event, the newest first, and each as it came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import structs

from bot.storage.views import Views
from bot.web.board.addresses import event_page, events_page, order_page
from bot.web.board.order import OrderQuery, key_asked_for
from bot.web.board.order_shape import Item
from bot.web.board.screens import About, Asked, MissingError, Screen
from bot.web.board.telling import Telling, said, shown
from replies.bodies import body_shown
from replies.masking import coded, free, masked, plain
from replies.pages import order as words
from replies.pages.order_events import ORDER_EVENTS
from rules.events import (
    Attribute,
    ContactReport,
    EventKey,
    EventType,
    OrderEvent,
    OrderKey,
    OrderNo,
    RefundReport,
    Shop,
    ShortReport,
    StageReport,
)
from rules.stages import Stage, Status


class EventsQuery(OrderQuery, frozen=True, kw_only=True):
    """Which page of the events."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str | None = None
    """`next` of the page before."""


class Retraction(msgspec.Struct, frozen=True, kw_only=True):
    """The event that took another back."""

    source: str
    id: str
    at: datetime


class EventName(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is known by."""

    source: str
    id: str


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are not there; `qty` 0 when they are after all."""

    sku: str | None
    qty: int


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event, in the list."""

    at: datetime
    """When it happened, by its source."""
    observed_at: datetime
    delay_seconds: int
    """How much later it arrived; none for what a source's clock puts ahead."""
    type: EventType
    stage: Stage | None
    status: Status | None
    parcel: str | None
    source: str
    id: str
    operator: str | None
    note: str | None
    changed: Mapping[Attribute, str | int | bool | Sequence[str]]
    """The facts that it gave."""
    items: Sequence[Item]
    customer: Sequence[str]
    """What it said of the customer, by the names of the fields."""
    short: Short | None
    contact: str | None
    """By which way the customer came."""
    refund_fen: int | None
    retracts: EventName | None
    """The event that it took back."""
    retracted_by: Retraction | None


class OrderEvents(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first by when they happened."""

    shop: str
    order_no: str
    items: Sequence[EventRow]
    next: str | None


class EventBody(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it came, masked."""

    shop: str
    order_no: str
    source: str
    id: str
    observed_at: datetime
    retracted_by: Retraction | None
    body: Any


def _key(view: OrderEvents | EventBody) -> OrderKey:
    return OrderKey(Shop(view.shop), OrderNo(view.order_no))


def _about(view: OrderEvents | EventBody) -> About:
    return About(order=_key(view))


def pretty(body: object) -> str:
    """JSON as people read it."""
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


def _order(view: OrderEvents) -> str:
    return order_page(_key(view))


def _list(view: EventBody) -> str:
    return events_page(_key(view))


def _body(view: OrderEvents, row: EventRow) -> str:
    return event_page(_key(view), EventKey(row.source, row.id))


TOOLS: Mapping[str, Any] = {"back": _order, "body": _body, "money": words.money, "way": words.way}
BODY_TOOLS: Mapping[str, Any] = {"back": _list, "pretty": pretty}


def order_events(views: Views) -> Screen[EventsQuery, OrderEvents]:
    """The list."""

    async def load(asked: Asked[EventsQuery]) -> OrderEvents:
        key = await key_asked_for(views, asked)
        events = sorted(await views.events_of(key), key=lambda event: event.position, reverse=True)
        rows = _rows(events, Telling(asked.now, asked.zone))
        start = _after(rows, asked.query.cursor)
        page = rows[start : start + asked.query.limit]
        more = start + asked.query.limit < len(rows)
        return OrderEvents(
            shop=key.shop, order_no=key.order_no, items=page, next=_cursor(page[-1]) if more else None
        )

    return Screen(
        name="order_events",
        page="/orders/{shop}/{order_no}/events",
        twin="/api/orders/{order_no}/events",
        summary="What was reported of an order, newest first",
        query=EventsQuery,
        shape=OrderEvents,
        load=load,
        words=ORDER_EVENTS,
        about=_about,
        tools=TOOLS,
        tab="orders",
    )


def event_body(views: Views) -> Screen[OrderQuery, EventBody]:
    """One of them."""

    async def load(asked: Asked[OrderQuery]) -> EventBody:
        key = await key_asked_for(views, asked)
        event = EventKey(asked.path["source"], asked.path["id"])
        events = await views.events_of(key)
        found = await views.body_of(key, event)
        if found is None:
            raise MissingError(event.id)
        body, observed_at = found
        tell = Telling(asked.now, asked.zone)
        return EventBody(
            shop=key.shop,
            order_no=key.order_no,
            source=event.source,
            id=event.id,
            observed_at=tell.local(observed_at),
            retracted_by=_retractions(events, tell).get(event),
            body=body_shown(msgspec.json.decode(body)),
        )

    return Screen(
        name="event_body",
        page="/orders/{shop}/{order_no}/events/{source}/{id}",
        twin="/api/orders/{order_no}/events/{source}/{id}",
        summary="One event as it came, masked",
        query=OrderQuery,
        shape=EventBody,
        load=load,
        words=ORDER_EVENTS,
        about=_about,
        tools=BODY_TOOLS,
        tab="orders",
    )


def _rows(events: Sequence[OrderEvent], tell: Telling) -> list[EventRow]:
    retractions = _retractions(events, tell)
    return [_row(event, retractions.get(event.key), tell) for event in events]


def _row(event: OrderEvent, retraction: Retraction | None, tell: Telling) -> EventRow:
    report = event.report if isinstance(event.report, StageReport) else None
    customer = {} if event.customer is None else structs.asdict(event.customer)
    return EventRow(
        at=tell.local(event.occurred_at),
        observed_at=tell.local(event.observed_at),
        delay_seconds=max(int((event.observed_at - event.occurred_at).total_seconds()), 0),
        type=event.type,
        stage=report.stage if report else None,
        status=report.status if report else None,
        parcel=plain(report.parcel or "") or None if report else None,
        source=event.key.source,
        id=event.key.id,
        operator=None if event.operator is None else masked(event.operator),
        note=said(event.note),
        changed={attribute: shown(value, attribute) for attribute, value in event.attributes.items()},
        items=[Item(sku=coded(item.sku), qty=item.qty) for item in event.items or ()],
        customer=[name for name, value in customer.items() if value is not None],
        **_reported(event),
        retracts=EventName(source=event.report.source, id=event.report.id)
        if isinstance(event.report, EventKey)
        else None,
        retracted_by=retraction,
    )


def _reported(event: OrderEvent) -> dict[str, Any]:
    """What events of some types say beside facts."""
    report = event.report
    short = isinstance(report, ShortReport)
    return {
        "short": Short(sku=coded(report.sku or "") or None, qty=report.qty_short) if short else None,
        "contact": free(report.channel) if isinstance(report, ContactReport) else None,
        "refund_fen": report.refund_fen if isinstance(report, RefundReport) else None,
    }


def _retractions(events: Sequence[OrderEvent], tell: Telling) -> dict[EventKey, Retraction]:
    """By which event each was taken back; by the first one that did."""
    newest_first = sorted(events, key=lambda event: event.position, reverse=True)
    return {
        event.report: Retraction(source=event.key.source, id=event.key.id, at=tell.local(event.occurred_at))
        for event in newest_first
        if isinstance(event.report, EventKey)
    }


def _cursor(row: EventRow) -> str:
    return f"{row.source} {row.id}"


def _after(rows: Sequence[EventRow], cursor: str | None) -> int:
    """Where the page begins; at the first row when the cursor leads nowhere any more."""
    return next((place + 1 for place, row in enumerate(rows) if _cursor(row) == cursor), 0)
