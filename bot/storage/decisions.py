"""How are decisions kept? Entries under numbers that count up, which the database itself lets nobody change."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Type
from rules.decisions import Decision, DecisionNo, Ending
from rules.instants import to_ms

CODEC = RowCodec(Decision, "decisions", ("number",))
_IS_DECISION = f"coalesce(d.ending, '') <> '{Ending.CLOSED}'"
"""It says what was decided, and not only that something is over."""
_IS_OPEN = f"{_IS_DECISION} AND NOT EXISTS (SELECT 1 FROM decisions AS e WHERE e.ends = d.number)"

_STANDS = (
    f"NOT EXISTS (SELECT 1 FROM decisions AS e WHERE e.ends = d.number AND e.ending = '{Ending.SUPERSEDED}')"
)
"""Nothing was decided in its place."""


class Decisions:
    """See `handlers.decisions.Decisions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> Decision:
        (row,) = await self._connection.fetch("SELECT coalesce(max(number), 0) AS newest FROM decisions")
        added = replace(decision, number=DecisionNo(row["newest"] + 1))
        await self._connection.write(CODEC.table, [CODEC.row(added)], Conflict.FAIL)
        return added

    async def find(self, number: DecisionNo) -> Decision | None:
        return await decision_of(self._connection, number)

    async def endings_of(self, numbers: Collection[DecisionNo]) -> dict[DecisionNo, Decision]:
        return await endings_of(self._connection, numbers)


async def decision_of(connection: Connection, number: DecisionNo) -> Decision | None:
    """One entry."""
    rows = await connection.fetch("SELECT * FROM decisions WHERE number = $1", number)
    return CODEC.record(rows[0]) if rows else None


async def endings_of(connection: Connection, numbers: Collection[DecisionNo]) -> dict[DecisionNo, Decision]:
    """What ended each of these, of those that were ended."""
    if not numbers:
        return {}
    listed = connection.listed({"number": Type.BIGINT}, [(one,) for one in sorted(numbers)], 1)
    rows = await connection.fetch(
        f"SELECT e.* FROM decisions AS e JOIN {listed.sql} ON e.ends = listed.number WHERE e.ends IS NOT NULL",
        *listed.parameters,
    )
    found = [CODEC.record(row) for row in rows]
    return {one.ends: one for one in found if one.ends is not None}


async def decision_page(connection: Connection, before: int | None, limit: int) -> Sequence[Decision]:
    """Decisions, newest first, from the one below the number `before` on; not what only ended one."""
    rows = await connection.fetch(
        f"SELECT d.* FROM decisions AS d WHERE d.number < $1 AND {_IS_DECISION} ORDER BY d.number DESC LIMIT $2",
        (1 << 62) if before is None else before,
        limit,
    )
    return [CODEC.record(row) for row in rows]


async def open_decisions(connection: Connection, limit: int) -> Sequence[Decision]:
    """Those that nothing has ended, newest first."""
    rows = await connection.fetch(
        f"SELECT d.* FROM decisions AS d WHERE {_IS_OPEN} ORDER BY d.number DESC LIMIT $1", limit
    )
    return [CODEC.record(row) for row in rows]


async def approved_within(connection: Connection, since: datetime, until: datetime) -> int:
    """What was approved for customers by what was decided within that time and that nothing has superseded, in fen."""
    (row,) = await connection.fetch(
        "SELECT coalesce(sum(d.compensation_fen), 0) AS fen FROM decisions AS d"
        f" WHERE d.compensation_fen IS NOT NULL AND d.decided_at >= $1 AND d.decided_at < $2 AND {_STANDS}",
        to_ms(since),
        to_ms(until),
    )
    return int(row["fen"])


async def decisions_of_rules(connection: Connection, version: int, limit: int) -> Sequence[Decision]:
    """Those about a version of the rules, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM decisions WHERE rules_version = $1 ORDER BY number DESC LIMIT $2", version, limit
    )
    return [CODEC.record(row) for row in rows]


async def decisions_about(connection: Connection, cause: str) -> Sequence[Decision]:
    """Those about this very cause that nothing has superseded, oldest first."""
    rows = await connection.fetch(
        f"SELECT d.* FROM decisions AS d WHERE d.cause = $1 AND d.cause <> '' AND {_STANDS} ORDER BY d.number",
        cause,
    )
    return [CODEC.record(row) for row in rows]
