"""Orders and their events, as `handlers.ports.Orders` promises them."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.storage.store import Store, Transaction
from handlers.messages import Intake, Reported
from handlers.records import Link
from rules.editions import Edition
from rules.events import EventKey, OrderKey, Shop
from rules.orders import Order
from rules.stages import Stage
from tests.contracts.backend import inside, meanwhile, rows, value
from tests.contracts.builders import BOOK, NOW, a_book, a_case, a_due, a_key, a_report, an_order, in_

ONE, TWO, THREE = a_key("DB1"), a_key("DB2"), a_key("DB3")


async def saved(store: Store, *orders: Order, arm: bool = True, version: int = 1) -> None:
    async def save(work: Transaction) -> None:
        await work.orders.lock([order.key for order in orders])
        await work.orders.save(orders, Edition(book=a_book(version)), arm=arm)

    await inside(store, save)


async def tied(store: Store, *reports: Reported) -> set[tuple[EventKey, OrderKey]]:
    return await inside(store, lambda work: work.orders.store(reports))


# --- holding -------------------------------------------------------------------


async def test_a_number_that_is_new_is_held_as_a_blank_order(store: Store) -> None:
    assert await inside(store, lambda work: work.orders.lock([ONE, TWO])) == {
        ONE: Order(key=ONE),
        TWO: Order(key=TWO),
    }


async def test_a_known_order_is_held_as_it_was_saved(store: Store) -> None:
    order = an_order("DB1", warehouse="hz1")
    await saved(store, order)

    assert await inside(store, lambda work: work.orders.lock([ONE, TWO])) == {ONE: order, TWO: Order(key=TWO)}


async def test_what_does_not_exist_is_passed_by_when_asked_to(store: Store) -> None:
    await saved(store, an_order("DB1"))

    held = await inside(store, lambda work: work.orders.lock([ONE, TWO], skip_locked=True))

    assert set(held) == {ONE}
    assert await inside(store, lambda work: work.orders.find(TWO)) is None


async def test_holding_nothing_gives_nothing(store: Store) -> None:
    assert await inside(store, lambda work: work.orders.lock([])) == {}
    assert await inside(store, lambda work: work.orders.lock([], skip_locked=True)) == {}


async def test_an_order_that_somebody_else_holds_is_passed_by(postgres_store: Store) -> None:
    await saved(postgres_store, an_order("DB1"), an_order("DB2"))

    async with meanwhile(postgres_store, lambda work: work.orders.lock([ONE])):
        held = await inside(postgres_store, lambda work: work.orders.lock([ONE, TWO], skip_locked=True))

    assert set(held) == {TWO}


async def test_whoever_waits_for_an_order_finds_what_was_written_before(store: Store) -> None:
    """Ten writers, one order: none overwrites what another has added."""

    async def add_one(work: Transaction) -> None:
        order = (await work.orders.lock([ONE]))[ONE]
        await asyncio.sleep(0)
        skus = (*order.items, *an_order(skus=(f"sku{len(order.items)}",)).items)
        await work.orders.save([replace(order, items=skus)], Edition(book=BOOK), arm=True)

    await asyncio.gather(*(inside(store, add_one) for _ in range(10)))

    order = await inside(store, lambda work: work.orders.find(ONE))
    assert order is not None
    assert [item.sku for item in order.items] == [f"sku{number}" for number in range(10)]


async def test_two_transactions_on_one_order_never_overlap(store: Store) -> None:
    inside_now = 0

    async def hold(work: Transaction) -> None:
        nonlocal inside_now
        await work.orders.lock([ONE])
        inside_now += 1
        assert inside_now == 1
        for _ in range(5):
            await asyncio.sleep(0)
        inside_now -= 1

    await saved(store, an_order("DB1"))
    await asyncio.gather(*(inside(store, hold) for _ in range(8)))


# --- saving --------------------------------------------------------------------


async def test_of_many_orders_that_are_saved_twice_the_last_state_stands(store: Store) -> None:
    orders = [an_order(f"DB{number}") for number in range(100)]
    later = [replace(order, cancelled_at=NOW) for order in orders]
    await saved(store, *orders)

    async def save_twice(work: Transaction) -> None:
        for state in (orders, later):
            await work.orders.save(state, Edition(book=BOOK), arm=True)

    await inside(store, save_twice)

    assert await value(store, "SELECT count(*) FROM orders WHERE status = 'cancelled'") == 100


async def test_what_can_be_asked_of_an_order_is_kept_beside_its_state(store: Store) -> None:
    await saved(store, an_order("DB1"))

    (row,) = await rows(store, "SELECT stage, status, lane, book_version, armed FROM orders")
    assert (row["stage"], row["status"], row["lane"], row["book_version"]) == ("payment", "open", None, 1)
    assert row["armed"]


async def test_history_is_not_watched(store: Store) -> None:
    await saved(store, an_order("DB1"), arm=False)

    assert await inside(store, lambda work: work.orders.outdated(2, 10)) == []


async def test_a_watched_order_stays_watched_when_history_is_added(store: Store) -> None:
    await saved(store, an_order("DB1"))
    await saved(store, an_order("DB1"), arm=False)

    assert await inside(store, lambda work: work.orders.outdated(2, 10)) == [ONE]


async def test_which_orders_are_watched_can_be_asked(store: Store) -> None:
    await saved(store, an_order("DB1"))
    await saved(store, an_order("DB2"), arm=False)

    assert await inside(store, lambda work: work.dues.watched([ONE, TWO, a_key("DB3")])) == [ONE]


async def test_watched_open_orders_of_an_older_book_are_outdated(store: Store) -> None:
    await saved(store, an_order("DB1"), an_order("DB2"), version=1)
    await saved(store, an_order("DB3"), version=2)
    await saved(store, replace(an_order("DB4"), cancelled_at=NOW), version=1)

    outdated = await inside(store, lambda work: work.orders.outdated(2, 10))
    assert sorted(outdated) == [ONE, TWO]
    assert len(await inside(store, lambda work: work.orders.outdated(2, 1))) == 1
    assert await inside(store, lambda work: work.orders.outdated(1, 10)) == []


async def test_a_stage_that_the_rules_leave_out_is_not_where_an_order_stands(store: Store) -> None:
    await saved(store, replace(an_order("DB1"), skip=(Stage.PAYMENT, Stage.CONFIRM)))

    assert await value(store, "SELECT stage FROM orders") == "picking"


# --- events --------------------------------------------------------------------


async def test_an_event_is_stored_once(store: Store) -> None:
    report = a_report("DB1")

    assert await tied(store, report) == {(report.event.key, ONE)}
    assert await tied(store, report) == set()


async def test_the_same_event_twice_in_one_batch_is_stored_once(store: Store) -> None:
    report = a_report("DB1")

    assert await tied(store, report, report) == {(report.event.key, ONE)}


async def test_one_event_can_belong_to_several_orders(store: Store) -> None:
    report = a_report("DB1")
    other = replace(report, event=replace(report.event, order=TWO))

    assert await tied(store, report, other) == {(report.event.key, ONE), (report.event.key, TWO)}


async def test_a_source_and_an_id_are_never_mistaken_for_another_pair(store: Store) -> None:
    reports = [a_report(source="/a", id_="b#c"), a_report(source="/a#b", id_="c")]

    assert len(await tied(store, *reports)) == 2
    found = await inside(store, lambda work: work.orders.bodies([report.event.key for report in reports]))
    assert found == {report.event.key: report.body for report in reports}


async def test_events_come_back_as_they_were_reported(store: Store) -> None:
    reports = [
        a_report("DB1", kind="order.created", items=[{"sku": "A", "qty": 2, "class": "x"}], region="浙江"),
        a_report("DB1", stage="pickup", status="updated", note="「出库」🚚\n第二行", parcel="YT1"),
        a_report("DB2", kind="order.cancelled", operator="李四"),
    ]
    await tied(store, *reports)

    found = await inside(store, lambda work: work.orders.events([ONE, TWO, THREE]))

    assert sorted(found[ONE], key=lambda event: event.key) == sorted(
        (report.event for report in reports[:2]), key=lambda event: event.key
    )
    assert (found[TWO], found[THREE]) == ([reports[2].event], [])


async def test_what_has_been_stored_or_parked_is_known(store: Store) -> None:
    stored, parked, new = a_report("DB1"), a_report("tracking:YT1"), a_report("DB2")
    await tied(store, stored)
    await inside(store, lambda work: work.orders.park([parked]))

    keys = [report.event.key for report in (stored, parked, new)]
    assert await inside(store, lambda work: work.orders.bodies(keys)) == {
        stored.event.key: stored.body,
        parked.event.key: parked.body,
    }
    assert await inside(store, lambda work: work.orders.bodies([])) == {}


async def test_storing_nothing_is_no_work(store: Store) -> None:
    assert await tied(store) == set()
    await inside(store, lambda work: work.orders.park([]))
    await inside(store, lambda work: work.orders.link([]))
    await inside(store, lambda work: work.orders.index_items([]))
    assert await inside(store, lambda work: work.orders.events([])) == {}
    assert await inside(store, lambda work: work.orders.unpark([])) == []
    assert await inside(store, lambda work: work.orders.resolve([])) == {}


async def test_concurrent_writers_of_new_orders_lose_no_event(store: Store) -> None:
    """Trap of performance.md: bulk writers race on orders that are new to all of them."""
    numbers = [f"DB{number}" for number in range(20)]

    async def write(work: Transaction, writer: int) -> list[Intake]:
        mine = numbers if writer % 2 else numbers[::-1]
        reports = [a_report(number, id_=f"w{writer}-{number}") for number in mine]
        held = await work.orders.lock([a_key(number) for number in mine])
        await work.orders.store(reports)
        await work.orders.save(held.values(), Edition(book=BOOK), arm=True)
        await work.dues.arm([a_due(number, NOW) for number in mine])
        return [Intake.ACCEPTED for _ in mine]

    async def writer(number: int) -> list[Intake]:
        return await inside(store, lambda work: write(work, number))

    await asyncio.gather(*(writer(number) for number in range(8)))

    assert await value(store, "SELECT count(*) FROM events") == 160
    assert await value(store, "SELECT count(*) FROM orders") == 20
    assert await value(store, "SELECT count(*) FROM due WHERE live") == 20


# --- references ----------------------------------------------------------------


async def test_a_reference_leads_to_orders_and_a_number_to_those_that_bear_it(store: Store) -> None:
    await saved(store, an_order("DB1"), an_order("DB1", shop="b"), an_order("DB2"))
    await inside(store, lambda work: work.orders.link([Link(ref="tracking:YT1", order=ONE)]))
    await inside(store, lambda work: work.orders.link([Link(ref="tracking:YT1", order=TWO)]))

    found = await inside(store, lambda work: work.orders.resolve({"tracking:YT1", "DB1", "DB9"}))

    assert found == {"tracking:YT1": [ONE, TWO], "DB1": [a_key("DB1", "b"), ONE]}


async def test_a_link_is_kept_once(store: Store) -> None:
    link = Link(ref="T1", order=ONE)
    await inside(store, lambda work: work.orders.link([link, link]))
    await inside(store, lambda work: work.orders.link([link]))

    assert await value(store, "SELECT count(*) FROM links") == 1


async def test_parked_events_can_be_read_and_stay_parked(store: Store) -> None:
    early, late, other = (
        a_report("stock:MUG"),
        a_report("stock:MUG", at=in_(minutes=1)),
        a_report("stock:CUP"),
    )
    await inside(store, lambda work: work.orders.park([late, early, other]))

    for _ in range(2):
        assert await inside(store, lambda work: work.orders.parked({"stock:MUG", "x"}, NOW)) == [early, late]
    assert await inside(store, lambda work: work.orders.parked({"stock:MUG"}, in_(seconds=1))) == [late]
    assert await inside(store, lambda work: work.orders.parked([], NOW)) == []


async def test_parked_events_come_back_once_as_they_were(store: Store) -> None:
    parked = a_report("tracking:YT1", stage="pickup", status="updated", shop="main")
    elsewhere = a_report("tracking:YT2")
    await inside(store, lambda work: work.orders.park([parked, elsewhere]))

    assert await inside(store, lambda work: work.orders.unpark({"tracking:YT1", "x"})) == [parked]
    assert await inside(store, lambda work: work.orders.unpark({"tracking:YT1"})) == []
    assert await inside(store, lambda work: work.orders.unpark({"tracking:YT2"})) == [elsewhere]


# --- goods ---------------------------------------------------------------------


async def test_open_orders_are_found_by_the_goods_they_hold(store: Store) -> None:
    orders = [
        an_order("DB1", skus=("A", "B"), warehouse="hz1"),
        an_order("DB2", skus=("A",), warehouse="hz2"),
        an_order("DB3", skus=("B",), warehouse="hz1"),
        replace(an_order("DB4", skus=("A",), warehouse="hz1"), cancelled_at=NOW),
        an_order("DB5", shop="b", skus=("A",), warehouse="hz1"),
    ]
    await saved(store, *orders)
    await inside(store, lambda work: work.orders.index_items(orders))

    async def holding(warehouse: str | None, sku: str | None) -> list[str]:
        keys = await inside(store, lambda work: work.orders.holding(Shop("main"), warehouse, sku))
        return [key.order_no for key in keys]

    assert await holding("hz1", "A") == ["DB1"]
    assert await holding(None, "A") == ["DB1", "DB2"]
    assert await holding("hz1", None) == ["DB1", "DB3"]
    assert await holding(None, None) == ["DB1", "DB2", "DB3"]


async def test_goods_that_move_to_another_warehouse_are_found_there(store: Store) -> None:
    await saved(store, an_order("DB1", skus=("A",), warehouse="hz1"))
    for warehouse in ("hz1", "hz2"):
        order = an_order("DB1", skus=("A",), warehouse=warehouse)
        await inside(store, lambda work, order=order: work.orders.index_items([order]))

    async def holding(work: Transaction) -> tuple[list[OrderKey], list[OrderKey]]:
        shop = Shop("main")
        return await work.orders.holding(shop, "hz1", "A"), await work.orders.holding(shop, "hz2", "A")

    assert await inside(store, holding) == ([], [ONE])


# --- merging -------------------------------------------------------------------


async def test_a_merged_order_gives_its_events_and_is_forgotten(store: Store) -> None:
    own, given, shared = a_report("DB1"), a_report("DB2"), a_report("DB1")
    twin = replace(shared, event=replace(shared.event, order=TWO))
    order = an_order("DB2", skus=("A",), warehouse="hz1")
    await saved(store, an_order("DB1"), order)
    await tied(store, own, given, shared, twin)
    await inside(store, lambda work: work.orders.index_items([order]))
    await inside(store, lambda work: work.dues.arm([a_due("DB2")]))
    links = [Link(ref="T1", order=ONE), Link(ref="T1", order=TWO), Link(ref="T2", order=TWO)]
    await inside(store, lambda work: work.orders.link(links))

    await inside(store, lambda work: work.orders.merge(TWO, ONE))

    events = (await inside(store, lambda work: work.orders.events([ONE, TWO])))[ONE]
    assert {event.key for event in events} == {own.event.key, given.event.key, shared.event.key}
    assert await inside(store, lambda work: work.orders.resolve({"T1", "T2", "DB2"})) == {
        "T1": [ONE],
        "T2": [ONE],
    }
    for table in ("order_skus", "due"):
        assert await value(store, f"SELECT count(*) FROM {table} WHERE order_no = 'DB2'") == 0


async def test_a_merged_number_keeps_a_blank_row_to_be_held_by(store: Store) -> None:
    await saved(store, an_order("DB1"), an_order("DB2", skus=("A",)))

    await inside(store, lambda work: work.orders.merge(TWO, ONE))

    assert await value(store, "SELECT status FROM orders WHERE order_no = 'DB2'") == "merged"
    held = await inside(store, lambda work: work.orders.lock([TWO], skip_locked=True))
    assert held == {TWO: Order(key=TWO)}


async def test_the_cases_of_a_merged_order_stay_to_be_read(store: Store) -> None:
    case = a_case("DB2")
    await saved(store, an_order("DB1"), an_order("DB2"))
    await inside(store, lambda work: work.cases.save([case]))

    await inside(store, lambda work: work.orders.merge(TWO, ONE))

    assert await inside(store, lambda work: work.cases.find(case.id)) == case


# --- text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        "\\",
        '"',
        "{}",
        "a\tb\nc",
        "\u202eémoji👩‍👩‍👧",
        "\ufeff",
        "a\0b",
        "\0",
        "\ud7ff\ue000\U0010ffff",
    ],
)
async def test_any_text_goes_in_and_can_be_looked_up(store: Store, text: str) -> None:
    """NUL, which PostgreSQL cannot hold, is replaced in what is looked up by; fixed-width fields are full of it."""
    order = an_order("DB1", skus=(text,), warehouse=text)
    await saved(store, order)

    async def index_and_look(work: Transaction) -> list[OrderKey]:
        await work.orders.index_items([order])
        await work.orders.link([Link(ref=text, order=ONE)])
        return await work.orders.holding(Shop("main"), text, text)

    assert await inside(store, index_and_look) == [ONE]
    assert await inside(store, lambda work: work.orders.find(ONE)) == order
    (found,) = (await inside(store, lambda work: work.orders.resolve({text}))).values()
    assert found == [ONE]


async def test_half_a_character_is_replaced(store: Store) -> None:
    """A lone surrogate, which neither database can hold, comes out of JSON that was cut in the middle."""
    await inside(store, lambda work: work.orders.link([Link(ref="YT\ud83d", order=ONE)]))

    assert await inside(store, lambda work: work.orders.resolve({"YT\ud83d"})) == {"YT?": [ONE]}


async def test_the_orders_of_a_customer_are_those_that_go_on_and_those_of_late(store: Store) -> None:
    keys = [a_key(f"DB{number}") for number in range(1, 6)]
    old, open_, newer, cancelled, imported = (
        replace(an_order(key.order_no), observed_at=in_(hours=hours))
        for key, hours in zip(keys, (-80, -80, -1, -71, -1), strict=True)
    )
    old, cancelled = (replace(order, cancelled_at=NOW) for order in (old, cancelled))

    async def save(work: Transaction) -> None:
        await work.orders.lock(keys)
        await work.orders.save([old, open_, newer, cancelled], Edition(book=BOOK), arm=True)
        await work.orders.save([imported], Edition(book=BOOK), arm=False)
        await work.orders.link(Link(ref="customer:wmChen", order=key) for key in keys)

    await inside(store, save)

    async def found(limit: int) -> list[OrderKey]:
        return await inside(store, lambda work: work.orders.of_customer("wmChen", in_(hours=-72), limit))

    assert await found(10) == [newer.key, cancelled.key, open_.key]
    assert await found(1) == [newer.key]
    assert await inside(store, lambda work: work.orders.of_customer("wmLin", NOW, 10)) == []
