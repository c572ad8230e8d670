"""One transaction: all of it, or nothing; and whoever waits for what it wrote is woken."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial

import pytest
from msgspec import structs

from bot.clock import ManualClock
from bot.signals import Signal, Signals
from bot.storage.connection import Conflict, Table, Type
from bot.storage.inbox import Received
from bot.storage.proposals import Suggested
from bot.storage.store import Store, Transaction
from handlers.ports import StoreUnavailableError
from handlers.records import Link
from handlers.reportbook import Made
from handlers.trail import NOBODY
from rules.causes import findings
from rules.delivery import DeliveryState
from rules.editions import Edition
from rules.events import Item, UserId
from rules.orders import Order
from rules.staff import Employment
from tests.contracts.backend import Backend, end_other_connections, inside, tables, value
from tests.contracts.builders import (
    BOOK,
    NOW,
    a_card,
    a_case,
    a_change,
    a_decision,
    a_draft,
    a_due,
    a_key,
    a_letter,
    a_look,
    a_promise,
    a_rehearsal,
    a_report,
    a_sign,
    a_task,
    an_approval,
    an_entry,
    an_experiment,
    an_exposure,
    an_incident,
    an_incident_card,
    an_order,
    an_outage,
    in_,
)
from tests.replies.test_reports import a_report as a_week
from tests.rules.test_causes import a_delay

WRITTEN = (
    "orders", "events", "parked_events", "links", "order_skus", "due", "cases", "timeline", "letters",
    "cards", "tasks", "windows", "chats", "inbox", "leases", "kf_accounts", "staff", "open_userids",
    "documents", "audit_trail", "spent_passes", "duty_changes", "incidents", "incident_cards", "approved",
    "promises", "heartbeats", "outages", "storm_signs", "decisions", "reports", "drafts", "delays", "findings",
    "experiments", "exposures", "experiment_looks", "rehearsals", "proposals",
)  # fmt: skip


async def write_everywhere(work: Transaction) -> None:
    """A row in every table."""
    case, order = a_case("DB1"), an_order("DB1", skus=("A",))
    await work.orders.lock([order.key])
    await work.orders.save([order], Edition(book=BOOK), arm=True)
    await work.orders.store([a_report("DB1")])
    await work.orders.park([a_report("tracking:YT1")])
    await work.orders.link([Link(ref="T1", order=order.key)])
    await work.orders.index_items([order])
    await work.dues.arm([a_due("DB1")])
    await work.cases.save([case])
    await work.cases.note([an_entry(case)])
    await work.outbox.post([a_letter()])
    await work.cards.put(a_card(case))
    await work.tasks.save([a_task(case)])
    await work.incident_cards.put(an_incident_card())
    await work.approvals.put([an_approval(case)])
    await work.promises.put([a_promise(case)])
    await work.windows.heard("wk", "wm", NOW)
    await work.chats.greeted("wrGroup", NOW)
    await work.inbox.put([Received(identity="click:1", body="{}", at=NOW)])
    await work.leases.acquire("socket", "a", NOW, timedelta(seconds=15))
    await work.accounts.add("wk", NOW)
    await work.staff.mark(UserId("zhangsan"), Employment.LEFT)
    await work.staff.learn({"woZhangsan": UserId("zhangsan")}, NOW)
    await work.documents.add("rules", "{}", NOW)
    await work.drafts.add(a_draft())
    await work.rehearsals.add(a_rehearsal())
    await work.experiments.save(an_experiment())
    await work.experiments.expose([an_exposure()])
    await work.experiments.note(a_look())
    await work.passes.spend("a", NOW)
    await work.duty.add(a_change())
    await work.incidents.add([an_incident(case)])
    await work.incidents.keep_signs([a_sign(case)])
    await work.feeds.beat({"/wms/hz1": 1})
    await work.outages.save(an_outage())
    await work.proposals.put("2026-03-02", [Suggested()], NOW)
    await work.causes.put([a_delay()])
    await work.causes.keep("2026-03-02", {"*": findings([a_delay()], {}, {}, UTC)}, NOW)
    await work.decisions.add(a_decision())
    await work.reports.add(Made(report=a_week(), picture=b"x"))
    await work.trail.note([NOBODY.did("rules.imported", "rules", NOW)])


async def counts(store: Store) -> dict[str, object]:
    return {table: await value(store, f"SELECT count(*) FROM {table}") for table in WRITTEN}


# --- all or nothing --------------------------------------------------------------


async def test_everything_is_committed_together(store: Store) -> None:
    await inside(store, write_everywhere)

    assert await counts(store) == dict.fromkeys(WRITTEN, 1)


async def test_this_file_writes_into_every_table_that_transactions_write(
    store: Store, backend: Backend
) -> None:
    assert await tables(store, backend) == {*WRITTEN, "outlooks", "feeds", "personal"}


async def test_an_error_leaves_nothing(store: Store) -> None:
    async def write_and_fail(work: Transaction) -> None:
        await write_everywhere(work)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await inside(store, write_and_fail)

    assert await counts(store) == dict.fromkeys(WRITTEN, 0)


async def test_a_cancelled_transaction_leaves_nothing_and_holds_nothing(store: Store) -> None:
    written = asyncio.Event()

    async def write_and_hang(work: Transaction) -> None:
        await write_everywhere(work)
        written.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(inside(store, write_and_hang))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await counts(store) == dict.fromkeys(WRITTEN, 0)
    await inside(store, write_everywhere)


async def test_what_is_not_committed_is_seen_by_nobody_else(store: Store) -> None:
    async def write_and_look(work: Transaction) -> object:
        await work.chats.greeted("wrGroup", NOW)
        return await value(store, "SELECT count(*) FROM chats")

    assert await inside(store, write_and_look) == 0
    assert await value(store, "SELECT count(*) FROM chats") == 1


async def test_rows_for_several_tables_are_written_in_the_order_in_which_they_came(
    postgres_store: Store,
) -> None:
    """Transactions that write the same tables hold their rows in one order, so that none waits in a circle."""
    tables = [Table(f"pg_temp.{name}", {"name": Type.TEXT}, ("name",)) for name in ("a", "b", "c", "d")]
    async with postgres_store.reading() as connection:
        await connection.execute("CREATE TEMP SEQUENCE turn")
        for table in tables:
            await connection.execute(
                f"CREATE TABLE {table.name} (name text, turn bigint DEFAULT nextval('turn'))"
            )
        for table in reversed(tables):
            await connection.write(table, [(table.name,)], Conflict.FAIL)

        union = " UNION ALL ".join(f"SELECT * FROM {table.name}" for table in tables)
        found = await connection.fetch(f"SELECT name FROM ({union}) AS written ORDER BY turn")
        await connection.execute("DROP SEQUENCE turn CASCADE")
        for table in tables:
            await connection.execute(f"DROP TABLE {table.name}")
    assert [row["name"] for row in found] == [table.name for table in reversed(tables)]


async def test_two_that_lock_in_opposite_order_both_succeed(postgres_store: Store) -> None:
    """PostgreSQL ends one of two that wait for each other; the store runs it again."""
    both_hold_one = asyncio.Barrier(2)
    tries: list[str] = []

    async def lock(work: Transaction, first: str, second: str) -> None:
        tries.append(first)
        await work.orders.lock([a_key(first)])
        if len(tries) <= 2:
            await both_hold_one.wait()
        await work.orders.lock([a_key(second)])

    orders = [an_order("DB1"), an_order("DB2")]
    await inside(postgres_store, lambda work: work.orders.save(orders, Edition(book=BOOK), arm=True))
    await asyncio.gather(
        inside(postgres_store, lambda work: lock(work, "DB1", "DB2")),
        inside(postgres_store, lambda work: lock(work, "DB2", "DB1")),
    )

    assert len(tries) == 3


async def test_two_that_find_the_same_order_new_come_after_each_other(postgres_store: Store) -> None:
    """The second to store it fails and is run again: then it finds what the first has made of it."""
    both_found_it_new, found = asyncio.Barrier(2), list[Order]()

    async def add_a_sku(work: Transaction, sku: str) -> None:
        order = (await work.orders.lock([a_key("DB1")]))[a_key("DB1")]
        found.append(order)
        if len(found) <= 2:
            await both_found_it_new.wait()
        more = structs.replace(order, items=(*order.items, Item(sku=sku)))
        await work.orders.save([more], Edition(book=BOOK), arm=True)

    await asyncio.gather(*(inside(postgres_store, partial(add_a_sku, sku=sku)) for sku in "AB"))

    stored = await inside(postgres_store, lambda work: work.orders.find(a_key("DB1")))
    assert stored is not None
    assert {item.sku for item in stored.items} == {"A", "B"}
    assert len(found) == 3


# --- waking ----------------------------------------------------------------------


async def was_called(signal: Signal) -> bool:
    return await signal.wait(ManualClock(), timedelta())


async def test_the_watcher_is_called_when_something_is_due_sooner_than_it_sleeps_for(
    store: Store, signals: Signals
) -> None:
    clock = ManualClock(NOW)
    asleep = asyncio.create_task(signals.due.sleep_until(in_(minutes=5), clock))
    await asyncio.sleep(0)

    await inside(store, lambda work: work.dues.arm([a_due("DB1", in_(minutes=6))]))
    await asyncio.sleep(0)
    assert not asleep.done()

    await inside(store, lambda work: work.dues.arm([a_due("DB2", in_(minutes=4))]))
    async with asyncio.timeout(5):
        await asleep


async def test_the_deliverer_is_called_when_a_letter_becomes_ready(store: Store, signals: Signals) -> None:
    letter = a_letter()
    await inside(store, lambda work: work.outbox.post([letter]))
    assert await was_called(signals.letters)

    sending = replace(letter, state=DeliveryState.SENDING)
    await inside(store, lambda work: work.outbox.update(sending))
    assert not await was_called(signals.letters)

    again = replace(sending, state=DeliveryState.READY, version=2)
    await inside(store, lambda work: work.outbox.update(again))
    assert await was_called(signals.letters)


async def test_nobody_is_called_for_what_was_taken_back(store: Store, signals: Signals) -> None:
    async def post_and_fail(work: Transaction) -> None:
        await work.outbox.post([a_letter()])
        await work.dues.arm([a_due()])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await inside(store, post_and_fail)

    assert not await was_called(signals.letters)
    assert not await was_called(signals.due)


# --- a database that cannot be reached -----------------------------------------------


async def test_a_server_that_hangs_up_is_unavailable_and_comes_back(
    postgres_store: Store, shared_postgres: str
) -> None:
    async def hang_up(work: Transaction) -> None:
        await work.chats.greeted("wrGroup", NOW)
        await end_other_connections(shared_postgres)
        await work.chats.greeted("wrGroup", NOW)

    with pytest.raises(StoreUnavailableError):
        await inside(postgres_store, hang_up)

    await inside(postgres_store, write_everywhere)
    assert await counts(postgres_store) == dict.fromkeys(WRITTEN, 1)
