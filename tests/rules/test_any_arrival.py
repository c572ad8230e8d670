"""R-23: whatever the order in which news arrives, the state and the next due row are the same."""

from collections.abc import Callable
from itertools import chain, permutations
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rules.deadlines import clocks, deadlines, nearest
from rules.events import EventKey, OrderEvent
from rules.fold import advance, fold, is_retraction
from rules.orders import Order
from rules.stages import ORDER_STAGES, PARCEL_STAGES, Stage, Status
from tests.builders import (
    HOUR,
    ORDER,
    a_book,
    at,
    cancelled,
    contacted,
    created,
    refund,
    resumed,
    retraction,
    short,
    staged,
    until,
)
from tests.rules.histories import SLOW, arrivals, histories, take_in

BOOK = a_book(hours={"mon-sun": ["08:00-12:00", "13:00-20:00"]}, holidays=[at("09:00").date()])


@settings(suppress_health_check=SLOW)
@given(arrivals())
def test_adding_news_comes_to_the_same_as_folding_all_of_it(batches: list[list[OrderEvent]]) -> None:
    """Step by step, and at every step."""
    order, stored = fold(ORDER, []), list[OrderEvent]()
    for batch in batches:
        stored += batch
        added = advance(order, batch)
        event("folded afresh" if added is None else "added")
        order = added or fold(ORDER, stored)
        once = {one.key: one for one in sorted(stored, key=lambda one: one.observed_at, reverse=True)}
        assert order == fold(ORDER, sorted(once.values(), key=lambda one: one.position))
        assert nearest(order, BOOK, {}) == nearest(fold(ORDER, stored[::-1]), BOOK, {})
    assert order == take_in([list(chain.from_iterable(batches))])


@settings(suppress_health_check=SLOW)
@given(histories(), st.randoms(use_true_random=False))
def test_every_event_on_its_own_and_all_at_once_are_the_same(
    events: list[OrderEvent], random: Random
) -> None:
    shuffled = [*events, *events]
    random.shuffle(shuffled)
    assert take_in([[one] for one in shuffled]) == fold(ORDER, events)


@settings(suppress_health_check=SLOW)
@given(histories())
def test_what_was_taken_back_leaves_no_trace(events: list[OrderEvent]) -> None:
    wrong = {one.report for one in events if isinstance(one.report, EventKey)}
    left = [one for one in events if is_retraction(one) or one.key not in wrong]
    assert fold(ORDER, events) == fold(ORDER, left)


def _is_in_order(order: Order) -> bool:
    return all(
        (run.opened_at or started) <= started <= (run.completed_at or started)
        for run in order.runs
        for started in [run.started_at or run.opened_at or run.completed_at]
        if started is not None
    )


def _is_done_from_the_front(order: Order) -> bool:
    """No stage is done while one before it is not."""
    for parcel in order.parcel_names:
        runs = [order.run(stage) for stage in ORDER_STAGES]
        runs += [order.run(stage, parcel) for stage in PARCEL_STAGES]
        done = [run.completed_at is not None for run in runs]
        if done != sorted(done, reverse=True):
            return False
    return True


def _waits_once_for_each_parcel(order: Order) -> bool:
    ticking = [(clock.run.stage, clock.run.parcel) for clock in clocks(order, BOOK.default)]
    for_order = [place for place in ticking if not place[0].per_parcel]
    return len({parcel for _, parcel in ticking}) == len(ticking) and (not for_order or len(ticking) == 1)


def _is_short_once_for_each_sku(order: Order) -> bool:
    return len({one.sku for one in order.shortages}) == len(order.shortages)


@pytest.mark.parametrize(
    "holds", [_is_in_order, _is_done_from_the_front, _waits_once_for_each_parcel, _is_short_once_for_each_sku]
)
@settings(suppress_health_check=SLOW)
@given(events=histories())
def test_whatever_happens_an_order_stays_in_order(
    holds: Callable[[Order], bool], events: list[OrderEvent]
) -> None:
    assert holds(fold(ORDER, events))


@settings(suppress_health_check=SLOW)
@given(histories())
def test_deadlines_come_nearest_first_and_never_before_what_they_count_from(events: list[OrderEvent]) -> None:
    order = fold(ORDER, events)
    found = deadlines(order, BOOK, {})
    assert [one.due_at for one in found] == sorted(one.due_at for one in found)
    assert all(one.since < one.due_at for one in found)
    assert nearest(order, BOOK, {}) == min((one.due_at for one in found), default=None)
    raised = {(one.stage, one.parcel): one.due_at for one in found}
    assert all(one.due_at > raised[one.stage, one.parcel] for one in deadlines(order, BOOK, raised))


STORIES = {
    "a payment that fails and comes through at the second try": [
        created("09:00"),
        staged(Stage.PAYMENT, Status.STARTED, "09:01"),
        staged(Stage.PAYMENT, Status.FAILED, "09:02"),
        staged(Stage.PAYMENT, Status.STARTED, "09:03"),
        staged(Stage.PAYMENT, Status.COMPLETED, "09:04"),
    ],
    "picking again after packing": [
        staged(Stage.PICKING, Status.COMPLETED, "09:00"),
        staged(Stage.PACKING, Status.COMPLETED, "09:10", "YT1"),
        staged(Stage.PICKING, Status.REOPENED, "09:20"),
        staged(Stage.PICKING, Status.COMPLETED, "09:30"),
        staged(Stage.PACKING, Status.STARTED, "09:40"),
    ],
    "an inferred end, then the exact one": [
        staged(Stage.PACKING, Status.STARTED, "09:10"),
        staged(Stage.PICKING, Status.STARTED, "09:12"),
        staged(Stage.PICKING, Status.COMPLETED, "09:11"),
        staged(Stage.CONFIRM, Status.COMPLETED, "09:05"),
        staged(Stage.PICKUP, Status.UPDATED, "09:30", "YT1"),
    ],
    "two parcels, of which the first is delivered": [
        staged(Stage.PACKING, Status.COMPLETED, "09:00"),
        staged(Stage.TRANSIT, Status.COMPLETED, "10:00", "YT1"),
        staged(Stage.PICKUP, Status.UPDATED, "10:10", "YT2"),
        staged(Stage.PICKUP, Status.FAILED, "10:20"),
        staged(Stage.TRANSIT, Status.UPDATED, "10:30", "YT2"),
    ],
    "stopped, gone on, asked for money, called and short": [
        cancelled("09:00"),
        resumed("09:10"),
        refund("09:15"),
        contacted("09:20"),
        short("09:30"),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_each_of_the_permutations_of_a_story_comes_to_the_same(story: str) -> None:
    wrong, *rest = events = STORIES[story]
    told = [*until(Stage.PICKUP, at("09:00") - 3 * HOUR)[:1], *events]
    assert all(take_in([[one] for one in order]) == fold(ORDER, told) for order in permutations(told))
    back = retraction(wrong, "11:00")
    as_if_never = fold(ORDER, [back, *rest])
    assert all(take_in([[one] for one in order]) == as_if_never for order in permutations([*events, back]))
