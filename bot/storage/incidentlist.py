"""How far is each incident of a list? Counted from its cases, of all shops or of some."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.storage.conditions import numbered, one_of, where
from bot.storage.connection import Connection
from rules.anomalies import Ended
from rules.events import Shop
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many cases an incident has, and what has come of them."""

    cases: int
    unclosed: int
    reached: int
    back: int
    """How many orders move again."""


async def progress_of(
    connection: Connection, incidents: Collection[IncidentId], shops: Collection[Shop] | None
) -> dict[IncidentId, Progress]:
    """Of each incident that has a case of these shops (None: of any)."""
    if not incidents:
        return {}
    conditions = [one_of("c.incident", incidents), *([] if shops is None else [one_of("c.shop", shops)])]
    said, values = numbered(conditions)
    rows = await connection.fetch(
        "SELECT c.incident, count(*) AS cases, count(*) FILTER (WHERE c.closed_at IS NULL) AS unclosed,"
        " count(c.reached_at) AS reached,"
        f" count(*) FILTER (WHERE c.ended_how = '{Ended.MOVED}') AS back"
        f" FROM cases AS c{where(said)} GROUP BY c.incident",
        *values,
    )
    return {
        IncidentId(row["incident"]): Progress(
            cases=row["cases"], unclosed=row["unclosed"], reached=row["reached"], back=row["back"]
        )
        for row in rows
    }
