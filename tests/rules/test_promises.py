"""What did a text promise, and was it kept? By events alone, in whatever order they come."""

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.anomalies import AnomalyId
from rules.events import EventType, OrderEvent
from rules.fold import fold
from rules.promises import Promise, PromiseState, Slot, judge, pledge_of, warn_at
from rules.stages import Stage, Status
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
    short,
    staged,
)

TOLD, DUE = at("10:00"), at("12:00")
UNTIL_THEN = [
    created(),
    staged(Stage.PAYMENT, Status.COMPLETED, "09:10"),
    staged(Stage.CONFIRM, Status.STARTED, "09:20"),
]


def a_promise(slot: Slot = Slot.NEWS_BY, **fields: Any) -> Promise:
    promise = Promise(
        order=ORDER, case=AnomalyId("c1"), told="a", slot=slot, stage=Stage.CONFIRM, parcel="", template="confirm",
        template_version="1", carrier=None, warehouse=None, agent=None, promised_at=TOLD, warn_at=at("11:24"),
        due_at=DUE,
    )  # fmt: skip
    return replace(promise, **fields)


def judged(*events: OrderEvent, promise: Promise | None = None) -> Promise:
    known = [*UNTIL_THEN, *events]
    return judge(promise or a_promise(), fold(ORDER, known), known)


def done(stage: Stage, when: str, **parts: Any) -> OrderEvent:
    return staged(stage, Status.COMPLETED, when, **parts)


# --- what keeps it --------------------------------------------------------------------


def test_what_was_known_when_it_was_made_keeps_nothing() -> None:
    assert judged() == a_promise()


@pytest.mark.parametrize(
    "news",
    [
        staged(Stage.CONFIRM, Status.UPDATED, "11:00"),
        staged(Stage.CONFIRM, Status.FAILED, "11:00"),
        staged(Stage.PACKING, Status.COMPLETED, "11:00"),
        short("11:00", qty=0),
        cancelled("11:00"),
    ],
)
def test_any_news_of_the_order_keeps_what_was_promised_of_news(news: OrderEvent) -> None:
    kept = judged(news)
    assert (kept.kept_at, kept.state) == (at("11:00"), PromiseState.KEPT)


@pytest.mark.parametrize(
    "other",
    [an_event(EventType.CHANGED, "11:00"), an_event(EventType.CONTACTED, "11:00"), short("11:00", qty=2)],
)
def test_what_tells_the_customer_nothing_new_does_not(other: OrderEvent) -> None:
    assert judged(other).kept_at is None


def test_news_that_happened_before_and_is_heard_of_now_counts_from_when_it_was_promised() -> None:
    late = staged(Stage.CONFIRM, Status.UPDATED, "09:40", observed_at=at("11:00"))
    assert judged(late).kept_at == TOLD


def test_at_the_very_time_it_is_kept_and_a_tick_later_broken() -> None:
    assert judged(staged(Stage.CONFIRM, Status.UPDATED, "12:00")).state is PromiseState.KEPT
    late = judged(staged(Stage.CONFIRM, Status.UPDATED, DUE + TICK))
    assert (late.state, late.kept_at) == (PromiseState.BROKEN, DUE + TICK)


@pytest.mark.parametrize(
    ("slot", "stage"),
    [(Slot.DONE_BY, Stage.CONFIRM), (Slot.SHIP_BY, Stage.PICKUP), (Slot.DELIVER_BY, Stage.TRANSIT)],
)
def test_a_stage_that_is_done_keeps_what_was_promised_of_it(slot: Slot, stage: Stage) -> None:
    promise = a_promise(slot)
    assert judged(staged(stage, Status.UPDATED, "10:30"), promise=promise).kept_at is None
    assert judged(done(stage, "11:30"), promise=promise).kept_at == at("11:30")


def test_a_promise_of_the_order_waits_for_all_parcels_and_one_of_a_parcel_for_that() -> None:
    parts = [
        done(Stage.PICKUP, "10:30", parcel="A"),
        staged(Stage.PACKING, Status.COMPLETED, "10:20", parcel="B"),
    ]
    assert judged(*parts, promise=a_promise(Slot.SHIP_BY)).kept_at is None
    both = [*parts, done(Stage.PICKUP, "11:30", parcel="B")]
    assert judged(*both, promise=a_promise(Slot.SHIP_BY)).kept_at == at("11:30")
    of_one = a_promise(Slot.SHIP_BY, stage=Stage.PICKUP, parcel="A")
    assert judged(*parts, promise=of_one).kept_at == at("10:30")


