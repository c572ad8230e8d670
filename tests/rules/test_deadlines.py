"""When is a limit of an order up, since when is it waited for, and what is passed already?"""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.anomalies import AnomalyId
from rules.book import RuleBook
from rules.deadlines import Band, Deadline, band, clock_of, clocks, deadlines, nearest, shortage_breach
from rules.events import Attribute, OrderEvent
from rules.orders import WHOLE_ORDER, Order
from rules.settling import open_anomaly
from rules.stages import PARCEL_STAGES, Kind, Stage, Status
from rules.standing import is_standing
from tests.builders import (
    HOUR,
    MINUTE,
    TICK,
    a_book,
    an_event,
    an_order,
    at,
    cancelled,
    created,
    refund,
    resumed,
    short,
    staged,
    until,
)
from tests.rules.walking import STARTS, Shop, shops, walk

PAYMENT, CONFIRM, PICKING = Stage.PAYMENT, Stage.CONFIRM, Stage.PICKING
PACKING, PICKUP, TRANSIT = Stage.PACKING, Stage.PICKUP, Stage.TRANSIT
STARTED, UPDATED, COMPLETED = Status.STARTED, Status.UPDATED, Status.COMPLETED
BOOK = a_book()
LIMITS = [
    (PAYMENT, Kind.NOT_COMPLETED, 2 * MINUTE, 5 * MINUTE),
    (CONFIRM, Kind.NOT_COMPLETED, 10 * MINUTE, 20 * MINUTE),
    (PICKING, Kind.NOT_STARTED, 30 * MINUTE, 45 * MINUTE),
    (PACKING, Kind.NOT_COMPLETED, 60 * MINUTE, 90 * MINUTE),
    (PICKUP, Kind.NO_UPDATE, 2 * HOUR, 3 * HOUR),
    (TRANSIT, Kind.NO_UPDATE, 12 * HOUR, 24 * HOUR),
]
"""The first limit of each stage: design §3."""


def parcel_of(stage: Stage) -> str:
    return "1" if stage.per_parcel else WHOLE_ORDER


def due(order: Order, book: RuleBook = BOOK) -> list[tuple[Stage, Kind, datetime]]:
    return [(one.stage, one.kind, one.due_at) for one in deadlines(order, book, {})]


def band_at(order: Order, stage: Stage, now: datetime, book: RuleBook = BOOK) -> Band:
    return band(order, order.run(stage, parcel_of(stage)), book, now)


def waits_since(
    order: Order, stage: Stage, parcel: str | None = None, book: RuleBook = BOOK
) -> datetime | None:
    place = parcel_of(stage) if parcel is None else parcel
    clock = clock_of(order, book.plan_for(order), stage, place)
    return None if clock is None else clock.since


# --- to the millisecond ----------------------------------------------------------


@pytest.mark.parametrize(("stage", "kind", "normal", "limit"), LIMITS)
def test_between_normal_and_limit_lies_a_grey_band_and_late_is_strictly_after(
    stage: Stage, kind: Kind, normal: timedelta, limit: timedelta
) -> None:
    since = at("09:00")
    order = an_order(stage=stage, since=since)
    assert due(order)[0] == (stage, kind, since + limit)
    expected = [
        (since, Band.IN_TIME),
        (since + normal, Band.IN_TIME),
        (since + normal + TICK, Band.GREY),
        (since + limit, Band.GREY),
        (since + limit + TICK, Band.LATE),
    ]
    assert [(now, band_at(order, stage, now)) for now, _ in expected] == expected


def test_five_minutes_are_in_time_and_a_millisecond_more_is_late() -> None:
    order = an_order(stage=PAYMENT, since="09:00")
    (breach,) = deadlines(order, BOOK, {})
    case = open_anomaly(AnomalyId("a1"), order, breach, BOOK, at("09:05:00.001"))
    assert breach.due_at == at("09:05:00.000")
    assert not is_standing(case, order, BOOK, at("09:05:00.000"))
    assert is_standing(case, order, BOOK, at("09:05:00.001"))


