"""When has the customer been reached, by whom, and what if they have not after all?"""

from dataclasses import replace

from rules.actions import Act, Action, Refused, Why, apply
from rules.anomalies import Anomaly, Ended, State, bounce, reach
from rules.reaching import Means
from rules.reasons import Reason, ReasonSource, Verdict
from tests.builders import LI, MINUTE, WANG, ZHANG, an_anomaly, at

NOW = at("10:00")
OPEN = an_anomaly()
RECOVERED = replace(OPEN, touched_at=NOW, ended_at=NOW, ended_how=Ended.MOVED)
DONE = Act(action=Action.MARK_DONE, actor=LI, at=NOW + MINUTE)


def done_by_zhang(case: Anomaly) -> Anomaly:
    after = apply(case, Act(action=Action.MARK_DONE, actor=ZHANG, at=NOW))
    assert isinstance(after, Anomaly)
    return after


def test_who_marked_it_done_first_is_who_reached_the_customer() -> None:
    assert apply(done_by_zhang(RECOVERED), DONE) == Refused(why=Why.ALREADY, by=ZHANG, at=NOW)


def test_a_further_contact_by_hand_is_a_round_of_its_own_and_the_first_one_counts() -> None:
    again = apply(done_by_zhang(RECOVERED), replace(DONE, again=True))
    assert isinstance(again, Anomaly)
    assert (again.send_round, again.sent_by, again.sent_at) == (1, LI, NOW + MINUTE)
    assert (again.reached_by, again.reached_at) == (ZHANG, NOW)


def test_the_first_contact_is_the_first_even_where_a_further_one_was_meant() -> None:
    first = apply(RECOVERED, replace(DONE, again=True))
    assert isinstance(first, Anomaly)
    assert (first.send_round, first.reached_by) == (0, LI)


def test_a_message_that_bounced_has_reached_nobody_and_the_ten_minutes_begin_anew() -> None:
    reached = reach(replace(OPEN, owner=ZHANG, steps=2, climbed_at=NOW), ZHANG, NOW, Means.KF)
    assert reached.state is State.REPLIED
    bounced = bounce(reached, NOW, NOW + MINUTE)
    assert (bounced.state, bounced.owner, bounced.version) == (State.CLAIMED, ZHANG, reached.version + 1)
    assert bounced.reached_by is None
    assert (bounced.raised_at, bounced.steps, bounced.climbed_at) == (NOW + MINUTE, 0, None)


def test_a_case_that_was_closed_on_a_message_that_bounced_is_open_again() -> None:
    reasoned = replace(
        RECOVERED, reason=Verdict(reason=Reason.OUT_OF_STOCK), reason_source=ReasonSource.AGENT
    )
    closed = reach(reasoned, ZHANG, NOW, Means.KF)
    assert closed.state is State.CLOSED
    assert bounce(closed, NOW, NOW + MINUTE).state is State.RECOVERED


def test_whoever_was_reached_by_another_way_stays_reached() -> None:
    by_phone = done_by_zhang(OPEN)
    assert bounce(by_phone, NOW - MINUTE, NOW + MINUTE) == by_phone


def test_a_message_that_arrived_as_well_has_reached_them() -> None:
    first = reach(replace(OPEN, owner=ZHANG, steps=2, climbed_at=NOW), ZHANG, NOW, Means.KF)
    second = reach(first, ZHANG, NOW + MINUTE, Means.KF)
    bounced = bounce(second, NOW, NOW + 2 * MINUTE, others={NOW + MINUTE: Means.MASS})
    assert (bounced.reached_at, bounced.reached_by) == (NOW + MINUTE, ZHANG)
    assert (bounced.state, bounced.steps, bounced.version) == (State.REPLIED, 2, second.version + 1)
    assert bounce(second, NOW + MINUTE, NOW + 2 * MINUTE, others={NOW: Means.KF}) == second


def test_a_contact_that_somebody_waived_is_not_missed_when_the_message_bounces() -> None:
    waived = reach(replace(RECOVERED, waived_by=WANG), ZHANG, NOW, Means.KF)
    closed = replace(waived, reason=Verdict(reason=Reason.OUT_OF_STOCK), closed_at=NOW)
    assert bounce(closed, NOW, NOW + MINUTE).state is State.CLOSED
