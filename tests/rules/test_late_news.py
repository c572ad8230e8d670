"""Late news may show that another clock ticks: no case of the old one hides a limit, or goes on without cause."""

from dataclasses import replace
from datetime import datetime

import pytest

from rules.anomalies import Anomaly, Ended
from rules.calendar import SHANGHAI
from rules.deadlines import deadlines
from rules.events import OrderEvent
from rules.orders import Order
from rules.settling import settle
from rules.stages import Kind, Stage, Status
from rules.standing import latest_raised
from tests.builders import HOUR, TICK, ZHANG, a_book, an_anomaly, an_order, at, staged

BOOK = a_book()
NOW = at("10:20")
STARTED = staged(Stage.PICKING, Status.STARTED, "08:10")
COMPLETED = staged(Stage.PICKING, Status.COMPLETED, "08:20")
REOPENED = staged(Stage.PICKING, Status.REOPENED, "08:30")
NOT_STARTED = an_anomaly(since="08:00")
NOT_COMPLETED = an_anomaly(kind=Kind.NOT_COMPLETED, since="08:00", after=2 * HOUR)


def picking(*events: OrderEvent, since: str = "08:00") -> Order:
    return an_order(*events, stage=Stage.PICKING, since=since)


def touched(case: Anomaly) -> Anomaly:
    """Somebody has taken it: when its order moves, it is not closed."""
    return replace(case, owner=ZHANG, claimed_at=case.opened_at, touched_at=case.opened_at)


def unheard(case: Anomaly, order: Order) -> list[tuple[Kind, str]]:
    """The limits that are passed, and that nobody was told of: what they are, and when they were up."""
    raised = latest_raised([case], order, BOOK, NOW)
    found = [deadline for deadline in deadlines(order, BOOK, raised) if deadline.due_at < NOW]
    return [(deadline.kind, f"{deadline.due_at.astimezone(SHANGHAI):%H:%M}") for deadline in found]


@pytest.mark.parametrize("case", [NOT_COMPLETED, touched(NOT_COMPLETED)])
def test_a_case_of_an_earlier_run_hides_no_limit_of_the_present_one(case: Anomaly) -> None:
    over = settle(case, picking(STARTED, COMPLETED), BOOK, NOW)
    assert unheard(over, picking(STARTED, COMPLETED, REOPENED)) == [(Kind.NOT_STARTED, "09:15")]


@pytest.mark.parametrize("case", [NOT_STARTED, touched(NOT_STARTED)])
def test_a_case_that_is_over_hides_no_limit_of_a_clock_that_had_started_sooner(case: Anomaly) -> None:
    over = settle(case, picking(STARTED), BOOK, at("08:50"))
    assert unheard(over, picking(STARTED, since="06:00")) == [(Kind.NOT_COMPLETED, "08:00")]


def test_a_case_that_goes_on_is_not_told_of_twice_because_its_clock_had_started_sooner() -> None:
    assert unheard(NOT_COMPLETED, picking(STARTED, since="06:00")) == []


@pytest.mark.parametrize("failed_at", [at("08:30"), NOT_STARTED.due_at])
def test_a_case_ends_when_its_run_had_failed_before_the_limit_was_passed(failed_at: datetime) -> None:
    failed = staged(Stage.PICKING, Status.FAILED, failed_at)
    assert settle(NOT_STARTED, picking(failed), BOOK, at("08:50")).ended_how is Ended.MOVED


def test_a_case_goes_on_when_its_run_failed_after_the_limit_was_passed() -> None:
    failed = staged(Stage.PICKING, Status.FAILED, NOT_STARTED.due_at + TICK)
    assert settle(NOT_STARTED, picking(failed), BOOK, at("08:50")) == NOT_STARTED


def test_it_is_the_first_time_that_a_limit_was_passed_that_counts() -> None:
    twice = an_anomaly(Stage.TRANSIT, Kind.NO_UPDATE, since=at("08:00") - 49 * HOUR, after=48 * HOUR)
    failed = staged(Stage.TRANSIT, Status.FAILED, at("08:00") - 10 * HOUR)
    order = an_order(failed, stage=Stage.TRANSIT, since=twice.since)
    assert settle(twice, order, BOOK, NOW) == twice
