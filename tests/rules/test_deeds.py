"""What did people do about a case, and what would the same have done to it had it been raised otherwise?"""

from dataclasses import replace
from datetime import datetime

import pytest

from rules.actions import Act, Action, Refused, apply
from rules.anomalies import Anomaly, State
from rules.deeds import BOUNCED, TOUCHED, Deed, done
from rules.events import UserId
from rules.history import What
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Priority, Stage
from tests.builders import MINUTE, ZHANG, an_anomaly, at

CASE = an_anomaly()
NINE_FIFTY = at("09:50")


def a_deed(what: str, when: datetime = NINE_FIFTY, detail: str = "", by: UserId | None = ZHANG) -> Deed:
    return Deed(stage=Stage.PICKING, parcel="", at=when, what=what, by=by, detail=detail)


def acted(action: Action, **parts: object) -> Anomaly:
    """The case after somebody did it live, as the facts of it are taken down: whoever acts has taken it."""
    after = apply(CASE, Act(action=action, actor=ZHANG, at=NINE_FIFTY, **parts))  # pyright: ignore[reportArgumentType] -- parts of an Act
    assert not isinstance(after, Refused)
    return after


CLAIM = a_deed(What.CLAIMED)


@pytest.mark.parametrize(
    ("lived", "deeds"),
    [
        (acted(Action.CLAIM), [CLAIM]),
        (acted(Action.SEND), [CLAIM, a_deed(What.SENT)]),
        (acted(Action.ESCALATE), [a_deed(What.ESCALATED)]),
        (
            acted(Action.SNOOZE, snooze=10 * MINUTE),
            [a_deed(What.SNOOZED, detail=at("10:00").isoformat(), by=None)],
        ),
        (acted(Action.MARK_DONE, means=Means.PHONE), [CLAIM, a_deed(What.REACHED, detail="phone")]),
    ],
)
def test_a_deed_does_what_the_act_did(lived: Anomaly, deeds: list[Deed]) -> None:
    case = CASE
    for deed in deeds:
        case = done(case, deed)
    assert replace(case, version=0) == replace(lived, version=0)


def test_a_reason_and_a_waiver_count_whatever_their_words() -> None:
    verdict = Verdict(reason=Reason.OUT_OF_STOCK)
    explained = done(CASE, a_deed(What.REASON_GIVEN, detail="out_of_stock"))
    lived = acted(Action.REASON, verdict=verdict)
    assert (explained.reason_source, explained.reason_at) == (ReasonSource.AGENT, lived.reason_at)
    waived = done(CASE, a_deed(What.WAIVED, detail="test"))
    assert (waived.state, waived.waived_at) == (
        State.REPLIED,
        acted(Action.WAIVE, waiver=Waiver(why=Needless.TEST)).waived_at,
    )


def test_what_the_evidence_said_is_left_to_the_evidence() -> None:
    assert done(CASE, a_deed(What.REASON_GIVEN, detail="packing_delayed", by=None)) == CASE


def test_a_case_closes_with_the_last_of_the_three() -> None:
    case = replace(CASE, ended_at=at("09:55"))
    for deed in (a_deed(What.REACHED, at("10:00"), "kf"), a_deed(What.REASON_GIVEN, at("10:05"), "x")):
        assert case.closed_at is None
        case = done(case, deed)
    assert case.closed_at == at("10:05")


@pytest.mark.parametrize("what", [What.CLAIMED, What.ESCALATED, What.REACHED, What.WAIVED, What.REASON_GIVEN])
def test_what_was_done_before_is_not_done_again(what: What) -> None:
    once = done(CASE, a_deed(what, detail="phone" if what is What.REACHED else "x"))
    again = done(once, a_deed(what, at("10:00"), "phone" if what is What.REACHED else "x"))
    assert again == once


def test_a_closed_case_is_over() -> None:
    closed = replace(CASE, closed_at=at("09:48"))
    assert done(closed, CLAIM) == closed


def test_a_message_that_did_not_arrive_lets_the_ladder_go_on() -> None:
    sent = done(CASE, a_deed(What.SENT))
    assert done(sent, a_deed(What.NOT_DELIVERED, at("09:51"), "failed")).failed_at == at("09:51")


def test_a_message_that_came_back_is_to_be_answered_again() -> None:
    reached = done(done(CASE, a_deed(What.SENT)), a_deed(What.REACHED, at("09:51"), "kf"))
    bounced = done(reached, a_deed(What.NOT_DELIVERED, at("10:00"), BOUNCED))
    assert (bounced.reached_at, bounced.raised_at) == (None, at("10:00"))


def test_somebody_who_only_looked_has_noticed_it() -> None:
    touched = done(CASE, a_deed(TOUCHED))
    assert (touched.touched_at, touched.state) == (NINE_FIFTY, State.OPEN)
    assert done(touched, a_deed(TOUCHED, at("10:00"))) == touched


def test_an_escalation_makes_it_more_urgent() -> None:
    assert done(CASE, a_deed(What.ESCALATED)).priority is Priority.P1
