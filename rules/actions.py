"""What may a person do with a case, and what does it do to the case?

Who was first wins: a later or impossible action is `Refused`, and says whom to thank for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.anomalies import Anomaly, State, close_if_complete
from rules.events import UserId
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
    State.REPLIED: frozenset({Action.CLAIM, Action.ESCALATE, Action.SNOOZE, Action.REASON, Action.SEND}),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An action without effect; `by` and `at` name who was first, where somebody was."""

    why: Why
    by: UserId | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something, now. `snooze` belongs to SNOOZE, `verdict` to REASON, the rest to SEND."""

    action: Action
    actor: UserId
    at: datetime
    snooze: timedelta = timedelta(minutes=10)
    verdict: Verdict | None = None
    last_round_final: bool = True
    """Whether the last message to the customer has come to a result."""
    again: bool = False
    """再次联系: send although the customer was reached before."""


def apply(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    """The case after the act, or why it has no effect."""
    if act.action not in ALLOWED[anomaly.state]:
        return _not_permitted(anomaly)
    after = _APPLY[act.action](anomaly, act)
    if isinstance(after, Refused):
        return after
    touched = replace(after, touched_at=anomaly.touched_at or act.at, version=anomaly.version + 1)
    return close_if_complete(touched, act.at)


def _not_permitted(anomaly: Anomaly) -> Refused:
    if anomaly.closed_at is not None:
        return Refused(why=Why.CLOSED, by=anomaly.reason_by, at=anomaly.closed_at)
    if anomaly.reached_at is not None:
        return Refused(why=Why.ALREADY, by=anomaly.reached_by or anomaly.sent_by, at=anomaly.reached_at)
    return Refused(why=Why.NOT_NOW, at=anomaly.ended_at)


def _send(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    """Order a round; one at a time, and none to a customer who was reached and has not been lost again."""
    if not act.last_round_final:
        return Refused(why=Why.UNDER_WAY, by=anomaly.sent_by, at=anomaly.sent_at)
    if anomaly.reached_at is not None and not act.again:
        return Refused(why=Why.ALREADY, by=anomaly.reached_by or anomaly.sent_by, at=anomaly.reached_at)
    sent = replace(anomaly, send_round=anomaly.send_round + 1, sent_by=act.actor, sent_at=act.at)
    return _owned(sent, act)


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
    if anomaly.reason is not None:
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
    if anomaly.reached_at is not None:
        return Refused(why=Why.ALREADY, by=anomaly.reached_by, at=anomaly.reached_at)
    return _owned(replace(anomaly, reached_at=act.at, reached_by=act.actor), act)


def _waive(anomaly: Anomaly, act: Act) -> Anomaly | Refused:
    if anomaly.waived_by is not None or anomaly.reached_at is not None:
        return Refused(why=Why.ALREADY, by=anomaly.waived_by or anomaly.reached_by, at=anomaly.reached_at)
    return _owned(replace(anomaly, waived_by=act.actor), act)


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


def reached(anomaly: Anomaly, at: datetime) -> Anomaly:
    """The message has arrived: whoever sent it has reached the customer."""
    if anomaly.reached_at is not None:
        return anomaly
    after = replace(anomaly, reached_at=at, reached_by=anomaly.sent_by, version=anomaly.version + 1)
    return close_if_complete(after, at)
