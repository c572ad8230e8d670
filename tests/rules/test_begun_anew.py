"""A stage that failed, or was reopened, has not moved: its case goes on until the new run comes as far as it should."""

from dataclasses import replace

import pytest

from rules.anomalies import Ended, State
from rules.events import OrderEvent
from rules.settling import settle
from rules.stages import Kind, Stage, Status
from rules.standing import stands
from tests.builders import MINUTE, a_book, an_anomaly, an_order, at, cancelled, retraction, staged

BOOK = a_book()
NOW = at("14:00")
LATE_PAYMENT = an_anomaly(Stage.PAYMENT, Kind.NOT_COMPLETED, since="13:50", after=5 * MINUTE)
PAYMENT_FAILED = staged(Stage.PAYMENT, Status.FAILED, "13:59")


def paying(*events: OrderEvent) -> State:
    """How the case of a late payment stands after these events."""
    order = an_order(*events, stage=Stage.PAYMENT, since="13:50")
    return settle(LATE_PAYMENT, order, BOOK, NOW).state


def test_a_failed_payment_does_not_end_the_case_of_a_late_one() -> None:
    assert paying(PAYMENT_FAILED) is State.OPEN


def test_a_further_attempt_does_not_end_it_either() -> None:
    assert paying(PAYMENT_FAILED, staged(Stage.PAYMENT, Status.STARTED, "14:00")) is State.OPEN


def test_it_ends_when_a_later_attempt_comes_through() -> None:
    assert paying(PAYMENT_FAILED, staged(Stage.PAYMENT, Status.COMPLETED, "14:00")) is State.CLOSED


def test_it_ends_when_the_order_is_cancelled_instead() -> None:
    order = an_order(PAYMENT_FAILED, cancelled("14:00"), stage=Stage.PAYMENT, since="13:50")
    assert settle(LATE_PAYMENT, order, BOOK, NOW).ended_how is Ended.CANCELLED


def test_what_has_ended_is_not_brought_back_by_a_stage_that_begins_anew() -> None:
    over = replace(LATE_PAYMENT, touched_at=at("13:56"), ended_at=at("13:57"), ended_how=Ended.MOVED)
    done = staged(Stage.PAYMENT, Status.COMPLETED, "13:57")
    order = an_order(
        done, staged(Stage.PAYMENT, Status.REOPENED, "13:59"), stage=Stage.PAYMENT, since="13:50"
    )
    assert settle(over, order, BOOK, NOW) == over


def test_when_the_failure_is_taken_back_the_first_run_counts_again() -> None:
    assert paying(PAYMENT_FAILED, retraction(PAYMENT_FAILED, "14:00")) is State.OPEN
    done = staged(Stage.PAYMENT, Status.COMPLETED, "13:58")
    assert paying(done, PAYMENT_FAILED, retraction(PAYMENT_FAILED, "14:00")) is State.CLOSED


@pytest.mark.parametrize(
    ("stage", "kind", "status"),
    [
        (Stage.PICKING, Kind.NOT_STARTED, Status.STARTED),
        (Stage.PICKING, Kind.NOT_COMPLETED, Status.COMPLETED),
        (Stage.PICKUP, Kind.NO_UPDATE, Status.UPDATED),
    ],
)
def test_the_new_run_has_to_come_as_far_as_the_limit_asked_of_the_old_one(
    stage: Stage, kind: Kind, status: Status
) -> None:
    case = an_anomaly(stage, kind, since="09:00")
    failed = staged(stage, Status.FAILED, "13:00")
    assert settle(case, an_order(failed, stage=stage), BOOK, NOW) == case
    moved = an_order(failed, staged(stage, status, "13:30"), stage=stage)
    assert settle(case, moved, BOOK, NOW).ended_how is Ended.MOVED


def test_a_stage_that_waits_for_an_earlier_one_again_is_waited_for_no_more() -> None:
    case = an_anomaly(Stage.PACKING, Kind.NOT_COMPLETED, since="09:00")
    back = staged(Stage.PICKING, Status.REOPENED, "13:00")
    picked = staged(Stage.PICKING, Status.COMPLETED, "13:30")
    for events in ((back,), (back, picked)):
        order = an_order(staged(Stage.PACKING, Status.STARTED, "10:00"), *events, stage=Stage.PACKING)
        assert settle(case, order, BOOK, NOW).ended_how is Ended.MOVED


def test_a_limit_that_the_old_run_had_not_passed_is_not_passed_by_the_new_one() -> None:
    case = an_anomaly(Stage.PICKING, Kind.NOT_STARTED, since="09:00")
    order = an_order(staged(Stage.PICKING, Status.REOPENED, "13:30"), stage=Stage.PICKING, since="09:00")
    assert stands(Kind.NOT_STARTED, case, order, BOOK, NOW)
    assert not stands(Kind.NOT_COMPLETED, case, order, BOOK, NOW)