@pytest.mark.parametrize(("stage", "kind", "normal", "limit"), LIMITS)
def test_a_clock_that_started_on_a_holiday_takes_half_as_long_again(
    stage: Stage, kind: Kind, normal: timedelta, limit: timedelta
) -> None:
    order = an_order(stage=stage, since="23:59")
    holiday = at("23:59").astimezone(BOOK.calendar.zone).date()
    assert due(order, a_book(holidays=[holiday]))[0][2] == at("23:59") + 1.5 * limit
    assert due(order, a_book(holidays=[holiday + timedelta(days=1)]))[0][2] == at("23:59") + limit
    assert band_at(order, stage, at("23:59") + 1.5 * normal, a_book(holidays=[holiday])) is Band.IN_TIME


def test_p1_clocks_tick_around_the_clock_and_others_in_opening_hours() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    assert due(an_order(stage=PAYMENT, since="17:58"), book)[0][2] == at("18:03")
    tomorrow = date(2026, 3, 3)
    assert due(an_order(stage=CONFIRM, since="17:50"), book)[0][2] == at("09:10", day=tomorrow)
    assert due(an_order(stage=PAYMENT, since="03:00"), book)[0][2] == at("03:05")
    assert due(an_order(stage=CONFIRM, since="03:00"), book)[0][2] == at("09:20")


WAITS = {
    PAYMENT: {Kind.NOT_COMPLETED: 5 * MINUTE},
    CONFIRM: {Kind.NOT_COMPLETED: 20 * MINUTE},
    PICKING: {Kind.NOT_STARTED: 45 * MINUTE, Kind.NOT_COMPLETED: 2 * HOUR},
    PACKING: {Kind.NOT_COMPLETED: 90 * MINUTE},
    PICKUP: {Kind.NO_UPDATE: 3 * HOUR},
}
"""All limits of the stages whose limits are short enough to be walked."""


@given(shops(), st.sampled_from(sorted(WAITS)), STARTS, st.none() | st.integers(1, 180))
def test_limits_are_up_when_a_clock_that_is_walked_says_so(
    shop: Shop, stage: Stage, since: datetime, news: int | None
) -> None:
    """Over holidays, days worked for them, closed hours and midnights; P1 heeds no opening hours."""
    told = [] if news is None else [staged(stage, UPDATED, since + news * MINUTE)]
    order, book = an_order(*told, stage=stage, since=since), shop.book()
    found = {one.kind: one for one in deadlines(order, book, {})}
    assert set(found) == set(WAITS[stage]) - (set() if news is None else {Kind.NOT_STARTED})
    for kind, one in found.items():
        start = told[0].at if told and kind is Kind.NO_UPDATE else since
        wait = WAITS[stage][kind] * (1.5 if shop.is_holiday(start) else 1)
        due_at = walk(start, wait, (lambda _: True) if stage is PAYMENT else shop.is_open)
        assert (one.since, one.due_at) == (start, due_at)
    last = max(one.due_at for one in found.values())
    assert band_at(order, stage, last + TICK, book) is Band.LATE


# --- which limit -----------------------------------------------------------------


def test_the_nearest_of_several_limits_comes_first() -> None:
    order = an_order(stage=PICKING, since="09:00")
    assert due(order) == [
        (PICKING, Kind.NOT_STARTED, at("09:45")),
        (PICKING, Kind.NOT_COMPLETED, at("11:00")),
    ]
    assert nearest(order, BOOK, {}) == at("09:45")


def test_picking_started_at_44_minutes_leaves_only_the_two_hour_limit() -> None:
    order = an_order(staged(PICKING, STARTED, "09:44"), stage=PICKING, since="09:00")
    assert due(order) == [(PICKING, Kind.NOT_COMPLETED, at("11:00"))]


