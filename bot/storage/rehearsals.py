"""How are rehearsals kept? A row for each; what came of it is JSON."""

from collections.abc import Sequence

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection
from handlers.rehearsals import Rehearsal

CODEC = RowCodec(Rehearsal, "rehearsals", ("id",))
SHORT = ", ".join("NULL AS result" if one == "result" else one for one in CODEC.table.columns)
"""The columns without what came of it, which is long."""


class Rehearsals:
    """The rehearsals, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, rehearsal: str) -> Rehearsal | None:
        """One of them."""
        rows = await self._connection.fetch(
            f"SELECT {CODEC.columns} FROM rehearsals WHERE id = $1", rehearsal
        )
        return CODEC.record(rows[0]) if rows else None

    async def next(self) -> Rehearsal | None:
        """The one that is to be played: what was asked for first, begun already or not."""
        rows = await self._connection.fetch(
            f"SELECT {SHORT} FROM rehearsals WHERE ended_at IS NULL ORDER BY asked_at, id LIMIT 1"
        )
        return CODEC.record(rows[0]) if rows else None

    async def add(self, rehearsal: Rehearsal) -> None:
        """Write a new one."""
        await self._connection.write(CODEC.table, [CODEC.row(rehearsal)], Conflict.FAIL)

    async def update(self, rehearsal: Rehearsal) -> bool:
        """Write one back whose `revision` is one more than that of the stored one; whether it was."""
        return bool(await self._connection.advance(CODEC.table, [CODEC.row(rehearsal)], "revision"))


async def latest(connection: Connection, limit: int) -> Sequence[Rehearsal]:
    """The rehearsals that were asked for last, without what came of them."""
    rows = await connection.fetch(
        f"SELECT {SHORT} FROM rehearsals ORDER BY asked_at DESC, id LIMIT $1", limit
    )
    return [CODEC.record(row) for row in rows]
