"""How does the service stand? The numbers that metrics are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.connection import Connection
from bot.storage.ledger import ledger_within
from bot.storage.outages import held_of, unsettled
from bot.storage.outbox import IS_LOST
from handlers.ledger import Ledger
from rules.dates import A_DAY
from rules.delivery import DeliveryState
from rules.instants import known_instant, to_ms
from rules.stages import Stage

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFigures:
    """How the outbox stands."""

    ready: int
    """Letters that wait: for their time, or for another try."""
    oldest_due_at: datetime | None
    """Since when the oldest of them could have left; it may lie in the future."""
    lost: Mapping[DeliveryState, int]
    """The letters of the last day that did not arrive and are missed, by how they ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the service stands."""

    open_cases: Mapping[Stage, int]
    """The cases that are not closed; a stage without any is left out."""
    outbox: OutboxFigures
    alerts: Ledger
    """Those of the last hour."""
    outages: int = 0
    """Sources that are out."""
    held: int = 0
    """Cases that are held for them."""


async def figures_of(connection: Connection, now: datetime) -> Figures:
    """How the service stands."""
    (ready,) = await connection.fetch(
        "SELECT count(*) AS count, min(due_at) AS oldest FROM letters WHERE state = 'ready'"
    )
    lost = await connection.fetch(
        f"SELECT l.state, count(*) AS count FROM letters AS l WHERE {IS_LOST} AND l.done_at >= $1"
        " GROUP BY l.state",
        to_ms(now - A_DAY),
    )
    alerts = await ledger_within(connection, AN_HOUR, None)
    cases = await connection.fetch(
        "SELECT stage, count(*) AS count FROM cases WHERE closed_at IS NULL GROUP BY stage"
    )
    outages = [outage for outage in await unsettled(connection) if outage.ended_at is None]
    held = await held_of(connection)
    return Figures(
        alerts=alerts,
        outages=len(outages),
        held=sum(held.values()),
        open_cases={Stage(row["stage"]): row["count"] for row in cases},
        outbox=OutboxFigures(
            ready=ready["count"],
            oldest_due_at=known_instant(ready["oldest"]),
            lost={DeliveryState(row["state"]): row["count"] for row in lost},
        ),
    )
