"""How are drafts kept? A row for each, written over as it is changed."""

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection
from handlers.drafts import Draft

CODEC = RowCodec(Draft, "drafts", ("id",))


class Drafts:
    """See `handlers.drafts.Drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, draft: str) -> Draft | None:
        rows = await self._connection.fetch(f"SELECT {CODEC.columns} FROM drafts WHERE id = $1", draft)
        return CODEC.record(rows[0]) if rows else None

    async def open(self, kind: str) -> list[Draft]:
        return await open_drafts(self._connection, kind)

    async def add(self, draft: Draft) -> None:
        await self._connection.write(CODEC.table, [CODEC.row(draft)], Conflict.FAIL)

    async def update(self, draft: Draft) -> bool:
        return bool(await self._connection.advance(CODEC.table, [CODEC.row(draft)], "revision"))


async def open_drafts(connection: Connection, kind: str) -> list[Draft]:
    """Those that are not ended, what was changed last first."""
    rows = await connection.fetch(
        f"SELECT {CODEC.columns} FROM drafts WHERE kind = $1 AND ended_at IS NULL ORDER BY changed_at DESC, id",
        kind,
    )
    return [CODEC.record(row) for row in rows]