def test_a_limit_that_was_raised_is_silent_and_a_later_one_still_speaks() -> None:
    order = an_order(stage=PICKING, since="09:00")
    first, second = (one.due_at for one in deadlines(order, BOOK, {}))
    place = PICKING, WHOLE_ORDER
    assert [one.due_at for one in deadlines(order, BOOK, {place: first})] == [second]
    assert nearest(order, BOOK, {place: first}) == second
    assert nearest(order, BOOK, {place: second}) is None
    assert nearest(order, BOOK, {(CONFIRM, WHOLE_ORDER): second}) == first


def test_a_silent_parcel_speaks_again_after_each_further_day() -> None:
    order = an_order(stage=TRANSIT, since="09:00")
    raised, spoken = None, list[timedelta]()
    for _ in range(4):
        raised = nearest(order, BOOK, {} if raised is None else {(TRANSIT, "1"): raised})
        assert raised is not None
        spoken.append(raised - at("09:00"))
    assert spoken == [24 * HOUR, 48 * HOUR, 72 * HOUR, 96 * HOUR]
    unseen = {(TRANSIT, "1"): at("09:00") + 60 * HOUR}
    assert nearest(order, BOOK, unseen) == at("09:00") + 72 * HOUR


def test_the_days_between_are_stretched_and_counted_like_the_first() -> None:
    book = a_book(
        hours={"mon-sun": ["00:00-12:00"]},
        holidays=[date(2026, 3, 2)],
        stages={"transit": {"limits": [{"when": "no_update", "after": "12h", "repeat": "8h"}]}},
    )
    order = an_order(stage=TRANSIT, since="06:00")
    first = nearest(order, book, {})
    assert first is not None
    assert first == at("12:00", day=date(2026, 3, 3))
    assert nearest(order, book, {(TRANSIT, "1"): first}) == at("12:00", day=date(2026, 3, 4))


def test_news_from_the_road_starts_the_day_anew() -> None:
    scan = staged(TRANSIT, UPDATED, at("09:00") + 23 * HOUR)
    order = an_order(scan, stage=TRANSIT, since="09:00")
    assert due(order) == [(TRANSIT, Kind.NO_UPDATE, scan.at + 24 * HOUR)]
    assert nearest(order, BOOK, {(TRANSIT, "1"): at("09:00") + 24 * HOUR}) == scan.at + 24 * HOUR


@pytest.mark.parametrize("status", [STARTED, UPDATED])
def test_a_carrier_scan_resets_the_three_hours(status: Status) -> None:
    order = an_order(staged(PICKUP, status, "11:59"), stage=PICKUP, since="09:00")
    assert due(order) == [(PICKUP, Kind.NO_UPDATE, at("14:59"))]
    assert band_at(order, PICKUP, at("13:59")) is Band.IN_TIME
    assert band_at(order, PICKUP, at("14:59")) is Band.GREY
    assert band_at(order, PICKUP, at("14:59") + TICK) is Band.LATE


def test_a_tracking_number_alone_is_no_news_of_a_stage() -> None:
    number = an_event(when="11:59", attributes={Attribute.TRACKING_NO: "YT1"})
    assert due(an_order(number, stage=PICKUP, since="09:00")) == [(PICKUP, Kind.NO_UPDATE, at("12:00"))]


def test_news_of_the_stage_before_is_no_news_of_this_one() -> None:
    packed_again = staged(PACKING, UPDATED, "11:00")
    assert due(an_order(packed_again, stage=PICKUP, since="09:00"))[0][2] == at("12:00")


# --- clocks ----------------------------------------------------------------------


def test_an_abandoned_basket_is_no_anomaly() -> None:
    order = an_order(created("09:00"))
    assert due(order) == []
    assert nearest(order, BOOK, {}) is None
    assert band_at(order, PAYMENT, at("23:00")) is Band.IN_TIME


