"""What texts have promised, as `handlers.promises.Promises` keeps it, and as the handlers live by it."""

import json
import random
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.pledging import as_data, as_text, pledges
from bot.storage.promiselist import HistoryFilter, PromiseFilter, place_of
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from bot.verifying import verify
from handlers.laws import Law
from replies.library import Templates
from rules.delivery import DeliveryState
from rules.editions import Edition, Rules
from rules.events import Shop as ShopName
from rules.events import UserId
from rules.keeprates import rates
from rules.promises import Promise, PromiseState, Slot
from rules.stages import Stage
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_book, a_case, a_key, a_promise, a_report, an_order, in_
from tests.contracts.promising import Shop

CASE = a_case(id_="c1")
EVER = PromiseFilter(since=in_(days=-9), until=in_(days=9))


async def test_promises_are_found_by_their_order_oldest_first(store: Store) -> None:
    later = a_promise(CASE, "b", promised_at=in_(minutes=5))
    first, other = a_promise(CASE, "a"), a_promise(a_case("DB2"), "x")
    await inside(store, lambda work: work.promises.put([later, first, other]))

    assert await inside(store, lambda work: work.promises.of([CASE.order])) == {CASE.order: [first, later]}
    assert await inside(store, lambda work: work.promises.of([a_key("DB9")])) == {}
    assert await inside(store, lambda work: work.promises.of([])) == {}


async def test_what_nobody_heard_is_dropped_and_what_was_merged_moves(store: Store) -> None:
    first, second = a_promise(CASE, "a"), a_promise(CASE, "b", slot=Slot.SHIP_BY)
    await inside(store, lambda work: work.promises.put([first, second]))
    await inside(store, lambda work: work.promises.drop([first]))
    await inside(store, lambda work: work.promises.move(CASE.order, a_key("DB7")))

    found = await inside(store, lambda work: work.promises.of([CASE.order, a_key("DB7")]))
    assert [(key.order_no, [one.told for one in theirs]) for key, theirs in found.items()] == [("DB7", ["b"])]


async def test_the_database_judges_as_the_rules_do(store: Store) -> None:
    times = (None, in_(hours=1), in_(hours=2), in_(hours=3))
    made = [
        a_promise(CASE, f"{kept}-{broken}", kept_at=times[kept], broken_at=times[broken])
        for kept in range(4)
        for broken in (0, 3)
    ]
    await inside(store, lambda work: work.promises.put(made))

    _, tallies = await Views(store).promises(EVER, 50)
    total = rates(tallies, lambda _: None)[None]
    states = [promise.state for promise in made]
    assert {state: states.count(state) for state in PromiseState} == {
        PromiseState.KEPT: total.kept, PromiseState.BROKEN: total.broken, PromiseState.OPEN: total.open,
    }  # fmt: skip


