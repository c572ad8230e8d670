"""How many cases came for which reason, and when? Counted by half hours, off `cases_listed` alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection, Row
from rules.events import Shop
from rules.instants import MILLISECOND, from_ms, to_ms
from rules.reasons import Reason, ReasonSource
from rules.shares import Given, Tally
from rules.stages import Stage

SLOT = timedelta(minutes=30) // MILLISECOND
"""In every zone an hour begins with one of these, in milliseconds."""
_SHOP = "shop || ''"
"""Written so that SQLite goes by the time, and not through all cases of a shop."""
_GIVEN = (
    f"CASE WHEN reason IS NULL THEN NULL WHEN reason_source = '{ReasonSource.AGENT}' THEN '{Given.PEOPLE}'"
    f" WHEN state = 'closed' THEN '{Given.HEALED}' ELSE '{Given.EVIDENCE}' END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFilter:
    """Which cases are counted: those noticed from `since` on and before `until`; None stands for all."""

    since: datetime
    until: datetime
    shops: frozenset[Shop] | None = None
    stage: Stage | None = None


async def reason_tallies(connection: Connection, wanted: ReasonFilter) -> list[Tally]:
    """The cases, counted; in no order."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT opened_at / {SLOT} AS slot, reason, {_GIVEN} AS given, count(*) AS count"
        f" FROM cases{where(said)} GROUP BY 1, 2, 3",
        *values,
    )
    return [_tally(row) for row in rows]


def _tally(row: Row) -> Tally:
    reason, given = row["reason"], row["given"]
    return Tally(
        at=from_ms(row["slot"] * SLOT),
        reason=None if reason is None else Reason(reason),
        given=None if given is None else Given(given),
        count=row["count"],
    )


def _conditions(wanted: ReasonFilter) -> Iterator[Condition]:
    yield "opened_at >= ?", [to_ms(wanted.since)]
    yield "opened_at < ?", [to_ms(wanted.until)]
    if wanted.shops is not None:
        yield one_of(_SHOP, wanted.shops)
    if wanted.stage is not None:
        yield "stage = ?", [wanted.stage]