def test_the_payment_clock_may_start_with_the_order() -> None:
    book = a_book(payment_clock="created")
    assert due(an_order(created("09:00")), book) == [(PAYMENT, Kind.NOT_COMPLETED, at("09:05"))]
    tried = an_order(created("09:00"), staged(PAYMENT, STARTED, "09:03"))
    assert due(tried, book)[0][2] == at("09:05")
    failed = an_order(created("09:00"), staged(PAYMENT, Status.FAILED, "09:03"))
    assert due(failed, book)[0][2] == at("09:08")
    assert due(an_order(staged(PAYMENT, STARTED, "09:03")), book)[0][2] == at("09:08")


def test_the_payment_clock_may_differ_by_lane() -> None:
    lane = {
        "name": "预售",
        "match": {"field": "tags", "op": "contains", "value": "预售"},
        "payment_clock": "created",
    }
    tagged = created("09:00", attributes={Attribute.TAGS: ("预售",)})
    assert due(an_order(tagged), a_book(lanes=[lane]))[0][2] == at("09:05")
    assert due(an_order(created("09:00")), a_book(lanes=[lane])) == []


def test_a_payment_that_failed_is_waited_for_from_then_on_and_from_each_new_try() -> None:
    failed = [staged(PAYMENT, STARTED, "09:00"), staged(PAYMENT, Status.FAILED, "09:02")]
    assert due(an_order(*failed))[0][2] == at("09:07")
    assert due(an_order(*failed, staged(PAYMENT, STARTED, "09:04")))[0][2] == at("09:09")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not PAYMENT])
def test_each_later_stage_is_waited_for_from_the_end_of_the_one_before(stage: Stage) -> None:
    order = an_order(stage=stage, since="09:00")
    assert waits_since(order, stage) == at("09:00")
    assert [clock.run.stage for clock in clocks(order, BOOK.default)] == [stage]


def test_a_stage_opened_again_is_waited_for_from_then_on() -> None:
    order = an_order(staged(PICKING, Status.REOPENED, "10:00"), stage=PACKING, since="09:00")
    assert waits_since(order, PICKING) == at("10:00")
    again = an_order(
        staged(PICKING, Status.REOPENED, "10:00"),
        staged(PICKING, COMPLETED, "10:30"),
        stage=PACKING,
        since="09:00",
    )
    assert waits_since(again, PACKING) == at("10:30")


def test_an_exact_time_moves_the_clock_that_an_inferred_one_started() -> None:
    news = staged(PACKING, UPDATED, "09:30")
    assert waits_since(an_order(news, stage=PICKING, since="09:00"), PACKING) == at("09:30")
    exact = staged(PICKING, COMPLETED, "09:20")
    assert waits_since(an_order(news, exact, stage=PICKING, since="09:00"), PACKING) == at("09:20")


def test_a_source_whose_clock_runs_ahead_gains_nothing() -> None:
    ahead = staged(PAYMENT, STARTED, "09:04", observed_at=at("09:00"))
    assert due(an_order(ahead))[0][2] == at("09:05")


def test_cash_on_delivery_is_waited_for_from_its_creation() -> None:
    assert waits_since(an_order(created("09:00", skip=(PAYMENT,))), CONFIRM) == at("09:00")
    lane = {"name": "货到付款", "skip": ["payment"]}
    by_lane = a_book(lanes=[lane])
    order = an_order(created("09:00"))
    assert waits_since(order, CONFIRM, book=by_lane) == at("09:00")
    assert due(order, by_lane) == [(CONFIRM, Kind.NOT_COMPLETED, at("09:20"))]
    assert order.progress(by_lane.plan_for(order).skip)[0] is CONFIRM


def test_an_order_of_unknown_creation_is_waited_for_from_its_first_news() -> None:
    order = an_order(an_event(skip=(PAYMENT,)))
    assert due(order) == []
    known = an_order(an_event(skip=(PAYMENT,)), staged(CONFIRM, STARTED, "09:10"))
    assert waits_since(known, CONFIRM) == at("09:10")


