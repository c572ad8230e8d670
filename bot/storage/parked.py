"""Which events belong to no order yet? The parked ones, without the shortages that wait for orders to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection
from bot.storage.orders import Orders, unparked
from handlers.messages import STOCK, Reported
from rules.events import OrderKey, Shop
from rules.instants import to_ms

IS_EVENT = f"substr(ref, 1, {len(STOCK)}) <> '{STOCK}'"
"""As the index `parked_lately` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedFilter:
    """Which events to list; None stands for all."""

    source: str | None = None
    ref: str | None = None
    since: datetime | None = None
    """Heard of at that time or later."""
    shops: frozenset[Shop] | None = None
    before: tuple[int, str, str] | None = None
    """Only those that come after the one of this `place` in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An event, and what its reference leads to by now."""

    report: Reported
    leads_to: Sequence[OrderKey]

    @property
    def ref(self) -> str:
        """What it refers to."""
        return self.report.event.order.order_no

    @property
    def place(self) -> tuple[int, str, str]:
        """Where it stands in the list."""
        event = self.report.event
        return to_ms(event.observed_at), event.key.source, event.key.id


async def parked_events(connection: Connection, wanted: ParkedFilter, limit: int) -> list[Parked]:
    """Parked events, newest first."""
    said, values = numbered(_conditions(wanted))
    rows = await connection.fetch(
        f"SELECT * FROM parked_events{where(said)} ORDER BY observed_at DESC, source DESC, id DESC"
        f" LIMIT ${len(values) + 1}",
        *values,
        limit,
    )
    reports = [unparked(row) for row in rows]
    known = await Orders(connection).resolve({report.event.order.order_no for report in reports})
    return [Parked(report=report, leads_to=known.get(report.event.order.order_no, [])) for report in reports]


def _conditions(wanted: ParkedFilter) -> Iterator[Condition]:
    yield IS_EVENT, []
    if wanted.source is not None:
        yield "source = ?", [wanted.source]
    if wanted.ref is not None:
        yield "ref = ?", [wanted.ref]
    if wanted.since is not None:
        yield "observed_at >= ?", [to_ms(wanted.since)]
    if wanted.shops is not None:
        yield one_of("shop", wanted.shops)
    if wanted.before is not None:
        yield "(observed_at, source, id) < (?, ?, ?)", wanted.before