def test_a_cancelled_order_owes_nothing_until_it_is_resumed() -> None:
    promise = a_promise(Slot.SHIP_BY)
    assert judged(cancelled("11:00"), promise=promise).state is PromiseState.KEPT
    assert judged(cancelled("11:00"), resumed("11:30"), promise=promise).kept_at is None


def test_what_was_found_broken_is_kept_when_it_is_heard_that_it_had_been() -> None:
    broken = a_promise(broken_at=DUE + TICK)
    assert (broken.state, broken.rings_at) == (PromiseState.BROKEN, None)
    kept = judged(staged(Stage.CONFIRM, Status.UPDATED, "11:59", observed_at=at("15:00")), promise=broken)
    assert (kept.state, kept.broken_at) == (PromiseState.KEPT, broken.broken_at)


def test_what_is_taken_back_kept_nothing() -> None:
    news = staged(Stage.CONFIRM, Status.UPDATED, "11:00", id_="x")
    kept = judged(news)
    retraction = an_event(EventType.RETRACTED, "11:30", report=news.key)
    assert judged(news, retraction, promise=kept).kept_at is None


MOMENTS = st.integers(-60, 300).map(lambda minutes: TOLD + minutes * MINUTE)


def some_news(stage: Stage, status: Status, when: datetime, late: int) -> OrderEvent:
    return staged(stage, status, when, observed_at=when + late * MINUTE)


NEWS = st.builds(
    some_news,
    st.sampled_from(list(Stage)),
    st.sampled_from(list(Status)),
    MOMENTS,
    st.sampled_from([0, 0, 30, 240]),
)


@given(
    events=st.lists(NEWS, max_size=8),
    slot=st.sampled_from(list(Slot)),
    order=st.randoms(use_true_random=False),
)
def test_the_order_and_number_of_arrivals_change_no_verdict(
    events: list[OrderEvent], slot: Slot, order: random.Random
) -> None:
    known = [*UNTIL_THEN, *events]
    mixed = [*known, *events]
    order.shuffle(mixed)
    promise = a_promise(slot)
    once = judge(promise, fold(ORDER, known), known)
    assert judge(promise, fold(ORDER, mixed), mixed) == once
    assert judge(once, fold(ORDER, mixed), mixed) == once
    assert once.kept_at is None or once.kept_at >= TOLD


# --- when it is looked at ---------------------------------------------------------------


def test_it_rings_at_seventy_percent_then_at_its_time_and_then_no_more() -> None:
    promise = a_promise()
    assert promise.rings_at == at("11:24")
    assert replace(promise, warned_at=at("11:24")).rings_at == DUE
    assert replace(promise, broken_at=DUE).rings_at is None
    assert replace(promise, kept_at=at("11:00")).rings_at is None
    assert replace(promise, kept_at=at("12:30"), warned_at=at("11:24")).rings_at == DUE, "to be found broken"


@pytest.mark.parametrize(
    ("told", "due", "urgent", "at_"),
    [
        ("10:00", "12:00", False, "11:24"),
        ("21:00", "23:30", False, "22:45"),
        ("20:00", "23:59", False, "22:47:18"),
        ("22:30", "23:30", False, "23:30"),
        ("22:30", "23:30", True, "23:12"),
    ],
)
def test_people_are_told_when_somebody_is_there(told: str, due: str, urgent: bool, at_: str) -> None:
    calendar = a_book(quiet_hours=["23:00-07:00"]).calendar
    assert warn_at(at(told), at(due), calendar, urgent=urgent) == at(at_)


@given(length=st.integers(15, 60 * 24 * 30))
def test_people_are_told_before_its_time(length: int) -> None:
    due = TOLD + length * MINUTE
    told = warn_at(TOLD, due, a_book().calendar, urgent=False)
    assert TOLD < told < due
    assert abs((told - TOLD) / (due - TOLD) - 0.7) < 0.001


def test_of_several_that_are_pending_the_nearest_is_spoken_of() -> None:
    near = a_promise(warned_at=at("11:24"))
    far = a_promise(Slot.SHIP_BY, due_at=DUE + HOUR, broken_at=DUE + 2 * HOUR)
    assert pledge_of(AnomalyId("c1"), [far, near]) == near
    assert pledge_of(AnomalyId("c1"), [far, replace(near, followed_by="b")]) == far
    assert pledge_of(AnomalyId("c1"), [replace(near, kept_at=at("11:30")), a_promise()]) is None
    assert pledge_of(AnomalyId("other"), [far, near]) is None
