"""How is the audit trail kept, and asked? Lines are added, and read from the newest on; no statement changes one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.conditions import Condition, numbered, one_of, where
from bot.storage.connection import Conflict, Connection, Table, Type
from bot.storage.ids import begins_at, id_at
from handlers.trail import VIEWED, AuditEntry
from rules.anomalies import AnomalyId
from rules.events import OrderKey, Shop

CODEC = RowCodec(
    AuditEntry,
    "audit_trail",
    ("id",),
    {"case": "case_id", "card": "card_id", "before": "before_hash", "after": "after_hash"},
)
TRAIL = Table("audit_trail", {"id": Type.TEXT, **CODEC.table.columns}, ("id",))
IS_CHANGE = f"substr(deed, 1, {len(VIEWED)}) <> '{VIEWED}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """Which lines to read; None stands for all."""

    actor: str | None = None
    deed: str | None = None
    order: OrderKey | None = None
    number: str | None = None
    """Of an order, in whichever shop."""
    case: AnomalyId | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Only lines from before."""
    shops: frozenset[Shop] | None = None
    """Only lines about orders of these; those about no order are for whoever may see every shop."""
    changes_only: bool = False
    """Without those who only looked."""
    before: str | None = None
    """Only lines older than the one of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """A line as it is kept: later ones have greater ids."""

    id: str
    entry: AuditEntry


class Trail:
    """See `handlers.trail.Trail`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, entries: Iterable[AuditEntry]) -> None:
        rows = [(id_at(entry.at), *CODEC.row(entry)) for entry in entries]
        if rows:
            await self._connection.write(TRAIL, rows, Conflict.FAIL)

    async def lines(self, wanted: TrailFilter, limit: int) -> list[TrailLine]:
        """Lines, newest first."""
        said, parameters = numbered(_conditions(wanted))
        rows = await self._connection.fetch(
            f"SELECT * FROM audit_trail{where(said)} ORDER BY id DESC LIMIT ${len(parameters) + 1}",
            *parameters,
            limit,
        )
        return [TrailLine(id=row["id"], entry=CODEC.record(row)) for row in rows]


def _conditions(wanted: TrailFilter) -> Iterator[Condition]:
    facts = {
        "actor": wanted.actor,
        "deed": wanted.deed,
        "order_no": wanted.number,
        "case_id": wanted.case,
    }
    yield from ((f"{column} = ?", [value]) for column, value in facts.items() if value is not None)
    if wanted.order is not None:
        yield "shop = ? AND order_no = ?", wanted.order
    if wanted.since is not None:
        yield "id >= ?", [begins_at(wanted.since)]
    if wanted.until is not None:
        yield "id < ?", [begins_at(wanted.until)]
    if wanted.before is not None:
        yield "id < ?", [wanted.before]
    if wanted.changes_only:
        yield IS_CHANGE, []
    if wanted.shops is not None:
        yield one_of("shop", wanted.shops)
