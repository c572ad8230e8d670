"""What the front page shows adds up, whatever there is to show."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.around import Around
from bot.web.board.breakdowns import Bands, Breakdown, Side, Tables
from bot.web.board.health import HealthQuery, HealthView, Newest, view_of
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked
from handlers.ledger import Fate, Ledger
from rules.calendar import SHANGHAI
from rules.events import Shop, UserId
from rules.feeds import HOURS, Feed, Feeder
from rules.golden import Golden, Share, Waits
from rules.health import Tally, score
from rules.roster import Member
from rules.silence import Silence
from rules.snapshot import Flow, Place, Snapshot
from rules.stages import STAGES, Stage

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)
READER = Reader(member=Member(userid=UserId("x"), name="x", roles=frozenset()))
NAMES = st.sampled_from(["", "a", "b", "c"])
TALLIES = st.builds(Tally, *[st.integers(0, 5)] * 3).filter(lambda tally: tally.total > 0)
COUNTS = st.dictionaries(
    st.builds(Place, NAMES.map(Shop), st.sampled_from(STAGES), NAMES, NAMES), TALLIES, max_size=12
)


def a_snapshot(**given: Any) -> Snapshot:
    nothing: dict[str, Any] = {"counts": {}, "flows": {}, "feeds": {}, "today": {}, "lately": {}}
    return Snapshot(at=NOW, day_at=MIDNIGHT, **{**nothing, **given})


def shown(snapshot: Snapshot, *, around: Around | None = None, **query: Any) -> HealthView:
    asked = Asked(reader=READER, path={}, query=HealthQuery(**query), now=NOW, zone=SHANGHAI)
    nothing = Around(ledger=Ledger(alerts=0, fates={}), lost=0, unmatched=0)
    return view_of(asked, snapshot, Tables(snapshot.counts), around or nothing)


def tally_of(*bands: Bands) -> Tally:
    return Tally(
        sum(one.in_time for one in bands), sum(one.grey for one in bands), sum(one.late for one in bands)
    )


def of_side(view: HealthView, side: Side) -> Breakdown:
    return next(one for one in view.breakdowns if one.by is side)


@given(COUNTS, st.integers(1, 8))
def test_every_way_to_tell_the_orders_apart_adds_up_to_all_of_them(
    counts: dict[Place, Tally], top: int
) -> None:
    view = shown(a_snapshot(counts=counts), top=top)
    everything = tally_of(view.orders)
    assert everything.total == view.orders.total == sum(tally.total for tally in counts.values())
    assert tally_of(*view.stages) == everything
    for one in view.breakdowns:
        assert tally_of(*one.groups, one.rest) == everything
        assert len(one.groups) <= top
        assert (one.others == 0) == (one.rest.total == 0)
    for bands in (view.orders, *view.stages):
        assert bands.total == bands.in_time + bands.grey + bands.late
        assert bands.score == score(tally_of(bands))


@given(COUNTS)
def test_all_cells_of_a_breakdown_hold_all_that_is_late_or_grey(counts: dict[Place, Tally]) -> None:
    view = shown(a_snapshot(counts=counts), top=500)
    for one in view.breakdowns:
        cells = tally_of(*one.cells)
        assert (cells.grey, cells.late) == (view.orders.grey, view.orders.late)
        assert all(cell.grey or cell.late for cell in one.cells)


@given(COUNTS)
def test_what_hurts_most_comes_first(counts: dict[Place, Tally]) -> None:
    for one in shown(a_snapshot(counts=counts)).breakdowns:
        for listed in (one.cells, one.groups):
            ranks = [(-bands.late, bands.score) for bands in listed]
            assert ranks == sorted(ranks)


def test_the_page_shows_shops_where_there_are_several_else_warehouses_unless_asked() -> None:
    one = {Place(Shop("main"), Stage.PICKING, "hz1", ""): Tally(late=1)}
    two = {**one, Place(Shop("east"), Stage.PICKING, "hz1", ""): Tally(late=1)}
    assert [shown(a_snapshot(counts=counts)).by for counts in ({}, one, two)] == [
        Side.WAREHOUSE,
        Side.WAREHOUSE,
        Side.SHOP,
    ]
    assert shown(a_snapshot(counts=two), by=Side.CARRIER).by is Side.CARRIER
    assert shown(a_snapshot(counts=two), top=1).by is Side.SHOP


def test_today_begins_at_the_merchants_midnight_and_ends_with_this_hour() -> None:
    flow = Flow(opened=(2, *[0] * 9, 3), closed=(*[0] * 10, 1), unclosed=4, urgent=2)
    view = shown(a_snapshot(flows={Shop("main"): flow}))
    first, last = view.today[0], view.today[-1]
    assert (first.at.isoformat(), first.noticed, first.closed, first.unclosed) == (
        "2026-03-02T00:00:00+08:00", 2, 0, 2,
    )  # fmt: skip
    assert (last.at.isoformat(), last.noticed, last.closed, last.unclosed) == (
        "2026-03-02T10:00:00+08:00", 3, 1, 4,
    )  # fmt: skip
    assert (view.noticed, view.unclosed, view.open_p1, len(view.today)) == (5, 4, 2, 11)


def test_the_golden_ten_minutes_say_of_how_many_and_nothing_of_none() -> None:
    figures = Golden(
        opened=5, healed=Share(1, 4), within_ten=Share(2, 3), claimed=Waits({30: 1, 90: 2}), reached=Waits()
    )
    view = shown(a_snapshot(today={Shop("main"): figures}))
    today, lately = view.golden_today, view.golden_24_h
    assert (today.within_10_min.percent, today.within_10_min.n) == (66, 3)
    assert (today.within_15_min.percent, today.within_15_min.n) == (None, 0)
    assert (today.self_healed.count, today.self_healed.percent) == (1, 25)
    assert (today.to_claim.median_seconds, today.to_claim.p90_seconds, today.to_claim.n) == (90, 90, 3)
    assert (today.to_reached.median_seconds, today.to_reached.n) == (None, 0)
    assert (lately.noticed, lately.self_healed.percent) == (0, None)


def test_a_source_says_how_long_it_has_been_silent() -> None:
    heard = datetime(2026, 3, 2, 1, tzinfo=UTC)
    hours = (*[0] * (HOURS - 2), 4, 0)
    feed = Feed(occurred_at=heard, observed_at=heard, today=4, hours=hours)
    view = shown(a_snapshot(feeds={Feeder("/erp", Shop("main")): feed, Feeder("/erp", Shop("b")): feed}))
    (source,) = view.sources
    assert (source.source, source.shops, source.today) == ("/erp", ["b", "main"], 8)
    assert (source.last_event_at, source.silence) == (heard, Silence.QUIET)
    assert source.hours[-2:] == (8, 0)


@pytest.mark.parametrize(("shown_ones", "balances"), [(3, True), (2, False)])
def test_the_ledger_has_a_line_for_each_fate(shown_ones: int, balances: bool) -> None:
    ledger = Ledger(alerts=4, fates={Fate.SHOWN: shown_ones, Fate.WAITING: 1})
    view = shown(a_snapshot(), around=Around(ledger=ledger, lost=2, unmatched=7))
    assert list(view.ledger.fates) == list(Fate)
    assert sum(view.ledger.fates.values()) == shown_ones + 1
    assert (view.ledger.alerts, view.ledger.balances) == (4, balances)
    assert (view.dead_letters, view.unmatched) == (2, 7)


def test_the_newest_snapshot_is_told_apart_once_for_each_choice_of_shops() -> None:
    east, west = Shop("east"), Shop("west")
    first, second = (
        a_snapshot(counts={Place(shop, Stage.PICKING, "", ""): Tally(late=late) for shop in (east, west)})
        for late in (1, 2)
    )
    newest, own = Newest(), frozenset({east})
    assert newest.of(first, own) is newest.of(first, own)
    assert [newest.of(first, shops)[1].orders.late for shops in (own, None, frozenset[Shop]())] == [1, 2, 0]
    assert [newest.of(second, shops)[1].orders.late for shops in (own, None)] == [2, 4]
