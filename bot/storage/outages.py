"""How is it kept that a source is out, and what became of the cases that were held for it?"""

import json
from collections.abc import Sequence
from datetime import datetime

from bot.storage.cases import CASES
from bot.storage.connection import Conflict, Connection, Row, Table, Type, Value
from rules.anomalies import Anomaly
from rules.events import Shop
from rules.instants import from_ms, known_instant, known_ms, to_ms
from rules.outages import Outage, Reach, Station
from rules.stages import Stage

OUTAGES = Table(
    "outages",
    {
        "id": Type.TEXT,
        "source": Type.TEXT,
        "heard_at": Type.BIGINT,
        "noticed_at": Type.BIGINT,
        "expected": Type.BIGINT,
        "waiting": Type.BIGINT,
        "reach": Type.TEXT,
        "back_at": Type.BIGINT,
        "ended_at": Type.BIGINT,
        "held": Type.BIGINT,
        "healed": Type.BIGINT,
        "raised": Type.BIGINT,
        "settled_at": Type.BIGINT,
        "version": Type.BIGINT,
    },
    ("id",),
)


class Outages:
    """See `handlers.outages.Outages`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unsettled(self) -> list[Outage]:
        return await unsettled(self._connection)

    async def save(self, outage: Outage) -> None:
        await self._connection.write(OUTAGES, [_row(outage)], Conflict.REPLACE)

    async def holding(self, limit: int) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT * FROM cases WHERE held_by IS NOT NULL AND closed_at IS NULL AND ended_at + 0 IS NULL"
            " ORDER BY due_at, id LIMIT $1",
            limit,
        )
        return [CASES.record(row) for row in rows]

    async def closed_while_held(self, outage: str) -> int:
        (row,) = await self._connection.fetch(
            "SELECT count(*) AS cases FROM cases WHERE held_by = $1 AND closed_at IS NOT NULL", outage
        )
        return row["cases"]


async def unsettled(connection: Connection) -> list[Outage]:
    """The outages that are under way, or of which not everybody has been told the end; by source."""
    rows = await connection.fetch("SELECT * FROM outages WHERE settled_at IS NULL ORDER BY source, id")
    return [_outage(row) for row in rows]


async def held_of(connection: Connection) -> dict[str, int]:
    """How many cases which go on each outage holds."""
    rows = await connection.fetch(
        "SELECT held_by, count(*) AS cases FROM (SELECT held_by FROM cases WHERE held_by IS NOT NULL"
        " AND closed_at IS NULL AND ended_at + 0 IS NULL ORDER BY due_at, id) AS fitting GROUP BY held_by"
    )
    return {row["held_by"]: row["cases"] for row in rows}


async def lately(connection: Connection, since: datetime, limit: int) -> list[Outage]:
    """Those that were noticed since then, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM outages WHERE noticed_at >= $1 ORDER BY noticed_at DESC, id DESC LIMIT $2",
        to_ms(since),
        limit,
    )
    return [_outage(row) for row in rows]


def _row(outage: Outage) -> Sequence[Value]:
    return (
        outage.id,
        outage.source,
        to_ms(outage.heard_at),
        to_ms(outage.noticed_at),
        outage.expected,
        outage.waiting,
        json.dumps([[*station, theirs] for station, theirs in sorted(outage.reach.items())]),
        known_ms(outage.back_at),
        known_ms(outage.ended_at),
        outage.held,
        outage.healed,
        outage.raised,
        known_ms(outage.settled_at),
        outage.version,
    )


def _outage(row: Row) -> Outage:
    return Outage(
        id=row["id"],
        source=row["source"],
        heard_at=from_ms(row["heard_at"]),
        noticed_at=from_ms(row["noticed_at"]),
        expected=row["expected"],
        waiting=row["waiting"],
        reach=_reach(row["reach"]),
        back_at=known_instant(row["back_at"]),
        ended_at=known_instant(row["ended_at"]),
        held=row["held"],
        healed=row["healed"],
        raised=row["raised"],
        settled_at=known_instant(row["settled_at"]),
        version=row["version"],
    )


def _reach(text: str) -> Reach:
    return {
        Station(Shop(shop), warehouse, Stage(stage)): theirs
        for shop, warehouse, stage, theirs in json.loads(text)
    }
