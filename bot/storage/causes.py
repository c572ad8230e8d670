"""How is it kept what the delays of a week have in common? A narrow row for each delay, and what was found as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot.storage.codec import RowCodec
from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Conflict, Connection, Row, Table, Type
from rules.causes import Delay, Findings
from rules.contrast import Side
from rules.events import Shop
from rules.instants import from_ms, to_ms
from rules.reasons import Reason

DELAYS = RowCodec(Delay, "delays", ("week", "case_id"), {"case": "case_id"})
FINDINGS = Table(
    "findings",
    {"week": Type.TEXT, "shop": Type.TEXT, "found_at": Type.BIGINT, "body": Type.TEXT},
    ("week", "shop"),
)
EVERY_SHOP = "*"
"""In place of a shop: the delays of all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFound:
    """What was found of a week, and when."""

    week: str
    found_at: datetime
    findings: Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayFilter:
    """Which delays of a week; None stands for all."""

    week: str
    shops: frozenset[Shop] | None = None
    reason: Reason | None = None
    part: Mapping[Side, str] = field(default_factory=dict[Side, str])
    since: datetime | None = None
    """Noticed at that time or later."""
    until: datetime | None = None
    """Noticed before that time."""
    disputed: bool = False
    """Only those of which evidence speaks against the reason."""
    before: str | None = None
    """Only those that come after the one of this case in the list."""


class Causes:
    """What the job writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def clear(self, week: str) -> None:
        """Drop what is known of a week: it is found anew."""
        await self._connection.execute("DELETE FROM findings WHERE week = $1", week)
        await self._connection.execute("DELETE FROM delays WHERE week = $1", week)

    async def put(self, delays: Iterable[Delay]) -> None:
        """Write delays."""
        await self._connection.write(DELAYS.table, DELAYS.rows(delays), Conflict.REPLACE)

    async def of(self, week: str) -> list[Delay]:
        """The delays of a week, by the ids of their cases."""
        rows = await self._connection.fetch("SELECT * FROM delays WHERE week = $1 ORDER BY case_id", week)
        return [DELAYS.record(row) for row in rows]

    async def keep(self, week: str, found: Mapping[str, Findings], now: datetime) -> None:
        """Write what was found of a week, by shop."""
        rows = [(week, shop, to_ms(now), msgspec.json.encode(one).decode()) for shop, one in found.items()]
        await self._connection.write(FINDINGS, rows, Conflict.REPLACE)

    async def forget_before(self, week: str) -> None:
        """Drop the delays of earlier weeks; what was found stays."""
        await self._connection.execute("DELETE FROM delays WHERE week < $1", week)


async def found_in(connection: Connection, week: str) -> dict[str, WeekFound]:
    """What was found of a week, by shop."""
    rows = await connection.fetch("SELECT shop, week, found_at, body FROM findings WHERE week = $1", week)
    return {row["shop"]: _found(row) for row in rows}


async def found_of(connection: Connection, shop: str, week: str) -> WeekFound | None:
    """What was found of a week of a shop; None while nobody has looked."""
    rows = await connection.fetch(
        "SELECT week, found_at, body FROM findings WHERE shop = $1 AND week = $2", shop, week
    )
    return _found(rows[0]) if rows else None


async def weeks_of(connection: Connection, shop: str, limit: int) -> dict[str, datetime]:
    """The latest weeks of a shop that were looked at, newest first, and when that was."""
    rows = await connection.fetch(
        "SELECT week, found_at FROM findings WHERE shop = $1 ORDER BY week DESC LIMIT $2", shop, limit
    )
    return {row["week"]: from_ms(row["found_at"]) for row in rows}


async def delay_page(connection: Connection, wanted: DelayFilter, limit: int) -> Sequence[Delay]:
    """The delays, newest first."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT * FROM delays{where(said)} ORDER BY case_id DESC LIMIT ${len(values) + 1}", *values, limit
    )
    return [DELAYS.record(row) for row in rows]


def _found(row: Row) -> WeekFound:
    return WeekFound(
        week=row["week"],
        found_at=from_ms(row["found_at"]),
        findings=msgspec.json.decode(row["body"], type=Findings),
    )


def _conditions(wanted: DelayFilter) -> Iterator[Condition]:
    yield "week = ?", [wanted.week]
    if wanted.shops is not None:
        yield one_of("shop", wanted.shops)
    if wanted.reason is not None:
        yield "reason = ?", [wanted.reason]
    yield from ((f"{side} = ?", [value]) for side, value in wanted.part.items())
    if wanted.since is not None:
        yield "opened_at >= ?", [to_ms(wanted.since)]
    if wanted.until is not None:
        yield "opened_at < ?", [to_ms(wanted.until)]
    if wanted.disputed:
        yield "doubt IS NOT NULL", []
    if wanted.before is not None:
        yield "case_id < ?", [wanted.before]
