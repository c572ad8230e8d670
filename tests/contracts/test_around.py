"""What goes on around the orders of some shops, and of all?"""

from dataclasses import replace

from bot.storage.around import Around, around_at
from bot.storage.store import Store, Transaction
from handlers.ledger import Fate, Ledger
from handlers.outbox import NOT_NEEDED, LetterKind
from rules.delivery import DeliveryState
from rules.events import Shop
from rules.outages import Outage
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, a_letter, a_report, in_

A, B = Shop("a"), Shop("b")


async def told(work: Transaction) -> None:
    """Shop a lost two letters within a day and has an alert that waits, shop b lost one; each has an event astray."""
    lost = {"state": DeliveryState.FAILED, "note": "60021 not in scope"}
    await work.outbox.post([
        a_letter(order=a_case("DB1", shop=A).order, done_at=in_(hours=-1), **lost),
        a_letter(order=a_case("DB2", shop=A).order, done_at=in_(hours=-23), **lost),
        a_letter(order=a_case("DB3", shop=A).order, done_at=in_(hours=-25), **lost),
        a_letter(order=a_case("DB4", shop=B).order, done_at=in_(hours=-1), **lost),
        a_letter(state=DeliveryState.FAILED, done_at=NOW, note=NOT_NEEDED),
        a_letter(done_at=NOW, **lost),
        a_letter(kind=LetterKind.CASE_CARD, order=a_case("DB1", shop=A).order, case=a_case("DB1").id),
    ])  # fmt: skip
    reports = [a_report("tracking:A", shop="a"), a_report("tracking:B", id_="b", shop="b")]
    short = a_report("stock:MUG", id_="c", kind="stock.short", sku="MUG", qty_short=1, shop="a")
    await work.orders.park([*reports, short])


async def looked(store: Store, shops: frozenset[Shop] | None) -> Around:
    async with store.survey() as connection:
        return await around_at(connection, NOW, shops)


async def test_everything_is_counted_for_all_and_for_some_shops(store: Store) -> None:
    await inside(store, told)
    waiting, none = Ledger(alerts=1, fates={Fate.WAITING: 1}), Ledger(alerts=0, fates={})
    assert await looked(store, None) == Around(ledger=waiting, lost=4, unmatched=2)
    assert await looked(store, frozenset({A})) == Around(ledger=waiting, lost=2, unmatched=1)
    assert await looked(store, frozenset({B})) == Around(ledger=none, lost=1, unmatched=1)
    assert await looked(store, frozenset()) == Around(ledger=none, lost=0, unmatched=0)


async def test_a_source_is_out_until_what_it_missed_has_come_in(store: Store) -> None:
    outage = Outage(
        id="o1", source="/wms", heard_at=in_(hours=-1), noticed_at=in_(minutes=-50), expected=9, waiting=4
    )
    for change, out in (
        ({}, {"/wms": outage.heard_at}),
        ({"back_at": NOW}, {"/wms": outage.heard_at}),
        ({"ended_at": NOW}, {}),
    ):
        await inside(store, lambda work, change=change: work.outages.save(replace(outage, **change)))
        assert (await looked(store, frozenset())).out == out
