"""What people and programs can read outside any transaction."""

from dataclasses import replace

from bot.storage.store import Store
from bot.storage.views import CaseFilter, Views, Waiting
from handlers.outbox import Letter
from handlers.records import Link
from rules.anomalies import Anomaly, Ended, State
from rules.delivery import DeliveryState
from rules.events import Shop, UserId
from rules.orders import Order
from rules.stages import Stage
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_case, a_key, a_letter, an_order, in_


async def with_orders(store: Store, *orders: Order) -> Views:
    for order in orders:
        await inside(store, lambda work, order=order: work.orders.save([order], BOOK, arm=True))
    return Views(store)


async def with_cases(store: Store, *cases: Anomaly) -> Views:
    await inside(store, lambda work: work.cases.save(cases))
    return Views(store)


async def with_letters(store: Store, *letters: Letter) -> Views:
    await inside(store, lambda work: work.outbox.post(letters))
    return Views(store)


# --- orders ----------------------------------------------------------------------


async def test_an_order_is_found_by_its_number_in_every_shop(store: Store) -> None:
    main, other = an_order("DB1"), an_order("DB1", shop="b")
    views = await with_orders(store, main, other, an_order("DB2"))

    assert await views.orders("DB1", None) == [other, main]
    assert await views.orders("DB1", "main") == [main]
    assert await views.orders("DB1", "unknown") == []
    assert await views.orders("DB9", None) == []
    assert await views.orders("DB\0", None) == []


async def test_an_order_is_found_by_what_leads_to_it_and_told_once(store: Store) -> None:
    order = an_order("DB1")
    views = await with_orders(store, order)
    links = [Link(ref="tracking:YT1", order=order.key), Link(ref="DB1", order=order.key)]
    await inside(store, lambda work: work.orders.link(links))

    assert await views.orders("tracking:YT1", None) == [order]
    assert await views.orders("DB1", None) == [order]


async def test_the_cases_of_an_order_are_told_oldest_first(store: Store) -> None:
    first, second = a_case("DB1"), a_case("DB1", stage=Stage.PACKING)
    views = await with_cases(store, second, first, a_case("DB2"))

    assert await views.cases_of(a_key("DB1")) == [first, second]
    assert await views.cases_of(a_key("DB9")) == []


# --- cases -----------------------------------------------------------------------


async def test_cases_are_told_newest_first_page_by_page(store: Store) -> None:
    cases = [a_case(f"DB{number}") for number in range(5)]
    views = await with_cases(store, *cases)

    first = await views.cases(CaseFilter(), 2)
    second = await views.cases(CaseFilter(before=first[-1].id), 10)

    assert [*first, *second] == cases[::-1]
    assert await views.cases(CaseFilter(before=cases[0].id), 10) == []


async def test_cases_are_chosen_by_state_stage_and_shop(store: Store) -> None:
    opened = a_case("DB1")
    claimed = a_case("DB2", owner=UserId("lisi"), stage=Stage.PACKING)
    recovered = a_case("DB3", shop="b", ended_at=NOW, ended_how=Ended.MOVED)
    views = await with_cases(store, opened, claimed, recovered)

    async def chosen(wanted: CaseFilter) -> list[Anomaly]:
        return list(await views.cases(wanted, 10))

    assert await chosen(CaseFilter(states=(State.OPEN,))) == [opened]
    assert await chosen(CaseFilter(states=(State.CLAIMED, State.RECOVERED))) == [recovered, claimed]
    assert await chosen(CaseFilter(states=(State.CLOSED,))) == []
    assert await chosen(CaseFilter(stage=Stage.PACKING)) == [claimed]
    assert await chosen(CaseFilter(shops=frozenset({Shop("b")}))) == [recovered]
    assert await chosen(CaseFilter(shops=frozenset({Shop("b")}), stage=Stage.PACKING)) == []
    assert await chosen(CaseFilter(shops=frozenset({Shop("\0")}), before="\0")) == []
    assert await chosen(CaseFilter(shops=frozenset())) == []


# --- the outbox ------------------------------------------------------------------


async def test_the_outbox_tells_what_waits_and_what_was_lost_within_a_day(store: Store) -> None:
    failed = a_letter(state=DeliveryState.FAILED, done_at=in_(hours=-1), note="93006 invalid chatid")
    views = await with_letters(
        store,
        a_letter(),
        a_letter(due_at=in_(hours=1)),
        a_letter(state=DeliveryState.SENDING),
        a_letter(state=DeliveryState.SENT, done_at=in_(hours=-1)),
        failed,
        a_letter(state=DeliveryState.UNKNOWN, done_at=in_(hours=-1)),
        replace(failed, id=a_letter().id, key="old", done_at=in_(hours=-25)),
        replace(failed, id=a_letter().id, key="late", note="expired"),
        replace(failed, id=a_letter().id, key="needless", note="not needed any more"),
    )

    assert await views.waiting(NOW) == Waiting(ready=2, dead=2)
