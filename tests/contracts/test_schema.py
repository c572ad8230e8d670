"""What do the migrations leave behind? The same tables and indexes on both databases."""

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

from msgspec import structs
from tortoise.models import Model

from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.storage.tables import DocumentTable, OpenUseridTable, StaffTable
from handlers.messages import Due, DueKind
from rules.anomalies import Ended
from rules.editions import Edition
from rules.events import Customer, UserId
from rules.tasks import TaskKind, TaskResult
from tests.contracts.backend import Backend, inside, rows, tables, value
from tests.contracts.builders import BOOK, NOW, a_case, a_due, a_task, an_order, in_

FIRST = import_module("bot.storage.migrations.0001_first")
SECOND = import_module("bot.storage.migrations.0002_lost_letters")
THIRD = import_module("bot.storage.migrations.0003_narrow_dues")
FIFTH = import_module("bot.storage.migrations.0005_leaving_in_full")
SIXTH = import_module("bot.storage.migrations.0006_customers")
SEVENTH = import_module("bot.storage.migrations.0007_staff")
EIGHTH = import_module("bot.storage.migrations.0008_the_board")
NINTH = import_module("bot.storage.migrations.0009_responding")
TENTH = import_module("bot.storage.migrations.0010_evolving")
TABLES = {*FIRST.TABLES, *SIXTH.TABLES, *SEVENTH.TABLES, *EIGHTH.TABLES, *NINTH.TABLES, *TENTH.TABLES} - {
    "stock_tasks"
}
COLUMN_TYPES = {"text", "bigint", "boolean", "bytea"}
"""No time stamps: their form would depend on the database, and on settings."""


MADE = (*FIRST.INDEXES, *SECOND.INDEXES, *THIRD.INDEXES)


async def columns(store: Store, backend: Backend, table: str) -> Mapping[str, tuple[str, bool]]:
    """The type of each column, and whether it may be empty."""
    query = {
        Backend.SQLITE: 'SELECT name, lower(type) AS type, "notnull" = 0 AS nullable FROM pragma_table_xinfo($1)',
        Backend.POSTGRES: (
            "SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable"
            " FROM information_schema.columns WHERE table_name = $1"
        ),
    }[backend]
    found = await rows(store, query, table)
    return {row["name"]: (row["type"].split()[0], bool(row["nullable"])) for row in found}


async def indexes(store: Store, backend: Backend) -> set[str]:
    """The names of the indexes that were made by name."""
    query = {
        Backend.SQLITE: "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
        Backend.POSTGRES: (
            "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'"
            " AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'"
        ),
    }[backend]
    return {row["name"] for row in await rows(store, query) if "tortoise" not in row["name"]}


async def test_every_table_and_index_is_there(store: Store, backend: Backend) -> None:
    """Trap: the ORM's migrations on SQLite drop indexes when they rebuild a table. These are plain SQL."""
    declared = {re.split(r"\s+ON\s+", index)[0].split()[-1] for index in MADE}

    assert await tables(store, backend) == TABLES
    made_anew = (declared | set(FIFTH.INDEXES)) - set(EIGHTH.BEFORE)
    later = {*EIGHTH.INDEXES, EIGHTH.BY_NUMBER, *NINTH.INDEXES, *TENTH.INDEXES, TENTH.ENDED_ONCE}
    assert await indexes(store, backend) == made_anew | later


async def test_columns_have_types_that_mean_the_same_in_both_databases(
    store: Store, backend: Backend
) -> None:
    for table in TABLES:
        types = {kind for kind, _ in (await columns(store, backend, table)).values()}
        assert types <= COLUMN_TYPES, table


async def test_the_orm_knows_what_is_there(store: Store, backend: Backend) -> None:
    models: tuple[type[Model], ...] = (DocumentTable, StaffTable, OpenUseridTable)
    for model in models:
        told: Any = cast(Any, model).describe()
        fields = [told["pk_field"], *told["data_fields"]]
        there = await columns(store, backend, told["table"])
        assert {field["db_column"] for field in fields} == set(there)
        nullable = {name for name, (_, nullable) in there.items() if nullable}
        assert {field["db_column"] for field in fields if field["nullable"]} == nullable - {"state"}


async def test_the_customers_of_orders_that_are_there_lead_to_them(store: Store, backend: Backend) -> None:
    known, unknown, spoilt = an_order("DB1"), an_order("DB2"), an_order("DB3", channel="\0")
    known, spoilt = (
        structs.replace(order, customer=Customer(external_userid="wmChen")) for order in (known, spoilt)
    )

    async def save(work: Transaction) -> None:
        await work.orders.lock([known.key, unknown.key, spoilt.key])
        await work.orders.save([known, unknown, spoilt], Edition(book=BOOK), arm=True)

    await inside(store, save)
    statement = {Backend.SQLITE: SIXTH.ON_SQLITE, Backend.POSTGRES: SIXTH.ON_POSTGRES}[backend]
    for _ in range(2):
        async with store.reading() as connection:
            await connection.execute(statement)

    found = await inside(store, lambda work: work.orders.of_customer("wmChen", NOW, 10))
    assert found[0] == known.key
    assert unknown.key not in found


