"""What people and programs can read outside any transaction."""

from dataclasses import replace

from bot.storage.caselist import CaseFilter
from bot.storage.figures import Figures, OutboxFigures
from bot.storage.store import Store
from bot.storage.views import Views
from handlers.ledger import Ledger
from handlers.outbox import EXPIRED, NOT_NEEDED, Letter, LetterKind, Medium
from handlers.records import Link
from rules.anomalies import Anomaly, Ended, State
from rules.delivery import FINAL, DeliveryState
from rules.editions import Edition
from rules.events import Shop, UserId
from rules.orders import Order
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Stage
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_case, a_letter, an_order, in_


async def with_orders(store: Store, *orders: Order) -> Views:
    for order in orders:
        await inside(store, lambda work, order=order: work.orders.save([order], Edition(book=BOOK), arm=True))
    return Views(store)


async def with_cases(store: Store, *cases: Anomaly) -> Views:
    await inside(store, lambda work: work.cases.save(cases))
    return Views(store)


async def with_letters(store: Store, *letters: Letter) -> Views:
    await inside(store, lambda work: work.outbox.post(letters))
    return Views(store)


def a_healed_case(number: str) -> Anomaly:
    verdict = Verdict(reason=Reason.PACKING_DELAYED)
    return a_case(
        number,
        ended_at=NOW,
        ended_how=Ended.MOVED,
        closed_at=NOW,
        reason=verdict,
        reason_source=ReasonSource.EVIDENCE,
    )


# --- orders ----------------------------------------------------------------------


async def test_an_order_is_found_by_its_number_in_every_shop(store: Store) -> None:
    main, other = an_order("DB1"), an_order("DB1", shop="b")
    views = await with_orders(store, main, other, an_order("DB2"))

    assert await views.keys_of({"DB1"}, None) == [other.key, main.key]
    assert await views.keys_of({"DB1"}, "main") == [main.key]
    assert await views.keys_of({"DB1"}, "unknown") == []
    assert await views.keys_of({"DB9"}, None) == []
    assert await views.keys_of({"DB\0"}, None) == []


async def test_an_order_is_found_by_what_leads_to_it_and_told_once(store: Store) -> None:
    order = an_order("DB1")
    views = await with_orders(store, order)
    links = [Link(ref="tracking:YT1", order=order.key), Link(ref="DB1", order=order.key)]
    await inside(store, lambda work: work.orders.link(links))

    assert await views.keys_of({"tracking:YT1"}, None) == [order.key]
    assert await views.keys_of({"DB1", "tracking:YT1"}, None) == [order.key]


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


async def test_the_figures_tell_what_waits_and_what_was_lost_within_a_day(store: Store) -> None:
    failed = a_letter(state=DeliveryState.FAILED, done_at=in_(hours=-1), note="93006 invalid chatid")
    views = await with_letters(
        store,
        a_letter(due_at=in_(minutes=-2)),
        a_letter(due_at=in_(hours=1)),
        a_letter(state=DeliveryState.SENDING),
        a_letter(state=DeliveryState.SENT, done_at=in_(hours=-1)),
        failed,
        a_letter(state=DeliveryState.UNKNOWN, done_at=in_(hours=-1)),
        replace(failed, id=a_letter().id, key="old", done_at=in_(hours=-25)),
    )

    outbox = (await views.figures(NOW)).outbox

    assert (outbox.ready, outbox.oldest_due_at) == (2, in_(minutes=-2))
    assert outbox.lost == {DeliveryState.FAILED: 1, DeliveryState.UNKNOWN: 1}


async def test_an_empty_service_has_figures_too(store: Store) -> None:
    assert await Views(store).figures(NOW) == Figures(
        open_cases={},
        outbox=OutboxFigures(ready=0, oldest_due_at=None, lost={}),
        alerts=Ledger(alerts=0, fates={}),
    )


async def test_open_cases_are_counted_by_stage(store: Store) -> None:
    views = await with_cases(
        store, a_case("DB1"), a_case("DB2"), a_case("DB3", stage=Stage.PACKING), a_healed_case("DB4")
    )
    assert (await views.figures(NOW)).open_cases == {Stage.PICKING: 2, Stage.PACKING: 1}


async def test_what_is_lost_is_told_newest_first(store: Store) -> None:
    early, late, bounced = (
        a_letter(state=state, done_at=in_(hours=-hours), note="60021 not in scope")
        for state, hours in (
            (DeliveryState.FAILED, 23),
            (DeliveryState.FAILED, 2),
            (DeliveryState.BOUNCED, 1),
        )
    )
    views = await with_letters(store, early, late, bounced)

    assert await views.lost(NOW, 2) == [bounced, late]
    assert await views.lost(in_(hours=2), 10) == [bounced, late]


async def test_the_database_and_the_letter_agree_on_what_is_lost(store: Store) -> None:
    letters = [
        a_letter(state=state, note=note, kind=kind, medium=medium, done_at=NOW)
        for state in FINAL
        for note in ("", "60021 x", NOT_NEEDED, EXPIRED, f"{EXPIRED}: 93006 x")
        for kind in (LetterKind.CASE_CARD, LetterKind.FACE)
        for medium in (Medium.APP, Medium.REPLY)
    ]
    views = await with_letters(store, *letters)

    lost = await views.lost(NOW, len(letters))

    assert {letter.id for letter in lost} == {letter.id for letter in letters if letter.is_lost}
    assert len(lost) == 30
