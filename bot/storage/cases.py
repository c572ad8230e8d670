"""How are cases and their timelines kept?"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from bot.storage.codec import ORDER, RowCodec
from bot.storage.connection import Conflict, Connection, Type
from bot.storage.ids import new_id
from bot.storage.states import decode_order
from handlers.messages import CUSTOMER
from handlers.records import Entry
from rules.anomalies import Anomaly, AnomalyId, Outline
from rules.events import OrderKey, UserId
from rules.instants import to_ms
from rules.orders import Order

CASES = RowCodec(Anomaly, "cases", ("shop", "order_no", "id"))
OUTLINES = RowCodec(Outline, "cases", CASES.table.key)
ENTRIES = RowCodec(Entry, "timeline", ("shop", "order_no", "case_id", "key"), {"case": "case_id"})


class Cases:
    """See `handlers.ports.Cases`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, orders: Collection[OrderKey]) -> dict[OrderKey, list[Anomaly]]:
        listed = self._connection.listed(ORDER, sorted(orders), 1)
        rows = await self._connection.fetch(
            f"SELECT c.* FROM cases AS c JOIN {listed.sql} ON c.shop = listed.shop AND c.order_no = listed.order_no"
            " ORDER BY c.id",
            *listed.parameters,
        )
        found: dict[OrderKey, list[Anomaly]] = {key: [] for key in orders}
        for row in rows:
            case = CASES.record(row)
            found[case.order].append(case)
        return found

    async def find(self, case: AnomalyId) -> Anomaly | None:
        rows = await self._connection.fetch("SELECT * FROM cases WHERE id = $1", case)
        return CASES.record(rows[0]) if rows else None

    async def with_orders(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, tuple[Anomaly, Order]]:
        if not cases:
            return {}
        listed = self._connection.listed({"id": Type.TEXT}, [(case,) for case in sorted(cases)], 1)
        rows = await self._connection.fetch(
            f"SELECT c.*, o.state AS of_order FROM cases AS c JOIN {listed.sql} ON c.id = listed.id"
            " JOIN orders AS o ON o.shop = c.shop AND o.order_no = c.order_no",
            *listed.parameters,
        )
        return {AnomalyId(row["id"]): (CASES.record(row), decode_order(row["of_order"])) for row in rows}

    async def unclosed(self) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT * FROM cases WHERE closed_at IS NULL ORDER BY opened_at, id"
        )
        return [CASES.record(row) for row in rows]

    async def of_owner(self, owner: UserId) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT * FROM cases WHERE closed_at IS NULL AND owner = $1 ORDER BY opened_at, id", owner
        )
        return [CASES.record(row) for row in rows]

    async def loads(self) -> dict[UserId, int]:
        rows = await self._connection.fetch(
            "SELECT owner, count(*) AS cases FROM cases WHERE closed_at IS NULL AND owner IS NOT NULL GROUP BY owner"
        )
        return {UserId(row["owner"]): row["cases"] for row in rows}

    async def owners_for(self, customers: Collection[str]) -> dict[str, frozenset[UserId]]:
        if not customers:
            return {}
        listed = self._connection.listed(
            {"ref": Type.TEXT}, [(CUSTOMER + one,) for one in sorted(customers)], 1
        )
        rows = await self._connection.fetch(
            f"SELECT DISTINCT l.ref, c.owner FROM links AS l JOIN {listed.sql} ON l.ref = listed.ref"
            " JOIN cases AS c ON c.shop = l.shop AND c.order_no = l.order_no"
            " WHERE c.closed_at IS NULL AND c.owner IS NOT NULL",
            *listed.parameters,
        )
        found: dict[str, frozenset[UserId]] = {}
        for row in rows:
            customer = row["ref"].removeprefix(CUSTOMER)
            found[customer] = found.get(customer, frozenset()) | {UserId(row["owner"])}
        return found

    async def opened_since(self, at: datetime) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT * FROM cases WHERE opened_at >= $1 ORDER BY opened_at, id", to_ms(at)
        )
        return [CASES.record(row) for row in rows]

    async def recovered(self, chat: str, start: datetime, end: datetime) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT c.* FROM cases AS c WHERE c.ended_at >= $2 AND c.ended_at < $3 AND EXISTS"
            " (SELECT 1 FROM letters AS l WHERE l.case_id = c.id AND l.addressee = $1"
            " AND l.kind = 'case_card' AND l.state = 'sent') ORDER BY c.ended_at, c.id",
            chat,
            to_ms(start),
            to_ms(end),
        )
        return [CASES.record(row) for row in rows]

    async def save(self, cases: Iterable[Anomaly]) -> None:
        rows = CASES.rows(cases)
        if rows:
            await self._connection.write(CASES.table, rows, Conflict.REPLACE)

    async def note(self, entries: Iterable[Entry]) -> None:
        rows = ENTRIES.rows(entry if entry.key else _with_key(entry) for entry in entries)
        if rows:
            await self._connection.write(ENTRIES.table, rows, Conflict.KEEP)

    async def timeline(self, case: AnomalyId) -> list[Entry]:
        rows = await self._connection.fetch(
            "SELECT * FROM timeline WHERE case_id = $1 ORDER BY at, key", case
        )
        return [ENTRIES.record(row) for row in rows]


def _with_key(entry: Entry) -> Entry:
    return replace(entry, key=f"{entry.what}:{new_id()}")
