"""How is what came in kept until it has been dealt with, and told from what came before?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from bot.storage.connection import Conflict, Connection, Table, Type, insert_into, storable
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
_NEW = {name: INBOX.columns[name] for name in ("id", "received_at", "body")}
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came in, and the identity that repeats of it share."""

    identity: str
    body: str
    at: datetime


class Inbox:
    """Callbacks and frames, by an identity of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, received: Sequence[Received]) -> list[bool]:
        """Store what came in; for each, whether it had not come before. Of two equal ones the first had not."""
        identities = [storable(one.identity) for one in received]
        first = dict(zip(reversed(identities), reversed(received), strict=True))
        new = await self._insert(first)
        return [
            identity in new and first[identity] is one
            for identity, one in zip(identities, received, strict=True)
        ]

    async def _insert(self, received: Mapping[str, Received]) -> set[str]:
        """The identities that were not there. Sorted, or two processes with the same repeats would deadlock."""
        rows = [
            (identity, to_ms(one.at), one.body)
            for identity, one in sorted(received.items(), key=itemgetter(0))
        ]
        listed = self._connection.listed(_NEW, rows, 1)
        source = f"SELECT id, received_at, body, 0, NULL FROM {listed.sql} WHERE true"
        insert = insert_into(INBOX, source, Conflict.KEEP)
        stored = await self._connection.fetch(f"{insert} RETURNING id", *listed.parameters)
        return {row["id"] for row in stored}

    async def take(self, kept: Collection[str] = ()) -> tuple[str, str] | None:
        """The identity and body of the oldest one not dealt with nor `kept` for later, held until the transaction ends."""
        others = ", ".join(f"${number}" for number in range(1, len(kept) + 1))
        rows = await self._connection.fetch(
            f"SELECT i.id, i.body FROM inbox AS i WHERE i.done_at IS NULL AND i.tries < {TRIES}"
            f"{f' AND i.id NOT IN ({others})' if kept else ''}"
            f" ORDER BY i.received_at LIMIT 1 {self._connection.holding('i', skip_locked=True)}",
            *kept,
        )
        return (rows[0]["id"], rows[0]["body"]) if rows else None

    async def failed(self, identity: str) -> None:
        """Dealing with it went wrong; after a few times it is left to the operator."""
        await self._connection.execute("UPDATE inbox SET tries = tries + 1 WHERE id = $1", identity)

    async def done(self, identity: str, now: datetime) -> None:
        """It has been dealt with."""
        await self._connection.execute("UPDATE inbox SET done_at = $2 WHERE id = $1", identity, to_ms(now))

    async def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop what was dealt with before `moment`, `limit` at most; how many there were."""
        dropped = await self._connection.fetch(
            "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE done_at < $1 LIMIT $2) RETURNING id",
            to_ms(moment),
            limit,
        )
        return len(dropped)
