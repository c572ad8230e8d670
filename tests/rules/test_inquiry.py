"""What is asked about a message that an employee has to send on, and how does it end?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.delivery import FINAL, TRANSITIONS, DeliveryState
from rules.inquiry import (
    CANCELS,
    GRACE,
    LIMIT,
    REMINDERS,
    STATES,
    Again,
    Ask,
    Ending,
    Found,
    Inquiry,
    begin,
    follow,
)
from tests.builders import at

NOW = at("10:00")
MINUTE = timedelta(minutes=1)
Answers = Callable[[Inquiry, timedelta], Found]
"""What is answered to a question that is asked so long after the message was handed over."""


def told(answers: Answers, *, unclear: bool = False) -> tuple[Ending, list[tuple[Ask, timedelta]]]:
    """A whole inquiry: how it ends, and what was asked when."""
    step: Again | Ending = begin(NOW, unclear=unclear)
    asked: list[tuple[Ask, timedelta]] = []
    now = NOW
    while isinstance(step, Again):
        now = max(now, step.at)
        asked.append((step.inquiry.ask, now - NOW))
        assert len(asked) < 500, "it comes to an end"
        step = follow(step.inquiry, answers(step.inquiry, now - NOW), now)
    return step, asked


def never_confirmed(inquiry: Inquiry, age: timedelta) -> Found:
    return Found.UNSENT if inquiry.ask is Ask.RESULT else Found.DONE


@pytest.mark.parametrize(
    ("found", "ending"),
    [
        (Found.SENT, Ending.SENT),
        (Found.NOT_A_FRIEND, Ending.NOT_A_FRIEND),
        (Found.CAPPED, Ending.CAPPED),
        (Found.STOPPED, Ending.STOPPED),
    ],
)
def test_a_result_ends_it(found: Found, ending: Ending) -> None:
    assert told(lambda inquiry, age: found) == (ending, [(Ask.RESULT, timedelta(seconds=15))])


def test_never_confirmed_it_is_reminded_of_three_times_taken_back_after_a_day_and_asked_about_once_more() -> (
    None
):
    ending, asked = told(never_confirmed)

    assert ending is Ending.UNCONFIRMED
    assert [age for ask, age in asked if ask is Ask.REMIND] == list(REMINDERS)
    assert asked[-2:] == [(Ask.CANCEL, LIMIT), (Ask.RESULT, LIMIT)]
    assert len(asked) < 150


def test_who_has_been_reminded_too_often_is_not_reminded_again() -> None:
    def answers(inquiry: Inquiry, age: timedelta) -> Found:
        return Found.TOO_OFTEN if inquiry.ask is Ask.REMIND else never_confirmed(inquiry, age)

    _, asked = told(answers)
    assert [age for ask, age in asked if ask is Ask.REMIND] == [REMINDERS[0]]


def test_a_reminder_that_may_have_been_given_counts_as_one() -> None:
    def answers(inquiry: Inquiry, age: timedelta) -> Found:
        return Found.NOTHING if inquiry.ask is Ask.REMIND else never_confirmed(inquiry, age)

    _, asked = told(answers)
    assert len([ask for ask, _ in asked if ask is Ask.REMIND]) == 3


def test_a_reminder_that_did_not_get_through_is_none() -> None:
    inquiry = Inquiry(ask=Ask.REMIND, since=NOW)
    step = follow(inquiry, Found.UNASKED, NOW + REMINDERS[0])
    assert isinstance(step, Again)
    assert step.inquiry == inquiry


def test_confirmed_while_it_was_being_taken_back_it_counts_as_sent() -> None:
    def answers(inquiry: Inquiry, age: timedelta) -> Found:
        if inquiry.ask is Ask.CANCEL:
            return Found.REFUSED
        return Found.SENT if inquiry.cancels else never_confirmed(inquiry, age)

    ending, asked = told(answers)
    assert (ending, asked[-2:]) == (Ending.SENT, [(Ask.CANCEL, LIMIT), (Ask.RESULT, LIMIT + MINUTE)])


def test_what_cannot_be_taken_back_nobody_knows_about() -> None:
    def answers(inquiry: Inquiry, age: timedelta) -> Found:
        return Found.REFUSED if inquiry.ask is Ask.CANCEL else never_confirmed(inquiry, age)

    ending, asked = told(answers)
    assert ending is Ending.UNKNOWN
    assert len([ask for ask, _ in asked if ask is Ask.CANCEL]) == CANCELS


def test_what_has_become_untrue_is_taken_back_at_once() -> None:
    inquiry = Inquiry(ask=Ask.CANCEL, since=NOW, is_false=True)
    step = follow(inquiry, Found.DONE, NOW + MINUTE)
    assert step == Again(
        inquiry=Inquiry(ask=Ask.RESULT, since=NOW, is_false=True, taken_back=True), at=NOW + MINUTE
    )
    assert isinstance(step, Again)
    assert follow(step.inquiry, Found.UNSENT, NOW + MINUTE) is Ending.WITHDRAWN


def test_what_nobody_answered_is_looked_for_twice_before_it_is_made_again() -> None:
    ending, asked = told(lambda inquiry, age: Found.ABSENT, unclear=True)
    assert ending is Ending.NEVER_THERE
    assert asked == [(Ask.LOOK, timedelta(seconds=10)), (Ask.LOOK, timedelta(seconds=60))]


def test_what_is_there_after_all_is_asked_about_like_any_other() -> None:
    def answers(inquiry: Inquiry, age: timedelta) -> Found:
        return Found.THERE if inquiry.ask is Ask.LOOK else Found.SENT

    ending, asked = told(answers, unclear=True)
    assert (ending, [ask for ask, _ in asked]) == (Ending.SENT, [Ask.LOOK, Ask.RESULT])


def test_without_any_answer_nobody_knows_after_minutes_or_a_day() -> None:
    ending, asked = told(lambda inquiry, age: Found.NOTHING, unclear=True)
    assert ending is Ending.UNKNOWN
    assert asked[-1][1] >= timedelta(minutes=5)
    ending, asked = told(lambda inquiry, age: Found.NOTHING)
    assert ending is Ending.UNKNOWN
    assert LIMIT + GRACE <= asked[-1][1] <= LIMIT + 2 * GRACE


@given(st.lists(st.sampled_from(Found), min_size=1, max_size=40), st.booleans())
def test_whatever_is_answered_time_goes_on_and_it_is_never_reminded_of_too_often(
    found: list[Found], unclear: bool
) -> None:
    step: Again | Ending = begin(NOW, unclear=unclear)
    now, reminders = NOW, 0
    for answer in found:
        if isinstance(step, Ending):
            break
        assert step.at >= now
        now = step.at
        reminders += step.inquiry.ask is Ask.REMIND
        step = follow(step.inquiry, answer, now)
    assert reminders <= len(REMINDERS)
    if isinstance(step, Ending):
        assert STATES[step] in TRANSITIONS[DeliveryState.PENDING]
        assert (STATES[step] in FINAL) == (step is not Ending.NEVER_THERE)
