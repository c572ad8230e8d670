"""What may a person do with a case, and what does it do to the case?

Who was first wins: a later or impossible action is `Refused`, and says whom to thank for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.anomalies import Anomaly, State, close_if_complete
from rules.events import UserId
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, ReasonSource, Verdict


class Action(StrEnum):
    """What a person can do with a case."""

    SEND = "send"
    """Send the draft to the customer."""
    CLAIM = "claim"
    """Put one's name on it."""
    ESCALATE = "escalate"
    """Call the duty manager."""
    SNOOZE = "snooze"
    """Be left alone about it for some minutes."""
    REASON = "reason"
    """Say why the order was late."""
    MARK_DONE = "mark_done"
    """Say that the customer was reached outside."""
    WAIVE = "waive"
    """Say that the customer need not be reached."""


ALLOWED: Mapping[State, frozenset[Action]] = {
    State.OPEN: frozenset(Action),
    State.CLAIMED: frozenset(Action),
    State.REPLIED: frozenset(Action) - {Action.WAIVE},
    State.RECOVERED: frozenset({Action.SEND, Action.CLAIM, Action.REASON, Action.MARK_DONE, Action.WAIVE}),
    State.CLOSED: frozenset(),
}
"""What each state permits; within that, who was first decides."""


class Why(StrEnum):
    """Why an action has no effect."""

    CLOSED = "closed"
    """The case is closed."""
    NOT_NOW = "not_now"
    """The state does not permit it."""
    TAKEN = "taken"
    """Somebody else has claimed it."""
    ALREADY = "already"
    """It was done before, by whoever is named."""
    UNDER_WAY = "under_way"
    """The last message to the customer has no result yet."""
    NEEDS_TEXT = "needs_text"
    """The reason 其他 needs words."""
    NEEDS_WHY = "needs_why"
    """Nobody said why the customer need not be reached; 其他 needs words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An action without effect; `by` and `at` name who was first, where somebody was."""

    why: Why
    by: UserId | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something, now.

    `snooze` belongs to SNOOZE, `verdict` to REASON, `last_round_final` to SEND, `again` to SEND and MARK_DONE,
    `means` to MARK_DONE, `waiver` to WAIVE.
    """

    action: Action
    actor: UserId
    at: datetime
    snooze: timedelta = timedelta(minutes=10)
    verdict: Verdict | None = None
    last_round_final: bool = True
    """Whether the last message to the customer has come to a result."""
    again: bool = False
    """再次联系: a further round, although a message was ordered, or the customer reached, before."""
    means: Means = Means.COPY
    waiver: Waiver | None = None


def apply(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    """The case after the act, or why it has no effect."""
    if act.action not in ALLOWED[anomaly.state]:
        return _not_permitted(anomaly)
    after = _APPLY[act.action](anomaly, act)
    if isinstance(after, Refused):
        return after
    touched = close_if_complete(replace(after, touched_at=anomaly.touched_at or act.at), act.at)
    return anomaly if touched == anomaly else replace(touched, version=anomaly.version + 1)


def _not_permitted(anomaly: Anomaly) -> Refused:
    if anomaly.closed_at is not None:
        return Refused(why=Why.CLOSED, by=anomaly.reason_by, at=anomaly.closed_at)
    answered = _answered(anomaly) if anomaly.ended_at is None else None
    return answered or Refused(why=Why.NOT_NOW, at=anomaly.ended_at)


def _reached(anomaly: Anomaly) -> Refused | None:
    """Who reached the customer first, or None."""
    if anomaly.reached_at is None:
        return None
    return Refused(why=Why.ALREADY, by=anomaly.reached_by or anomaly.sent_by, at=anomaly.reached_at)


def _answered(anomaly: Anomaly) -> Refused | None:
    """Who reached the customer first, or said that they need not be; None when nobody did."""
    if anomaly.waived_by is None:
        return _reached(anomaly)
    return _reached(anomaly) or Refused(why=Why.ALREADY, by=anomaly.waived_by, at=anomaly.waived_at)


def _send(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    """Order a round; one at a time, and a second one only when it is asked for as such."""
    if not act.last_round_final:
        return Refused(why=Why.UNDER_WAY, by=anomaly.sent_by, at=anomaly.sent_at)
    answered = _answered(anomaly)
    if answered is not None and not act.again:
        return answered
    if anomaly.send_round > 0 and not act.again:
        return Refused(why=Why.ALREADY, by=anomaly.sent_by, at=anomaly.sent_at)
    return _owned(_next_round(anomaly, act), act)


def _next_round(anomaly: Anomaly, act: Act) -> Anomaly:
    return replace(
        anomaly, send_round=anomaly.send_round + 1, sent_by=act.actor, sent_at=act.at, failed_at=None
    )


def _claim(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    if anomaly.owner is None:
        return _owned(anomaly, act)
    why = Why.ALREADY if anomaly.owner == act.actor else Why.TAKEN
    return Refused(why=why, by=anomaly.owner, at=anomaly.claimed_at)


def _escalate(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    if anomaly.escalated_at is not None:
        return Refused(why=Why.ALREADY, by=anomaly.escalated_by, at=anomaly.escalated_at)
    return replace(anomaly, escalated_by=act.actor, escalated_at=act.at, priority=anomaly.priority.raised)


def _snooze(anomaly: Anomaly, act: Act) -> Anomaly:
    return replace(anomaly, snoozed_until=act.at + act.snooze)


def _give_reason(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    if anomaly.is_explained:
        return Refused(why=Why.ALREADY, by=anomaly.reason_by, at=anomaly.reason_at)
    if act.verdict is None or (act.verdict.reason is Reason.OTHER and not (act.verdict.text or "").strip()):
        return Refused(why=Why.NEEDS_TEXT)
    given = replace(
        anomaly,
        reason=act.verdict,
        reason_source=ReasonSource.AGENT,
        reason_by=act.actor,
        reason_at=act.at,
    )
    return _owned(given, act)


def _mark_done(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    """The customer was reached outside; the first time counts, a further one is a round of its own."""
    reached = _reached(anomaly)
    if reached is None:
        first = anomaly.first_reached_at or act.at
        done = replace(
            anomaly, reached_at=act.at, reached_by=act.actor, reached_how=act.means, first_reached_at=first
        )
        return _owned(done, act)
    return _owned(_next_round(anomaly, act), act) if act.again else reached


def _waive(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    answered = _answered(anomaly)
    if answered is not None:
        return answered
    why = act.waiver
    if why is None or (why.why is Needless.OTHER and not (why.text or "").strip()):
        return Refused(why=Why.NEEDS_WHY)
    waived = replace(anomaly, waived_by=act.actor, waived_at=act.at, waived_why=why.why, waived_text=why.text)
    return _owned(waived, act)


def _owned(anomaly: Anomaly, act: Act) -> Anomaly:
    """Whoever acts on a case nobody owns has taken it."""
    if anomaly.owner is not None:
        return anomaly
    return replace(anomaly, owner=act.actor, claimed_at=act.at)


_APPLY: Mapping[Action, Callable[[Anomaly, Act], Anomaly | Refused]] = {
    Action.SEND: _send,
    Action.CLAIM: _claim,
    Action.ESCALATE: _escalate,
    Action.SNOOZE: _snooze,
    Action.REASON: _give_reason,
    Action.MARK_DONE: _mark_done,
    Action.WAIVE: _waive,
}
