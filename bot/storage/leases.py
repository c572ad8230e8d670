"""Who may do what only one may do? Leases with a fencing version, in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.codec import RowCodec
from bot.storage.connection import Connection
from rules.instants import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Somebody's right, until it expires. `version` grows with each new holder."""

    name: str
    holder: str
    version: int
    expires_at: datetime


CODEC = RowCodec(Lease, "leases", ("name",))


class Leases:
    """The leases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def acquire(self, name: str, holder: str, now: datetime, duration: timedelta) -> Lease | None:
        """The lease, taken or renewed; None while somebody else holds it."""
        rows = await self._connection.fetch(
            "INSERT INTO leases (name, holder, version, expires_at) VALUES ($1, $2, 1, $4)"
            " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,"
            " version = leases.version + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END"
            " WHERE leases.holder = excluded.holder OR leases.expires_at < $3 RETURNING *",
            name,
            holder,
            to_ms(now),
            to_ms(now + duration),
        )
        return CODEC.record(rows[0]) if rows else None

    async def is_held(self, lease: Lease) -> bool:
        """Whether nobody has taken the lease since, nor can before this transaction has ended."""
        rows = await self._connection.fetch(
            "SELECT l.version FROM leases AS l WHERE l.name = $1 AND l.holder = $2 AND l.version = $3"
            f" {self._connection.holding('l')}",
            lease.name,
            lease.holder,
            lease.version,
        )
        return bool(rows)

    async def release(self, name: str, holder: str) -> None:
        """Give the lease back."""
        await self._connection.execute(
            "UPDATE leases SET expires_at = 0 WHERE name = $1 AND holder = $2", name, holder
        )

    async def end_all(self) -> None:
        """Nobody holds anything any more."""
        await self._connection.execute("UPDATE leases SET expires_at = 0")
