"""How is what becomes due kept? One narrow table; a check costs what is due, not what is open."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.storage.connection import Conflict, Connection, Row, Table, Type, Value
from handlers.messages import Due, DueKind
from rules.events import OrderKey, OrderNo, Shop
from rules.instants import from_ms, to_ms

LETTERS = {DueKind.LIMIT: "l", DueKind.LADDER: "s"}
"""What a kind is written as: there is a row for every open order."""
KINDS = {letter: kind for kind, letter in LETTERS.items()}
KEY = {"shop": Type.TEXT, "order_no": Type.TEXT, "kind": Type.TEXT, "ref": Type.TEXT}
DUE = Table("due", {"due_at": Type.BIGINT, "live": Type.BOOLEAN, **KEY}, tuple(KEY))


class Dues:
    """See `handlers.ports.Dues`. `earliest` is the nearest time that was armed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.earliest: datetime | None = None

    async def arm(self, dues: Iterable[Due]) -> None:
        armed = list(dues)
        if not armed:
            return
        rows = [(to_ms(due.at), True, *_key(due.order, due.kind, due.ref)) for due in armed]
        await self._connection.write(DUE, rows, Conflict.REPLACE)
        nearest = min(due.at for due in armed)
        self.earliest = nearest if self.earliest is None else min(self.earliest, nearest)

    async def disarm(self, dues: Iterable[tuple[OrderKey, DueKind, str]]) -> None:
        await self._set_dead([_key(*due) for due in dues])

    async def take(self, now: datetime, limit: int) -> list[Due]:
        rows = await self._connection.fetch(
            "SELECT d.shop, d.order_no, d.kind, d.ref, d.due_at FROM due AS d WHERE live AND due_at < $1"
            f" ORDER BY due_at LIMIT $2 {self._connection.holding('d', skip_locked=True)}",
            to_ms(now),
            limit,
        )
        await self._set_dead([tuple(row[column] for column in KEY) for row in rows])
        return [due_of(row) for row in rows]

    async def _set_dead(self, keys: Sequence[tuple[Value, ...]]) -> None:
        """What is dead already is not written again."""
        if not keys:
            return
        listed = self._connection.listed(KEY, keys, 1)
        same = " AND ".join(f"due.{column} = listed.{column}" for column in KEY)
        await self._connection.execute(
            f"UPDATE due SET live = false FROM {listed.sql} WHERE {same} AND live", *listed.parameters
        )


async def next_due(connection: Connection) -> int | None:
    """When the next thing is due, in milliseconds."""
    (row,) = await connection.fetch("SELECT min(due_at) AS at FROM due WHERE live")
    return row["at"]


def _key(order: OrderKey, kind: DueKind, ref: str) -> tuple[Value, ...]:
    return *order, LETTERS[kind], ref


def due_of(row: Row) -> Due:
    return Due(
        order=OrderKey(Shop(row["shop"]), OrderNo(row["order_no"])),
        kind=KINDS[row["kind"]],
        ref=row["ref"],
        at=from_ms(row["due_at"]),
    )
