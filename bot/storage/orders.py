"""How are orders, their events and what leads to them kept?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from msgspec import structs

from bot.sources.cloudevents import event_in, read_back
from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Conflict, Connection, Row, Table, Type, Value
from bot.storage.outlooks import OUTLOOKS, key_of, row_of
from bot.storage.states import decode_order, encode_order
from handlers.messages import CUSTOMER, NO_NUMBERS, Reported
from handlers.ports import MOST_SHOPS
from handlers.records import Link
from rules.editions import Edition
from rules.events import Attribute, EventKey, OrderEvent, OrderKey, OrderNo, Shop
from rules.health import Outlook, outlook_in
from rules.instants import from_ms, to_ms
from rules.orders import Order, OrderState

EVENT_KEY = {"source": Type.TEXT, "id": Type.TEXT}
STORED = {"observed_at": Type.BIGINT, "body": Type.TEXT}

ORDERS = Table(
    "orders",
    {
        **ORDER,
        "state": Type.TEXT,
        "stage": Type.TEXT,
        "status": Type.TEXT,
        "lane": Type.TEXT,
        "book_version": Type.BIGINT,
        "updated_at": Type.BIGINT,
    },
    ("shop", "order_no"),
)
ARMED_ORDERS = replace(ORDERS, columns={**ORDERS.columns, "armed": Type.BOOLEAN})
SKUS = Table("order_skus", {**ORDER, "sku": Type.TEXT, "warehouse": Type.TEXT}, ("shop", "order_no", "sku"))
EVENTS = Table("events", {**EVENT_KEY, **ORDER, **STORED}, ("source", "id", "shop", "order_no"))
PARKED = Table(
    "parked_events",
    {**EVENT_KEY, "shop": Type.TEXT, "ref": Type.TEXT, "shop_stated": Type.BOOLEAN, **STORED},
    ("source", "id"),
)
LINKS = Table("links", {"ref": Type.TEXT, **ORDER}, ("ref", "shop", "order_no"))
MERGED = "merged"
"""The status of a number that turned out to be another order's: its cases still need a row to be locked by."""


