"""The course of an order: each attempt once, with its clock, its limits and its end."""

from hypothesis import given, settings

from rules.course import Attempt, Mark, Outcome, course
from rules.events import Attribute, OrderEvent
from rules.fold import fold
from rules.orders import DEFAULT_PARCEL, MISSING_PARCEL, WHOLE_ORDER
from rules.stages import Kind, Stage, Status
from tests.builders import ORDER, TICK, a_book, at, cancelled, created, retraction, staged, until
from tests.rules.histories import SLOW, histories

PAYMENT, CONFIRM, PICKING, PACKING, PICKUP = (
    Stage.PAYMENT,
    Stage.CONFIRM,
    Stage.PICKING,
    Stage.PACKING,
    Stage.PICKUP,
)
STARTED, UPDATED, COMPLETED = Status.STARTED, Status.UPDATED, Status.COMPLETED


def taken(*events: OrderEvent, now: str = "20:00") -> list[Attempt]:
    return course(ORDER, events, a_book(), at(now))


def of(stage: Stage, attempts: list[Attempt]) -> list[Attempt]:
    return [one for one in attempts if one.run.stage is stage]


def test_an_order_that_nothing_is_known_of_has_six_attempts_to_come() -> None:
    attempts = taken()
    assert [one.run.stage for one in attempts] == list(Stage)
    assert all(
        (one.since, one.grey_at, one.limits, one.ended_at) == (None, None, (), None) for one in attempts
    )


def test_an_attempt_has_its_clock_its_normal_time_and_its_limits() -> None:
    (payment,) = of(PAYMENT, taken(staged(PAYMENT, STARTED, "09:00"), now="09:01"))
    assert (payment.since, payment.grey_at) == (at("09:00"), at("09:02"))
    assert payment.limits == (Mark(kind=Kind.NOT_COMPLETED, at=at("09:05"), passed=False),)
    assert (payment.ended_at, payment.outcome) == (None, None)


def test_a_limit_is_passed_strictly_after_its_time_and_stays_so() -> None:
    started = staged(PAYMENT, STARTED, "09:00")
    (in_time,) = of(PAYMENT, taken(started, staged(PAYMENT, COMPLETED, "09:05")))
    (late,) = of(PAYMENT, taken(started, staged(PAYMENT, COMPLETED, at("09:05") + TICK)))
    assert [mark.passed for mark in (*in_time.limits, *late.limits)] == [False, True]
    assert (in_time.ended_at, in_time.outcome) == (at("09:05"), Outcome.COMPLETED)


def test_a_limit_that_was_met_stands_beside_the_one_that_follows() -> None:
    picking = [*until(PICKING, "09:00"), staged(PICKING, STARTED, "09:30")]
    (one,) = of(PICKING, taken(*picking, now="10:00"))
    assert [(mark.kind, mark.at, mark.passed) for mark in one.limits] == [
        (Kind.NOT_STARTED, at("09:45"), False),
        (Kind.NOT_COMPLETED, at("11:00"), False),
    ]


def test_silence_counts_from_the_last_news_unless_it_was_too_long_once() -> None:
    pickup = [*until(PICKUP, "09:00"), staged(PICKUP, UPDATED, "10:00", DEFAULT_PARCEL)]
    (quick,) = of(PICKUP, taken(*pickup, now="10:30"))
    assert (quick.grey_at, quick.limits[0].at) == (at("12:00"), at("13:00"))
    (slow,) = of(PICKUP, taken(*pickup, staged(PICKUP, UPDATED, "13:30", DEFAULT_PARCEL), now="14:00"))
    assert slow.limits == (Mark(kind=Kind.NO_UPDATE, at=at("13:00"), passed=True),)


def test_what_was_concluded_is_told_from_what_was_said() -> None:
    confirm, picking = (
        of(stage, taken(created("09:00"), staged(PICKING, COMPLETED, "09:30")))[0]
        for stage in (CONFIRM, PICKING)
    )
    assert (confirm.outcome, confirm.ended_at, confirm.since) == (Outcome.INFERRED, at("09:30"), None)
    assert picking.outcome is Outcome.COMPLETED


def test_a_failed_attempt_is_followed_by_the_next() -> None:
    first, second = of(
        PAYMENT,
        taken(staged(PAYMENT, STARTED, "09:00"), staged(PAYMENT, Status.FAILED, "09:10"), now="09:11"),
    )
    assert (first.run.number, first.ended_at, first.outcome) == (1, at("09:10"), Outcome.FAILED)
    assert first.limits[0].passed
    assert (second.run.number, second.since, second.ended_at) == (2, at("09:10"), None)


def test_what_is_begun_anew_takes_the_later_stages_with_it() -> None:
    attempts = taken(*until(PACKING, "09:00"), staged(CONFIRM, Status.REOPENED, "09:30"), now="09:31")
    assert [(one.run.number, one.outcome) for one in of(CONFIRM, attempts)] == [
        (1, Outcome.REOPENED),
        (2, None),
    ]
    assert [(one.run.number, one.outcome) for one in of(PICKING, attempts)] == [(1, Outcome.RESET), (2, None)]


def test_a_parcel_keeps_what_was_noted_before_it_had_a_name() -> None:
    named = staged(PACKING, COMPLETED, "09:30", "YT1")
    (one,) = of(PACKING, taken(*until(PACKING, "09:00"), named))
    assert (one.run.parcel, one.since, one.outcome) == ("YT1", at("09:00"), Outcome.COMPLETED)


def test_a_parcel_that_is_expected_has_its_attempt() -> None:
    two = staged(PACKING, COMPLETED, "09:30", "YT1", attributes={Attribute.PARCELS: 2})
    names = [one.run.parcel for one in of(PACKING, taken(*until(PACKING, "09:00"), two))]
    assert names == [MISSING_PARCEL, "YT1"]


def test_parcels_that_are_packed_anew_are_counted_anew() -> None:
    first = staged(PACKING, Status.FAILED, "09:05"), staged(PACKING, STARTED, "09:30", "A")
    again = staged(PICKING, Status.REOPENED, "10:00")
    attempts = of(PACKING, taken(*until(PACKING, "09:00"), *first, again))
    assert [(one.run.parcel, one.run.number, one.outcome) for one in attempts] == [
        ("1", 1, Outcome.FAILED),
        ("1", 1, None),
        ("A", 2, Outcome.RESET),
    ]
    assert attempts[1].since is None


def test_skipped_stages_and_events_taken_back_are_left_out() -> None:
    failed = staged(PAYMENT, Status.FAILED, "09:10")
    attempts = taken(created("09:00", skip=(CONFIRM,)), failed, retraction(failed, "09:20"))
    assert of(CONFIRM, attempts) == []
    assert [one.run.number for one in of(PAYMENT, attempts)] == [1]


def test_a_cancelled_order_is_waited_for_no_more() -> None:
    (payment,) = of(PAYMENT, taken(staged(PAYMENT, STARTED, "09:00"), cancelled("09:01")))
    assert not payment.limits[0].passed


@settings(suppress_health_check=SLOW)
@given(histories())
def test_the_present_runs_are_those_of_the_order_whatever_happened(events: list[OrderEvent]) -> None:
    order, attempts = fold(ORDER, events), taken(*events, now="23:00")
    latest = {(one.run.stage, one.run.parcel): one.run for one in attempts}
    skip = a_book().plan_for(order).skip.union(order.skip)
    present = {(run.stage, run.parcel): run for run in order.present_runs() if run.stage not in skip}
    assert {place: latest[place] for place in present} == present
    assert all(one.run.parcel == WHOLE_ORDER or one.run.stage.per_parcel for one in attempts)
