"""Which order is it? Found by a number or a phone; else the list of the watched ones, the longest late first."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.storage.orderlist import Listed, OrderFilter, Place
from bot.storage.views import Views
from bot.web.board.addresses import order_page
from bot.web.board.cells import Column, yuan
from bot.web.board.queries import Fault, FaultyQueryError, ListQuery, Milliseconds, cursor_of, place_of
from bot.web.board.screens import Asked, Export, Screen, by_load
from bot.web.board.telling import said
from handlers.messages import TRACKING
from handlers.world import Directory
from replies.masking import free, masked
from replies.pages import order as words
from replies.pages.orders import ORDERS
from replies.words import Language, Text
from rules.deadlines import Band
from rules.editions import Rules
from rules.events import Attribute, OrderKey, OrderNo, Shop
from rules.health import Outlook, outlook
from rules.orders import Order, OrderState
from rules.stages import Stage

MOST_FOUND = 100
"""Orders of one search; a phone number may have many."""
OPEN_BANDS = (Band.LATE, Band.GREY, Band.IN_TIME)


class OrdersQuery(ListQuery, frozen=True, kw_only=True):
    """What is looked for, or which of the watched orders; `q` goes before all filters."""

    q: str | None = None
    """A number of the order, of a parcel or another one that leads to it; a phone number, masked or not."""
    stage: Stage | None = None
    band: Band | None = None
    shop: str | None = None
    warehouse: str | None = None
    carrier: str | None = None


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order, in a list."""

    shop: str
    order_no: str
    stage: Stage
    state: OrderState
    band: Band | None
    """None for an order that nobody watches any more."""
    late_at: datetime | None
    """When it passes its first limit, or has."""
    grey_at: datetime | None
    warehouse: str | None
    carrier: str | None
    channel: str | None
    amount_fen: int | None
    operated_at: datetime | None
    operator: str | None
    action: str | None
    """The last operation, when it was and who did it."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """A page of orders: those that were found, or the watched ones that fit, the longest late first."""

    items: Sequence[OrderRow]
    next: str | None
    sought: str | None
    """What was looked for, masked."""


def orders(views: Views, directory: Directory) -> Screen[OrdersQuery, Orders]:
    """The screen."""

    async def load(asked: Asked[OrdersQuery]) -> Orders:
        return await (_found if asked.query.q else _listed)(views, asked, directory.rules)

    return Screen(
        name="orders",
        page="/orders",
        twin="/api/orders",
        summary="Orders: found by a number or a phone, or the watched ones, the longest late first",
        query=OrdersQuery,
        shape=Orders,
        load=load,
        words=ORDERS,
        onward=_only_one,
        tools={
            "order_page": _page_of,
            "bands": OPEN_BANDS,
            "carrier": words.carrier,
            "operation": words.operation,
        },
        export=Export(columns=COLUMNS, page=by_load(load)),
    )


async def _found(views: Views, asked: Asked[OrdersQuery], rules: Rules) -> Orders:
    """The orders that a number or a phone leads to, in the reader's shops."""
    sought = asked.query.q or ""
    shops = asked.reader.shops_within(asked.query.shop)
    keys = await views.keys_of({sought, TRACKING + sought}, None)
    by_number = await views.orders_of(
        [key for key in keys if shops is None or key.shop in shops][:MOST_FOUND]
    )
    by_phone = await views.by_phone(sought, shops, MOST_FOUND)
    found = {order.key: order for order in (*by_number, *by_phone)}
    rows = [
        order_row(order, outlook(order, rules.for_order(key)), rules, asked) for key, order in found.items()
    ]
    return Orders(items=rows, next=None, sought=free(sought))


async def _listed(views: Views, asked: Asked[OrdersQuery], rules: Rules) -> Orders:
    query = asked.query
    if query.band is Band.DONE:
        choices = ", ".join(OPEN_BANDS)
        raise FaultyQueryError(Fault(name="band", key="fault_choice", values={"choices": choices}))
    wanted = OrderFilter(
        stage=query.stage,
        band=query.band,
        shops=asked.reader.shops_within(query.shop),
        warehouse=query.warehouse,
        carrier=query.carrier,
        after=_place(query.cursor),
    )
    listed = await views.watched(wanted, asked.now, query.limit + 1)
    page = listed[: query.limit]
    known = {order.key: order for order in await views.orders_of([one.place.key for one in page])}
    rows = [
        order_row(known[one.place.key], one.outlook, rules, asked) for one in page if one.place.key in known
    ]
    return Orders(items=rows, next=_cursor(page[-1]) if len(listed) > query.limit else None, sought=None)


def order_row(order: Order, seen: Outlook | None, rules: Rules, asked: Asked[OrdersQuery]) -> OrderRow:
    """An order as lists show it; `seen` is None for one that nobody watches."""
    stage, state = order.progress(rules.for_order(order.key).plan_for(order).skip)
    last, amount = order.last_operation, order.value(Attribute.AMOUNT_FEN)
    return OrderRow(
        shop=order.key.shop,
        order_no=order.key.order_no,
        stage=stage,
        state=state,
        band=None if seen is None else seen.band_at(asked.now),
        late_at=None if seen is None else asked.local(seen.late_at),
        grey_at=None if seen is None else asked.local(seen.grey_at),
        warehouse=said(order.text(Attribute.WAREHOUSE)),
        carrier=said(order.text(Attribute.CARRIER)),
        channel=said(order.text(Attribute.CHANNEL)),
        amount_fen=amount if isinstance(amount, int) else None,
        operated_at=asked.local(last.at) if last else None,
        operator=masked(last.operator) if last and last.operator else None,
        action=last.action if last else None,
    )


COLUMNS: tuple[Column[OrderRow], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop),
    Column("stage", lambda row: row.stage, 10),
    Column("state", lambda row: row.state, 10),
    Column("band", lambda row: row.band, 10),
    Column("late_at", lambda row: row.late_at, 20),
    Column("grey_at", lambda row: row.grey_at, 20),
    Column("warehouse", lambda row: row.warehouse, 12),
    Column("carrier", lambda row: row.carrier, 12),
    Column("channel", lambda row: row.channel, 14),
    Column("amount", lambda row: yuan(row.amount_fen), 12),
    Column("operated_at", lambda row: row.operated_at, 20),
    Column("operator", lambda row: row.operator, 12),
    Column("operation", lambda row: _operation(row.action), 16),
)


def _operation(action: str | None) -> Text | None:
    return None if action is None else Text(*(words.operation(action, one) for one in Language))


def _only_one(view: Orders) -> str | None:
    """What was looked for and found once has a page of its own."""
    return _page_of(view.items[0]) if view.sought and len(view.items) == 1 else None


def _page_of(row: OrderRow) -> str:
    return order_page(OrderKey(Shop(row.shop), OrderNo(row.order_no)))


def _cursor(last: Listed) -> str:
    return cursor_of(last.place.late_ms, last.place.key.order_no, last.place.key.shop)


def _place(cursor: str | None) -> Place | None:
    """Raises FaultyQueryError for what `_cursor` has not written."""
    place = place_of(cursor, tuple[Milliseconds | None, OrderNo, Shop])
    return place and Place(late_ms=place[0], key=OrderKey(place[2], place[1]))