def test_skipped_stages_are_passed_over_before_and_after_the_parcels_part() -> None:
    virtual = created("09:00", skip=(CONFIRM, PICKING, PACKING))
    order = an_order(virtual, staged(PAYMENT, COMPLETED, "09:01"))
    assert waits_since(order, PICKUP) == at("09:01")
    lane = {"name": "自提", "skip": ["packing", "pickup", "transit"]}
    picked = an_order(stage=PACKING, since="09:00")
    assert due(picked, a_book(lanes=[lane])) == []


def test_a_presale_is_not_late_before_its_day_except_in_paying() -> None:
    presale = created("08:00", not_before=at("12:00"))
    assert due(an_order(presale, *until(PICKING, "09:00")))[0][2] == at("12:45")
    assert due(an_order(presale, *until(PICKUP, "09:00")))[0][2] == at("15:00")
    assert due(an_order(presale, staged(PAYMENT, STARTED, "09:00")))[0][2] == at("09:05")
    assert due(an_order(created("08:00", not_before=at("08:30")), *until(PICKING, "09:00")))[0][2] == at(
        "09:45"
    )


def test_a_cancelled_order_has_no_clock_and_a_resumed_one_starts_it_anew() -> None:
    assert due(an_order(cancelled("09:30"), stage=PICKING)) == []
    order = an_order(cancelled("09:30"), resumed("10:00"), stage=PICKING, since="09:00")
    assert waits_since(order, PICKING) == at("10:00")
    paying = an_order(cancelled("09:01"), resumed("10:00"), stage=PAYMENT, since="09:00")
    assert due(paying)[0][2] == at("10:05")
    silent = an_order(cancelled("09:30"), resumed("10:00"), stage=TRANSIT, since="09:00")
    assert due(silent)[0][2] == at("10:00") + 24 * HOUR


def test_a_refund_request_stops_no_clock() -> None:
    assert due(an_order(refund("09:10"), stage=PICKING, since="09:00"))[0][2] == at("09:45")


def test_a_finished_order_has_no_clock() -> None:
    order = an_order(staged(TRANSIT, COMPLETED, "10:00"), stage=TRANSIT)
    assert (due(order), nearest(order, BOOK, {})) == ([], None)
    assert all(band(order, run, BOOK, at("23:00")) is Band.DONE for run in order.present_runs())


# --- parcels ---------------------------------------------------------------------


def two_parcels(*more: OrderEvent) -> Order:
    """YT1 is packed at 10:00, YT2 at 11:00; picking was done at 09:00."""
    return an_order(
        staged(PACKING, COMPLETED, "10:00", "YT1", attributes={Attribute.PARCELS: 2}),
        staged(PACKING, COMPLETED, "11:00", "YT2"),
        *more,
        stage=PACKING,
        since="09:00",
    )


def test_each_parcel_has_a_clock_of_its_own() -> None:
    order = two_parcels(staged(PICKUP, COMPLETED, "12:00", "YT1"))
    found = {(one.stage, one.parcel): one.due_at for one in deadlines(order, BOOK, {})}
    assert found == {(TRANSIT, "YT1"): at("12:00") + 24 * HOUR, (PICKUP, "YT2"): at("14:00")}
    raised = {(PICKUP, "YT2"): at("14:00")}
    assert [one.parcel for one in deadlines(order, BOOK, raised)] == ["YT1"]


def test_the_second_parcel_of_a_delivered_first_one_is_still_watched() -> None:
    delivered = staged(TRANSIT, COMPLETED, "12:00", "YT1")
    assert due(two_parcels(delivered)) == [(PICKUP, Kind.NO_UPDATE, at("14:00"))]
    announced = an_order(
        staged(TRANSIT, COMPLETED, "10:00", "YT1", attributes={Attribute.PARCELS: 2}),
        stage=PACKING,
        since="09:00",
    )
    (waiting,) = deadlines(announced, BOOK, {})
    assert (waiting.stage, waiting.parcel, waiting.due_at) == (PACKING, "?", at("10:30"))


