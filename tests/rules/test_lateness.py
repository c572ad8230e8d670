"""Looking back over an order's events: which limits did it pass, by how much, and are its times in order?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings

from rules.book import RuleBook
from rules.events import Attribute, OrderEvent
from rules.lateness import Late, disorder, lateness
from rules.stages import Kind, Stage, Status
from tests.builders import (
    HOUR,
    MINUTE,
    ORDER,
    TICK,
    a_book,
    an_event,
    at,
    cancelled,
    created,
    resumed,
    retraction,
    staged,
    until,
)
from tests.rules.histories import SLOW, histories

PAYMENT, CONFIRM, PICKING = Stage.PAYMENT, Stage.CONFIRM, Stage.PICKING
PACKING, PICKUP, TRANSIT = Stage.PACKING, Stage.PICKUP, Stage.TRANSIT
STARTED, UPDATED, COMPLETED = Status.STARTED, Status.UPDATED, Status.COMPLETED
BOOK = a_book()
END = at("23:00")


def looked_back(events: Sequence[OrderEvent], until_: datetime = END, book: RuleBook = BOOK) -> list[Late]:
    return lateness(ORDER, events, book, until_)


def told(
    events: Sequence[OrderEvent], until_: datetime = END
) -> list[tuple[Stage, str, timedelta, datetime | None]]:
    """Of each limit that was passed: the stage, the parcel, how late it was, and when that ended."""
    return [(late.stage, late.parcel, late.by, late.ended_at) for late in looked_back(events, until_)]


# --- late ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "late"), [(timedelta(), []), (TICK, [(PAYMENT, "", TICK, at("09:05") + TICK)])]
)
def test_a_limit_is_passed_strictly_after_its_time(after: timedelta, late: object) -> None:
    done = at("09:05") + after
    assert told([*until(PAYMENT, "09:00"), staged(PAYMENT, COMPLETED, done)], until_=done) == late


def test_what_is_late_says_what_and_in_which_run() -> None:
    events = [*until(PICKING, "09:00"), staged(PICKING, STARTED, "09:55"), staged(PACKING, STARTED, "10:00")]
    assert looked_back(events, at("10:00")) == [
        Late(
            stage=PICKING,
            parcel="",
            run=1,
            kind=Kind.NOT_STARTED,
            due_at=at("09:45"),
            by=10 * MINUTE,
            ended_at=at("09:55"),
        )
    ]


def test_what_is_still_late_counts_until_now() -> None:
    waiting = until(PACKING, "09:00")
    assert told(waiting, at("10:30")) == []
    assert told(waiting, at("11:00")) == [(PACKING, "1", 30 * MINUTE, None)]


def test_each_limit_of_a_stage_counts_by_itself_in_the_order_of_time() -> None:
    events = [*until(PICKING, "09:00"), staged(PICKING, COMPLETED, "12:00"), staged(PICKUP, STARTED, "12:01")]
    assert [(late.kind, late.by) for late in looked_back(events, at("12:01"))] == [
        (Kind.NOT_STARTED, 135 * MINUTE),
        (Kind.NOT_COMPLETED, 60 * MINUTE),
    ]


def test_news_that_does_not_help_does_not_end_a_delay() -> None:
    changed = an_event(when="10:00", attributes={Attribute.REGION: "华东"})
    events = [*until(PICKING, "09:00"), changed, staged(PICKING, STARTED, "10:30")]
    assert told(events, at("10:30")) == [(PICKING, "", 45 * MINUTE, at("10:30"))]


def test_of_several_silences_of_a_run_the_longest_one_counts_and_the_last_one_ends_it() -> None:
    scans = [staged(TRANSIT, UPDATED, at("09:00") + hours * HOUR) for hours in (30, 40, 72)]
    arrived = staged(TRANSIT, COMPLETED, at("09:00") + 97 * HOUR)
    (late,) = looked_back([*until(TRANSIT, "09:00"), *scans, arrived], arrived.at)
    assert (late.due_at, late.by, late.ended_at) == (at("09:00") + 64 * HOUR, 8 * HOUR, arrived.at)


def test_each_run_of_a_stage_is_late_by_itself() -> None:
    events = [
        *until(PAYMENT, "09:00"),
        staged(PAYMENT, Status.FAILED, "09:10"),
        staged(PAYMENT, STARTED, "09:12"),
        staged(PAYMENT, COMPLETED, "09:20"),
    ]
    assert [(late.run, late.by, late.ended_at) for late in looked_back(events, at("09:20"))] == [
        (1, 5 * MINUTE, at("09:10")),
        (2, 3 * MINUTE, at("09:20")),
    ]


def test_each_parcel_is_late_by_itself() -> None:
    events = [
        *until(PACKING, "09:00"),
        staged(PACKING, COMPLETED, "10:00", "A", attributes={Attribute.PARCELS: 2}),
        staged(PACKING, COMPLETED, "10:00", "B"),
        staged(PICKUP, COMPLETED, "14:00", "A"),
    ]
    assert told(events, at("15:00")) == [
        (PICKUP, "A", 60 * MINUTE, at("14:00")),
        (PICKUP, "B", 120 * MINUTE, None),
    ]


def test_a_cancelled_order_is_no_longer_late() -> None:
    events = [*until(PICKING, "09:00"), cancelled("10:00")]
    assert told(events) == [(PICKING, "", 15 * MINUTE, at("10:00"))]
    early = [*until(PICKING, "09:00"), cancelled("09:30"), resumed("12:00")]
    assert told(early, at("12:45")) == []


def test_what_was_taken_back_neither_ended_nor_caused_a_delay() -> None:
    wrong = staged(PICKING, STARTED, "09:30")
    events = [*until(PICKING, "09:00"), wrong, retraction(wrong, "10:00"), staged(PICKING, STARTED, "10:15")]
    assert told(events, at("10:15")) == [(PICKING, "", 30 * MINUTE, at("10:15"))]


def test_events_count_once_in_the_order_in_which_they_happened() -> None:
    events = [
        *until(PAYMENT, "09:00"),
        staged(PAYMENT, COMPLETED, "09:10"),
        staged(CONFIRM, COMPLETED, "09:15"),
    ]
    expected = told(events, at("09:15"))
    assert expected == [(PAYMENT, "", 5 * MINUTE, at("09:10"))]
    assert all(told([*order, *order], at("09:15")) == expected for order in permutations(events))


def test_an_order_of_which_nothing_is_known_is_not_late() -> None:
    assert told([]) == []
    assert told([created("09:00")]) == []


# --- out of order ----------------------------------------------------------------


def pair(*events: OrderEvent) -> tuple[OrderEvent, OrderEvent] | None:
    return disorder(events)


def test_a_life_from_creation_to_delivery_is_in_order() -> None:
    events = [created("09:00")]
    for minutes, stage in enumerate(Stage):
        events.append(staged(stage, STARTED, at("09:10") + minutes * MINUTE))
        events.append(staged(stage, COMPLETED, at("09:10") + minutes * MINUTE))
    assert pair(*events) is None


def test_news_of_a_stage_comes_after_the_creation() -> None:
    paid, placed = staged(PAYMENT, COMPLETED, "09:00"), created("09:05")
    assert pair(paid, staged(CONFIRM, STARTED, "09:02"), placed) == (paid, placed)


def test_a_stage_starts_before_it_is_done() -> None:
    done, begun = staged(PICKING, COMPLETED, "09:00"), staged(PICKING, STARTED, "09:05")
    assert pair(begun, done) == (done, begun)


def test_an_earlier_stage_is_done_before_a_later_one() -> None:
    sent, packed = staged(PICKUP, COMPLETED, "09:00"), staged(PACKING, COMPLETED, "09:05")
    assert pair(sent, packed) == (sent, packed)
    assert pair(packed, staged(PICKUP, STARTED, "09:00")) is None, "to start early is not to be done early"


def test_of_several_the_first_pair_is_told() -> None:
    sent = staged(PICKUP, COMPLETED, "09:00")
    packed, picked = staged(PACKING, COMPLETED, "09:05"), staged(PICKING, COMPLETED, "09:10")
    assert pair(picked, packed, sent) == (sent, packed)


def test_events_of_one_time_are_in_order() -> None:
    assert (
        pair(staged(PICKUP, COMPLETED, "09:00", id_="a"), staged(PACKING, COMPLETED, "09:00", id_="b"))
        is None
    )


def test_what_begins_anew_may_be_done_again() -> None:
    again = [
        staged(PICKING, COMPLETED, "09:00"),
        staged(PACKING, COMPLETED, "09:10", "A"),
        staged(PICKING, Status.REOPENED, "09:20"),
        staged(PICKING, STARTED, "09:25"),
        staged(PICKING, COMPLETED, "09:30"),
    ]
    assert pair(*again) is None
    assert pair(*again[:2], *again[3:]) == (again[0], again[3])
    confirmed = staged(CONFIRM, COMPLETED, "08:50")
    paid = staged(PAYMENT, COMPLETED, "09:40")
    assert pair(confirmed, *again, paid) == (confirmed, paid), "what came before has not begun anew"


def test_a_parcel_that_begins_anew_leaves_the_others_as_they_were() -> None:
    done = {name: staged(PICKUP, COMPLETED, "09:00", name) for name in ("A", "B")}
    failed = staged(PACKING, Status.FAILED, "09:10", "A")
    packed = {name: staged(PACKING, COMPLETED, "09:20", name) for name in ("A", "B")}
    assert pair(*done.values(), failed, packed["A"]) is None
    assert pair(*done.values(), failed, packed["B"]) == (done["B"], packed["B"])


def test_parcels_do_not_wait_for_each_other_but_for_the_order() -> None:
    sent = staged(PICKUP, COMPLETED, "09:00", "A")
    assert pair(sent, staged(PACKING, COMPLETED, "09:05", "B")) is None
    picked = staged(PICKING, COMPLETED, "09:05")
    assert pair(sent, picked) == (sent, picked)
    unnamed = staged(PACKING, COMPLETED, "09:05")
    assert pair(sent, unnamed) == (sent, unnamed)


def test_news_without_an_end_or_a_beginning_is_never_out_of_order() -> None:
    done = staged(PICKING, COMPLETED, "09:00")
    scan = staged(PICKING, UPDATED, "09:05")
    assert pair(done, scan, cancelled("09:10")) is None
    paid = staged(PAYMENT, COMPLETED, "09:10")
    assert pair(done, scan, paid) == (done, paid)


def test_what_was_taken_back_is_out_of_nobodys_order() -> None:
    done, begun = staged(PICKING, COMPLETED, "09:00"), staged(PICKING, STARTED, "09:05")
    assert pair(done, begun, retraction(done, "09:10")) is None


@settings(suppress_health_check=SLOW)
@given(histories())
def test_to_look_back_is_to_see_the_same_however_the_news_arrived(events: list[OrderEvent]) -> None:
    later = END + 72 * HOUR
    assert told(events[::-1], later) == told(events, later)
    assert disorder(events[::-1]) == disorder(events)
