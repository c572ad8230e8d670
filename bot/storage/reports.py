"""How are the reports of the weeks kept? Each once, with its picture."""

from collections.abc import Sequence

import msgspec

from bot.storage.connection import Conflict, Connection, Table, Type
from handlers.reportbook import Made
from rules.instants import to_ms
from rules.weeks import Report

REPORTS = Table(
    "reports",
    {"week": Type.TEXT, "made_at": Type.BIGINT, "body": Type.TEXT, "picture": Type.BYTES},
    ("week",),
)


class Reports:
    """See `handlers.reportbook.Reports`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, made: Made) -> bool:
        """Of two at once one fails, is repeated, and finds the other's."""
        report = made.report
        if await self._connection.fetch("SELECT week FROM reports WHERE week = $1", report.week):
            return False
        body = msgspec.json.encode(report).decode()
        row = (report.week, to_ms(report.made_at), body, made.picture)
        await self._connection.write(REPORTS, [row], Conflict.FAIL)
        return True

    async def picture(self, week: str) -> bytes | None:
        rows = await self._connection.fetch("SELECT picture FROM reports WHERE week = $1", week)
        return None if not rows or rows[0]["picture"] is None else bytes(rows[0]["picture"])


async def report_of(connection: Connection, week: str) -> Report | None:
    """That of a week."""
    rows = await connection.fetch("SELECT body FROM reports WHERE week = $1", week)
    return msgspec.json.decode(rows[0]["body"], type=Report) if rows else None


async def report_page(connection: Connection, before: str | None, limit: int) -> Sequence[Report]:
    """Reports, the newest week first, those before the week `before`."""
    rows = await connection.fetch(
        "SELECT body FROM reports WHERE week < $1 ORDER BY week DESC LIMIT $2", before or "9999-W99", limit
    )
    return [msgspec.json.decode(row["body"], type=Report) for row in rows]