def test_a_stage_of_the_order_is_waited_for_once_whatever_its_parcels_do() -> None:
    reopened = two_parcels(staged(PICKING, Status.REOPENED, "12:00"))
    assert [(one.run.stage, one.run.parcel) for one in clocks(reopened, BOOK.default)] == [(PICKING, "")]
    assert all(
        band(reopened, reopened.run(stage, "1"), BOOK, at("23:00")) is Band.IN_TIME for stage in PARCEL_STAGES
    )


# --- shortages -------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_missing_goods_are_held_against_the_present_stage_at_once(stage: Stage) -> None:
    order = an_order(short("09:10"), stage=stage, since="09:00")
    assert shortage_breach(order, BOOK) == Deadline(
        stage=stage,
        parcel=parcel_of(stage),
        run=1,
        kind=Kind.STOCK_SHORT,
        since=at("09:10"),
        due_at=at("09:10"),
    )


def test_of_several_parcels_the_one_that_is_furthest_behind_is_short() -> None:
    order = two_parcels(staged(PICKUP, COMPLETED, "12:00", "YT1"), short("12:30"))
    breach = shortage_breach(order, BOOK)
    assert breach is not None
    assert (breach.stage, breach.parcel) == (PICKUP, "YT2")


def test_without_missing_goods_or_without_a_clock_nothing_is_short() -> None:
    assert shortage_breach(an_order(stage=PICKING), BOOK) is None
    assert shortage_breach(an_order(created("09:00"), short("09:10")), BOOK) is None
    assert shortage_breach(an_order(short("09:10"), cancelled("09:20"), stage=PICKING), BOOK) is None


# --- lanes -----------------------------------------------------------------------


def test_a_lane_takes_the_orders_created_in_its_time() -> None:
    lane = {
        "name": "大促",
        "match": {"field": "shop", "op": "==", "value": "main"},
        "from": "2026-03-02T10:00+08:00",
        "to": "2026-03-02T12:00+08:00",
        "stages": {"confirm": {"limits": [{"when": "not_completed", "after": "2h"}]}},
    }
    book = a_book(lanes=[lane])
    lanes = {
        clock: book.plan_for(an_order(created(clock))).lane for clock in ("09:59", "10:00", "11:59", "12:00")
    }
    assert lanes == {"09:59": None, "10:00": "大促", "11:59": "大促", "12:00": None}
    assert book.plan_for(an_order()).lane is None
    paid = an_order(created("10:00"), staged(PAYMENT, COMPLETED, "10:01"))
    assert due(paid, book) == [(CONFIRM, Kind.NOT_COMPLETED, at("12:01"))]


def test_the_first_lane_that_takes_an_order_has_it_and_open_ends_are_open() -> None:
    lanes = [
        {"name": "别家", "match": {"field": "shop", "op": "==", "value": "other"}},
        {"name": "早", "to": "2026-03-02T10:00+08:00"},
        {"name": "晚", "from": "2026-03-02T10:00+08:00"},
        {"name": "全部"},
    ]
    book = a_book(lanes=lanes)
    assert [book.plan_for(an_order(created(clock))).lane for clock in ("09:59", "10:00")] == ["早", "晚"]
    assert book.plan_for(an_order()).lane == "全部"


def test_a_lane_without_limits_never_alerts_and_is_grey_at_most() -> None:
    book = a_book(lanes=[{"name": "慢", "stages": {"picking": {"limits": []}}}])
    order = an_order(stage=PICKING, since="09:00")
    assert due(order, book) == []
    assert band_at(order, PICKING, at("23:00"), book) is Band.GREY
