"""How are rule books and rosters kept? As documents in versions; the newest one counts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.storage.connection import Conflict, Connection, Table, Type
from bot.storage.tables import DocumentTable
from rules.instants import from_ms, to_ms

TABLE = Table(
    "documents",
    {
        "kind": Type.TEXT,
        "version": Type.BIGINT,
        "digest": Type.TEXT,
        "body": Type.TEXT,
        "created_at": Type.BIGINT,
        "author": Type.TEXT,
        "reason": Type.TEXT,
        "origin": Type.TEXT,
        "trial": Type.TEXT,
    },
    ("kind", "version"),
)


class Origin(StrEnum):
    """Where a version came from."""

    FILE = "file"
    """A file of the settings, or the defaults."""
    BOARD = "board"
    """Somebody's change on the board."""
    TRIAL = "trial"
    """A trial that began, grew or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a document; `body` is JSON, and so is the `trial` of a rule book that is tried beside it."""

    kind: str
    version: int
    body: str
    created_at: datetime
    author: str | None
    reason: str | None
    origin: Origin
    trial: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A version that was added, with the digest of its body and that of the version before."""

    version: int
    before: str | None
    after: str


async def versions_of(kind: str) -> list[Document]:
    """Every version, oldest first."""
    rows = await DocumentTable.filter(kind=kind).order_by("version").values()
    return [
        Document(
            kind=row["kind"],
            version=row["version"],
            body=row["body"],
            created_at=from_ms(row["created_at"]),
            author=row["author"],
            reason=row["reason"],
            origin=Origin(row["origin"]),
            trial=row["trial"],
        )
        for row in rows
    ]


async def newest_versions(connection: Connection) -> dict[str, int]:
    """The newest version of each kind."""
    rows = await connection.fetch("SELECT kind, max(version) AS newest FROM documents GROUP BY kind")
    return {row["kind"]: row["newest"] for row in rows}


class Documents:
    """The documents, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_if_new(self, kind: str, body: str, now: datetime) -> Added | None:
        """Add a version, unless the newest one is the same. Another replica may add it too: then this one fails."""
        digest = hashlib.sha256(body.encode()).hexdigest()
        newest = await self._connection.fetch(
            "SELECT version, digest FROM documents WHERE kind = $1 ORDER BY version DESC LIMIT 1", kind
        )
        before = newest[0]["digest"] if newest else None
        if before == digest:
            return None
        version = newest[0]["version"] + 1 if newest else 1
        row = (kind, version, digest, body, to_ms(now), None, None, Origin.FILE.value, None)
        await self._connection.write(TABLE, [row], Conflict.FAIL)
        return Added(version=version, before=before, after=digest)
