"""How is what becomes due kept? One narrow table; a check costs what is due, not what is open."""

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Conflict, Connection, Row, Table, Type, Value
from handlers.messages import Due, DueKind
from rules.events import OrderKey
from rules.instants import from_ms, to_ms

Name = tuple[OrderKey, DueKind, str]
"""What tells apart all that can be due."""
LETTERS = {
    DueKind.LIMIT: "l",
    DueKind.LADDER: "s",
    DueKind.INCIDENT: "i",
    DueKind.APPROVED: "a",
    DueKind.RESULTS: "r",
    DueKind.STANDSTILL: "n",
    DueKind.PROMISE: "p",
    DueKind.TASK: "t",
}
"""What a kind is written as: there is a row for every open order."""
KINDS = {letter: kind for kind, letter in LETTERS.items()}
KEY = {**ORDER, "kind": Type.TEXT, "ref": Type.TEXT}
COLUMNS = ", ".join(KEY)
DUE = Table("due", {"due_at": Type.BIGINT, "live": Type.BOOLEAN, **KEY}, tuple(KEY))


class Dues:
    """See `handlers.ports.Dues`. `earliest` is the nearest time that was armed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dead: set[Name] = set()
        self.earliest: datetime | None = None

    async def arm(self, dues: Iterable[Due]) -> None:
        armed = list(dues)
        if not armed:
            return
        rows = [(to_ms(due.at), True, *_key(_name(due))) for due in armed]
        await self._connection.write(DUE, rows, Conflict.REPLACE)
        self._dead -= {_name(due) for due in armed}
        nearest = min(due.at for due in armed)
        self.earliest = nearest if self.earliest is None else min(self.earliest, nearest)

    async def disarm(self, dues: Iterable[Name]) -> None:
        await self._set_dead(dues)

    async def watched(self, orders: Collection[OrderKey]) -> list[OrderKey]:
        listed = self._connection.listed(ORDER, sorted(orders), 1)
        rows = await self._connection.fetch(
            f"SELECT o.shop, o.order_no FROM orders AS o JOIN {listed.sql}"
            " ON o.shop = listed.shop AND o.order_no = listed.order_no WHERE o.armed",
            *listed.parameters,
        )
        return [order_of(row) for row in rows]

    async def take(self, now: datetime, limit: int) -> list[Due]:
        rows = await self._connection.fetch(
            f"SELECT {COLUMNS}, due_at FROM due AS d WHERE live AND due_at < $1 ORDER BY due_at LIMIT $2"
            f" {self._connection.holding('d', skip_locked=True)}",
            to_ms(now),
            limit,
        )
        dues = [due_of(row) for row in rows]
        await self._set_dead(_name(due) for due in dues)
        return dues

    async def _set_dead(self, dues: Iterable[Name]) -> None:
        """What was set dead here already is not written again."""
        dead = set(dues) - self._dead
        if not dead:
            return
        self._dead |= dead
        listed = self._connection.listed(KEY, [_key(name) for name in sorted(dead)], 1)
        same = " AND ".join(f"due.{column} = listed.{column}" for column in KEY)
        await self._connection.execute(
            f"UPDATE due SET live = false FROM {listed.sql} WHERE {same} AND live", *listed.parameters
        )


async def next_due(connection: Connection) -> int | None:
    """When the next thing is due, in milliseconds."""
    (row,) = await connection.fetch("SELECT min(due_at) AS at FROM due WHERE live")
    return row["at"]


def _name(due: Due) -> Name:
    return due.order, due.kind, due.ref


def _key(name: Name) -> tuple[Value, ...]:
    order, kind, ref = name
    return *order, LETTERS[kind], ref


def due_of(row: Row) -> Due:
    return Due(
        order=order_of(row),
        kind=KINDS[row["kind"]],
        ref=row["ref"],
        at=from_ms(row["due_at"]),
    )
