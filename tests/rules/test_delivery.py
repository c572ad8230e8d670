"""What becomes of something that was to be sent? To agents at least once, to customers at most once."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.delivery import (
    AGENT_TRIES,
    CUSTOMER_TRIES,
    FINAL,
    TRANSITIONS,
    DeliveryState,
    Guarantee,
    Outcome,
    Verdict,
    after_attempt,
)
from tests.builders import at

READY, SENDING, SENT = DeliveryState.READY, DeliveryState.SENDING, DeliveryState.SENT
FAILED, UNKNOWN, BOUNCED = DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED
PENDING = DeliveryState.PENDING
TO_CUSTOMERS = (Guarantee.ONCE, Guarantee.AT_MOST_ONCE, Guarantee.LOOKED_FOR)
NOW = at("10:00")
SECOND = timedelta(seconds=1)


def after(outcome: Outcome, guarantee: Guarantee, *, attempts: int = 1, **parts: Any) -> Verdict:
    parts.setdefault("jitter", 0.0)
    return after_attempt(outcome, guarantee, attempts=attempts, now=NOW, **parts)


# --- one attempt -----------------------------------------------------------------

FIRST = {
    Outcome.ACCEPTED: dict.fromkeys(Guarantee, SENT),
    Outcome.BOUNCE: dict.fromkeys(Guarantee, BOUNCED),
    Outcome.REFUSED: dict.fromkeys(Guarantee, FAILED),
    Outcome.TOO_LATE: dict.fromkeys(Guarantee, FAILED),
    Outcome.BUSY: dict.fromkeys(Guarantee, READY),
    Outcome.UNGREETED: dict.fromkeys(Guarantee, READY),
    Outcome.HELD: dict.fromkeys(Guarantee, READY),
    Outcome.HANDED_OVER: dict.fromkeys(Guarantee, PENDING),
    Outcome.UNCLEAR: {
        **dict.fromkeys(Guarantee, READY),
        Guarantee.AT_MOST_ONCE: UNKNOWN,
        Guarantee.LOOKED_FOR: PENDING,
    },
}
"""After the first attempt: a customer message that carries a key may be tried again as well."""


@pytest.mark.parametrize(("outcome", "guarantee"), list(product(Outcome, Guarantee)))
def test_what_follows_from_the_first_attempt(outcome: Outcome, guarantee: Guarantee) -> None:
    assert after(outcome, guarantee).state is FIRST[outcome][guarantee]


AFTER_UNCLEAR = {
    Outcome.ACCEPTED: dict.fromkeys(Guarantee, SENT),
    Outcome.BOUNCE: dict.fromkeys(Guarantee, BOUNCED),
    Outcome.HANDED_OVER: dict.fromkeys(Guarantee, PENDING),
    Outcome.REFUSED: {**dict.fromkeys(Guarantee, FAILED), **dict.fromkeys(TO_CUSTOMERS, UNKNOWN)},
    Outcome.TOO_LATE: {**dict.fromkeys(Guarantee, FAILED), **dict.fromkeys(TO_CUSTOMERS, UNKNOWN)},
    Outcome.HELD: dict.fromkeys(Guarantee, READY),
    Outcome.BUSY: {**dict.fromkeys(Guarantee, READY), Guarantee.AT_MOST_ONCE: UNKNOWN},
    Outcome.UNGREETED: {**dict.fromkeys(Guarantee, READY), Guarantee.AT_MOST_ONCE: UNKNOWN},
    Outcome.UNCLEAR: {
        **dict.fromkeys(Guarantee, READY),
        Guarantee.AT_MOST_ONCE: UNKNOWN,
        Guarantee.LOOKED_FOR: PENDING,
    },
}
"""After one that may have arrived: a refusal of this one does not say that the customer has nothing."""


@pytest.mark.parametrize(("outcome", "guarantee"), list(product(Outcome, Guarantee)))
def test_what_follows_when_an_earlier_attempt_may_have_arrived(
    outcome: Outcome, guarantee: Guarantee
) -> None:
    state = after(outcome, guarantee, attempts=1, unclear_before=True).state
    assert state is AFTER_UNCLEAR[outcome][guarantee]


@pytest.mark.parametrize(
    ("guarantee", "tries"),
    [
        (Guarantee.AT_LEAST_ONCE, AGENT_TRIES),
        (Guarantee.ONCE, CUSTOMER_TRIES),
        (Guarantee.NOW_OR_NEVER, 2),
    ],
)
def test_nothing_is_tried_for_ever(guarantee: Guarantee, tries: int) -> None:
    assert after(Outcome.BUSY, guarantee, attempts=tries - 1).state is READY
    assert after(Outcome.BUSY, guarantee, attempts=tries).state is FAILED
    given_up = UNKNOWN if guarantee is Guarantee.ONCE else FAILED
    assert after(Outcome.UNCLEAR, guarantee, attempts=tries).state is given_up
    assert after(Outcome.BUSY, guarantee, attempts=tries, unclear_before=True).state is given_up


def test_a_customer_is_tried_five_times_at_most() -> None:
    assert CUSTOMER_TRIES == 5


# --- pauses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "longest"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (239, 60)]
)
def test_pauses_double_up_to_a_minute_and_are_spread_over_their_upper_half(
    attempts: int, longest: int
) -> None:
    for jitter, share in ((0.0, 0.5), (0.5, 0.75), (1.0, 1.0)):
        verdict = after(Outcome.BUSY, Guarantee.AT_LEAST_ONCE, attempts=attempts, jitter=jitter)
        assert verdict == Verdict(state=READY, due_at=NOW + longest * share * SECOND)


def test_what_was_not_even_tried_is_tried_when_its_way_is_open() -> None:
    held = after(Outcome.HELD, Guarantee.ONCE, attempts=AGENT_TRIES, retry_after=timedelta(hours=1))
    assert held == Verdict(state=READY, due_at=NOW + 3600 * SECOND)


def test_a_pause_that_is_asked_for_is_kept() -> None:
    def due(seconds: int) -> Verdict:
        asked = timedelta(seconds=seconds)
        return after(Outcome.BUSY, Guarantee.AT_LEAST_ONCE, attempts=5, jitter=1.0, retry_after=asked)

    assert due(60).due_at == NOW + 60 * SECOND
    assert due(3).due_at == NOW + 16 * SECOND


def test_agents_are_tried_for_two_to_four_hours() -> None:
    for jitter, hours in ((0.0, 2), (1.0, 4)):
        pauses = [
            verdict.due_at - NOW
            for attempts in range(1, AGENT_TRIES)
            for verdict in [after(Outcome.BUSY, Guarantee.AT_LEAST_ONCE, attempts=attempts, jitter=jitter)]
            if verdict.due_at is not None
        ]
        assert round(sum(pauses, timedelta()) / timedelta(hours=1)) == hours


# --- histories -------------------------------------------------------------------

NOT_ARRIVED = frozenset({Outcome.BUSY, Outcome.UNGREETED})
outcomes = st.lists(
    st.sampled_from([one for one in Outcome if one is not Outcome.HELD]),
    min_size=1,
    max_size=CUSTOMER_TRIES + 2,
)


def tried(guarantee: Guarantee, came: list[Outcome]) -> tuple[DeliveryState, list[Outcome]]:
    """The end of a delivery whose attempts come to this, one after the other, and those that were made."""
    unclear, state = False, READY
    made: list[Outcome] = []
    for attempts, outcome in enumerate(came, start=1):
        if state is not READY:
            break
        state = after(outcome, guarantee, attempts=attempts, unclear_before=unclear).state
        unclear |= outcome is Outcome.UNCLEAR
        made.append(outcome)
    return state, made


@given(st.sampled_from(Guarantee), outcomes)
def test_each_state_leads_where_it_may_and_only_ready_has_a_time(
    guarantee: Guarantee, came: list[Outcome]
) -> None:
    unclear = Outcome.UNCLEAR in came[:-1]
    verdict = after(came[-1], guarantee, attempts=len(came), unclear_before=unclear)
    assert verdict.state in TRANSITIONS[SENDING]
    assert (verdict.due_at is not None) == (verdict.state is READY)
    assert verdict.state in FINAL or verdict.state in {READY, PENDING}


@given(outcomes)
def test_a_customer_with_a_key_is_tried_again_only_until_it_is_known(came: list[Outcome]) -> None:
    state, made = tried(Guarantee.ONCE, came)
    assert len(made) <= CUSTOMER_TRIES
    assert all(outcome in {*NOT_ARRIVED, Outcome.UNCLEAR} for outcome in made[:-1])
    if state is FAILED:
        assert Outcome.UNCLEAR not in made, "it is known that the customer has nothing"


@given(outcomes)
def test_a_customer_without_a_key_is_never_tried_again_after_what_may_have_arrived(
    came: list[Outcome],
) -> None:
    state, made = tried(Guarantee.AT_MOST_ONCE, came)
    assert all(outcome in NOT_ARRIVED for outcome in made[:-1])
    assert (state is UNKNOWN) == (made[-1] is Outcome.UNCLEAR)


@given(outcomes)
def test_a_customer_whose_message_can_be_looked_for_is_not_tried_again_before_that(
    came: list[Outcome],
) -> None:
    state, made = tried(Guarantee.LOOKED_FOR, came)
    assert all(outcome in {Outcome.BUSY, Outcome.UNGREETED} for outcome in made[:-1])
    assert (state is PENDING) == (made[-1] in {Outcome.UNCLEAR, Outcome.HANDED_OVER})


@given(
    st.sampled_from(TO_CUSTOMERS),
    st.sampled_from(Outcome),
    st.booleans(),
    st.integers(1, 9),
)
def test_what_a_customer_may_have_is_never_called_failed(
    guarantee: Guarantee, outcome: Outcome, unclear_before: bool, attempts: int
) -> None:
    """Whatever is said to have happened before, whether it can have happened so or not."""
    state = after(outcome, guarantee, attempts=attempts, unclear_before=unclear_before).state
    assert state is not FAILED or not (unclear_before or outcome is Outcome.UNCLEAR)


# --- what comes too late ---------------------------------------------------------


def test_only_better_knowledge_changes_what_has_come_to_an_end() -> None:
    """Whatever else is said of a message to a customer whose end seemed known."""
    changes = {
        (state, outcome)
        for state, outcome in product(FINAL, Outcome)
        if after(outcome, Guarantee.ONCE, unclear_before=True).state in TRANSITIONS[state]
    }
    assert changes == {(SENT, Outcome.BOUNCE), (UNKNOWN, Outcome.ACCEPTED), (UNKNOWN, Outcome.BOUNCE)}


def test_what_is_final_is_never_sent_again() -> None:
    assert set(DeliveryState) - FINAL == {READY, SENDING, PENDING}
    assert all({READY, SENDING}.isdisjoint(TRANSITIONS[state]) for state in FINAL)
    assert SENDING not in TRANSITIONS[PENDING]


def test_nothing_is_sent_but_from_ready() -> None:
    assert [state for state in DeliveryState if SENDING in TRANSITIONS[state]] == [READY]
