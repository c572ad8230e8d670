"""Do the sums of the health page say what every order and every case says by itself?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.storage.health import day_of, snapshot_at
from bot.storage.store import Store, Transaction
from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.deadlines import Band
from rules.editions import Edition
from rules.events import Attribute, OrderEvent, Shop, UserId
from rules.fold import fold
from rules.golden import Golden, Share, Waits
from rules.health import Tally, outlook
from rules.orders import Order
from rules.reasons import Reason, ReasonSource, Verdict
from rules.snapshot import Flow, Place, Snapshot
from rules.stages import STAGES, Priority, Stage, Status
from tests.builders import TICK, an_event, cancelled, staged, until
from tests.contracts.backend import Backend, inside, rows
from tests.contracts.builders import BOOK, NOW, a_book, a_case, a_key, in_
from tests.rules.bands import worst

A, B = Shop("a"), Shop("b")
MIDNIGHT = in_(hours=-10)
"""In Shanghai."""


async def looked(store: Store, now: datetime = NOW, book: RuleBook = BOOK) -> Snapshot:
    async with store.survey() as connection:
        return await snapshot_at(connection, now, book.calendar)


# --- orders ----------------------------------------------------------------------


def town() -> list[Order]:
    """Orders of two shops in every stage, that came there over two days; some stand still, some have two parcels."""
    return [
        fold(a_key(f"DB{number}", shop), events)
        for number, (shop, events) in enumerate(
            (shop, [*until(stage, in_(minutes=-ago)), *named(ago), *more])
            for shop in (A, B)
            for stage in STAGES
            for ago in (1, 4, 6, 31, 70, 125, 1500)
            for more in further(stage, ago)
        )
    ]


def named(ago: int) -> list[OrderEvent]:
    """Every other one is of a warehouse and a carrier."""
    if ago % 2:
        return []
    attributes: dict[Attribute, Any] = {Attribute.WAREHOUSE: f"hz{ago % 4}", Attribute.CARRIER: "SF"}
    return [an_event(when=in_(minutes=-ago), attributes=attributes)]


def further(stage: Stage, ago: int) -> Iterable[Sequence[OrderEvent]]:
    """What else may have happened."""
    yield []
    if ago == 70:
        yield [cancelled(in_(minutes=-2))]
        yield [staged(stage, Status.UPDATED, in_(minutes=-3))]
        if stage.per_parcel:
            yield [staged(stage, Status.STARTED, in_(minutes=-50), "second")]


INSTANTS = (-3000, -69, 0, 1, 20, 240, 5000)
"""Minutes from NOW."""


async def test_the_counts_are_those_of_the_bands_of_every_order_at_any_instant(store: Store) -> None:
    orders, book = town(), a_book(1, stages={"packing": {"limits": [{"when": "not_started", "after": "5m"}]}})

    async def save(work: Transaction) -> None:
        for arm, part in ((False, orders), (True, orders[::3]), (True, orders[1::3])):
            await work.orders.lock([order.key for order in part])
            await work.orders.save(part, Edition(book=book), arm=arm)

    await inside(store, save)
    watched = [*orders[::3], *orders[1::3]]
    turns = [one.late_at for order in watched if (one := outlook(order, book)) and one.late_at][:3]
    for now in (*(in_(minutes=minutes) for minutes in INSTANTS), *turns, *(turn + TICK for turn in turns)):
        found = await looked(store, now, book)
        assert found.counts == expected_counts(watched, book, now), now
        assert found.at == now


def expected_counts(orders: Iterable[Order], book: RuleBook, now: datetime) -> dict[Place, Tally]:
    found: dict[Place, Counter[Band]] = {}
    for order in orders:
        one = outlook(order, book)
        if one is not None:
            place = Place(order.key.shop, one.stage, one.warehouse, one.carrier)
            found.setdefault(place, Counter())[worst(order, book, now)] += 1
    return {
        place: Tally(bands[Band.IN_TIME], bands[Band.GREY], bands[Band.LATE])
        for place, bands in found.items()
    }


# --- cases -----------------------------------------------------------------------


def opened(number: int, minutes: float, *, shop: Shop = A, **fields: Any) -> Anomaly:
    """A case noticed `minutes` before NOW; `claimed`, `reached`, `closed`: so many minutes later."""
    at = in_(minutes=-minutes)
    for name in ("claimed", "reached", "closed"):
        if name in fields:
            fields[f"{name}_at"] = at + timedelta(minutes=fields.pop(name))
    if "closed_at" in fields:
        fields.setdefault("reached_at", at)
        fields = {"ended_at": at, "reason": Verdict(reason=Reason.PAYMENT_FAILED), "touched_at": at, **fields}
    fields.setdefault("first_reached_at", fields.get("reached_at"))
    return a_case(f"C{number}", shop=shop, id_=f"c{number}", opened_at=at, raised_at=at, **fields)


HEALED: dict[str, Any] = {
    "closed": 2,
    "touched_at": None,
    "reached_at": None,
    "reason_source": ReasonSource.EVIDENCE,
}
CASES = [
    opened(0, 5, touched_at=NOW, claimed=1),
    opened(1, 12, touched_at=NOW, claimed=2, reached=10),
    opened(2, 13, touched_at=NOW, claimed=4, reached=11),
    opened(3, 14),
    opened(4, 20, priority=Priority.P1),
    opened(5, 30, **HEALED),
    opened(6, 40, touched_at=NOW, claimed=1, waived_by=UserId("wangwu")),
    opened(7, 50, silent=True),
    opened(8, 60, shop=B, closed=30, reached=9.999, claimed=9),
    opened(9, 60 * 15, shop=B, closed=60 * 12, reached=14),
    opened(10, 60 * 30, priority=Priority.P1),
    opened(11, 60 * 50, closed=60 * 49, shop=B),
]


async def test_the_golden_ten_counts_whom_there_was_time_for(store: Store) -> None:
    await inside(store, lambda work: work.cases.save(CASES))

    found = await looked(store)

    assert found.today[A] == Golden(
        opened=8,
        healed=Share(1, 5),
        within_ten=Share(1, 4),
        within_fifteen=Share(2, 3),
        claimed=Waits({60: 1, 120: 1, 240: 1}),
        reached=Waits({600: 1, 660: 1}),
    )
    assert found.today[B] == Golden(
        opened=1,
        healed=Share(0, 1),
        within_ten=Share(1, 1),
        within_fifteen=Share(1, 1),
        claimed=Waits({540: 1}),
        reached=Waits({599: 1}),
    )
    assert found.lately[A] == found.today[A]
    assert (found.lately[B].opened, found.lately[B].within_ten, found.lately[B].within_fifteen) == (
        2,
        Share(1, 2),
        Share(2, 2),
    )


async def test_time_is_up_strictly_after_ten_minutes_and_ten_minutes_are_in_time(store: Store) -> None:
    ten = timedelta(minutes=10)
    waiting, reached = opened(1, 0), opened(2, 0, reached=10)
    await inside(store, lambda work: work.cases.save([waiting, reached]))

    assert (await looked(store, NOW + ten)).today[A].within_ten == Share(1, 1)
    assert (await looked(store, NOW + ten + TICK)).today[A].within_ten == Share(1, 2)


async def test_the_curve_of_the_day_counts_what_was_unclosed_at_the_end_of_each_hour(store: Store) -> None:
    await inside(store, lambda work: work.cases.save(CASES))

    found = await looked(store, in_(minutes=30))

    assert found.day_at == MIDNIGHT
    assert [hour.at for hour in found.curve] == [MIDNIGHT + timedelta(hours=hour) for hour in range(11)]
    for hour in found.curve:
        end = hour.at + timedelta(hours=1)
        assert hour.opened == sum(hour.at <= case.opened_at < end for case in CASES)
        assert hour.closed == sum(
            case.closed_at is not None and hour.at <= case.closed_at < end for case in CASES
        )
        assert hour.unclosed == sum(
            case.opened_at < end and (case.closed_at is None or case.closed_at >= end) for case in CASES
        )
    assert {shop: (flow.unclosed, flow.urgent) for shop, flow in found.flows.items()} == {
        A: (8, 2),
        B: (0, 0),
    }


async def test_of_an_empty_house_everything_is_nothing(store: Store) -> None:
    found = await looked(store)

    assert (found.orders, found.cases, found.golden_lately) == (Tally(), Flow(), Golden())
    assert len(found.curve) == 11


@pytest.mark.parametrize(
    ("zone", "now", "began"),
    [
        ("Asia/Shanghai", NOW, MIDNIGHT),
        ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_midnight_where_the_merchant_is(zone: str, now: datetime, began: datetime) -> None:
    assert day_of(now, a_book(1, timezone=zone).calendar) == began


# --- one state of the database ---------------------------------------------------


async def test_all_figures_are_of_one_state_of_the_database(store: Store) -> None:
    await inside(store, lambda work: work.cases.save(CASES[:1]))
    async with store.survey() as connection:
        await connection.fetch("SELECT count(*) FROM outlooks")
        await inside(store, lambda work: work.cases.save(CASES[1:]))
        found = await snapshot_at(connection, NOW, BOOK.calendar)

    assert found.cases.unclosed == 1
    assert (await looked(store)).cases.unclosed == 8


async def test_whole_tables_may_be_read_for_a_survey_and_for_nothing_else(
    store: Store, backend: Backend
) -> None:
    async with store.survey() as connection:
        if backend is Backend.POSTGRES:
            (row,) = await connection.fetch("SELECT current_setting('enable_seqscan') AS setting")
            assert row["setting"] == "on"
    if backend is Backend.POSTGRES:
        (row,) = await rows(store, "SELECT current_setting('enable_seqscan') AS setting")
        assert row["setting"] == "off"


def test_a_town_has_orders_of_all_bands() -> None:
    assert {worst(order, BOOK, NOW) for order in town()} == {Band.IN_TIME, Band.GREY, Band.LATE}
