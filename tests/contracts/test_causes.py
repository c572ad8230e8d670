"""What a week's delays have in common is found once, kept as rows of that week, and found the same by a repeat."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from bot.causes import KEPT, catch_up, find_causes
from bot.storage.causes import EVERY_SHOP, DelayFilter, WeekFound, delay_page, found_in, found_of
from bot.storage.store import Store, Transaction
from rules.causes import Delay
from rules.contrast import Side
from rules.dates import monday_of
from rules.doubts import Doubt
from rules.editions import Rules
from rules.events import DRILL, Shop
from rules.reasons import Reason
from tests.contracts.backend import inside, rows, value
from tests.contracts.builders import BOOK, a_key
from tests.contracts.weeks import NEW_CARRIER, a_week_of, store_week

MONDAY = datetime(2026, 3, 9, tzinfo=BOOK.calendar.zone)
"""Of the week after the bad one."""
WEEK = timedelta(weeks=1)
NIGHT = MONDAY + timedelta(hours=5)
RULES = Rules.only(BOOK)
BAD, GOOD = "2026-03-02", "2026-02-23"
LAST_WEEK = monday_of((MONDAY - WEEK).date())
CASES = 700


async def two_weeks(store: Store, cases: int = 60) -> None:
    for begin, bad in ((MONDAY - 2 * WEEK, False), (MONDAY - WEEK, True)):
        week = a_week_of(begin, cases, bad=bad, seed=begin.day)
        await inside(store, lambda work, week=week: store_week(work, week))


async def found(store: Store, week: str = BAD, shop: str = EVERY_SHOP) -> WeekFound | None:
    async with store.reading() as connection:
        return await found_of(connection, shop, week)


async def delays(store: Store, **wanted: object) -> Sequence[Delay]:
    async with store.reading() as connection:
        return await delay_page(connection, DelayFilter(week=BAD, **wanted), 10_000)  # type: ignore[arg-type]


async def test_the_bad_week_is_told_from_the_good_one_and_a_repeat_finds_the_same(store: Store) -> None:
    await two_weeks(store, CASES)

    await catch_up(store.run, store, RULES, NIGHT)

    told = await found(store)
    assert told is not None
    bad = next(one for one in told.findings.findings if one.reason is Reason.NOT_PICKED_UP)
    assert bad.change.is_jump
    assert bad.contrasts[0].part == ((Side.CARRIER, NEW_CARRIER), (Side.REGION, "近郊"))
    healed = sum(number % 40 == 39 and number % 50 != 49 for number in range(CASES))
    assert told.findings.n == told.findings.before == CASES - healed
    assert told.findings.doubts == {Doubt.DONE_IN_TIME: CASES // 50}
    assert told.findings.carriers[NEW_CARRIER] == BAD, "first seen in the bad week"
    before = await found(store, GOOD)
    assert before is not None
    assert all(not one.contrasts for one in before.findings.findings)

    written = await rows(store, "SELECT * FROM delays ORDER BY week, case_id")
    await catch_up(store.run, store, RULES, NIGHT + timedelta(days=1))
    again = await found(store)
    assert again == told, "it was not looked at again"
    await find_causes(store.run, store, RULES, LAST_WEEK, NIGHT + timedelta(days=2))
    assert await rows(store, "SELECT * FROM delays ORDER BY week, case_id") == written
    again = await found(store)
    assert again is not None
    assert again.findings == told.findings


async def test_delays_are_looked_at_one_by_one(store: Store) -> None:
    await two_weeks(store, 150)
    await catch_up(store.run, store, RULES, NIGHT)

    every = await delays(store)
    assert [one.case for one in every] == sorted((one.case for one in every), reverse=True)
    part = {Side.CARRIER: NEW_CARRIER, Side.REGION: "近郊"}
    inside_it = await delays(store, part=part, reason=Reason.NOT_PICKED_UP)
    assert inside_it == [
        one
        for one in every
        if (one.carrier, one.region, one.reason) == (NEW_CARRIER, "近郊", Reason.NOT_PICKED_UP)
    ]
    assert inside_it
    tuesday = MONDAY - WEEK + timedelta(days=1)
    hours = {"since": tuesday + timedelta(hours=20), "until": tuesday + timedelta(hours=21)}
    assert {one.opened_at.astimezone(BOOK.calendar.zone).hour for one in await delays(store, **hours)} == {20}
    disputed = await delays(store, disputed=True)
    assert {one.doubt for one in disputed} == {Doubt.DONE_IN_TIME}
    assert await delays(store, shops=frozenset[Shop]()) == []
    assert await delays(store, before=every[0].case) == every[1:]


async def test_each_shop_is_told_its_own_and_a_drill_is_nobody_s(store: Store) -> None:
    mine = a_week_of(MONDAY - WEEK, 40, bad=False)
    other, drill = (
        [
            (replace(case, id=case.id[::-1] + shop, order=a_key(order.key.order_no, shop)), order)
            for case, order in a_week_of(MONDAY - WEEK, 30, bad=False)
        ]
        for shop in ("other", DRILL)
    )
    for week in (mine, [(case, structs.replace(order, key=case.order)) for case, order in (*other, *drill)]):
        await inside(store, lambda work, week=week: store_week(work, week))

    await catch_up(store.run, store, RULES, NIGHT)

    async with store.reading() as connection:
        told = await found_in(connection, BAD)
    assert {shop: one.findings.n for shop, one in told.items()} == {EVERY_SHOP: 69, "main": 39, "other": 30}


async def test_weeks_without_any_delay_are_left_alone_until_there_was_one(store: Store) -> None:
    await catch_up(store.run, store, RULES, NIGHT)
    assert await value(store, "SELECT count(*) FROM findings") == 0

    await inside(store, lambda work: store_week(work, a_week_of(MONDAY - 3 * WEEK, 30, bad=False)))
    await catch_up(store.run, store, RULES, NIGHT)

    async with store.reading() as connection:
        assert (await found_in(connection, BAD))["main"].findings.n == 0
    assert await value(store, "SELECT count(*) FROM findings WHERE shop = '*'") == 3


async def test_a_week_that_was_looked_at_before_it_was_over_is_looked_at_again(store: Store) -> None:
    await two_weeks(store)
    thursday = MONDAY - timedelta(days=4)
    await find_causes(store.run, store, RULES, monday_of(thursday.date()), thursday.astimezone(UTC))
    early = await found(store)

    await catch_up(store.run, store, RULES, NIGHT)

    late = await found(store)
    assert early is not None
    assert late is not None
    assert early.found_at < late.found_at == NIGHT


async def test_what_died_in_the_middle_has_changed_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_weeks(store)
    await catch_up(store.run, store, RULES, NIGHT)
    told, known = await found(store), await delays(store)
    await inside(store, lambda work: store_week(work, a_week_of(MONDAY - WEEK, 30, bad=False, seed=5)))

    async def dies_before_the_commit(name: str, operation: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async def dying(work: Transaction) -> None:
            await operation(work)
            raise RuntimeError("killed")

        return await store.run(name, dying)

    monkeypatch.setattr("bot.causes.WRITTEN_AT_A_TIME", 20)
    with pytest.raises(RuntimeError):
        await find_causes(dies_before_the_commit, store, RULES, LAST_WEEK, NIGHT)
    assert await found(store) == told
    assert await delays(store) == known

    await find_causes(store.run, store, RULES, LAST_WEEK, NIGHT)
    assert len(await delays(store)) > len(known)


async def test_of_a_week_whose_reasons_were_all_taken_back_nothing_is_shown(store: Store) -> None:
    week = a_week_of(MONDAY - WEEK, 30, bad=False)
    await inside(store, lambda work: store_week(work, week))
    await catch_up(store.run, store, RULES, NIGHT)
    assert await found(store) is not None

    unexplained = [
        (replace(case, reason=None, reason_source=None, closed_at=None), order) for case, order in week
    ]
    await inside(store, lambda work: store_week(work, unexplained))
    await find_causes(store.run, store, RULES, LAST_WEEK, NIGHT)

    assert await found(store) is None
    assert await delays(store) == []


async def test_delays_of_half_a_year_ago_are_forgotten(store: Store) -> None:
    await two_weeks(store)
    await catch_up(store.run, store, RULES, NIGHT)

    await catch_up(store.run, store, RULES, NIGHT + (KEPT - 1) * WEEK)

    assert await value(store, "SELECT count(DISTINCT week) FROM delays") == 1
    assert await found(store, GOOD) is not None, "what was found stays"
