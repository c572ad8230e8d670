"""How everything stands: for any choice of shops, in any grouping, and hour by hour."""

from dataclasses import replace

from rules.events import Shop
from rules.feeds import Feed, Feeder
from rules.golden import Golden
from rules.health import Tally
from rules.snapshot import Flow, Hour, Place, Snapshot
from rules.stages import Stage
from tests.builders import MINUTE, TICK, at

A, B = Shop("a"), Shop("b")
SNAPSHOT = Snapshot(
    at=at("03:20"),
    day_at=at("00:00"),
    counts={
        Place(A, Stage.PICKING, "hz1", ""): Tally(1, 2, 3),
        Place(A, Stage.TRANSIT, "hz1", "SF"): Tally(in_time=5),
        Place(B, Stage.PICKING, "hz2", "SF"): Tally(late=7),
    },
    flows={
        A: Flow(opened=(4, 0, 2), closed=(0, 3), unclosed=10, urgent=1),
        B: Flow(closed=(0, 0, 1), unclosed=2),
    },
    feeds={
        Feeder("/wms", B): Feed(
            occurred_at=at("03:00"), observed_at=at("03:01"), today=2, hours=(0,) * 23 + (2,)
        ),
        Feeder("/erp", A): Feed(occurred_at=at("02:00"), observed_at=at("03:19"), today=4, hours=(1,) * 24),
        Feeder("/erp", B): Feed(occurred_at=at("02:30"), observed_at=at("02:40"), today=1, hours=(0, 1) * 12),
    },
    today={A: Golden(opened=6), B: Golden()},
    lately={A: Golden(opened=9), B: Golden(opened=1)},
)


def test_orders_are_counted_by_any_part_of_their_place() -> None:
    assert SNAPSHOT.orders == Tally(6, 2, 10)
    assert SNAPSHOT.by(lambda place: place.stage) == {
        Stage.PICKING: Tally(1, 2, 10),
        Stage.TRANSIT: Tally(in_time=5),
    }
    assert SNAPSHOT.by(lambda place: place.carrier) == {"": Tally(1, 2, 3), "SF": Tally(in_time=5, late=7)}


def test_the_curve_of_the_day_ends_at_what_is_unclosed_now() -> None:
    assert SNAPSHOT.cases == Flow(opened=(4, 0, 2), closed=(0, 3, 1), unclosed=12, urgent=1)
    assert SNAPSHOT.curve == (
        Hour(at("00:00"), 4, 0, 14),
        Hour(at("01:00"), 0, 3, 11),
        Hour(at("02:00"), 2, 1, 12),
        Hour(at("03:00"), 0, 0, 12),
    )


def test_the_figures_of_all_shops_are_sums() -> None:
    assert (SNAPSHOT.golden_today.opened, SNAPSHOT.golden_lately.opened) == (6, 10)


def test_a_source_reports_of_several_shops_and_its_newest_event_counts() -> None:
    erp, wms = SNAPSHOT.sources
    assert (erp.name, erp.shops, erp.feed.today, erp.lately) == ("/erp", (A, B), 5, 36)
    assert (erp.feed.occurred_at, erp.feed.observed_at) == (at("02:30"), at("03:19"))
    assert (erp.age(SNAPSHOT.at), wms.age(SNAPSHOT.at), wms.age(at("01:00"))) == (
        MINUTE,
        19 * MINUTE,
        0 * MINUTE,
    )
    (mine,) = SNAPSHOT.of({A}).sources
    assert (mine.name, mine.shops, mine.feed.today) == ("/erp", (A,), 4)


def test_whoever_may_see_some_shops_sees_nothing_of_the_others() -> None:
    assert SNAPSHOT.of(None) is SNAPSHOT
    mine = SNAPSHOT.of({B})
    assert (mine.orders, mine.cases.unclosed, mine.golden_lately.opened) == (Tally(late=7), 2, 1)
    assert {feeder.shop for feeder in mine.feeds} == {B}
    assert {place.shop for place in mine.counts} | set(mine.flows) | set(mine.today) | set(mine.lately) == {B}
    nobody = SNAPSHOT.of(())
    assert (nobody.orders, nobody.cases, nobody.golden_today) == (Tally(), Flow(), Golden())
    assert [hour.unclosed for hour in nobody.curve] == [0] * 4


def test_a_later_look_differs_only_in_what_is_to_be_seen() -> None:
    assert not replace(SNAPSHOT, at=SNAPSHOT.at + TICK).differs(SNAPSHOT)
    assert not replace(SNAPSHOT, feeds={}).differs(SNAPSHOT), "something comes in all the time"
    assert replace(SNAPSHOT, counts={}).differs(SNAPSHOT)
