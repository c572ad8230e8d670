"""How are rule books and rosters kept? As documents in versions; the newest one counts."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.storage.connection import Conflict, Connection, Table, Type
from bot.storage.tables import DocumentTable
from handlers.documents import Added, Document, Origin
from rules.instants import from_ms, to_ms

TABLE = Table(
    "documents",
    {
        "kind": Type.TEXT,
        "version": Type.BIGINT,
        "body": Type.TEXT,
        "created_at": Type.BIGINT,
        "author": Type.TEXT,
        "reason": Type.TEXT,
        "origin": Type.TEXT,
        "trial": Type.TEXT,
        "applied": Type.BOOLEAN,
    },
    ("kind", "version"),
)


async def versions_of(kind: str) -> list[Document]:
    """Every version, oldest first."""
    return [_document(row) for row in await DocumentTable.filter(kind=kind).order_by("version").values()]


async def newest_versions(connection: Connection) -> dict[str, int]:
    """The newest version of each kind."""
    rows = await connection.fetch("SELECT kind, max(version) AS newest FROM documents GROUP BY kind")
    return {row["kind"]: row["newest"] for row in rows}


class Documents:
    """See `handlers.documents.Documents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed = False
        """Whether something was written that others have to know."""

    async def newest(self, kind: str, origin: Origin | None = None) -> Document | None:
        rows = await self._connection.fetch(
            "SELECT * FROM documents WHERE kind = $1 AND ($2 = '' OR origin = $2) ORDER BY version DESC LIMIT 1",
            kind,
            origin or "",
        )
        return _document(rows[0]) if rows else None

    async def find(self, kind: str, version: int) -> Document | None:
        rows = await self._connection.fetch(
            "SELECT * FROM documents WHERE kind = $1 AND version = $2", kind, version
        )
        return _document(rows[0]) if rows else None

    async def applied_since(self, kind: str, version: int) -> bool:
        rows = await self._connection.fetch(
            "SELECT version FROM documents WHERE kind = $1 AND version > $2 AND applied LIMIT 1",
            kind,
            version,
        )
        return bool(rows)

    async def add(  # noqa: PLR0913 -- all by name, and all are columns
        self,
        kind: str,
        body: str,
        now: datetime,
        *,
        author: str | None = None,
        reason: str | None = None,
        origin: Origin = Origin.FILE,
        trial: str | None = None,
        applied: bool = False,
        follows: int | None = None,
    ) -> Added:
        newest = await self.newest(kind)
        known = (0 if newest is None else newest.version) if follows is None else follows
        version = known + 1
        row = (kind, version, body, to_ms(now), author, reason, origin.value, trial, applied)
        await self._connection.write(TABLE, [row], Conflict.FAIL)
        self.changed = True
        before = None if newest is None else _digest(newest.body)
        return Added(version=version, before=before, after=_digest(body))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _document(row: Mapping[str, Any]) -> Document:
    return Document(
        kind=row["kind"],
        version=row["version"],
        body=row["body"],
        created_at=from_ms(row["created_at"]),
        author=row["author"],
        reason=row["reason"],
        origin=Origin(row["origin"]),
        trial=row["trial"],
        applied=bool(row["applied"]),
    )
