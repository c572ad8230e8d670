"""Who may do what with a case, and when is it too late? Who was first wins, and is named."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.actions import Act, Action, Refused, Why, apply
from rules.anomalies import Anomaly, Closing, Ended, State
from rules.events import UserId
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Priority
from tests.builders import LI, MINUTE, WANG, ZHANG, an_anomaly, at

BEFORE, NOW, LATER = at("09:50"), at("10:00"), at("10:05")
SHORT = Verdict(reason=Reason.OUT_OF_STOCK)
KNOWS = Waiver(why=Needless.INFORMED)

OPEN = an_anomaly()
CLAIMED = replace(OPEN, owner=ZHANG, claimed_at=BEFORE, touched_at=BEFORE)
REPLIED = replace(CLAIMED, reached_at=BEFORE, reached_by=ZHANG, send_round=1, sent_by=ZHANG, sent_at=BEFORE)
WAIVED = replace(CLAIMED, waived_by=WANG)
RECOVERED = replace(CLAIMED, ended_at=BEFORE, ended_how=Ended.MOVED)
CLOSED = replace(
    REPLIED,
    ended_at=BEFORE,
    ended_how=Ended.MOVED,
    reason=SHORT,
    reason_source=ReasonSource.AGENT,
    reason_by=WANG,
    reason_at=BEFORE,
    closed_at=BEFORE,
)
CASES = {case.state: case for case in (OPEN, CLAIMED, REPLIED, RECOVERED, CLOSED)}
"""Whatever was done to them, Zhang did it at ten to ten; Wang gave the reason."""


def tries(
    case: Anomaly, action: Action, who: UserId = LI, when: datetime = NOW, **parts: Any
) -> Anomaly | Refused:
    """What comes of somebody doing it; a reason is given with the actions that need one."""
    parts.setdefault("verdict", SHORT if action is Action.REASON else None)
    parts.setdefault("waiver", KNOWS if action is Action.WAIVE else None)
    return apply(case, Act(action=action, actor=who, at=when, **parts))


def does(case: Anomaly, action: Action, who: UserId = LI, when: datetime = NOW, **parts: Any) -> Anomaly:
    """The case after somebody did it, with effect."""
    after = tries(case, action, who, when, **parts)
    assert isinstance(after, Anomaly), after
    return after


def refusal(case: Anomaly, action: Action, who: UserId = LI, when: datetime = NOW, **parts: Any) -> Refused:
    """Why somebody could not do it."""
    after = tries(case, action, who, when, **parts)
    assert isinstance(after, Refused), after
    return after


# --- every state and every action ------------------------------------------------

REFUSED = {
    State.OPEN: {},
    State.CLAIMED: {Action.CLAIM: Why.TAKEN},
    State.REPLIED: {
        Action.SEND: Why.ALREADY,
        Action.MARK_DONE: Why.ALREADY,
        Action.WAIVE: Why.ALREADY,
        Action.CLAIM: Why.TAKEN,
    },
    State.RECOVERED: {Action.ESCALATE: Why.NOT_NOW, Action.SNOOZE: Why.NOT_NOW, Action.CLAIM: Why.TAKEN},
    State.CLOSED: dict.fromkeys(Action, Why.CLOSED),
}
"""What somebody else can no longer do once Zhang has brought a case there; all the rest has an effect."""


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_a_state_permits_what_its_card_offers(state: State, action: Action) -> None:
    after = tries(CASES[state], action)
    assert (after.why if isinstance(after, Refused) else None) is REFUSED[state].get(action)


@pytest.mark.parametrize("state", [State.CLAIMED, State.REPLIED, State.CLOSED])
@pytest.mark.parametrize("action", Action)
def test_whoever_is_refused_because_somebody_was_first_learns_who_and_when(
    state: State, action: Action
) -> None:
    after = tries(CASES[state], action)
    if isinstance(after, Refused):
        assert (after.by, after.at) == (WANG if state is State.CLOSED else ZHANG, BEFORE)


def test_when_the_order_moves_again_nobody_was_first() -> None:
    assert refusal(RECOVERED, Action.ESCALATE) == Refused(why=Why.NOT_NOW, at=BEFORE)
    assert refusal(replace(RECOVERED, reached_at=BEFORE), Action.SNOOZE) == Refused(
        why=Why.NOT_NOW, at=BEFORE
    )


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_what_was_done_twice_was_done_once(state: State, action: Action) -> None:
    """A tap may arrive again: of the same finger in the same moment it has no further effect."""
    once = tries(CASES[state], action)
    if isinstance(once, Anomaly):
        again = tries(once, action)
        assert isinstance(again, Refused) or again is once


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_whatever_has_an_effect_is_a_further_version_and_a_touch(state: State, action: Action) -> None:
    after = tries(CASES[state], action)
    if isinstance(after, Anomaly):
        assert after.version == CASES[state].version + 1
        assert after.touched_at == (NOW if state is State.OPEN else BEFORE)


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.ESCALATE, Action.SNOOZE}))
def test_whoever_acts_on_a_case_nobody_owns_has_taken_it(action: Action) -> None:
    after = does(OPEN, action)
    assert (after.owner, after.claimed_at) == (LI, NOW)


@pytest.mark.parametrize("action", [Action.ESCALATE, Action.SNOOZE])
def test_to_call_for_help_or_for_peace_is_not_to_take_it(action: Action) -> None:
    assert does(OPEN, action).owner is None


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.CLAIM}))
def test_to_help_with_a_case_does_not_take_it_from_its_owner(action: Action) -> None:
    after = does(CLAIMED, action)
    assert (after.owner, after.claimed_at) == (ZHANG, BEFORE)


# --- one by one ------------------------------------------------------------------


def test_to_claim_what_is_ones_own_is_told_from_what_is_anothers() -> None:
    assert refusal(CLAIMED, Action.CLAIM, ZHANG) == Refused(why=Why.ALREADY, by=ZHANG, at=BEFORE)
    assert refusal(CLAIMED, Action.CLAIM, LI) == Refused(why=Why.TAKEN, by=ZHANG, at=BEFORE)


def test_to_send_orders_a_round_and_does_not_say_that_it_arrived() -> None:
    sent = does(OPEN, Action.SEND)
    assert (sent.send_round, sent.sent_by, sent.sent_at) == (1, LI, NOW)
    assert (sent.reached_at, sent.state) == (None, State.CLAIMED)


def test_a_second_round_is_opened_only_by_asking_for_it() -> None:
    sent = does(OPEN, Action.SEND, ZHANG)
    assert refusal(sent, Action.SEND, LI, LATER) == Refused(why=Why.ALREADY, by=ZHANG, at=NOW)
    again = does(sent, Action.SEND, LI, LATER, again=True)
    assert (again.send_round, again.sent_by, again.sent_at) == (2, LI, LATER)


@pytest.mark.parametrize("again", [False, True])
def test_no_round_is_opened_while_the_last_one_has_no_result(again: bool) -> None:
    sent = does(OPEN, Action.SEND, ZHANG)
    assert refusal(sent, Action.SEND, LI, LATER, again=again, last_round_final=False) == Refused(
        why=Why.UNDER_WAY, by=ZHANG, at=NOW
    )


@pytest.mark.parametrize("case", [REPLIED, replace(REPLIED, ended_at=BEFORE, ended_how=Ended.MOVED)])
def test_who_has_been_reached_is_written_to_again_only_by_asking_for_it(case: Anomaly) -> None:
    assert refusal(case, Action.SEND) == Refused(why=Why.ALREADY, by=ZHANG, at=BEFORE)
    assert does(case, Action.SEND, again=True).send_round == 2


@pytest.mark.parametrize("case", [WAIVED, replace(WAIVED, ended_at=BEFORE, ended_how=Ended.MOVED)])
def test_who_need_not_be_reached_is_written_to_only_by_asking_for_it(case: Anomaly) -> None:
    assert refusal(case, Action.SEND) == Refused(why=Why.ALREADY, by=WANG)
    assert does(case, Action.SEND, again=True).send_round == 1


def test_the_customer_is_reached_by_whoever_says_so_first() -> None:
    done = does(CLAIMED, Action.MARK_DONE)
    assert (done.reached_by, done.reached_at, done.state) == (LI, NOW, State.REPLIED)
    assert refusal(done, Action.MARK_DONE, ZHANG, LATER) == Refused(why=Why.ALREADY, by=LI, at=NOW)


@pytest.mark.parametrize("case", [REPLIED, replace(REPLIED, ended_at=BEFORE, ended_how=Ended.MOVED)])
def test_a_further_contact_by_hand_is_a_round_of_its_own(case: Anomaly) -> None:
    again = does(case, Action.MARK_DONE, again=True)
    assert (again.send_round, again.sent_by, again.sent_at) == (2, LI, NOW)
    assert (again.reached_by, again.reached_at) == (ZHANG, BEFORE)


@pytest.mark.parametrize("case", [WAIVED, replace(WAIVED, ended_at=BEFORE, ended_how=Ended.MOVED)])
def test_who_need_not_be_reached_may_have_been_after_all(case: Anomaly) -> None:
    done = does(case, Action.MARK_DONE)
    assert (done.reached_by, done.reached_at, done.waived_by) == (LI, NOW, WANG)


def test_to_waive_is_to_say_by_name_that_the_customer_need_not_be_reached() -> None:
    waived = does(CLAIMED, Action.WAIVE)
    assert (waived.waived_by, waived.reached_at, waived.state) == (LI, None, State.REPLIED)
    assert (waived.waived_at, waived.waived_why, waived.waived_text) == (NOW, Needless.INFORMED, None)
    assert refusal(waived, Action.WAIVE, ZHANG) == Refused(why=Why.ALREADY, by=LI, at=NOW)


@pytest.mark.parametrize(
    "waiver", [None, *(Waiver(why=Needless.OTHER, text=text) for text in (None, "", "  "))]
)
def test_nobody_waives_a_contact_without_saying_why(waiver: Waiver | None) -> None:
    assert refusal(CLAIMED, Action.WAIVE, waiver=waiver) == Refused(why=Why.NEEDS_WHY)
    ended = replace(CLAIMED, ended_at=BEFORE, ended_how=Ended.MOVED, reason=SHORT)
    assert refusal(ended, Action.WAIVE, waiver=waiver) == Refused(why=Why.NEEDS_WHY), "nor does it close"


def test_whatever_else_is_why_a_contact_is_waived_is_kept_in_words() -> None:
    waived = does(CLAIMED, Action.WAIVE, waiver=Waiver(why=Needless.OTHER, text="顾客在店里"))
    assert (waived.waived_why, waived.waived_text) == (Needless.OTHER, "顾客在店里")


@pytest.mark.parametrize("means", Means)
def test_it_is_kept_by_what_means_somebody_says_that_the_customer_was_reached(means: Means) -> None:
    assert does(CLAIMED, Action.MARK_DONE, means=means).reached_how is means


def test_a_case_that_came_back_may_have_its_reason_confirmed_or_changed_once() -> None:
    again = replace(CLOSED, closed_at=None, reached_at=None, reopened_at=NOW, reopenings=1)
    other = Verdict(reason=Reason.PACKING_DELAYED)
    changed = does(again, Action.REASON, when=NOW, verdict=other)
    assert (changed.reason, changed.reason_by, changed.closed_at) == (other, LI, None)
    assert refusal(changed, Action.REASON, ZHANG, LATER) == Refused(why=Why.ALREADY, by=LI, at=NOW)
    assert does(again, Action.MARK_DONE, when=LATER).closed_at == LATER, "what it was is reason enough"


def test_whoever_was_reached_need_not_be_waived() -> None:
    reached = replace(RECOVERED, reached_at=BEFORE, reached_by=LI)
    assert refusal(reached, Action.WAIVE, WANG) == Refused(why=Why.ALREADY, by=LI, at=BEFORE)
    by_message = replace(REPLIED, reached_by=None)
    assert refusal(by_message, Action.WAIVE, WANG) == Refused(why=Why.ALREADY, by=ZHANG, at=BEFORE)


def test_to_escalate_makes_it_more_urgent_once() -> None:
    assert does(OPEN, Action.ESCALATE).priority is Priority.P1
    up = does(replace(OPEN, priority=Priority.P3), Action.ESCALATE)
    assert (up.priority, up.escalated_by, up.escalated_at) == (Priority.P2, LI, NOW)
    assert refusal(up, Action.ESCALATE, ZHANG, LATER) == Refused(why=Why.ALREADY, by=LI, at=NOW)


def test_to_snooze_is_to_be_left_alone_from_now_on() -> None:
    snoozed = does(OPEN, Action.SNOOZE, snooze=30 * MINUTE)
    assert snoozed.snoozed_until == NOW + 30 * MINUTE
    assert does(OPEN, Action.SNOOZE).snoozed_until == NOW + 10 * MINUTE
    assert does(snoozed, Action.SNOOZE, when=LATER, snooze=5 * MINUTE).snoozed_until == LATER + 5 * MINUTE


def test_a_reason_is_given_once_and_by_name() -> None:
    given_ = does(CLAIMED, Action.REASON)
    assert (given_.reason, given_.reason_source) == (SHORT, ReasonSource.AGENT)
    assert (given_.reason_by, given_.reason_at) == (LI, NOW)
    assert refusal(given_, Action.REASON, ZHANG, LATER) == Refused(why=Why.ALREADY, by=LI, at=NOW)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_another_reason_than_the_four_needs_words(text: str | None) -> None:
    wordless = Verdict(reason=Reason.OTHER, text=text)
    assert refusal(CLAIMED, Action.REASON, verdict=wordless) == Refused(why=Why.NEEDS_TEXT)
    assert refusal(CLAIMED, Action.REASON, verdict=None) == Refused(why=Why.NEEDS_TEXT)
    worded = Verdict(reason=Reason.OTHER, text="地址不全")
    assert does(CLAIMED, Action.REASON, verdict=worded).reason == worded


# --- closing ---------------------------------------------------------------------

DEEDS = {
    Closing.CONTACT: (Action.MARK_DONE, Action.WAIVE),
    Closing.REASON: (Action.REASON,),
}


@pytest.mark.parametrize("contact", DEEDS[Closing.CONTACT])
@pytest.mark.parametrize("reason_first", [False, True])
def test_a_case_that_has_ended_closes_with_contact_and_reason_in_either_order(
    contact: Action, reason_first: bool
) -> None:
    first, second = (Action.REASON, contact) if reason_first else (contact, Action.REASON)
    half = does(RECOVERED, first)
    assert (half.state, half.closed_at) == (State.RECOVERED, None)
    closed = does(half, second, when=LATER)
    assert (closed.state, closed.closed_at, closed.missing) == (State.CLOSED, LATER, ())


def test_a_case_whose_order_still_stands_is_not_closed_by_anything() -> None:
    answered = does(does(OPEN, Action.MARK_DONE), Action.REASON)
    assert (answered.state, answered.missing) == (State.REPLIED, (Closing.END,))


acts = st.builds(
    Act,
    action=st.sampled_from(Action),
    actor=st.sampled_from((ZHANG, LI, WANG)),
    at=st.integers(0, 3).map(lambda minutes: NOW + minutes * MINUTE),
    verdict=st.sampled_from((None, SHORT, Verdict(reason=Reason.OTHER))),
    waiver=st.sampled_from((None, KNOWS, Waiver(why=Needless.OTHER))),
    last_round_final=st.booleans(),
    again=st.booleans(),
)


@given(st.sampled_from(State).map(CASES.get), st.lists(acts, max_size=12))
def test_no_path_skips_the_close_rule_or_changes_a_closed_case(case: Anomaly, deeds: list[Act]) -> None:
    for deed in deeds:
        after = apply(case, deed)
        if isinstance(after, Anomaly):
            assert case.state is not State.CLOSED
            assert after is case or after.version == case.version + 1
            assert after.send_round - case.send_round in {0, 1}
            case = after
        assert (case.state is State.CLOSED) == (not case.missing)
        assert (case.ended_at is None) == (Closing.END in case.missing)
