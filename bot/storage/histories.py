"""What does a rehearsal read? Orders in slices by their keys, what was observed of them, and what people did."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Connection, Row
from bot.storage.orders import MERGED, Orders
from rules.deeds import TOUCHED, Deed
from rules.events import OrderEvent, OrderKey, Shop, UserId
from rules.history import What
from rules.instants import from_ms, known_instant, to_ms
from rules.stages import Stage

DEEDS = (
    What.CLAIMED,
    What.SENT,
    What.REACHED,
    What.WAIVED,
    What.ESCALATED,
    What.SNOOZED,
    What.REASON_GIVEN,
    What.NOT_DELIVERED,
)
"""What the timeline tells that a rehearsal takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much history there is."""

    orders: int
    """Those that something may still be raised about from the beginning of what was asked on."""
    first_at: datetime | None
    """When the first of all events was observed; None where there is none."""
    last_at: datetime | None


class Histories:
    """The histories of orders, read in pieces; no piece holds anything up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def extent(self, since: datetime | None, shop: Shop | None) -> Extent:
        """For a survey: it counts whole tables."""
        where, parameters = _asked(since, shop)
        (counted,) = await self._connection.fetch(
            f"SELECT count(*) AS orders FROM orders WHERE {where}", *parameters
        )
        (span,) = await self._connection.fetch(
            "SELECT min(observed_at) AS first, max(observed_at) AS last FROM events"
        )
        return Extent(
            orders=counted["orders"],
            first_at=known_instant(span["first"]),
            last_at=known_instant(span["last"]),
        )

    async def keys(
        self, after: OrderKey, limit: int, since: datetime | None, shop: Shop | None
    ) -> list[OrderKey]:
        """The next orders by key of those that something may be raised about."""
        where, parameters = _asked(since, shop, first=4)
        rows = await self._connection.fetch(
            "SELECT shop, order_no FROM orders WHERE (shop, order_no) > ($1, $2)"
            f" AND {where} ORDER BY shop, order_no LIMIT $3",
            *after,
            limit,
            *parameters,
        )
        return [order_of(row) for row in rows]

    async def events(self, keys: Collection[OrderKey]) -> dict[OrderKey, list[OrderEvent]]:
        """All that was observed of the orders."""
        return await Orders(self._connection).events(keys)

    async def deeds(self, keys: Sequence[OrderKey]) -> dict[OrderKey, list[Deed]]:
        """What people did about the cases of the orders, oldest first; what nobody did anything about is left out."""
        listed = self._connection.listed(ORDER, sorted(keys), 1)
        theirs = f"JOIN {listed.sql} ON c.shop = listed.shop AND c.order_no = listed.order_no"
        named = ", ".join(f"'{what}'" for what in DEEDS)
        touches = await self._connection.fetch(
            f"SELECT c.shop, c.order_no, c.stage, c.parcel, c.touched_at AS at FROM cases AS c {theirs}"
            " WHERE c.touched_at IS NOT NULL",
            *listed.parameters,
        )
        if not touches:
            return {}
        lines = await self._connection.fetch(
            "SELECT c.shop, c.order_no, c.stage, c.parcel, t.at, t.what, t.actor, t.detail"
            f" FROM cases AS c {theirs}"
            " JOIN timeline AS t ON t.shop = c.shop AND t.order_no = c.order_no AND t.case_id = c.id"
            f" WHERE t.what IN ({named}) ORDER BY t.at",
            *listed.parameters,
        )
        found: dict[OrderKey, list[Deed]] = {}
        for row in lines:
            found.setdefault(order_of(row), []).append(_deed(row))
        for row in touches:
            touched = Deed(
                stage=Stage(row["stage"]), parcel=row["parcel"], at=from_ms(row["at"]), what=TOUCHED
            )
            found.setdefault(order_of(row), []).append(touched)
        return {key: sorted(deeds, key=lambda deed: deed.at) for key, deeds in found.items()}


async def body_of_draft(connection: Connection, kind: str, draft: str) -> str | None:
    """What a draft says; None where there is none of that kind."""
    rows = await connection.fetch("SELECT body FROM drafts WHERE id = $1 AND kind = $2", draft, kind)
    return rows[0]["body"] if rows else None


def _asked(since: datetime | None, shop: Shop | None, first: int = 1) -> tuple[str, tuple[int | str, ...]]:
    """The condition on orders: about what had ended before then nothing is raised."""
    parts, parameters = [f"status <> '{MERGED}'"], list[int | str]()
    if since is not None:
        parts.append(f"(status = 'open' OR updated_at >= ${first})")
        parameters.append(to_ms(since))
    if shop is not None:
        parts.append(f"shop = ${first + len(parameters)}")
        parameters.append(shop)
    return " AND ".join(parts), tuple(parameters)


def _deed(row: Row) -> Deed:
    told = json.loads(row["detail"])
    return Deed(
        stage=Stage(row["stage"]),
        parcel=row["parcel"],
        at=from_ms(row["at"]),
        what=row["what"],
        by=None if row["actor"] is None else UserId(row["actor"]),
        detail=told.get("detail") or told.get("state", ""),
    )
