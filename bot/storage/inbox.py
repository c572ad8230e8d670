"""How is what came in kept until it has been dealt with, and told from what came before?"""

from datetime import datetime

from bot.storage.connection import Conflict, Connection, Table, Type, insert_into
from rules.instants import to_ms

INBOX = Table(
    "inbox",
    {
        "id": Type.TEXT,
        "received_at": Type.BIGINT,
        "body": Type.TEXT,
        "tries": Type.BIGINT,
        "done_at": Type.BIGINT,
    },
    ("id",),
)
TRIES = 5


class Inbox:
    """Callbacks and frames, by an identity of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, identity: str, body: str, now: datetime) -> bool:
        """Store what came in; False when it had come before."""
        insert = insert_into(INBOX, "VALUES ($1, $2, $3, 0, NULL)", Conflict.KEEP)
        return bool(await self._connection.fetch(f"{insert} RETURNING id", identity, to_ms(now), body))

    async def take(self) -> tuple[str, str] | None:
        """The identity and body of the oldest one not dealt with, held until the transaction ends."""
        rows = await self._connection.fetch(
            f"SELECT i.id, i.body FROM inbox AS i WHERE i.done_at IS NULL AND i.tries < {TRIES}"
            f" ORDER BY i.received_at LIMIT 1 {self._connection.holding('i', skip_locked=True)}"
        )
        return (rows[0]["id"], rows[0]["body"]) if rows else None

    async def failed(self, identity: str) -> None:
        """Dealing with it went wrong; after a few times it is left to the operator."""
        await self._connection.execute("UPDATE inbox SET tries = tries + 1 WHERE id = $1", identity)

    async def done(self, identity: str, now: datetime) -> None:
        """It has been dealt with."""
        await self._connection.execute("UPDATE inbox SET done_at = $2 WHERE id = $1", identity, to_ms(now))

    async def forget_before(self, moment: datetime) -> None:
        """Drop what was dealt with before `moment`."""
        await self._connection.execute("DELETE FROM inbox WHERE done_at < $1", to_ms(moment))