class Orders:
    """See `handlers.ports.Orders`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new_orders: set[OrderKey] = set()
        self._new_events: set[EventKey] = set()
        """What was asked for and is not stored. When somebody else has stored it since, our storing it fails."""

    async def lock(self, keys: Collection[OrderKey], *, skip_locked: bool = False) -> dict[OrderKey, Order]:
        found = await self._locked(sorted(keys), skip_locked=skip_locked)
        if skip_locked:
            return found
        new = {key: Order(key=key) for key in keys if key not in found}
        self._new_orders.update(new)
        return found | new

    async def _locked(self, keys: Sequence[OrderKey], *, skip_locked: bool) -> dict[OrderKey, Order]:
        listed = self._connection.listed(ORDER, keys, 1)
        rows = await self._connection.fetch(
            "SELECT o.shop, o.order_no, o.state FROM orders AS o"
            f" JOIN {listed.sql} ON o.shop = listed.shop AND o.order_no = listed.order_no"
            f" ORDER BY o.shop, o.order_no {self._connection.holding('o', skip_locked=skip_locked)}",
            *listed.parameters,
        )
        return {order_of(row): decode_order(row["state"]) for row in rows}

    async def known(self, keys: Collection[OrderKey]) -> dict[OrderKey, Order]:
        listed = self._connection.listed(ORDER, sorted(keys), 1)
        rows = await self._connection.fetch(
            "SELECT o.shop, o.order_no, o.state FROM orders AS o"
            f" JOIN {listed.sql} ON o.shop = listed.shop AND o.order_no = listed.order_no",
            *listed.parameters,
        )
        return {order_of(row): decode_order(row["state"]) for row in rows}

    async def find(self, key: OrderKey) -> Order | None:
        rows = await self._connection.fetch(
            "SELECT state FROM orders WHERE shop = $1 AND order_no = $2", *key
        )
        return decode_order(rows[0]["state"]) if rows else None

    async def save(
        self, orders: Iterable[Order], edition: Edition, *, arm: bool
    ) -> Mapping[OrderKey, Outlook]:
        new: list[tuple[Value, ...]] = []
        known: list[tuple[Value, ...]] = []
        outlooks: dict[OrderKey, Outlook] = {}
        over: list[tuple[Value, ...]] = []
        for order in orders:
            book = edition.of(order.key)
            plan = book.plan_for(order)
            stage, state = order.progress(plan.skip)
            updated_at = 0 if order.observed_at is None else to_ms(order.observed_at)
            (new if order.key in self._new_orders else known).append((
                *order.key,
                encode_order(order),
                stage.value,
                state.value,
                plan.lane,
                book.version,
                updated_at,
            ))  # fmt: skip
            if arm and state is OrderState.OPEN:
                outlooks[order.key] = outlook_in(stage, order, plan, book.calendar)
            elif arm and order.key not in self._new_orders:
                over.append(key_of(order.key))
            self._new_orders.discard(order.key)
        for conflict, part in ((Conflict.FAIL, new), (Conflict.REPLACE, known)):
            if arm:
                await self._connection.write(ARMED_ORDERS, [(*row, True) for row in part], conflict)
            else:
                await self._connection.write(ORDERS, part, conflict)
        await self._connection.write(OUTLOOKS, map(row_of, outlooks.items()), Conflict.REPLACE)
        await self._connection.remove(OUTLOOKS, over)
        return outlooks

    async def shops(self) -> list[Shop]:
        """From each to the next by the key of the table, which holds many orders of few shops."""
        found: list[Shop] = []
        while len(found) < MOST_SHOPS:
            rows = await self._connection.fetch(
                "SELECT shop FROM orders WHERE shop > $1 ORDER BY shop, order_no LIMIT 1",
                found[-1] if found else "",
            )
            if not rows:
                break
            found.append(Shop(rows[0]["shop"]))
        return found

    async def outdated(self, version: int, limit: int) -> list[OrderKey]:
        rows = await self._connection.fetch(
            "SELECT shop, order_no FROM orders WHERE armed AND status = 'open' AND book_version < $1 LIMIT $2",
            version,
            limit,
        )
        return [order_of(row) for row in rows]

    async def bodies(self, keys: Collection[EventKey]) -> dict[EventKey, str]:
        listed = self._connection.listed(EVENT_KEY, sorted(keys), 1)
        rows = await self._connection.fetch(
            " UNION ALL ".join(
                f"SELECT e.source, e.id, e.body FROM {table} AS e"
                f" JOIN {listed.sql} ON e.source = listed.source AND e.id = listed.id"
                for table in ("events", "parked_events")
            ),
            *listed.parameters,
        )
        found = {EventKey(row["source"], row["id"]): row["body"] for row in rows}
        self._new_events.update(key for key in keys if key not in found)
        return found

    async def store(self, reports: Iterable[Reported]) -> set[tuple[EventKey, OrderKey]]:
        rows = {(report.event.key, report.event.order): _event_row(report) for report in reports}
        known = await self._stored([key for key in rows if key[0] not in self._new_events])
        new = {key: row for key, row in rows.items() if key not in known}
        await self._connection.write(EVENTS, new.values(), Conflict.FAIL)
        self._new_events.difference_update(event for event, _ in new)
        return set(new)

    async def _stored(self, keys: Sequence[tuple[EventKey, OrderKey]]) -> set[tuple[EventKey, OrderKey]]:
        """Which of the events are stored under that order already."""
        if not keys:
            return set()
        listed = self._connection.listed(EVENT_KEY | ORDER, [(*event, *order) for event, order in keys], 1)
        same = " AND ".join(f"e.{column} = listed.{column}" for column in EVENTS.key)
        rows = await self._connection.fetch(
            f"SELECT e.source, e.id, e.shop, e.order_no FROM events AS e JOIN {listed.sql} ON {same}",
            *listed.parameters,
        )
        return {(EventKey(row["source"], row["id"]), order_of(row)) for row in rows}

    async def events(self, keys: Collection[OrderKey]) -> dict[OrderKey, list[OrderEvent]]:
        listed = self._connection.listed(ORDER, sorted(keys), 1)
        rows = await self._connection.fetch(
            "SELECT e.shop, e.order_no, e.observed_at, e.body FROM events AS e"
            f" JOIN {listed.sql} ON e.shop = listed.shop AND e.order_no = listed.order_no",
            *listed.parameters,
        )
        found: dict[OrderKey, list[OrderEvent]] = {key: [] for key in keys}
        for row in rows:
            order = order_of(row)
            found[order].append(event_in(row["body"].encode(), from_ms(row["observed_at"]), order))
        return found

    async def resolve(self, refs: Collection[str]) -> dict[str, list[OrderKey]]:
        numbers = sorted(ref for ref in refs if not ref.startswith(NO_NUMBERS))
        listed = self._connection.listed({"ref": Type.TEXT}, [(number,) for number in numbers], 1)
        rows = await self._connection.fetch(
            f"SELECT l.ref, l.shop, l.order_no FROM links AS l JOIN {listed.sql} ON l.ref = listed.ref"
            " UNION ALL SELECT o.order_no AS ref, o.shop, o.order_no FROM orders AS o"
            f" JOIN {listed.sql} ON o.order_no = listed.ref WHERE o.status <> '{MERGED}' ORDER BY 1, 2, 3",
            *listed.parameters,
        )
        found: dict[str, list[OrderKey]] = {}
        for row in rows:
            found.setdefault(row["ref"], []).append(order_of(row))
        return found

    async def link(self, links: Iterable[Link]) -> None:
        rows = [(link.ref, *link.order) for link in links]
        await self._connection.write(LINKS, rows, Conflict.KEEP)

    async def of_customer(self, external_userid: str, since: datetime, limit: int) -> list[OrderKey]:
        rows = await self._connection.fetch(
            "SELECT o.shop, o.order_no FROM links AS l JOIN orders AS o ON o.shop = l.shop AND o.order_no = l.order_no"
            f" WHERE l.ref = $1 AND o.armed AND o.status <> '{MERGED}' AND (o.status = 'open' OR o.updated_at >= $2)"
            " ORDER BY o.updated_at DESC, o.shop, o.order_no LIMIT $3",
            CUSTOMER + external_userid,
            to_ms(since),
            limit,
        )
        return [order_of(row) for row in rows]

    async def park(self, reports: Iterable[Reported]) -> None:
        rows = [
            (
                *report.event.key,
                *report.event.order,
                report.shop_stated,
                to_ms(report.event.observed_at),
                report.body,
            )
            for report in reports
        ]
        await self._connection.write(PARKED, rows, Conflict.KEEP)

    async def parked(self, refs: Collection[str], since: datetime) -> list[Reported]:
        listed = self._connection.listed({"ref": Type.TEXT}, [(ref,) for ref in sorted(refs)], 2)
        rows = await self._connection.fetch(
            f"SELECT p.* FROM parked_events AS p JOIN {listed.sql} ON p.ref = listed.ref"
            " WHERE p.observed_at >= $1 ORDER BY p.observed_at, p.source, p.id",
            to_ms(since),
            *listed.parameters,
        )
        return [unparked(row) for row in rows]

    async def unpark(self, refs: Collection[str]) -> list[Reported]:
        listed = self._connection.listed({"ref": Type.TEXT}, [(ref,) for ref in sorted(refs)], 1)
        rows = await self._connection.fetch(
            f"DELETE FROM parked_events WHERE ref IN (SELECT ref FROM {listed.sql}) RETURNING *",
            *listed.parameters,
        )
        return [unparked(row) for row in rows]

    async def find_parked(self, key: EventKey) -> Reported | None:
        rows = await self._connection.fetch("SELECT * FROM parked_events WHERE source = $1 AND id = $2", *key)
        return unparked(rows[0]) if rows else None

    async def index_items(self, orders: Iterable[Order]) -> None:
        rows = [
            (*order.key, sku, order.text(Attribute.WAREHOUSE) or "")
            for order in orders
            for sku in sorted({item.sku for item in order.items})
        ]
        await self._connection.write(SKUS, rows, Conflict.REPLACE)

    async def holding(self, shop: Shop, warehouse: str | None, sku: str | None) -> list[OrderKey]:
        rows = await self._connection.fetch(
            "SELECT DISTINCT s.shop, s.order_no FROM order_skus AS s"
            " JOIN orders AS o ON o.shop = s.shop AND o.order_no = s.order_no"
            " WHERE s.shop = $1 AND o.status = 'open'"
            " AND ($2 = '' OR s.warehouse = $2) AND ($3 = '' OR s.sku = $3) ORDER BY 1, 2",
            shop,
            warehouse or "",
            sku or "",
        )
        return [order_of(row) for row in rows]

    async def merge(self, absorbed: OrderKey, into: OrderKey) -> None:
        for table, same in (("events", ("source", "id")), ("links", ("ref",)), ("personal", ())):
            await self._give(table, same, absorbed, into)
        for table in ("due", "order_skus", "outlooks", "exposures"):
            await self._connection.execute(
                f"DELETE FROM {table} WHERE shop = $1 AND order_no = $2", *absorbed
            )
        await self._connection.execute(
            f"UPDATE orders SET state = $3, status = '{MERGED}', armed = false WHERE shop = $1 AND order_no = $2",
            *absorbed,
            encode_order(Order(key=absorbed)),
        )

    async def _give(self, table: str, same: tuple[str, ...], absorbed: OrderKey, into: OrderKey) -> None:
        """Move rows to another order, except those that it has already."""
        both = "".join(f" AND kept.{column} = {table}.{column}" for column in same)
        await self._connection.execute(
            f"DELETE FROM {table} WHERE shop = $1 AND order_no = $2 AND EXISTS"
            f" (SELECT 1 FROM {table} AS kept WHERE kept.shop = $3 AND kept.order_no = $4{both})",
            *absorbed,
            *into,
        )
        await self._connection.execute(
            f"UPDATE {table} SET shop = $3, order_no = $4 WHERE shop = $1 AND order_no = $2", *absorbed, *into
        )


def _event_row(report: Reported) -> tuple[Value, ...]:
    event = report.event
    return *event.key, *event.order, to_ms(event.observed_at), report.body


def unparked(row: Row) -> Reported:
    """A parked event as it was reported."""
    report = read_back(row["body"].encode(), from_ms(row["observed_at"]))
    event = structs.replace(report.event, order=OrderKey(Shop(row["shop"]), cast(OrderNo, row["ref"])))
    return structs.replace(report, event=event, shop_stated=bool(row["shop_stated"]))
