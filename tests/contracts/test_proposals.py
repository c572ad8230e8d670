"""History is asked once a week, of a sample of the orders; what was decided about is quiet for some weeks."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from bot import proposing
from bot.holidays import days_off
from bot.proposing import QUIET, propose_limits, sample_of
from bot.storage.proposals import Kept, Verdict, newest_proposals
from bot.storage.store import Store, Transaction
from rules.bookfile import RuleBookFile
from rules.editions import Edition
from rules.events import DRILL
from rules.instants import MILLISECOND
from rules.orders import DEFAULT_PARCEL, Order, Run
from rules.proposals import Why
from rules.stages import Stage
from tests.contracts.backend import inside, rows, value
from tests.contracts.builders import a_key, a_report, an_order

BOOK = RuleBookFile().compile(1, days_off(2025, 2026))
NOW = datetime(2026, 3, 30, 5, 30, tzinfo=BOOK.calendar.zone)
MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)
CONFIRM = "confirm:not_completed::workday"
PICKUP = "pickup:no_update::workday"


def an_order_of(number: int, chance: random.Random, since: datetime, *, slow: float = 1) -> Order:
    """Paid at once; confirmed in a quarter of an hour, or hours later; then picked, packed and handed over."""
    confirm = chance.uniform(5, 12) * 60 if chance.random() < 0.05 else chance.lognormvariate(2.7, 0.3) * slow
    minutes = dict(zip(Stage, (1, confirm, 20 * slow, 40, 70), strict=False))
    runs, at = list[Run](), since
    for stage, took in minutes.items():
        begun, at = at, at + took * MINUTE
        parcel = DEFAULT_PARCEL if stage.per_parcel else ""
        if at <= NOW:
            runs.append(Run(stage=stage, parcel=parcel, started_at=begun, updated_at=at, completed_at=at))
    order = an_order(f"H{number:05}")
    return structs.replace(order, created_at=since, observed_at=min(at, NOW), runs=tuple(runs))


async def store_orders(work: Transaction, orders: list[Order]) -> None:
    await work.orders.lock([order.key for order in orders])
    await work.orders.save(orders, Edition(book=BOOK), arm=False)
    reports = [
        a_report(order.key.order_no, at=at, id_=f"{order.key.order_no}-{name}", stage="pickup", status=name)
        for order in orders
        for name, at in (
            ("started", order.run(Stage.PICKUP, DEFAULT_PARCEL).started_at),
            ("completed", order.run(Stage.PICKUP, DEFAULT_PARCEL).completed_at),
        )
        if at is not None
    ]
    await work.orders.store(reports)


async def a_quarter(store: Store, orders: int = 900) -> None:
    chance = random.Random(17)
    known = [an_order_of(number, chance, NOW - 12 * WEEK * chance.random()) for number in range(orders)]
    await inside(store, lambda work: store_orders(work, known))


async def proposed(store: Store) -> Mapping[str, Kept]:
    async with store.reading() as connection:
        return {one.suggested.place: one for one in await newest_proposals(connection)}


async def test_a_limit_that_alarms_too_soon_is_proposed_anew_once_a_week(store: Store) -> None:
    await a_quarter(store)
    await propose_limits(store.run, store, BOOK, NOW)

    told = await proposed(store)
    limit = told[CONFIRM].suggested.limit
    assert limit is not None
    assert limit.new is not None
    assert limit.old.limit == 20 * MINUTE
    assert 25 * MINUTE <= limit.new.limit <= 60 * MINUTE
    assert limit.new.alerts is not None
    assert limit.old.alerts is not None
    assert limit.new.alerts.high < limit.old.alerts.expected
    silent = told[PICKUP].suggested.limit
    assert silent is not None
    assert silent.why is Why.TOO_FEW_SLOW, "nothing was silent for long"
    weekend = told["confirm:not_completed::weekend"].suggested.limit
    assert weekend is not None
    assert weekend.n < limit.n
    assert await value(store, "SELECT count(*) FROM documents") == 0, "nothing changes by that"

    before = await rows(store, "SELECT * FROM proposals ORDER BY place")
    await propose_limits(store.run, store, BOOK, NOW + timedelta(days=1))
    assert await rows(store, "SELECT * FROM proposals ORDER BY place") == before


async def test_what_was_decided_about_is_quiet_for_four_weeks(store: Store) -> None:
    await a_quarter(store)
    await propose_limits(store.run, store, BOOK, NOW)
    week = (await proposed(store))[CONFIRM].week

    async def decide(verdict: Verdict) -> bool:
        return await inside(
            store,
            lambda work: work.proposals.decide(
                week, CONFIRM, verdict=verdict, by="admin", at=NOW, why="促销", draft=None
            ),
        )

    assert await decide(Verdict.REJECTED)
    assert not await decide(Verdict.ACCEPTED), "who comes second changes nothing"
    kept = (await proposed(store))[CONFIRM]
    assert (kept.verdict, kept.decided_by, kept.why) == (Verdict.REJECTED, "admin", "促销")

    await propose_limits(store.run, store, BOOK, NOW + WEEK)
    assert CONFIRM not in await proposed(store)
    await propose_limits(store.run, store, BOOK, NOW + QUIET + WEEK)
    assert CONFIRM in await proposed(store)


async def test_of_too_many_orders_each_stands_for_several(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MOST_ORDERS", 500)
    monkeypatch.setattr(proposing, "MOST_FOR_SILENCE", 100)
    monkeypatch.setattr(proposing, "AT_A_TIME", 64)
    await a_quarter(store)
    drill = structs.replace(an_order("H1"), key=a_key("H1", DRILL), observed_at=NOW)
    await inside(store, lambda work: store_orders(work, [drill]))

    await propose_limits(store.run, store, BOOK, NOW)

    limit = (await proposed(store))[CONFIRM].suggested.limit
    assert limit is not None
    assert 100 < limit.n < 450
    whole = 0.05 * 900 / 12
    assert limit.old.alerts is not None
    assert whole < limit.old.alerts.high
    silent = (await proposed(store))[PICKUP].suggested.limit
    assert silent is not None
    assert silent.n <= 200


@pytest.mark.parametrize("since", [0, 1], ids=["even", "odd"])
async def test_orders_that_were_imported_at_one_moment_are_thinned_like_all_others(
    store: Store, monkeypatch: pytest.MonkeyPatch, since: int
) -> None:
    monkeypatch.setattr(proposing, "MOST_ORDERS", 200)
    monkeypatch.setattr(proposing, "AT_A_TIME", 64)
    at = NOW - WEEK + since * MILLISECOND
    orders = [structs.replace(an_order(f"I{number:04}"), observed_at=at) for number in range(1_300)]
    await inside(store, lambda work: store_orders(work, orders))

    sample = await sample_of(store, NOW)

    assert sample.each == 8
    assert 120 < len(sample.orders) < 200, "an eighth of 1,300 is 162"
    assert {order.key for _, order in sample.orders} == {
        order.key for _, order in (await sample_of(store, NOW)).orders
    }


async def test_a_holiday_to_come_has_the_factor_that_last_year_had(store: Store) -> None:
    chance = random.Random(3)
    first, zone = datetime(2025, 5, 1, 9, tzinfo=BOOK.calendar.zone), BOOK.calendar.zone
    holiday = [
        an_order_of(number, chance, first + timedelta(days=number % 5), slow=2.4) for number in range(40)
    ]
    usual = [
        an_order_of(100 + number, chance, datetime(2025, 4, 14, 9, tzinfo=zone) + timedelta(days=number % 5))
        for number in range(60)
    ]
    await inside(store, lambda work: store_orders(work, [*holiday, *usual]))

    await propose_limits(store.run, store, BOOK, NOW)

    told = await proposed(store)
    labor = told["holiday:Labor Day"].suggested.holiday
    assert labor is not None
    assert labor.new is not None
    assert 2.0 <= labor.new <= 2.8
    assert (labor.days[0].isoformat(), labor.past[0].isoformat()) == ("2026-05-01", "2025-05-01")
    tomb = told["holiday:Tomb-Sweeping Day"].suggested.holiday
    assert tomb is not None
    assert (tomb.new, tomb.why) == (None, Why.TOO_FEW)


async def test_without_any_order_nothing_is_proposed(store: Store) -> None:
    await propose_limits(store.run, store, BOOK, datetime(2026, 7, 20, tzinfo=BOOK.calendar.zone))
    assert await proposed(store) == {}
