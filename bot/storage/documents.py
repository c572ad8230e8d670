"""How are rule books and rosters kept? As documents in versions; the newest one counts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from bot.storage.connection import Connection
from bot.storage.tables import DocumentTable
from rules.instants import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a document; `body` is JSON."""

    kind: str
    version: int
    body: str


async def versions_of(kind: str) -> list[Document]:
    """Every version, oldest first."""
    rows = await DocumentTable.filter(kind=kind).order_by("version").values("kind", "version", "body")
    return [Document(kind=row["kind"], version=row["version"], body=row["body"]) for row in rows]


async def newest_versions(connection: Connection) -> dict[str, int]:
    """The newest version of each kind."""
    rows = await connection.fetch("SELECT kind, max(version) AS newest FROM documents GROUP BY kind")
    return {row["kind"]: row["newest"] for row in rows}


async def store_if_new(kind: str, body: str, now: datetime) -> bool:
    """Add a version, unless the newest one is the same; whether it was added."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    newest = await DocumentTable.filter(kind=kind).order_by("-version").first().values("version", "digest")
    if newest and newest["digest"] == digest:
        return False
    version = newest["version"] + 1 if newest else 1
    try:
        await DocumentTable.create(
            kind=kind, version=version, digest=digest, body=body, created_at=to_ms(now)
        )
    except IntegrityError:  # a replica that started at the same moment has added this version
        return await store_if_new(kind, body, now)
    return True
