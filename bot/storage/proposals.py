"""How is it kept what history proposes, and what was decided about it?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Conflict, Connection, Row, Table, Type
from bot.storage.states import decode_order
from rules.events import DRILL, OrderKey
from rules.instants import from_ms, known_instant, to_ms
from rules.orders import Order
from rules.proposals import HolidayFactor, Proposal

PROPOSALS = Table(
    "proposals",
    {"week": Type.TEXT, "place": Type.TEXT, "found_at": Type.BIGINT, "body": Type.TEXT},
    ("week", "place"),
)


class Verdict(StrEnum):
    """What somebody decided about a proposal."""

    ACCEPTED = "accepted"
    """It is in a draft of the rules."""
    REJECTED = "rejected"
    """It is not proposed again for some weeks."""


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What history proposes: one of the two."""

    limit: Proposal | None = None
    holiday: HolidayFactor | None = None

    @property
    def place(self) -> str:
        """What it is about, as one text."""
        if self.limit is not None:
            return self.limit.place.key
        return "" if self.holiday is None else f"holiday:{self.holiday.name}"

    @property
    def is_new(self) -> bool:
        """Whether it proposes anything."""
        if self.limit is not None:
            return self.limit.new is not None
        return self.holiday is not None and self.holiday.new is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A proposal of a week, and what was decided about it."""

    week: str
    found_at: datetime
    suggested: Suggested
    verdict: Verdict | None
    decided_by: str | None
    decided_at: datetime | None
    why: str | None
    draft: str | None


class Proposals:
    """The proposals, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, week: str, suggested: list[Suggested], now: datetime) -> None:
        """Write those of a week; what is there already stays as it is."""
        rows = [(week, one.place, to_ms(now), msgspec.json.encode(one).decode()) for one in suggested]
        await self._connection.write(PROPOSALS, rows, Conflict.KEEP)

    async def find(self, week: str, place: str) -> Kept | None:
        """One of them."""
        rows = await self._connection.fetch(
            "SELECT * FROM proposals WHERE week = $1 AND place = $2", week, place
        )
        return _kept(rows[0]) if rows else None

    async def decide(
        self,
        week: str,
        place: str,
        *,
        verdict: Verdict,
        by: str,
        at: datetime,
        why: str | None = None,
        draft: str | None = None,
    ) -> bool:
        """Put down what was decided; whether nobody had decided before."""
        rows = await self._connection.fetch(
            "UPDATE proposals SET verdict = $3, decided_by = $4, decided_at = $5, why = $6, draft = $7"
            " WHERE week = $1 AND place = $2 AND verdict IS NULL RETURNING place",
            week,
            place,
            verdict.value,
            by,
            to_ms(at),
            why,
            draft,
        )
        return bool(rows)


async def newest_proposals(connection: Connection) -> list[Kept]:
    """Those of the latest week, by what they are about."""
    rows = await connection.fetch(
        "SELECT * FROM proposals WHERE week = (SELECT week FROM proposals ORDER BY week DESC LIMIT 1)"
        " ORDER BY week, place"
    )
    return [_kept(row) for row in rows]


async def has_proposals(connection: Connection, week: str) -> bool:
    """Whether history was asked in that week."""
    return bool(await connection.fetch("SELECT place FROM proposals WHERE week = $1 LIMIT 1", week))


async def decided_since(connection: Connection, at: datetime) -> set[str]:
    """What was decided about since then."""
    rows = await connection.fetch(
        "SELECT place FROM proposals WHERE decided_at IS NOT NULL AND decided_at >= $1", to_ms(at)
    )
    return {row["place"] for row in rows}


async def orders_after(
    connection: Connection, after: OrderKey, since: datetime, each: int, limit: int
) -> tuple[list[tuple[int, Order]], OrderKey | None]:
    """Of the next `limit` orders by their keys, about one in `each`, with its lot, if there was news since then; and where to go on.

    None when there are no more. The lot is drawn from the key, in the database and by the index of the keys alone: rows
    that came in together share every time that is written in them.
    """
    after_it, lot = "(shop, order_no) > ($1, $2)", connection.lot_of("shop", "order_no")
    ends = await connection.fetch(
        f"SELECT shop, order_no FROM orders WHERE {after_it} ORDER BY shop, order_no LIMIT 1 OFFSET $3",
        *after,
        limit - 1,
    )
    last = order_of(ends[0]) if ends else None
    chosen = await connection.fetch(
        f"SELECT shop, order_no, {lot} AS lot FROM orders WHERE {after_it} AND {lot} % $3 = 0 AND shop <> $4"
        f"{' AND (shop, order_no) <= ($5, $6)' if last else ''} ORDER BY shop, order_no",
        *after,
        each,
        DRILL,
        *(last or ()),
    )
    listed = connection.listed(
        {**ORDER, "lot": Type.BIGINT}, [(*order_of(row), row["lot"]) for row in chosen], 2
    )
    rows = await connection.fetch(
        f"SELECT listed.lot, o.state FROM orders AS o JOIN {listed.sql}"
        " ON o.shop = listed.shop AND o.order_no = listed.order_no WHERE o.updated_at >= $1",
        to_ms(since),
        *listed.parameters,
    )
    return [(row["lot"], decode_order(row["state"])) for row in rows], last


def _kept(row: Row) -> Kept:
    return Kept(
        week=row["week"],
        found_at=from_ms(row["found_at"]),
        suggested=msgspec.json.decode(row["body"], type=Suggested),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        decided_by=row["decided_by"],
        decided_at=known_instant(row["decided_at"]),
        why=row["why"],
        draft=row["draft"],
    )
