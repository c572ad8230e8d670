"""Where is what is personal, and how is it removed? A row for each order, and for what parked events wait for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Conflict, Connection, Row, Table, Type
from bot.storage.orders import EVENT_KEY, MERGED
from bot.storage.states import decode_order, encode_order
from handlers.bodies import forgotten
from handlers.messages import PHONE
from rules.events import OrderKey, Shop
from rules.instants import to_ms
from rules.orders import Order

PERSONAL = Table("personal", {**ORDER, "since": Type.BIGINT}, ("shop", "order_no"))
SPOKEN_OF = {"events": "order_no", "parked_events": "ref"}
"""Which column says what an event is about."""


class PersonalData:
    """See `handlers.conversations.PersonalData`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, told: Mapping[OrderKey, datetime]) -> None:
        await self._write(told, Conflict.KEEP)

    async def put_off(self, news: Mapping[OrderKey, datetime]) -> None:
        await self._write(news, Conflict.REPLACE)

    async def _write(self, since: Mapping[OrderKey, datetime], conflict: Conflict) -> None:
        if since:
            rows = [
                (*key, to_ms(at)) for key, at in sorted(since.items())
            ]  # all of us hold them in one order
            await self._connection.write(PERSONAL, rows, conflict)

    async def aged(self, before: datetime, limit: int) -> list[OrderKey]:
        rows = await self._connection.fetch(
            "SELECT shop, order_no FROM personal WHERE since < $1 ORDER BY since, shop, order_no LIMIT $2",
            to_ms(before),
            limit,
        )
        return [order_of(row) for row in rows]

    async def erase(self, orders: Collection[Order]) -> None:
        keys = sorted(order.key for order in orders)
        if not keys:
            return
        for table in SPOKEN_OF:
            await self._erase_bodies(table, keys)
        states = [(*order.key, encode_order(_without_personal(order))) for order in orders]
        listed = self._connection.listed({**ORDER, "state": Type.TEXT}, states, 1)
        await self._connection.execute(
            f"UPDATE orders SET state = listed.state FROM {listed.sql}"
            " WHERE orders.shop = listed.shop AND orders.order_no = listed.order_no",
            *listed.parameters,
        )
        for table, condition in (
            ("links", f"substr(ref, 1, {len(PHONE)}) = '{PHONE}'"),
            ("personal", "true"),
        ):
            await self._delete(table, condition, keys)

    async def _erase_bodies(self, table: str, keys: Sequence[OrderKey]) -> None:
        about = SPOKEN_OF[table]
        listed = self._connection.listed(ORDER, keys, 1)
        rows = await self._connection.fetch(
            f"SELECT e.source, e.id, e.shop, e.{about} AS order_no, e.body FROM {table} AS e JOIN {listed.sql}"
            f" ON e.shop = listed.shop AND e.{about} = listed.order_no",
            *listed.parameters,
        )
        bodies = list(_changed(rows))
        if not bodies:
            return
        columns = EVENT_KEY | ORDER | {"body": Type.TEXT}
        listed = self._connection.listed(columns, bodies, 1)
        await self._connection.execute(
            f"UPDATE {table} SET body = listed.body FROM {listed.sql}"
            f" WHERE {table}.source = listed.source AND {table}.id = listed.id"
            f" AND {table}.shop = listed.shop AND {table}.{about} = listed.order_no",
            *listed.parameters,
        )

    async def _delete(self, table: str, condition: str, keys: Sequence[OrderKey]) -> None:
        listed = self._connection.listed(ORDER, keys, 1)
        await self._connection.execute(
            f"DELETE FROM {table} WHERE {condition}"
            f" AND (shop, order_no) IN (SELECT listed.shop, listed.order_no FROM {listed.sql})",
            *listed.parameters,
        )


async def reached_by(
    connection: Connection, shown: str, shops: Collection[Shop] | None, limit: int
) -> list[Order]:
    """The orders whose customers' number is shown so, newest first; `shops` None stands for every shop."""
    served = connection.listed({"shop": Type.TEXT}, [(shop,) for shop in sorted(shops or ())], 3)
    ours = "" if shops is None else f" AND o.shop IN (SELECT listed.shop FROM {served.sql})"
    rows = await connection.fetch(
        "SELECT o.state FROM links AS l JOIN orders AS o ON o.shop = l.shop AND o.order_no = l.order_no"
        f" WHERE l.ref = $1 AND o.status <> '{MERGED}'{ours}"
        " ORDER BY o.updated_at DESC, o.shop, o.order_no LIMIT $2",
        PHONE + shown,
        limit,
        *(() if shops is None else served.parameters),
    )
    found = [decode_order(row["state"]) for row in rows]
    return [one for one in found if one.customer.phone is not None and one.customer.phone.shown == shown]


async def newest_told(connection: Connection) -> Order | None:
    """The order of which something personal was told last, as far as it is kept."""
    rows = await connection.fetch(
        "SELECT o.state FROM personal AS p JOIN orders AS o ON o.shop = p.shop AND o.order_no = p.order_no"
        " ORDER BY p.since DESC LIMIT 1"
    )
    return decode_order(rows[0]["state"]) if rows else None


def _changed(rows: Sequence[Row]) -> Iterator[tuple[str, str, str, str, str]]:
    """The rows whose bodies hold something personal, without it."""
    for row in rows:
        body = forgotten(row["body"])
        if body != row["body"]:
            yield row["source"], row["id"], row["shop"], row["order_no"], body


def _without_personal(order: Order) -> Order:
    return replace(order, customer=replace(order.customer, phone=None, address=None))
