"""Who is told next when nobody answers, and by when the customer is to be reached: the golden ten minutes."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.ladder import complaint_by, contact_by, next_step
from rules.stages import Priority
from tests.builders import MINUTE, ZHANG, a_book, an_anomaly, at

BOOK = a_book()
RAISED = at("09:45:00.001")
CASE = an_anomaly(since="09:00")


def due(case: Anomaly, book: RuleBook = BOOK) -> datetime | None:
    step = next_step(case, book)
    return None if step is None else step.due_at


def climb(case: Anomaly, book: RuleBook = BOOK) -> list[timedelta]:
    """How long after it was raised each step comes, when nobody ever answers."""
    found: list[timedelta] = []
    while (step := next_step(case, book)) is not None:
        found.append(step.due_at - case.raised_at)
        case = replace(case, steps=step.number + 1, climbed_at=step.due_at)
    return found


def test_three_steps_lie_within_the_ten_minutes() -> None:
    assert climb(CASE) == [3 * MINUTE, 6 * MINUTE, 9 * MINUTE]


def test_what_is_less_urgent_climbs_the_same_ladder() -> None:
    assert climb(replace(CASE, priority=Priority.P3)) == climb(replace(CASE, priority=Priority.P2))


def test_a_ladder_that_is_too_long_shrinks_until_time_is_left_to_act() -> None:
    book = a_book(budget={"contact": "5m"})
    assert climb(CASE, book) == [1.5 * MINUTE, 3 * MINUTE, 4.5 * MINUTE]


@pytest.mark.parametrize(
    "answered",
    [
        {"reached_at": at("09:46"), "sent_at": at("09:46"), "touched_at": at("09:46")},
        {"ended_at": at("09:46")},
        {"closed_at": at("09:46")},
        {"silent": True},
    ],
)
def test_an_answered_case_climbs_no_further(answered: dict[str, Any]) -> None:
    assert next_step(replace(CASE, **answered), BOOK) is None


def test_to_claim_is_not_to_answer() -> None:
    claimed = replace(CASE, owner=ZHANG, claimed_at=at("09:46"), touched_at=at("09:46"))
    assert due(claimed) == RAISED + 3 * MINUTE


def test_a_snooze_holds_steps_back_and_then_they_come_as_far_apart_as_they_were() -> None:
    snoozed = replace(CASE, snoozed_until=at("10:00"))
    assert due(snoozed) == at("10:00")
    assert due(replace(snoozed, steps=1, climbed_at=at("10:00"))) == at("10:03")


def test_a_snooze_ends_when_somebody_is_there_but_for_p1() -> None:
    book = a_book(quiet_hours=["21:00-09:00"])
    snoozed = replace(CASE, snoozed_until=at("22:00"))
    assert due(snoozed, book) == at("09:00", day=date(2026, 3, 3))
    assert due(replace(snoozed, priority=Priority.P1), book) == at("22:00")


def test_the_first_step_that_leads_to_somebody_else_comes_before_customers_complain() -> None:
    assert climb(CASE, a_book(budget={"complaint": "4m"})) == [1.8 * MINUTE, 3.6 * MINUTE, 5.4 * MINUTE]
    alone = a_book(budget={"complaint": "1m"}, ladder=[{"after": "3m", "do": "remind_owner"}])
    assert climb(CASE, alone) == [3 * MINUTE]


def test_a_ladder_that_is_short_enough_stays_as_it_is() -> None:
    assert climb(CASE, a_book(ladder=[{"after": "1m", "do": "push", "to": "lead"}])) == [MINUTE]


def test_outside_opening_hours_nobody_is_told_but_of_p1() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    late = an_anomaly(since="17:13")
    assert late.raised_at == at("17:58:00.001")
    assert due(late, book) == at("09:01:00.001", day=late.raised_at.date() + timedelta(days=1))
    assert due(replace(late, priority=Priority.P1), book) == at("18:01:00.001")


def test_the_ten_minutes_count_as_the_ladder_does() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    late = an_anomaly(since="17:13")
    assert contact_by(CASE, book) == RAISED + 10 * MINUTE
    assert complaint_by(CASE, book) == RAISED + 7 * MINUTE
    assert contact_by(late, book) == at("09:08:00.001", day=late.raised_at.date() + timedelta(days=1))
    assert contact_by(replace(late, priority=Priority.P1), book) == at("18:08:00.001")
