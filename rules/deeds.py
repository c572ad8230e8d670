"""What did people do about a case, and what would the same have done to it had it been raised otherwise?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from rules.anomalies import Anomaly, State, bounce, close_if_complete, fail, reach
from rules.events import UserId
from rules.history import What
from rules.reaching import Means
from rules.reasons import Reason, ReasonSource, Verdict
from rules.record import Record
from rules.stages import Stage

TOUCHED = "touched"
"""Somebody noticed the case, be it without doing anything about it."""
BOUNCED = "bounced"
"""What the timeline says of a message that was thought to have arrived."""


class Deed(Record, frozen=True, kw_only=True):
    """Something that happened to the case of a place, by people or by way of what they had sent."""

    stage: Stage
    parcel: str
    at: datetime
    what: str
    """As in `rules.history.What`, or TOUCHED."""
    by: UserId | None = None
    detail: str = ""
    """What the timeline says of it."""


def done(case: Anomaly, deed: Deed) -> Anomaly:
    """The case after it; as it was where it can have no effect any more."""
    if case.closed_at is not None and deed.what != What.NOT_DELIVERED:
        return case
    after = _DO[deed.what](case, deed)
    if after == case:
        return case
    touched = replace(after, touched_at=after.touched_at or deed.at)
    return replace(close_if_complete(touched, deed.at), version=case.version + 1)


def _touch(case: Anomaly, deed: Deed) -> Anomaly:
    return replace(case, touched_at=case.touched_at or deed.at)


def _claim(case: Anomaly, deed: Deed) -> Anomaly:
    return case if case.owner is not None else replace(case, owner=deed.by, claimed_at=deed.at)


def _send(case: Anomaly, deed: Deed) -> Anomaly:
    return replace(case, send_round=case.send_round + 1, sent_by=deed.by, sent_at=deed.at, failed_at=None)


def _reach(case: Anomaly, deed: Deed) -> Anomaly:
    return reach(case, deed.by, deed.at, Means(deed.detail) if deed.detail else Means.COPY)


def _waive(case: Anomaly, deed: Deed) -> Anomaly:
    if case.state not in {State.OPEN, State.CLAIMED, State.RECOVERED}:
        return case
    return replace(case, waived_by=deed.by, waived_at=deed.at, waived_text=deed.detail)


def _escalate(case: Anomaly, deed: Deed) -> Anomaly:
    if case.escalated_at is not None:
        return case
    return replace(case, escalated_by=deed.by, escalated_at=deed.at, priority=case.priority.raised)


def _snooze(case: Anomaly, deed: Deed) -> Anomaly:
    return replace(case, snoozed_until=datetime.fromisoformat(deed.detail))


def _explain(case: Anomaly, deed: Deed) -> Anomaly:
    """What follows from the evidence follows of itself."""
    if deed.by is None or case.is_explained:
        return case
    verdict = Verdict(reason=Reason.OTHER, text=deed.detail)
    return replace(
        case, reason=verdict, reason_source=ReasonSource.AGENT, reason_by=deed.by, reason_at=deed.at
    )


def _not_deliver(case: Anomaly, deed: Deed) -> Anomaly:
    if deed.detail == BOUNCED and case.reached_at is not None:
        return bounce(case, case.reached_at, deed.at)
    return fail(case, deed.at)


_DO: Mapping[str, Callable[[Anomaly, Deed], Anomaly]] = {
    TOUCHED: _touch,
    What.CLAIMED: _claim,
    What.SENT: _send,
    What.REACHED: _reach,
    What.WAIVED: _waive,
    What.ESCALATED: _escalate,
    What.SNOOZED: _snooze,
    What.REASON_GIVEN: _explain,
    What.NOT_DELIVERED: _not_deliver,
}
