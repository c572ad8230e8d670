"""How do all orders and cases stand at one instant? A few sums over whole tables, all of one state of the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.storage.caselist import HEALED
from bot.storage.connection import Connection, Row
from bot.storage.feeds import feeds_at
from rules.calendar import Calendar
from rules.dates import A_DAY
from rules.events import Shop
from rules.golden import FIFTEEN, TEN, Golden, Share, Waits
from rules.health import Tally
from rules.instants import instant, to_ms
from rules.snapshot import AN_HOUR, Flow, Place, Snapshot
from rules.stages import Priority, Stage

HOUR_MS = AN_HOUR // timedelta(milliseconds=1)

_COUNTS = (
    "SELECT shop, stage, warehouse, carrier, count(*) AS total,"
    " count(CASE WHEN late_at < $1 THEN 1 END) AS late,"
    " count(CASE WHEN grey_at < $1 AND (late_at IS NULL OR late_at >= $1) THEN 1 END) AS grey"
    " FROM outlooks GROUP BY shop, stage, warehouse, carrier"
)
_UNCLOSED = (
    "SELECT shop, priority, count(*) AS count FROM cases WHERE closed_at IS NULL AND held_by IS NULL"
    " GROUP BY shop, priority"
)
_HOURS = (
    f"SELECT shop, (opened_at - $1) / {HOUR_MS} AS hour, count(*) AS opened, 0 AS closed"
    " FROM cases WHERE opened_at >= $1 AND held_by IS NULL GROUP BY 1, 2"
    f" UNION ALL SELECT shop, (closed_at - $1) / {HOUR_MS} AS hour, 0 AS opened, count(*) AS closed"
    " FROM cases WHERE closed_at >= $1 AND held_by IS NULL GROUP BY 1, 2"
)
_ANSWERABLE = f"NOT silent AND waived_by IS NULL AND NOT {HEALED}"


_BEFORE_THEIR_WORD = "(called_at IS NULL OR first_reached_at <= called_at)"
_STRETCHES = "opened_at >= $2 AS today, opened_at >= $3 AS lately"
_SINCE = "FROM cases WHERE opened_at >= $1 AND held_by IS NULL"
"""What an outage holds, or held until it was over, counts apart: nobody was told of it."""


def _share(name: str, within: timedelta, also: str = "true") -> str:
    """Reached in time, of those that were reached or whose time is up."""
    ms = within // timedelta(milliseconds=1)
    judged = f"{_ANSWERABLE} AND (first_reached_at IS NOT NULL OR opened_at + {ms} < $4)"
    return (
        f"count(CASE WHEN {judged} THEN 1 END) AS of_{name},"
        f" count(CASE WHEN {judged} AND first_reached_at - opened_at <= {ms} AND {also} THEN 1 END) AS in_{name}"
    )


_OPENED = (
    f"SELECT shop, {_STRETCHES}, count(*) AS opened,"
    f" count(CASE WHEN {HEALED} THEN 1 END) AS healed,"
    f" count(CASE WHEN {HEALED} OR touched_at IS NOT NULL THEN 1 END) AS decided,"
    f" {_share('ten', TEN)}, {_share('fifteen', FIFTEEN, _BEFORE_THEIR_WORD)} {_SINCE} GROUP BY 1, 2, 3"
)
_WAITS = " UNION ALL ".join(
    f"SELECT shop, {_STRETCHES}, '{name}' AS name, ({at} - opened_at) / 1000 AS seconds, count(*) AS count"
    f" {_SINCE} AND {at} IS NOT NULL AND {_ANSWERABLE} GROUP BY 1, 2, 3, 5"
    for name, at in (("claimed", "claimed_at"), ("reached", "first_reached_at"))
)


async def snapshot_at(connection: Connection, now: datetime, calendar: Calendar) -> Snapshot:
    """How everything stands at `now`; ask on `Store.survey`, so that it is of one state and may read whole tables."""
    day_at = day_of(now, calendar)
    return Snapshot(
        at=now,
        day_at=day_at,
        counts=await _counts(connection, now),
        flows=await _flows(connection, day_at),
        feeds=await feeds_at(connection, now, day_at),
        **await _golden(connection, day_at, now),
    )


def day_of(now: datetime, calendar: Calendar) -> datetime:
    """When the merchant's day began."""
    return instant(calendar.local(now).replace(hour=0, minute=0, second=0, microsecond=0))


async def _counts(connection: Connection, now: datetime) -> dict[Place, Tally]:
    return {
        Place(Shop(row["shop"]), Stage(row["stage"]), row["warehouse"], row["carrier"]): Tally(
            in_time=row["total"] - row["grey"] - row["late"], grey=row["grey"], late=row["late"]
        )
        for row in await connection.fetch(_COUNTS, to_ms(now))
    }


async def _flows(connection: Connection, day_at: datetime) -> Mapping[Shop, Flow]:
    flows: dict[Shop, Flow] = {}

    def add(row: Row, flow: Flow) -> None:
        shop = Shop(row["shop"])
        flows[shop] = flows.get(shop, Flow()).plus(flow)

    for row in await connection.fetch(_UNCLOSED):
        urgent = row["count"] if row["priority"] == Priority.P1 else 0
        add(row, Flow(unclosed=row["count"], urgent=urgent))
    for row in await connection.fetch(_HOURS, to_ms(day_at)):
        before = (0,) * row["hour"]
        add(row, Flow(opened=(*before, row["opened"]), closed=(*before, row["closed"])))
    return flows


class _Golden:
    """The figures of each shop, for both stretches of time; a part may lie within either, or both."""

    def __init__(self) -> None:
        self.stretches: dict[str, dict[Shop, Golden]] = {"today": {}, "lately": {}}

    def add(self, row: Row, part: Golden) -> None:
        """Add what became of some cases of a shop."""
        for name, shops in self.stretches.items():
            if row[name]:
                shop = Shop(row["shop"])
                shops[shop] = shops.get(shop, Golden()).plus(part)


async def _golden(connection: Connection, day_at: datetime, now: datetime) -> dict[str, dict[Shop, Golden]]:
    golden, moments = _Golden(), (min(day_at, now - A_DAY), day_at, now - A_DAY)
    for row in await connection.fetch(_OPENED, *map(to_ms, moments), to_ms(now)):
        part = Golden(
            opened=row["opened"],
            healed=Share(row["healed"], row["decided"]),
            within_ten=Share(row["in_ten"], row["of_ten"]),
            within_fifteen=Share(row["in_fifteen"], row["of_fifteen"]),
        )
        golden.add(row, part)
    waits: dict[tuple[Any, ...], tuple[Row, dict[int, int]]] = {}
    for row in await connection.fetch(_WAITS, *map(to_ms, moments)):
        alike = row["shop"], row["today"], row["lately"], row["name"]
        waits.setdefault(alike, (row, {}))[1][row["seconds"]] = row["count"]
    for row, seconds in waits.values():
        part = Waits(seconds)
        golden.add(row, Golden(claimed=part) if row["name"] == "claimed" else Golden(reached=part))
    return golden.stretches