async def test_opening_again_changes_nothing(url: str) -> None:
    async with open_store(url, Signals()) as store:
        await inside(store, lambda work: work.chats.greeted("wrGroup", NOW))

    async with open_store(url, Signals()) as store:
        assert await value(store, "SELECT count(*) FROM chats") == 1


async def test_what_was_due_before_the_table_became_narrow_is_due_after_it(store: Store) -> None:
    live, dead = a_due("DB1"), a_due("DB2", kind=DueKind.LADDER, ref="case")
    await inside(store, lambda work: work.dues.arm([live, dead]))
    await inside(store, lambda work: work.dues.disarm([(dead.order, dead.kind, dead.ref)]))
    before = await rows(store, "SELECT * FROM due ORDER BY order_no")

    async with store.reading() as connection:
        for statement in THIRD.WIDE:
            await connection.execute(statement)
    kinds = {row["kind"] for row in await rows(store, "SELECT kind FROM due")}
    assert kinds == {DueKind.LIMIT, DueKind.LADDER}
    async with store.reading() as connection:
        for statement in THIRD.NARROW:
            await connection.execute(statement)

    assert await rows(store, "SELECT * FROM due ORDER BY order_no") == before
    assert await inside(store, lambda work: work.dues.take(in_(hours=1), 10)) == [live]


async def test_the_board_s_tables_can_be_taken_back_and_made_anew(store: Store, backend: Backend) -> None:
    there = await tables(store, backend), await indexes(store, backend)
    back: Mapping[Backend, list[str]] = {
        Backend.SQLITE: [],
        Backend.POSTGRES: [*TENTH.DOWN_ON_POSTGRES, *EIGHTH.DOWN_ON_POSTGRES],
    }
    anew: Mapping[Backend, list[str]] = {
        Backend.SQLITE: EIGHTH.UP_ON_SQLITE,
        Backend.POSTGRES: EIGHTH.UP_ON_POSTGRES,
    }
    last: Mapping[Backend, list[str]] = {
        Backend.SQLITE: TENTH.UP_ON_SQLITE,
        Backend.POSTGRES: TENTH.UP_ON_POSTGRES,
    }
    async with store.reading() as connection:
        for statement in (*back[backend], *TENTH.DOWN, *NINTH.DOWN, *EIGHTH.DOWN):
            await connection.execute(statement)
    assert await tables(store, backend) == (there[0] | {"stock_tasks"}) - {
        *EIGHTH.TABLES,
        *NINTH.TABLES,
        *TENTH.TABLES,
    }
    assert set(EIGHTH.BEFORE) <= await indexes(store, backend)

    async with store.reading() as connection:
        for statement in (*EIGHTH.UP, *anew[backend], *NINTH.UP, *TENTH.UP, *last[backend]):
            await connection.execute(statement)
    assert (await tables(store, backend), await indexes(store, backend)) == there


async def test_what_was_to_be_looked_up_before_there_were_other_tasks_is_chased_after_it(
    store: Store,
) -> None:
    case, over = a_case(), a_case("DB2", ended_at=in_(minutes=1), ended_how=Ended.MOVED)
    waiting, moved = a_task(case, due_at=in_(minutes=30)), a_task(over, due_at=in_(minutes=30))
    short = a_task(a_case("DB3"), due_at=in_(minutes=30))
    short = replace(short, result=TaskResult.SHORT, done_by=UserId("lisi"), done_at=NOW)
    other = replace(waiting, kind=TaskKind.REMIND_CARRIER)
    ended = replace(moved, result=TaskResult.MOVED, done_at=in_(minutes=1))

    async def save(work: Transaction) -> None:
        await work.cases.save([case, over, a_case("DB3", id_=short.case)])
        await work.tasks.save([waiting, other, moved, short])

    await inside(store, save)
    async with store.reading() as connection:
        for statement in NINTH.TASKS_BACK:
            await connection.execute(statement)
        await connection.execute("DELETE FROM tasks")
    assert await value(store, "SELECT count(*) FROM stock_tasks") == 3

    async with store.reading() as connection:
        for statement in NINTH.TASKS_OVER:
            await connection.execute(statement)

    found = await inside(store, lambda work: work.tasks.of_cases([case.id, over.id, short.case]))
    assert [task for tasks in found.values() for task in tasks.values()] == [waiting, ended, short]
    due = Due(order=case.order, kind=DueKind.TASK, ref=f"{case.id}:recheck_stock", at=waiting.due_at)
    assert await inside(store, lambda work: work.dues.take(in_(hours=1), 10)) == [due]
