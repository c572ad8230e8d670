"""What does a look at the clock read? What is due: however many are open, and whatever PostgreSQL could trip over.

Each trap is shown beside what we do, so that the test is known to see it. That a sleeping watcher is woken by a
nearer time is told in `tests/bot/test_watcher.py`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg
import pytest

from bot.signals import Signals
from bot.storage.connection import Connection, Value
from bot.storage.dues import Dues, next_due
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from rules.instants import instant, to_ms
from tests.contracts.backend import meanwhile, rows
from tests.contracts.listening import Listening

NOW = instant(datetime.now(UTC))
DUE, LIMIT = 100, 500
READ_AT_MOST = 1.05
"""So many rows for each that is due."""
MANY = pytest.mark.parametrize(
    "many", [20_000, pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
ASKED_OF_THE_CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

Plan = Mapping[str, Any]


async def crowd(url: str, many: int) -> None:
    """So many open orders: a few are due, the others will be within hours. A million of them takes its time."""
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        await connection.execute(
            "INSERT INTO due (due_at, live, shop, order_no, kind, ref)"
            " SELECT CASE WHEN n <= $2 THEN $3 - n ELSE $3 + 3600000 + n END, true, 'main', 'SO' || n, 'l', ''"
            " FROM generate_series(1, $1::bigint) AS n",
            many,
            DUE,
            to_ms(NOW),
        )
        await connection.execute("VACUUM ANALYZE due")
    finally:
        await connection.close()


async def the_claim(connection: Connection) -> str:
    """The query of a claim, learnt from one that finds nothing."""
    listening = Listening(connection)
    assert await Dues(listening).take(NOW - timedelta(days=1), LIMIT) == []
    ((query, _),) = listening.asked
    return query


async def plan_of(connection: Connection, sql: str, *parameters: Value) -> Plan:
    """What a query reads, by the plan for any parameters: a connection settles for it after a few runs."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE question AS {sql}")
    given = f"({', '.join(map(str, parameters))})" if parameters else ""
    found = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE question{given}")
    await connection.execute("DEALLOCATE question")
    return json.loads(found[0]["QUERY PLAN"])[0]["Plan"]


def scans(plan: Plan) -> Iterator[Plan]:
    """The parts of a plan that read a table or an index."""
    if "Scan" in plan["Node Type"] and "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def rows_read(plan: Plan) -> int:
    return sum(
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
        for scan in scans(plan)
    )


@MANY
async def test_a_claim_reads_what_is_due(postgres_store: Store, shared_postgres: str, many: int) -> None:
    """Trap: a clock that is asked for each row makes the whole index be read."""
    await crowd(shared_postgres, many)

    async with postgres_store.reading() as connection:
        claim = await the_claim(connection)
        ours = await plan_of(connection, claim, to_ms(NOW), LIMIT)
        trap = await plan_of(connection, claim.replace("$1", ASKED_OF_THE_CLOCK).replace("$2", str(LIMIT)))

    assert [scan["Index Name"] for scan in scans(ours)] == ["due_next"]
    assert rows_read(ours) <= DUE * READ_AT_MOST
    assert rows_read(trap) == many


@MANY
async def test_the_next_time_is_read_off_the_end_of_the_index(
    postgres_store: Store, shared_postgres: str, many: int
) -> None:
    await crowd(shared_postgres, many)

    async with postgres_store.reading() as connection:
        listening = Listening(connection)
        await next_due(listening)
        ((query, _),) = listening.asked
        assert rows_read(await plan_of(connection, query)) == 1


async def test_a_plan_for_any_parameters_uses_the_partial_index(
    postgres_store: Store, shared_postgres: str
) -> None:
    """Trap: it does only where the condition is spelt out, as the index spells it."""
    await crowd(shared_postgres, 20_000)

    async with postgres_store.reading() as connection:
        claim = await the_claim(connection)
        ours = await plan_of(connection, claim, to_ms(NOW), LIMIT)
        trap = await plan_of(connection, claim.replace("live", "live = $3"), to_ms(NOW), LIMIT, True)

    assert [scan.get("Index Name") for scan in scans(ours)] == ["due_next"]
    assert "due_next" not in [scan.get("Index Name") for scan in scans(trap)]


async def test_nobody_looks_back_when_all_is_done(postgres_store: Store, shared_postgres: str) -> None:
    """Trap: while one old transaction looks back, what was given out since is read again at every look."""
    await crowd(shared_postgres, 20_000)

    async def claim(work: Transaction) -> int:
        return len(await work.dues.take(NOW, LIMIT))

    async with meanwhile(postgres_store, claim) as claimed:
        assert claimed == DUE
        assert await looking_back(postgres_store) == 1
    await postgres_store.next_due()

    assert await looking_back(postgres_store) == 0


async def looking_back(store: Store) -> int:
    """How many other connections keep old rows from being cleared away, or are in a transaction."""
    found = await rows(
        store,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' AND (backend_xmin IS NOT NULL OR state <> 'idle')",
    )
    return len(found)


async def test_what_is_done_with_is_cleared_away_soon(postgres_url: str) -> None:
    """What is due changes all the time: a hundredth of the table, and it is vacuumed, without a pause."""
    async with open_store(postgres_url, Signals()) as store:
        (found,) = await rows(store, "SELECT reloptions FROM pg_class WHERE relname = 'due'")

    assert set(found["reloptions"]) == {
        "autovacuum_vacuum_scale_factor=0.01",
        "autovacuum_vacuum_threshold=1000",
        "autovacuum_vacuum_cost_delay=0",
    }