async def test_the_list_goes_on_where_it_ended_and_fits_every_filter(store: Store) -> None:
    made = [
        a_promise(
            a_case(f"DB{number}"), f"t{number}", promised_at=in_(minutes=number // 2), unsure=number == 3,
            agent=UserId("lisi" if number % 2 else "zhangsan"), carrier="sf" if number % 3 else None,
        )
        for number in range(7)
    ]  # fmt: skip
    await inside(store, lambda work: work.promises.put(made))
    views, found = Views(store), list[Promise]()
    before = None
    while page := (await views.promises(PromiseFilter(since=NOW, until=in_(days=1), before=before), 2))[0]:
        found += page
        before = place_of(page[-1])
    assert found == sorted(made, key=place_of, reverse=True)

    wanted = PromiseFilter(
        since=NOW, until=in_(days=1), shops=frozenset({ShopName("main")}), slot=Slot.NEWS_BY,
        template="picking_not_started", carrier="sf", agent="lisi", state=PromiseState.OPEN,
    )  # fmt: skip
    fitting, tallies = await views.promises(wanted, 50)
    assert [promise.told for promise in fitting] == ["t5", "t1"]
    assert rates(tallies, lambda tally: tally.agent)["lisi"].open == 2
    elsewhere = PromiseFilter(since=NOW, until=in_(days=1), shops=frozenset({ShopName("b")}))
    assert await views.promises(elsewhere, 50) == ([], [])


async def test_history_tells_how_long_it_took_and_has_taken(store: Store) -> None:
    moved, waits = a_case("DB1", id_="m", stage=Stage.PICKING), a_case("DB2", id_="w", stage=Stage.PICKING)
    news = a_report("DB1", at=in_(minutes=40), stage="picking", status="completed")

    async def fill(work: Transaction) -> None:
        await work.orders.lock([moved.order, waits.order])
        await work.orders.store([news])
        await work.orders.save(
            [an_order("DB1", warehouse="hz1"), an_order("DB2")], Edition(book=BOOK), arm=True
        )
        await work.cases.save([moved, waits])

    await inside(store, fill)
    wanted = HistoryFilter(slots=frozenset({Slot.NEWS_BY}), shops=None, since=in_(days=-1))
    samples = await Views(store).promise_samples(wanted, in_(hours=3))

    spans = {one.warehouse: (one.span.length, one.span.ended) for one in samples}
    assert spans == {"hz1": (timedelta(minutes=40), True), None: (timedelta(hours=3), False)}


async def test_what_templates_promise_is_told_beside_what_history_says(store: Store) -> None:
    """Ten stood still in their picking: seven had news within the hour, three have waited for five."""
    cases = [a_case(f"DB{number}", stage=Stage.PICKING) for number in range(10)]
    news = [a_report(f"DB{number}", at=in_(minutes=6 * number + 6), stage="picking") for number in range(7)]

    async def fill(work: Transaction) -> None:
        await work.orders.lock([case.order for case in cases])
        await work.orders.store(news)
        await work.orders.save(
            [an_order(case.order.order_no) for case in cases], Edition(book=BOOK), arm=True
        )
        await work.cases.save(cases)

    await inside(store, fill)
    found = await pledges(Views(store), Templates(), BOOK, in_(hours=5))

    by_name = {one.template.name: one for one in found}
    picking = by_name["picking_not_started"]
    assert picking.honest is not None
    assert (picking.honest.curve.n, picking.honest.within, picking.in_time) == (10, None, pytest.approx(0.7))
    text = as_text(found, BOOK)
    assert (
        "picking_not_started.liquid news_by: 答应 2h；历史上不到八成，还看不出（n=10），答应的时间内 70%，偏短"
        in text
    )
    assert "pickup.liquid news_by: 答应 2h；还没有这样的订单" in text
    data = {one["template"]: one for one in json.loads(as_data(found))}
    assert data["stock_short"]["share"] is None, "it may be any stage"
    assert (data["picking"]["promised_seconds"], data["picking"]["n"]) == (7200, 10)

    own = "---\ntitle: 拣货\nfacts: [order_no, news_by]\npromises: {news_by: 20m}\n---\n{{ order_no }} {{ news_by }} 前"
    house = a_book(2, replies=[{"name": "picking", "text": own, "shops": ["s2"]}])
    said = [one for one in await pledges(Views(store), Templates(), house, in_(hours=5)) if one.reply]
    assert "replies: picking · s2 news_by: 答应 20m；历史上" in as_text(said, house)
    (told,) = json.loads(as_data(said))
    assert (told["own"], told["shops"], told["promised_seconds"], told["n"]) == (True, ["s2"], 1200, 10)

    slow = a_book(2, budget={"contact": "30m", "complaint": "20m"})
    short = [one for one in await pledges(Views(store), Templates(), slow, NOW) if one.too_short]
    assert {one.template.stage for one in short} == {Stage.PAYMENT}
    assert "不比回复预算 budget.contact（30m）长" in as_text(short, slow)


# --- a shop of many orders ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "seed"), [(12, 1), pytest.param(1000, 2, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
async def test_every_promise_of_a_text_that_arrived_ends_and_is_followed_up(
    store: Store, orders: int, seed: int
) -> None:
    shop = Shop(store, random.Random(seed))
    for number in range(orders):
        shop.open(number)
    await shop.run()
    promises = await shop.promises()

    sure = [promise for promise in promises if not promise.unsure]
    sent = [told for told, state in shop.told.items() if state is DeliveryState.SENT]
    unsure = [told for told, state in shop.told.items() if state is DeliveryState.UNKNOWN]
    assert sorted(promise.told for promise in sure) == sorted(sent), "one row for each text that arrived"
    assert sorted(promise.told for promise in promises if promise.unsure) == sorted(unsure)

    counts = {state: sum(promise.state is state for promise in sure) for state in PromiseState}
    drafted = f"{len(shop.followed_in_time)} of {len(shop.near)} follow-ups drafted in time"
    print(f"{orders} orders, {len(sent)} texts sent: {counts}, {drafted}")  # noqa: T201 -- the figures are the point
    assert sum(counts.values()) == len(sent)
    assert counts[PromiseState.OPEN] == 0, "all of their times have passed"
    assert counts[PromiseState.KEPT] > 0 < counts[PromiseState.BROKEN]

    assert shop.followed_in_time == shop.near
    assert shop.near
    never_near = [one for one in promises if one.warned_at is None]
    assert all(one.kept_at is not None and one.kept_at <= one.due_at for one in never_near)

    rules = Rules.only(BOOK)
    verdicts = await verify(store, rules, ManualClock(shop.clock.now()))
    ours = {
        verdict.law: verdict.shown
        for verdict in verdicts
        if verdict.law in {Law.PROMISES, Law.TIMERS, Law.FOLD}
    }
    assert ours == {Law.PROMISES: [], Law.TIMERS: [], Law.FOLD: []}
