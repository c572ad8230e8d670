"""What goes on around the orders? What became of the alerts, and how much did not get where it belongs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Connection
from bot.storage.ledger import ledger_within
from bot.storage.outages import unsettled
from bot.storage.outbox import IS_LOST
from bot.storage.parked import IS_EVENT
from handlers.ledger import Ledger
from rules.dates import A_DAY
from rules.events import Shop
from rules.instants import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What goes on around the orders of some shops, or of all."""

    ledger: Ledger
    """Of the last 24 hours."""
    lost: int
    """The letters of the last 24 hours that did not arrive and are missed."""
    unmatched: int
    """The events that belong to no order."""
    out: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """The sources that are out, and when each was heard last: of all shops, as a source says itself whose it is."""


async def around_at(connection: Connection, now: datetime, shops: Collection[Shop] | None) -> Around:
    """What goes on around the orders of these shops; ask on `Store.survey`, as whole tables may be read.

    Letters about no order are of no shop, and so are events that do not say it.
    """
    lost = [(IS_LOST, ()), ("l.done_at >= ?", (to_ms(now - A_DAY),)), *_of(shops, "l.shop")]
    return Around(
        ledger=await ledger_within(connection, A_DAY, shops),
        lost=await _count(connection, "letters AS l", lost),
        unmatched=await _count(connection, "parked_events", [(IS_EVENT, ()), *_of(shops, "shop")]),
        out={one.source: one.heard_at for one in await unsettled(connection) if one.ended_at is None},
    )


def _of(shops: Collection[Shop] | None, column: str) -> Iterator[Condition]:
    if shops is not None:
        yield one_of(column, shops)


async def _count(connection: Connection, table: str, conditions: Sequence[Condition]) -> int:
    said, values = numbered(conditions)
    (row,) = await connection.fetch(f"SELECT count(*) AS count FROM {table}{where(said)}", *values)
    return row["count"]
