"""Which passes are spent? Sessions that were ended, and links that are good once and were used."""

from datetime import datetime

from bot.storage.connection import Connection
from rules.instants import to_ms


class SpentPasses:
    """The spent passes by their nonces, until they would be over anyway."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def spend(self, nonce: str, until: datetime) -> bool:
        """Nobody gets in by it any more; False when it was spent before."""
        rows = await self._connection.fetch(
            "INSERT INTO spent_passes (nonce, until) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING RETURNING nonce",
            nonce,
            to_ms(until),
        )
        return bool(rows)

    async def still_good(self, now: datetime) -> frozenset[str]:
        """Those that would get somebody in if they were not spent."""
        rows = await self._connection.fetch("SELECT nonce FROM spent_passes WHERE until >= $1", to_ms(now))
        return frozenset(row["nonce"] for row in rows)

    async def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop what was over before `moment`, `limit` at most; how many there were."""
        dropped = await self._connection.fetch(
            "DELETE FROM spent_passes WHERE nonce IN (SELECT nonce FROM spent_passes WHERE until < $1 LIMIT $2)"
            " RETURNING nonce",
            to_ms(moment),
            limit,
        )
        return len(dropped)
