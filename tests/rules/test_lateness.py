"""Looking back: each limit that was passed is found once, with how long it took, and times out of order are named."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from rules.events import OrderEvent
from rules.lateness import Late, disorder, lateness
from rules.stages import Kind, Stage, Status
from tests.builders import HOUR, MINUTE, ORDER, TICK, a_book, at, cancelled, created, retraction, staged

PAYMENT, CONFIRM, PICKING, PICKUP, TRANSIT = (
    Stage.PAYMENT,
    Stage.CONFIRM,
    Stage.PICKING,
    Stage.PICKUP,
    Stage.TRANSIT,
)
STARTED, UPDATED, COMPLETED = Status.STARTED, Status.UPDATED, Status.COMPLETED
FAILED, REOPENED = Status.FAILED, Status.REOPENED
EVENING = at("20:00")


def late(*events: OrderEvent, until: datetime = EVENING) -> list[Late]:
    return lateness(ORDER, events, a_book(), until)


def test_a_limit_is_passed_strictly_after_its_time() -> None:
    started = staged(PAYMENT, STARTED, "09:00")
    in_time = staged(PAYMENT, COMPLETED, "09:05")
    too_late = staged(PAYMENT, COMPLETED, at("09:05") + TICK)
    assert late(started, in_time, until=at("09:06")) == []
    (one,) = late(started, too_late, until=at("09:06"))
    assert (one.stage, one.kind, one.due_at, one.by) == (PAYMENT, Kind.NOT_COMPLETED, at("09:05"), TICK)
    assert one.ended_at == at("09:05") + TICK


def test_what_has_not_ended_is_late_until_now() -> None:
    (one,) = late(staged(PAYMENT, STARTED, "09:00"), until=at("10:00"))
    assert (one.by, one.ended_at) == (55 * MINUTE, None)
    assert late(staged(PAYMENT, STARTED, "09:00"), cancelled("09:01")) == []


def test_the_events_may_come_in_any_order_and_more_than_once() -> None:
    events = [staged(PAYMENT, STARTED, "09:00"), staged(PAYMENT, COMPLETED, "09:07"), cancelled("09:08")]
    assert late(*reversed(events), *events) == late(*events) != []


def test_each_run_of_a_stage_counts() -> None:
    found = late(
        staged(PAYMENT, STARTED, "09:00"),
        staged(PAYMENT, FAILED, "09:10"),
        staged(PAYMENT, STARTED, "09:20"),
        staged(PAYMENT, COMPLETED, "09:40"),
        cancelled("09:41"),
    )
    assert [(one.run, one.by) for one in found] == [(1, 5 * MINUTE), (2, 15 * MINUTE)]


def test_of_several_silences_the_longest_counts() -> None:
    on_the_road = [
        staged(PICKUP, COMPLETED, "01:00"),
        staged(TRANSIT, UPDATED, at("01:00") + 25 * HOUR),
        staged(TRANSIT, UPDATED, at("01:00") + 52 * HOUR),
        staged(TRANSIT, COMPLETED, at("01:00") + 78 * HOUR),
    ]
    (one,) = late(*on_the_road, until=at("01:00") + 80 * HOUR)
    assert (one.kind, one.by) == (Kind.NO_UPDATE, 3 * HOUR)
    assert one.ended_at == at("01:00") + 78 * HOUR, "an end of the silence, not of the longest one"
    (one,) = late(*on_the_road[:3], until=at("01:00") + 80 * HOUR)
    assert (one.by, one.ended_at) == (4 * HOUR, None)


def test_what_was_taken_back_does_not_count() -> None:
    started = staged(PAYMENT, STARTED, "09:00")
    assert late(started, retraction(started, "09:30")) == []


@pytest.mark.parametrize(
    "events",
    [
        [created("09:00"), staged(PAYMENT, STARTED, "09:00"), staged(PAYMENT, COMPLETED, "09:00")],
        [created("09:00"), staged(PICKING, UPDATED, "09:05"), staged(PAYMENT, COMPLETED, "09:06")],
        [
            staged(PICKING, COMPLETED, "09:00"),
            staged(PAYMENT, REOPENED, "09:10"),
            staged(PAYMENT, COMPLETED, "09:20"),
        ],
        [staged(PICKUP, COMPLETED, "09:00", "A"), staged(PICKUP, STARTED, "09:10", "B")],
        [staged(TRANSIT, COMPLETED, "09:00", "A"), staged(PICKUP, COMPLETED, "09:10", "B")],
        [cancelled("09:00"), cancelled("09:10")],
    ],
)
def test_what_may_follow_is_in_order(events: Sequence[OrderEvent]) -> None:
    assert disorder(events) is None


@pytest.mark.parametrize(
    ("early", "event"),
    [
        (staged(PAYMENT, STARTED, "08:59"), created("09:00")),
        (staged(PAYMENT, COMPLETED, "09:00"), staged(PAYMENT, STARTED, "09:01")),
        (staged(PICKUP, COMPLETED, "09:00"), staged(PAYMENT, COMPLETED, "09:01")),
        (staged(TRANSIT, COMPLETED, "09:00", "A"), staged(PICKUP, COMPLETED, "09:10", "A")),
        (staged(TRANSIT, COMPLETED, "09:00", "A"), staged(CONFIRM, COMPLETED, "09:10")),
    ],
)
def test_what_comes_before_what_it_should_follow_is_named(early: OrderEvent, event: OrderEvent) -> None:
    assert disorder([event, early]) == (early, event)


def test_after_a_failure_only_the_parcel_that_failed_begins_anew() -> None:
    done = [staged(TRANSIT, COMPLETED, "09:00", parcel) for parcel in ("A", "B")]
    failed = staged(PICKUP, FAILED, "09:10", "A")
    again = [staged(PICKUP, COMPLETED, "09:20", parcel) for parcel in ("A", "B")]
    assert disorder([*done, failed, again[0]]) is None
    assert disorder([*done, failed, again[1]]) == (done[1], again[1])
