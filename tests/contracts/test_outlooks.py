"""Has each watched open order its outlook, written with it, and nothing else one?"""

from typing import Any

from msgspec.structs import replace

from bot.storage.outlooks import outlook_of
from bot.storage.store import Store, Transaction
from rules.editions import Edition
from rules.events import OrderKey
from rules.health import Outlook, outlook
from rules.orders import Order
from rules.stages import Stage
from tests.contracts.backend import inside, rows
from tests.contracts.builders import BOOK, NOW, a_book, a_key, an_order, in_

ONE, TWO = a_key("DB1"), a_key("DB2")


def waiting(number: str = "DB1", **facts: Any) -> Order:
    """An order whose payment was confirmed just now."""
    return replace(an_order(number, **facts), skip=(Stage.PAYMENT,))


async def saved(store: Store, *orders: Order, arm: bool = True, version: int = 1) -> None:
    async def save(work: Transaction) -> None:
        await work.orders.lock([order.key for order in orders])
        await work.orders.save(orders, Edition(book=a_book(version)), arm=arm)

    await inside(store, save)


async def kept(store: Store) -> dict[OrderKey, Outlook]:
    """The outlooks that are stored."""
    found = await rows(store, "SELECT * FROM outlooks ORDER BY order_no")
    return {a_key(row["order_no"], row["shop"]): outlook_of(row) for row in found}


async def test_what_is_watched_and_open_has_an_outlook(store: Store) -> None:
    order = waiting(warehouse="杭州一仓", carrier="SF")
    await saved(store, order, waiting("DB2"))

    found = await kept(store)

    assert found == {ONE: outlook(order, BOOK), TWO: outlook(waiting("DB2"), BOOK)}
    assert found[ONE] == Outlook(
        stage=Stage.CONFIRM,
        warehouse="杭州一仓",
        carrier="SF",
        grey_at=in_(minutes=10),
        late_at=in_(minutes=20),
    )


async def test_no_time_is_kept_where_no_clock_ticks(store: Store) -> None:
    await saved(store, an_order("DB1"))

    (found,) = (await kept(store)).values()
    assert (found.grey_at, found.late_at) == (None, None)


async def test_history_has_no_outlook_until_it_is_watched(store: Store) -> None:
    await saved(store, waiting(), arm=False)
    assert await kept(store) == {}

    await saved(store, waiting())
    assert set(await kept(store)) == {ONE}


async def test_an_order_that_stops_loses_its_outlook_and_has_it_again_when_it_goes_on(store: Store) -> None:
    await saved(store, waiting(), waiting("DB2"))
    await saved(store, replace(waiting(), cancelled_at=NOW), waiting("DB2"))
    assert set(await kept(store)) == {TWO}

    await saved(store, replace(waiting(), resumed_at=in_(hours=1)))
    assert (await kept(store))[ONE].grey_at == in_(hours=1, minutes=10)


async def test_what_stops_and_what_goes_on_are_written_together(store: Store) -> None:
    orders = [waiting(f"DB{number}") for number in range(20)]
    await saved(store, *orders)

    async def turn(work: Transaction) -> None:
        """Twice in one transaction, each time other orders."""
        for odd in (0, 1):
            changed = [
                replace(order, cancelled_at=NOW) if place % 2 == odd else order
                for place, order in enumerate(orders)
            ]
            await work.orders.save(changed, Edition(book=BOOK), arm=True)

    await inside(store, turn)
    assert set(await kept(store)) == {order.key for order in orders[::2]}


async def test_an_order_that_turned_out_to_be_another_one_has_none(store: Store) -> None:
    await saved(store, waiting(), waiting("DB2"))
    await inside(store, lambda work: work.orders.merge(ONE, TWO))

    assert set(await kept(store)) == {TWO}


async def test_text_that_no_database_can_hold_spoils_no_outlook(store: Store) -> None:
    await saved(store, waiting(warehouse="a\0b"))

    assert (await kept(store))[ONE].warehouse == "a\ufffdb"
