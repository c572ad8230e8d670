"""How does a cron job find what is overdue? It has an order's stage and when that was entered, and looks at them all."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
from tortoise import fields
from tortoise.models import Model

from bench.peers.orm import orm
from bench.peers.work import LIMITS

Scan = Callable[[], Awaitable[list[str]]]
"""The numbers of the orders that are overdue."""
LATE = 0.03
"""So many of the open orders are past their limit, have been reported, and stay open until they move."""
SCHEMA = """
CREATE TABLE peer_open (
    order_no text PRIMARY KEY, stage text NOT NULL, entered_at timestamptz NOT NULL, status text NOT NULL,
    reported boolean NOT NULL, details jsonb NOT NULL
);
CREATE TABLE peer_anomaly (order_no text PRIMARY KEY, stage text NOT NULL, since timestamptz NOT NULL);
"""
INDEX = "CREATE INDEX peer_stage ON peer_open (stage, entered_at)"
DETAILS = """{"shop": "main", "channel": "web", "amount_fen": 12900, "warehouse": "hz1", "region": "浙江",
 "payment_channel": "wechat", "items": [{"sku": "SKU-000123", "qty": 1}, {"sku": "SKU-000456", "qty": 2}],
 "customer": {"ref": "c-000123", "name": "张三"}, "tags": ["618"], "carrier": "yuantong"}"""
FILL = """
INSERT INTO peer_open
SELECT 'SO' || lpad(n::text, 9, '0'), stage, $1::timestamptz - age, 'open', reported, $2::jsonb
FROM (
    SELECT n, stage, n % 100 < $3 AND n >= $4 AS reported, CASE
        WHEN n < $4 THEN due + make_interval(secs => 60.0 * ($4 - n) / $4)
        WHEN n % 100 < $3 THEN due * 1.5
        ELSE due * 0.5 * ((n / 600) % 1000) / 1000 END AS age
    FROM generate_series(0, $5 - 1) AS n
    JOIN unnest($6::text[], $7::interval[]) WITH ORDINALITY AS limits(stage, due, place) ON place = n / 100 % 6 + 1
) AS orders
"""


class OpenOrder(Model):
    order_no = fields.CharField(max_length=64, primary_key=True)
    stage = fields.CharField(max_length=16)
    entered_at = fields.DatetimeField()
    status = fields.CharField(max_length=16)
    reported = fields.BooleanField()
    details = fields.JSONField[Mapping[str, Any]]()

    class Meta(Model.Meta):
        table = "peer_open"


async def fill(url: str, orders: int, *, due: int = 0, at: datetime | None = None) -> None:
    """So many open orders, of which `due` pass their limit within the minute before `at`, evenly."""
    database: Any = await cast(Any, asyncpg).connect(url)
    try:
        await database.execute(SCHEMA)
        await database.execute(
            FILL,
            at or datetime.now(UTC),
            DETAILS,
            round(LATE * 100),
            due,
            orders,
            list(LIMITS),
            list(LIMITS.values()),
        )
        await database.execute("ANALYZE peer_open")
    finally:
        await database.close()


async def fill_indexed(url: str, orders: int, *, due: int = 0, at: datetime | None = None) -> None:
    """The same, with the index that a scan can use."""
    await fill(url, orders, due=due, at=at)
    database: Any = await cast(Any, asyncpg).connect(url)
    try:
        await database.execute(INDEX)
    finally:
        await database.close()


@asynccontextmanager
async def orm_scan(url: str) -> AsyncGenerator[Scan]:
    """Load all that is open through the ORM, and look at each."""
    async with orm(url, __name__):
        yield _overdue


async def _overdue() -> list[str]:
    now = datetime.now(UTC)
    return [
        order.order_no
        for order in await OpenOrder.filter(status="open")
        if not order.reported and order.entered_at < now - LIMITS[order.stage]
    ]


@asynccontextmanager
async def sql_scan(url: str) -> AsyncGenerator[Scan]:
    """One query over all that is open; with an index on (stage, entered_at) it reads what is late."""
    late = " OR ".join(
        f"(stage = '{stage}' AND entered_at < $1::timestamptz - interval '{span.total_seconds()} s')"
        for stage, span in LIMITS.items()
    )
    query = f"SELECT order_no FROM peer_open WHERE status = 'open' AND NOT reported AND ({late})"
    database: Any = await cast(Any, asyncpg).connect(url)

    async def scan() -> list[str]:
        return [row["order_no"] for row in await database.fetch(query, datetime.now(UTC))]

    try:
        yield scan
    finally:
        await database.close()
