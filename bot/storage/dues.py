"""How is what becomes due kept? One narrow table; a check costs what is due, not what is open."""

from collections.abc import Iterable
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Table, Type
from handlers.messages import Due, DueKind
from rules.events import OrderKey
from rules.instants import to_ms

CODEC = RowCodec(Due, "due", ("shop", "order_no", "kind", "ref"), {"at": "due_at"})
DUE = Table("due", {**CODEC.table.columns, "live": Type.BOOLEAN}, CODEC.table.key)
KEY = {column: CODEC.table.columns[column] for column in CODEC.table.key}


class Dues:
    """See `handlers.ports.Dues`. `earliest` is the nearest time that was armed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.earliest: datetime | None = None

    async def arm(self, dues: Iterable[Due]) -> None:
        armed = list(dues)
        if not armed:
            return
        await self._connection.write(DUE, [(*CODEC.row(due), True) for due in armed], Conflict.REPLACE)
        nearest = min(due.at for due in armed)
        self.earliest = nearest if self.earliest is None else min(self.earliest, nearest)

    async def disarm(self, dues: Iterable[tuple[OrderKey, DueKind, str]]) -> None:
        keys = [(*order, kind.value, ref) for order, kind, ref in dues]
        await self._set_dead(keys)

    async def take(self, now: datetime, limit: int) -> list[Due]:
        rows = await self._connection.fetch(
            f"SELECT {CODEC.columns} FROM due AS d WHERE live AND due_at < $1 ORDER BY due_at LIMIT $2"
            f" {self._connection.holding('d', skip_locked=True)}",
            to_ms(now),
            limit,
        )
        dues = [CODEC.record(row) for row in rows]
        await self._set_dead([(*due.order, due.kind.value, due.ref) for due in dues])
        return dues

    async def _set_dead(self, keys: list[tuple[str, ...]]) -> None:
        if not keys:
            return
        listed = self._connection.listed(KEY, keys, 1)
        same = " AND ".join(f"due.{column} = listed.{column}" for column in KEY)
        await self._connection.execute(
            f"UPDATE due SET live = false FROM {listed.sql} WHERE {same}", *listed.parameters
        )


async def next_due(connection: Connection) -> int | None:
    """When the next thing is due, in milliseconds."""
    (row,) = await connection.fetch("SELECT min(due_at) AS at FROM due WHERE live")
    return row["at"]
