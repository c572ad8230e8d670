"""Each list is asked for page by page, newest first, and holds what its filters say, on either database."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from bot.storage.losses import LossFilter, losses
from bot.storage.parked import ParkedFilter, parked_events
from bot.storage.reasons import ReasonFilter, reason_tallies
from bot.storage.store import Store
from bot.storage.trail import Trail, TrailFilter
from bot.storage.views import Views
from handlers.messages import Reported
from handlers.outbox import NOT_NEEDED, Letter, LetterKind, Medium
from handlers.records import Link, What
from handlers.trail import NOBODY
from handlers.unmatched import Astray, why_astray
from rules.anomalies import Anomaly, Ended, State
from rules.delivery import DeliveryState
from rules.editions import Edition
from rules.events import OrderKey, OrderNo, Shop, UserId
from rules.reasons import Reason, ReasonSource, Verdict
from rules.shares import Given
from rules.stages import Stage
from tests.contracts.backend import Backend, inside
from tests.contracts.builders import BOOK, NOW, a_case, a_key, a_letter, a_report, an_entry, an_order, in_
from tests.contracts.listening import Listening
from tests.contracts.test_plans import PLAN, READS_ALL

MAIN = frozenset({Shop("main")})


# --- parked events ---------------------------------------------------------------


def a_parcel(number: str, at: datetime = NOW, source: str = "/tms", **data: Any) -> Reported:
    return a_report(f"tracking:{number}", at=at, source=source, **data)


async def with_parked(store: Store, *reports: Reported) -> Views:
    await inside(store, lambda work: work.orders.park(reports))
    return Views(store)


async def test_parked_events_are_told_newest_first_page_by_page(store: Store) -> None:
    reports = [a_parcel(f"YT{number}", in_(minutes=number // 2)) for number in range(6)]
    views = await with_parked(store, *reports)

    first = await views.parked(ParkedFilter(), 4)
    rest = await views.parked(ParkedFilter(before=first[-1].place), 4)

    told = [(one.report.event.at, one.report.event.key) for one in (*first, *rest)]
    assert told == sorted(((report.event.at, report.event.key) for report in reports), reverse=True)
    assert [len(first), len(rest)] == [4, 2]


async def test_parked_events_are_chosen_by_source_reference_day_and_shop(store: Store) -> None:
    old, other = a_parcel("YT1", in_(days=-2)), a_parcel("YT2", source="/wms", shop="east")
    views = await with_parked(store, old, other, a_parcel("YT3"))

    async def chosen(**wanted: Any) -> list[str]:
        return [one.ref for one in await views.parked(ParkedFilter(**wanted), 10)]

    assert await chosen(source="/wms") == ["tracking:YT2"]
    assert await chosen(ref="tracking:YT1") == ["tracking:YT1"]
    assert await chosen(since=in_(days=-1), shops=MAIN) == ["tracking:YT3"]
    assert await chosen(shops=frozenset()) == []
    assert await chosen(source="\0") == []


async def test_shortages_that_wait_for_orders_are_not_unmatched(store: Store) -> None:
    short = a_report("stock:MUG", kind="stock.short", sku="MUG", qty_short=3)
    assert await (await with_parked(store, short)).parked(ParkedFilter(), 10) == []


async def test_a_parked_event_tells_where_its_reference_leads_all_the_same(store: Store) -> None:
    order = an_order("DB1", shop="east")
    await inside(store, lambda work: work.orders.save([order], Edition(book=BOOK), arm=True))
    await inside(store, lambda work: work.orders.link([Link(ref="tracking:YT1", order=order.key)]))
    views = await with_parked(store, a_parcel("YT1", shop="main"), a_parcel("YT2"))

    leads_to = {one.ref: one.leads_to for one in await views.parked(ParkedFilter(), 10)}
    assert leads_to == {"tracking:YT1": [order.key], "tracking:YT2": []}


def test_why_an_event_is_of_no_order_is_told_by_what_its_reference_leads_to() -> None:
    stated, silent = a_parcel("YT1", shop="main"), a_parcel("YT1")
    elsewhere = [a_key("DB1", "east"), a_key("DB1", "west")]

    assert why_astray(stated, []) is Astray.UNKNOWN
    assert why_astray(stated, elsewhere) is Astray.OTHER_SHOP
    assert why_astray(silent, elsewhere) is Astray.SEVERAL_SHOPS


# --- letters ---------------------------------------------------------------------


def a_loss(case: Anomaly | None = None, at: datetime = NOW, **fields: Any) -> Letter:
    about = {} if case is None else {"case": case.id, "order": case.order}
    fields = {"state": DeliveryState.FAILED, "done_at": at, "note": "60111 x", **about, **fields}
    return a_letter(**fields)


async def with_losses(store: Store, *letters: Letter, cases: tuple[Anomaly, ...] = ()) -> Views:
    await inside(store, lambda work: work.cases.save(cases))
    await inside(store, lambda work: work.outbox.post(letters))
    return Views(store)


async def test_lost_letters_are_told_newest_first_page_by_page(store: Store) -> None:
    letters = [a_loss(at=in_(minutes=-(number // 2))) for number in range(6)]
    views = await with_losses(store, *letters, a_loss(note=NOT_NEEDED), a_loss(state=DeliveryState.SENT))

    first = await views.losses(LossFilter(), 4)
    rest = await views.losses(LossFilter(before=first[-1].place), 4)

    told = [(loss.letter.done_at, loss.letter.id) for loss in (*first, *rest)]
    assert told == sorted(((letter.done_at, letter.id) for letter in letters), reverse=True)


async def test_lost_letters_are_chosen_by_all_that_can_be_asked(store: Store) -> None:
    case = a_case("DB1")
    ours = a_loss(case, kind=LetterKind.CUSTOMER, medium=Medium.KF, state=DeliveryState.BOUNCED)
    old = a_loss(at=in_(days=-2))
    views = await with_losses(store, ours, old, cases=(case,))

    async def chosen(**wanted: Any) -> list[Letter]:
        return [loss.letter for loss in await views.losses(LossFilter(**wanted), 10)]

    everything = {
        "states": (DeliveryState.BOUNCED, DeliveryState.UNKNOWN),
        "kind": LetterKind.CUSTOMER,
        "medium": Medium.KF,
        "shops": MAIN,
        "since": in_(days=-1),
        "until": in_(minutes=1),
    }
    assert await chosen(**everything) == [ours]
    for name, value in everything.items():
        assert ours in await chosen(**{name: value}), name
    assert await chosen(until=in_(days=-1)) == [old]
    assert await chosen(shops=frozenset({Shop("east")})) == []


async def test_a_lost_letter_tells_what_became_of_it(store: Store) -> None:
    open_case, reached = a_case("DB1"), a_case("DB2", reached_at=NOW, reached_by=UserId("lisi"))
    passed, plain, about_nothing = a_loss(open_case), a_loss(reached), a_loss()
    views = await with_losses(store, passed, plain, about_nothing, cases=(open_case, reached))
    entry = an_entry(
        open_case, what=What.PASSED_ON, key=f"{What.PASSED_ON}:{passed.id}", detail={"detail": "x>lisi"}
    )
    await inside(store, lambda work: work.cases.note([entry]))

    by_id = {loss.letter.id: loss for loss in await views.losses(LossFilter(), 10)}

    assert by_id[passed.id].passed_on is not None
    assert (by_id[passed.id].case_state, by_id[passed.id].reached) == (State.OPEN, False)
    assert (by_id[plain.id].passed_on, by_id[plain.id].reached) == (None, True)
    assert (by_id[about_nothing.id].case_state, by_id[about_nothing.id].reached) == (None, False)


# --- reasons ---------------------------------------------------------------------


def explained(number: str, reason: Reason, source: ReasonSource, **fields: Any) -> Anomaly:
    """A case with a reason; one that healed by itself where the evidence gave it."""
    verdict = Verdict(reason=reason, text="风" if reason is Reason.OTHER else None)
    healed: dict[str, Any] = {"ended_at": NOW, "ended_how": Ended.MOVED, "closed_at": NOW}
    more = healed if source is ReasonSource.EVIDENCE else {}
    given: dict[str, Any] = {"reason": verdict, "reason_source": source, **more, **fields}
    return a_case(number, **given)


async def test_cases_are_counted_by_half_hour_reason_and_how_it_was_given(store: Store) -> None:
    cases = [
        explained("DB1", Reason.OTHER, ReasonSource.AGENT),
        explained("DB2", Reason.OTHER, ReasonSource.AGENT, opened_at=in_(minutes=29)),
        explained("DB3", Reason.OTHER, ReasonSource.EVIDENCE, opened_at=in_(minutes=30)),
        explained("DB4", Reason.OUT_OF_STOCK, ReasonSource.EVIDENCE, closed_at=None),
        a_case("DB5"),
        explained("DB6", Reason.OTHER, ReasonSource.AGENT, opened_at=in_(days=-1)),
        explained("DB7", Reason.OTHER, ReasonSource.AGENT, opened_at=in_(days=1)),
    ]
    await inside(store, lambda work: work.cases.save(cases))

    found = await Views(store).reasons(ReasonFilter(since=NOW, until=in_(days=1)))

    assert {(tally.at, tally.reason, tally.given): tally.count for tally in found} == {
        (NOW, Reason.OTHER, Given.PEOPLE): 2,
        (in_(minutes=30), Reason.OTHER, Given.HEALED): 1,
        (NOW, Reason.OUT_OF_STOCK, Given.EVIDENCE): 1,
        (NOW, None, None): 1,
    }


async def test_reasons_are_counted_of_a_stage_and_of_shops(store: Store) -> None:
    cases = [
        explained("DB1", Reason.OTHER, ReasonSource.AGENT, stage=Stage.PICKUP),
        explained("DB2", Reason.OTHER, ReasonSource.AGENT, shop="east"),
    ]
    await inside(store, lambda work: work.cases.save(cases))

    async def counted(**wanted: Any) -> int:
        filters = ReasonFilter(since=NOW, until=in_(days=1), **wanted)
        return sum(tally.count for tally in await Views(store).reasons(filters))

    assert await counted() == 2
    assert await counted(stage=Stage.PICKUP) == 1
    assert await counted(shops=MAIN, stage=Stage.PICKING) == 0
    assert await counted(shops=frozenset()) == 0


# --- the audit trail -------------------------------------------------------------


async def test_the_audit_trail_is_asked_by_the_number_of_an_order_alone(store: Store) -> None:
    lines = [
        NOBODY.did("x", "1", NOW, order=OrderKey(Shop(shop), OrderNo(number)))
        for shop, number in (("main", "DB1"), ("east", "DB1"), ("main", "DB2"))
    ]
    await inside(store, lambda work: work.trail.note(lines))

    found = await Views(store).trail(TrailFilter(number="DB1"), 10)
    assert {line.entry.order for line in found} == {a_key("DB1"), a_key("DB1", "east")}


# --- what they cost --------------------------------------------------------------

EVERY_LOSS = LossFilter(
    states=(DeliveryState.FAILED, DeliveryState.UNKNOWN),
    kind=LetterKind.LINE,
    medium=Medium.APP,
    shops=MAIN,
    since=NOW,
    until=NOW,
    before=(1, "x"),
)
EVERY_PARKED = ParkedFilter(shops=MAIN, since=NOW, before=(1, "x", "y"))
QUESTIONS: Mapping[str, tuple[Callable[[Any], Awaitable[Any]], str]] = {
    "parked events": (lambda on: parked_events(on, ParkedFilter(), 50), "parked_lately"),
    "parked events by all that can be asked": (lambda on: parked_events(on, EVERY_PARKED, 50), "parked_"),
    "parked events of a source": (lambda on: parked_events(on, ParkedFilter(source="/x"), 50), "parked_"),
    "parked events about a number": (lambda on: parked_events(on, ParkedFilter(ref="x"), 50), "parked_about"),
    "lost letters": (lambda on: losses(on, LossFilter(since=NOW), 50), "letters_lost"),
    "lost letters by all that can be asked": (lambda on: losses(on, EVERY_LOSS, 50), "letters_lost"),
    "reasons": (lambda on: reason_tallies(on, ReasonFilter(since=NOW, until=NOW)), "cases_listed"),
    "reasons of a stage and shops": (
        lambda on: reason_tallies(on, ReasonFilter(since=NOW, until=NOW, stage=Stage.PICKUP, shops=MAIN)),
        "cases_listed",
    ),
    "who saw a number": (lambda on: Trail(on).lines(TrailFilter(number="x"), 50), "audit_of_order"),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_list_reads_a_table_from_end_to_end(store: Store, backend: Backend, name: str) -> None:
    ask, index = QUESTIONS[name]
    async with store.reading() as connection:
        listening = Listening(connection)
        await ask(listening)
        steps = [step for asked in listening.asked for step in await PLAN[backend](connection, *asked)]

    assert any(index in step for step in steps), steps
    assert all(index in step for step in steps if READS_ALL.search(step)), steps
