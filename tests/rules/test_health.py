"""How is an order doing, now and later, and what does a number of them make together?"""

from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book import RuleBook
from rules.deadlines import Band, nearest
from rules.events import Attribute, OrderEvent
from rules.fold import fold
from rules.health import Outlook, Tally, outlook, score
from rules.orders import Order, OrderState
from rules.stages import Stage, Status
from tests.builders import (
    HOUR,
    MINUTE,
    ORDER,
    TICK,
    a_book,
    an_event,
    an_order,
    at,
    cancelled,
    created,
    resumed,
    staged,
)
from tests.rules.bands import worst
from tests.rules.histories import NINE, SLOW, histories

PICKING, PICKUP, TRANSIT = Stage.PICKING, Stage.PICKUP, Stage.TRANSIT
BOOK = a_book()
LATE_FIRST = {"normal": "50m", "limits": [{"when": "not_completed", "after": "7m"}]}
ONLY_A_START = {"normal": "5m", "limits": [{"when": "not_started", "after": "10m"}]}
SILENCE = {
    "normal": "5m",
    "limits": [
        {"when": "no_update", "after": "30m", "repeat": "10m"},
        {"when": "not_completed", "after": "1h"},
    ],
}
BOOKS = (
    BOOK,
    a_book(payment_clock="created"),
    a_book(hours={"mon-sun": ["09:30-10:10"]}, holidays=[NINE.date()]),
    a_book(stages={"payment": LATE_FIRST, "picking": LATE_FIRST, "pickup": LATE_FIRST}),
    a_book(stages={"payment": ONLY_A_START, "picking": ONLY_A_START, "transit": ONLY_A_START}),
    a_book(stages={"confirm": SILENCE, "packing": SILENCE, "transit": SILENCE}),
    a_book(
        lanes=[
            {
                "name": "cod",
                "match": {"field": "region", "op": "==", "value": "华东"},
                "skip": ["payment", "picking"],
            }
        ]
    ),
)
"""Later limits, limits before the normal time, none that is left, silence, repeats, hours, and stages left out."""


def seen(order: Order, book: RuleBook = BOOK) -> Outlook:
    found = outlook(order, book)
    assert found is not None
    return found


# --- one order -------------------------------------------------------------------


@settings(suppress_health_check=SLOW)
@given(histories(), st.sampled_from(BOOKS), st.integers(0, 3 * 24 * 60))
def test_an_outlook_says_at_every_instant_what_the_worst_stage_says(
    events: list[OrderEvent], book: RuleBook, minutes: int
) -> None:
    order = fold(ORDER, events)
    found = outlook(order, book)
    stage, state = order.progress(book.plan_for(order).skip)
    assert (found is None) == (state is not OrderState.OPEN)
    assert nearest(order, book, {}) == (found and found.late_at)
    if found is None:
        return
    assert found.stage is stage
    turning = [moment for moment in (found.grey_at, found.late_at) if moment is not None]
    around = chain.from_iterable((moment, moment + TICK) for moment in turning)
    for now in (NINE - HOUR, NINE + minutes * MINUTE, *around):
        assert found.band_at(now) is worst(order, book, now), now


def test_a_limit_that_is_left_when_another_is_met_is_the_one_that_counts() -> None:
    waiting = an_order(stage=PICKING, since="09:00")
    started = an_order(staged(PICKING, Status.STARTED, "09:10"), stage=PICKING, since="09:00")
    assert [seen(order).late_at for order in (waiting, started)] == [at("09:45"), at("11:00")]
    assert [seen(order).grey_at for order in (waiting, started)] == [at("09:30")] * 2


def test_what_has_no_limit_left_turns_grey_and_never_late() -> None:
    book = a_book(stages={"picking": ONLY_A_START})
    found = seen(an_order(staged(PICKING, Status.STARTED, "09:01"), stage=PICKING, since="09:00"), book)
    assert (found.grey_at, found.late_at) == (at("09:05"), None)
    assert found.band_at(at("09:05") + 1000 * HOUR) is Band.GREY


def test_a_limit_before_the_normal_time_is_late_without_having_been_grey() -> None:
    found = seen(an_order(stage=PICKING, since="09:00"), a_book(stages={"picking": LATE_FIRST}))
    bands = [found.band_at(at(clock)) for clock in ("09:07", "09:07:00.001", "09:51")]
    assert bands == [Band.IN_TIME, Band.LATE, Band.LATE]


def test_news_of_a_silent_stage_puts_both_off() -> None:
    order = an_order(staged(PICKUP, Status.UPDATED, "10:00"), stage=PICKUP, since="09:00")
    assert (seen(order).grey_at, seen(order).late_at) == (at("12:00"), at("13:00"))


def test_the_parcel_that_is_worst_off_speaks_for_the_order() -> None:
    both = [staged(stage, Status.COMPLETED, "09:00", "A") for stage in (Stage.PACKING, PICKUP)]
    order = an_order(
        *both, staged(Stage.PACKING, Status.STARTED, "09:30", "B"), stage=Stage.PACKING, since="09:00"
    )
    found = seen(order)
    assert (found.stage, found.grey_at, found.late_at) == (Stage.PACKING, at("10:00"), at("10:30"))


def test_an_order_of_which_no_clock_ticks_is_in_time_for_ever() -> None:
    found = seen(an_order(created("09:00")))
    assert (found.grey_at, found.late_at) == (None, None)
    assert found.band_at(at("09:00") + timedelta(days=999)) is Band.IN_TIME


def test_a_cancelled_or_completed_order_has_no_outlook_and_a_resumed_one_has_it_again() -> None:
    stopped = (cancelled("09:10"),)
    assert outlook(an_order(*stopped, stage=PICKING), BOOK) is None
    assert outlook(an_order(staged(TRANSIT, Status.COMPLETED, "09:10"), stage=TRANSIT), BOOK) is None
    assert seen(an_order(*stopped, resumed("10:00"), stage=PICKING)).grey_at == at("10:30")


def test_an_outlook_names_the_warehouse_and_the_carrier_or_nobody() -> None:
    named = {Attribute.WAREHOUSE: "杭州一仓", Attribute.CARRIER: "SF"}
    found = seen(an_order(created("09:00"), an_event(when="09:01", attributes=named)))
    assert (found.warehouse, found.carrier) == ("杭州一仓", "SF")
    nobody = seen(an_order(created("09:00")))
    assert (nobody.warehouse, nobody.carrier) == ("", "")


# --- many of them ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(), 100),
        (Tally(in_time=3), 100),
        (Tally(grey=3), 50),
        (Tally(late=3), 0),
        (Tally(in_time=999, late=1), 99),
        (Tally(in_time=1, grey=1, late=1), 50),
        (Tally(in_time=10**6, grey=1), 99),
    ],
)
def test_a_score_is_full_only_when_all_are_in_time(tally: Tally, expected: int) -> None:
    assert score(tally) == expected


def test_tallies_add_up() -> None:
    both = Tally(1, 2, 3).plus(Tally(4, 5, 6))
    assert (both, both.total) == (Tally(5, 7, 9), 21)
