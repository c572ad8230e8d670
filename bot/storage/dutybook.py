"""How are changes of duty kept?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Row, Table, Type
from bot.storage.tables import DutyChangeTable
from rules.duty import Change
from rules.instants import to_ms

CODEC = RowCodec(Change, "duty_changes", ("number",), {"start": "start_at", "end": "end_at"})
CHANGES = Table("duty_changes", {**CODEC.table.columns, "revision": Type.BIGINT}, ("number",))


class DutyBook:
    """See `handlers.dutybook.DutyBook`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed = False
        """Whether something was written that others have to know."""

    async def in_force(self, since: datetime) -> list[Change]:
        rows = await self._connection.fetch(
            f"SELECT {CODEC.columns} FROM duty_changes WHERE end_at > $1 AND revoked_at IS NULL",
            to_ms(since),
        )
        return _in_order(rows)

    async def find(self, number: int) -> Change | None:
        rows = await self._connection.fetch(
            f"SELECT {CODEC.columns} FROM duty_changes WHERE number = $1", number
        )
        return CODEC.record(rows[0]) if rows else None

    async def add(self, change: Change) -> Change:
        revision = await trace_of_duty(self._connection) + 1
        added = replace(change, number=revision)
        await self._write(added, revision, Conflict.FAIL)
        return added

    async def revoke(self, change: Change) -> None:
        await self._write(change, await trace_of_duty(self._connection) + 1, Conflict.REPLACE)

    async def _write(self, change: Change, revision: int, conflict: Conflict) -> None:
        """No two are written under one revision: of two transactions at once, one is repeated."""
        await self._connection.write(CHANGES, [(*CODEC.row(change), revision)], conflict)
        self.changed = True


async def trace_of_duty(connection: Connection) -> int:
    """What changes with every change of duty that is made or taken back."""
    (row,) = await connection.fetch("SELECT coalesce(max(revision), 0) AS newest FROM duty_changes")
    return row["newest"]


async def changes_between(connection: Connection, start: datetime, end: datetime) -> list[Change]:
    """What is or was about the time in between, what was taken back too, in the order in which it was made."""
    rows = await connection.fetch(
        f"SELECT {CODEC.columns} FROM duty_changes WHERE end_at > $1 AND start_at < $2",
        to_ms(start),
        to_ms(end),
    )
    return _in_order(rows)


async def known_changes(now: datetime) -> list[Change]:
    """What holds and is not over."""
    rows = await DutyChangeTable.filter(end_at__gt=to_ms(now), revoked_at=None).values()
    return _in_order(rows)


def _in_order(rows: Iterable[Row]) -> list[Change]:
    return [CODEC.record(row) for row in sorted(rows, key=lambda row: row["number"])]
