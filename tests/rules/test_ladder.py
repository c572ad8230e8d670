"""Who is told next when nobody answers, and by when the customer is to be reached: the golden ten minutes."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.anomalies import Anomaly, begun_anew, fail, give
from rules.book import LadderAction, RuleBook
from rules.bookfile import read_kept
from rules.ladder import complaint_by, contact_by, in_time, is_too_old, next_step
from rules.stages import Priority
from tests.builders import HOUR, LI, MINUTE, TICK, ZHANG, a_book, an_anomaly, at

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
        case = replace(case, steps=step.steps, climbed_at=step.due_at)
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
        {"incident": "i1", "joined_at": RAISED},
    ],
)
def test_an_answered_case_climbs_no_further(answered: dict[str, Any]) -> None:
    assert next_step(replace(CASE, **answered), BOOK) is None


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


def test_a_ladder_that_is_short_enough_stays_as_it_is() -> None:
    assert climb(CASE, a_book(ladder=[{"after": "1m", "do": "push", "to": "duty_manager"}])) == [MINUTE]


def test_who_is_to_have_claimed_it_sooner_is_told_sooner() -> None:
    assert climb(CASE, a_book(budget={"claim": "2m"})) == [2 * MINUTE, 6 * MINUTE, 9 * MINUTE]
    assert climb(CASE, a_book(budget={"claim": "5m"})) == [3 * MINUTE, 6 * MINUTE, 9 * MINUTE]


# --- a claim ---------------------------------------------------------------------


def claimed(minute: float, case: Anomaly = CASE) -> Anomaly:
    """The case, taken by somebody so many minutes after it was raised."""
    claimed_at = case.raised_at + minute * MINUTE
    return replace(case, owner=ZHANG, claimed_at=claimed_at, touched_at=claimed_at)


def told(case: Anomaly, book: RuleBook = BOOK) -> list[tuple[str, float]]:
    """What is done while nothing comes of it, and how many minutes after it was raised."""
    found: list[tuple[str, float]] = []
    while (coming := next_step(case, book)) is not None:
        step, now = coming.step, coming.due_at
        found.append((f"{step.do} {step.to}".removesuffix(" None"), (now - case.raised_at) / MINUTE))
        case = replace(case, steps=coming.steps, climbed_at=now)
        case = replace(case, reminded_at=case.reminded_at or now) if case.owner else case
        case = give(case, LI, now) if step.do is LadderAction.HAND_OVER else case
    return found


def times(case: Anomaly, book: RuleBook = BOOK) -> list[float]:
    return [when for _, when in told(case, book)]


def test_who_has_claimed_it_is_reminded_once_and_relieved_in_the_time_that_is_left() -> None:
    assert told(claimed(2)) == [("remind_owner", 6), ("hand_over lead", 7.5), ("push duty_manager", 9)]


@pytest.mark.parametrize(
    ("minute", "minutes"),
    [(0, [4, 6.5, 9]), (5, [7.5, 8.25, 9]), (8, [9, 9.5, 10]), (9.5, [10, 13, 16]), (30, [34, 37, 40])],
)
def test_a_late_claim_has_half_of_the_time_that_is_left_and_after_it_all_of_it(
    minute: float, minutes: list[float]
) -> None:
    assert times(claimed(minute)) == minutes


def test_a_claim_after_the_group_was_reminded_moves_the_rest() -> None:
    reminded = replace(CASE, steps=1, climbed_at=RAISED + 3 * MINUTE)
    assert times(claimed(4, reminded)) == [7, 8, 9]


def test_who_was_given_the_case_has_no_time_of_their_own() -> None:
    given_at = RAISED + 6 * MINUTE
    assert told(give(replace(CASE, steps=2, climbed_at=given_at), LI, given_at)) == [("push duty_manager", 9)]


def test_a_claim_at_the_end_of_the_ladder_is_no_way_out_of_it() -> None:
    climbed = replace(CASE, steps=3, climbed_at=RAISED + 9 * MINUTE)
    assert told(climbed) == []
    assert told(claimed(20, climbed)) == [("remind_owner", 24), ("hand_over duty_manager", 28)]
    assert times(claimed(20, climbed), a_book(budget={"act": "1m"})) == [21, 22]


def test_where_the_ladder_only_calls_people_whoever_forgot_the_case_is_relieved_in_the_end() -> None:
    book = a_book(ladder=[{"after": "5m", "do": "push", "to": "duty_manager"}])
    assert told(claimed(1), book) == [
        ("remind_owner", 5),
        ("push duty_manager", 5.5),
        ("hand_over duty_manager", 7.75),
    ]


def test_without_a_ladder_no_claim_is_watched() -> None:
    assert told(claimed(2), a_book(ladder=[])) == []


def test_a_case_that_is_alive_again_gives_its_owner_the_time_anew() -> None:
    again = begun_anew(replace(claimed(2), steps=3, reminded_at=at("09:50")), at("11:00"))
    assert times(again) == [4, 6.5, 9]


# --- a message -------------------------------------------------------------------


REMINDED = replace(claimed(0), steps=1, climbed_at=RAISED + 4 * MINUTE, reminded_at=RAISED + 4 * MINUTE)


def sent(minute: float, case: Anomaly) -> Anomaly:
    return replace(case, send_round=1, sent_by=ZHANG, sent_at=case.raised_at + minute * MINUTE)


def test_while_a_message_may_still_arrive_nobody_is_told() -> None:
    assert due(REMINDED) == RAISED + 6.5 * MINUTE
    assert due(sent(6, REMINDED)) == RAISED + 8 * MINUTE
    assert due(sent(1, claimed(1))) == RAISED + 5 * MINUTE


def test_when_it_has_failed_the_clock_goes_on_and_there_is_time_to_act_again() -> None:
    failed = fail(sent(6, REMINDED), RAISED + 6.2 * MINUTE)
    assert due(failed) == RAISED + 8.1 * MINUTE
    assert due(sent(8, replace(failed, failed_at=None))) == RAISED + 9 * MINUTE
    assert fail(CASE, RAISED) == CASE
    reached = replace(sent(6, CASE), reached_at=RAISED)
    assert fail(reached, RAISED) == reached


def test_a_message_of_an_earlier_life_holds_nothing_back() -> None:
    assert due(begun_anew(sent(1, claimed(0)), RAISED + 2 * MINUTE)) == RAISED + 6 * MINUTE


# --- what comes late -------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "minutes"), [(4, [6.5, 9]), (8, [8.5, 9]), (9.25, [9.75, 10.25]), (10, [13, 16])]
)
def test_steps_that_were_missed_do_not_fall_on_each_other(minute: float, minutes: list[float]) -> None:
    late = replace(CASE, steps=1, climbed_at=RAISED + minute * MINUTE)
    assert times(late) == minutes


def test_a_step_that_is_a_moment_late_does_not_delay_those_after_it() -> None:
    late = replace(CASE, steps=1, climbed_at=RAISED + 3 * MINUTE + TICK)
    assert times(late) == [6, 9]
    assert times(replace(late, climbed_at=RAISED + 3.5 * MINUTE)) == [6.25, 9]


@given(lateness=st.lists(st.integers(0, 400_000), min_size=3, max_size=3), snooze=st.integers(0, 900_000))
def test_no_two_steps_come_at_one_instant_however_late_each_is(lateness: list[int], snooze: int) -> None:
    case, taken = replace(CASE, snoozed_until=RAISED + snooze * TICK), list[datetime]()
    for late in lateness:
        coming = next_step(case, BOOK)
        assert coming is not None
        taken.append(coming.due_at + late * TICK)
        case = replace(case, steps=coming.steps, climbed_at=taken[-1])
    assert all(later - earlier >= MINUTE / 2 for earlier, later in pairwise(taken))


def test_a_book_that_was_accepted_before_works_however_narrow_its_ladder_is() -> None:
    steps = [{"after": after, "do": "remind_owner"} for after in ("1s", "2s", "9d")]
    book = read_kept(json.dumps({"budget": {"contact": "1s"}, "ladder": steps})).compile(1)
    assert climb(CASE, book)[-1] == 900 * TICK
    assert [step for step, _ in told(claimed(2), book)] == ["remind_owner", "hand_over duty_manager"]


# --- an end ----------------------------------------------------------------------


def test_of_a_case_of_a_day_nobody_is_told_unless_a_snooze_was_asked_for() -> None:
    a_day_later = RAISED + 24 * HOUR
    assert not is_too_old(CASE, BOOK, a_day_later)
    assert is_too_old(CASE, BOOK, a_day_later + TICK)
    assert not is_too_old(replace(CASE, snoozed_until=a_day_later), BOOK, a_day_later + 24 * HOUR)
    assert is_too_old(replace(CASE, snoozed_until=RAISED - HOUR), BOOK, a_day_later + TICK)


def test_its_age_counts_as_the_ladder_does() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    assert not is_too_old(CASE, book, RAISED + 48 * HOUR)
    assert is_too_old(replace(CASE, priority=Priority.P1), book, RAISED + 25 * HOUR)


@pytest.mark.parametrize(
    ("reached", "expected"),
    [("09:54:59", True), ("09:55:00.001", True), ("09:55:00.002", False), (None, None)],
)
def test_the_last_instant_of_the_ten_minutes_is_in_time(reached: str | None, expected: bool | None) -> None:
    assert in_time(replace(CASE, reached_at=at(reached) if reached else None), BOOK) is expected


# --- hours -----------------------------------------------------------------------


def test_a_claim_late_in_the_day_is_remembered_when_the_shop_opens() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    late = an_anomaly(since="17:13")
    assert due(claimed(1, late), book) == at("09:03:00.001", day=late.raised_at.date() + timedelta(days=1))


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
