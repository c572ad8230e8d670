"""Which watched orders fit a filter? Page by page, the longest late first, by the index of their outlooks.

What passes a limit soonest comes next, and last what no limit waits for. Each stage is read by itself in the order
of the index `outlooks_late`, which holds all that a filter can ask for: rows that do not fit are not touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection, Row, Value
from bot.storage.outlooks import outlook_of
from rules.deadlines import Band
from rules.events import OrderKey, OrderNo, Shop
from rules.health import Outlook
from rules.instants import to_ms
from rules.stages import STAGES, Stage

COLUMNS = "stage, late_at, order_no, shop, warehouse, carrier, grey_at"
ORDER_BY = "ORDER BY late_at, order_no, shop"
"""As the index has them, also where no limit waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an order stands in the list; `late_ms` None is behind all others."""

    late_ms: int | None
    key: OrderKey


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders; None stands for all."""

    stage: Stage | None = None
    band: Band | None = None
    """IN_TIME, GREY or LATE."""
    shops: frozenset[Shop] | None = None
    warehouse: str | None = None
    carrier: str | None = None
    after: Place | None = None
    """Only those that come after this place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order of the list."""

    place: Place
    outlook: Outlook


class OrderList:
    """The question of the list."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, wanted: OrderFilter, now: datetime, limit: int) -> list[Listed]:
        """The first `limit` of them."""
        after = wanted.after
        found: list[Listed] = []
        if after is None or after.late_ms is not None:
            found = await self._read(_with_limit(wanted, to_ms(now)), wanted.stage, limit)
        if len(found) < limit and wanted.band is not Band.LATE:
            rest = _without_limit(wanted, to_ms(now))
            found += await self._read(rest, wanted.stage, limit - len(found))
        return found

    async def _read(self, conditions: Sequence[Condition], only: Stage | None, limit: int) -> list[Listed]:
        parts: list[str] = []
        values: list[Value] = [limit]
        for stage in STAGES if only is None else (only,):
            said, given = numbered([("stage = ?", [stage.value]), *conditions], len(values) + 1)
            part = f"SELECT {COLUMNS} FROM outlooks{where(said)} {ORDER_BY} LIMIT $1"
            parts.append(f"SELECT * FROM ({part}) AS fitting")
            values += given
        query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS fitting {ORDER_BY} LIMIT $1"
        return [_listed(row) for row in await self._connection.fetch(query, *values)]


def _with_limit(wanted: OrderFilter, now: int) -> list[Condition]:
    """Those that pass a limit some day, or have."""
    conditions = _common(wanted, now)
    match wanted.band:
        case Band.LATE:
            conditions.append(("late_at < ?", [now]))
        case None:
            conditions.append(("late_at IS NOT NULL", []))
        case _:
            conditions.append(("late_at >= ?", [now]))
    if wanted.after is not None:
        place = [wanted.after.late_ms, wanted.after.key.order_no, wanted.after.key.shop]
        conditions.append(("(late_at, order_no, shop) > (?, ?, ?)", place))
    return conditions


def _without_limit(wanted: OrderFilter, now: int) -> list[Condition]:
    """Those that no limit waits for."""
    conditions: list[Condition] = [("late_at IS NULL", []), *_common(wanted, now)]
    if wanted.after is not None and wanted.after.late_ms is None:
        conditions.append(("(order_no, shop) > (?, ?)", [wanted.after.key.order_no, wanted.after.key.shop]))
    return conditions


def _common(wanted: OrderFilter, now: int) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.shops is not None:
        conditions.append(one_of("shop", wanted.shops))
    if wanted.warehouse is not None:
        conditions.append(("warehouse = ?", [wanted.warehouse]))
    if wanted.carrier is not None:
        conditions.append(("carrier = ?", [wanted.carrier]))
    if wanted.band is Band.GREY:
        conditions.append(("grey_at < ?", [now]))
    if wanted.band is Band.IN_TIME:
        conditions.append(("(grey_at IS NULL OR grey_at >= ?)", [now]))
    return conditions


def _listed(row: Row) -> Listed:
    key = OrderKey(Shop(row["shop"]), OrderNo(row["order_no"]))
    return Listed(place=Place(late_ms=row["late_at"], key=key), outlook=outlook_of(row))
