"""What is an anomaly, in which state is it, and when is it closed?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from rules.events import OrderKey, UserId
from rules.reaching import Means, Needless
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Kind, Priority, Stage
from rules.storms import IncidentId

AnomalyId = NewType("AnomalyId", str)


class State(StrEnum):
    """Derived from the facts, never stored; the first that holds, from the bottom up."""

    OPEN = "open"
    """Nobody has taken it."""
    CLAIMED = "claimed"
    """Somebody's name is on it."""
    REPLIED = "replied"
    """The customer has been reached."""
    RECOVERED = "recovered"
    """The order moves again."""
    CLOSED = "closed"
    """Reached or waived, ended, and with a reason."""


class Ended(StrEnum):
    """How the trouble ended."""

    MOVED = "moved"
    """The order moved on."""
    CANCELLED = "cancelled"
    """The order was cancelled."""
    REFUNDED = "refunded"
    """The order was cancelled after the customer asked for the money back."""
    MERGED = "merged"
    """The order turned out to be another one."""


class Closing(StrEnum):
    """What is still missing before an anomaly can close."""

    CONTACT = "contact"
    """The customer is neither reached nor waived by name."""
    END = "end"
    """The order has not moved."""
    REASON = "reason"
    """Nobody said why."""


class Sorting(StrEnum):
    """In which order cases are listed."""

    NEWEST = "newest"
    """Those that were noticed last come first."""
    DUE = "due"
    """Those whose limit passed longest ago come first, of what is not closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """As much of a case as is told of thousands at once."""

    id: AnomalyId
    order: OrderKey
    parcel: str
    stage: Stage
    opened_at: datetime
    lane: str | None = None
    silent: bool = False
    """Raised too late for a card: on the board only."""
    owner: UserId | None = None
    touched_at: datetime | None = None
    """The first claim, tap, send or customer contact; None means nobody noticed."""
    reached_at: datetime | None = None
    waived_by: UserId | None = None
    first_reached_at: datetime | None = None
    """When they were reached for the first time; that the case came back does not change it."""
    ended_at: datetime | None = None
    ended_how: Ended | None = None
    reason: Verdict | None = None
    reason_source: ReasonSource | None = None
    closed_at: datetime | None = None
    incident: IncidentId | None = None
    """The incident that it is part of."""

    @property
    def state(self) -> State:
        """Where the case stands: closed > recovered > replied > claimed > open."""
        if self.closed_at is not None:
            return State.CLOSED
        if self.ended_at is not None:
            return State.RECOVERED
        if self.reached_at is not None or self.waived_by is not None:
            return State.REPLIED
        return State.OPEN if self.owner is None else State.CLAIMED

    @property
    def self_healed(self) -> bool:
        """Whether the system closed it, untouched, with the reason from the evidence."""
        return self.closed_at is not None and self.reason_source is ReasonSource.EVIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly(Outline):
    """The facts of one case. `version` counts its changes, for fencing."""

    run: int
    kind: Kind
    since: datetime
    due_at: datetime
    """The latest limit that was passed."""
    raised_at: datetime
    """When the trouble was noticed last, or was back: the golden ten minutes count from here."""
    priority: Priority
    book_version: int
    breaches: int = 1
    """How many limits were passed; each posts a card of its own."""
    claimed_at: datetime | None = None
    send_round: int = 0
    sent_by: UserId | None = None
    sent_at: datetime | None = None
    """When the latest round was ordered; whether it arrived is the outbox's to say."""
    failed_at: datetime | None = None
    """When that round turned out not to have arrived, or nobody could tell."""
    reached_by: UserId | None = None
    reached_how: Means | None = None
    """None when nobody was reached, or it was not written down yet in those days; so is `waived_why`."""
    called_at: datetime | None = None
    """When the customer first asked, from the start of the stage's clock on, as far as that was heard by then."""
    waived_at: datetime | None = None
    waived_why: Needless | None = None
    waived_text: str | None = None
    reason_by: UserId | None = None
    reason_at: datetime | None = None
    escalated_by: UserId | None = None
    escalated_at: datetime | None = None
    snoozed_until: datetime | None = None
    steps: int = 0
    """How many steps of the ladder have been taken."""
    climbed_at: datetime | None = None
    """When the ladder spoke last."""
    reminded_at: datetime | None = None
    """When the owner was first told of the case by the ladder, be it in giving it to them; None after a claim."""
    nudges: int = 0
    """How often somebody was reminded that the order stands still although its customer was reached."""
    joined_at: datetime | None = None
    """When it became part of it."""
    held_by: str | None = None
    """The outage of a source that holds it: whether the order stands still is not known while that lasts."""
    reopened_at: datetime | None = None
    """When it came back last after it had been closed."""
    reopenings: int = 0
    version: int = 1

    @property
    def in_storm(self) -> bool:
        """Whether its incident speaks for it: a case that comes back after it was closed is on its own again."""
        if self.incident is None or self.joined_at is None:
            return False
        return self.reopened_at is None or self.reopened_at <= self.joined_at

    @property
    def missing(self) -> tuple[Closing, ...]:
        """What keeps the case from closing."""
        have = {
            Closing.CONTACT: self.reached_at or self.waived_by,
            Closing.END: self.ended_at,
            Closing.REASON: self.reason,
        }
        return tuple(part for part, fact in have.items() if fact is None)

    @property
    def is_explained(self) -> bool:
        """Whether somebody has given the reason since the case was opened, or came back."""
        if self.reason is None:
            return False
        return self.reopened_at is None or (self.reason_at is not None and self.reason_at >= self.reopened_at)

    @property
    def is_given(self) -> bool:
        """Whether the ladder made its owner the owner, who did not take it themselves."""
        return self.reminded_at is not None and self.reminded_at == self.claimed_at


def was_told(anomaly: Anomaly) -> bool:
    """Whether there may be a text that its customer has."""
    return anomaly.send_round > 0 or anomaly.reached_at is not None


def reach(anomaly: Anomaly, by: UserId | None, at: datetime, how: Means) -> Anomaly:
    """The case after a message reached the customer at `at`; the first one counts."""
    if anomaly.reached_at is not None:
        return anomaly
    reached = replace(
        anomaly,
        reached_at=at,
        reached_by=by,
        reached_how=how,
        first_reached_at=anomaly.first_reached_at or at,
        version=anomaly.version + 1,
    )
    return close_if_complete(replace(reached, touched_at=anomaly.touched_at or at), at)


def bounce(
    anomaly: Anomaly, arrived_at: datetime, now: datetime, *, others: Mapping[datetime, Means] | None = None
) -> Anomaly:
    """The case after the message that counted as arrived at `arrived_at` did not arrive after all.

    What reached the customer by another way stays, as do the messages that arrived at the times `others`, each by
    its means; else the case is to be answered again, within a new ten minutes.
    """
    if anomaly.reached_at != arrived_at:
        return anomaly
    first = min(others or {}, default=None)
    if anomaly.first_reached_at == arrived_at:
        anomaly = replace(anomaly, first_reached_at=first)
    if others and first is not None:
        return replace(anomaly, reached_at=first, reached_how=others[first], version=anomaly.version + 1)
    after = replace(anomaly, reached_at=None, reached_by=None, reached_how=None, version=anomaly.version + 1)
    return after if after.waived_by is not None else begun_anew(come_back(after, now), now)


def reopen(anomaly: Anomaly, now: datetime) -> Anomaly:
    """A handled case that comes back: the customer is to be reached anew, and its reason confirmed or changed."""
    unreached = replace(
        anomaly,
        reached_at=None,
        reached_by=None,
        reached_how=None,
        waived_by=None,
        waived_at=None,
        waived_why=None,
        waived_text=None,
        snoozed_until=None,
    )
    return begun_anew(come_back(unreached, now), now)


def come_back(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case unclosed again, which is counted; as it is, when it was not closed."""
    if anomaly.closed_at is None:
        return anomaly
    return replace(anomaly, closed_at=None, reopened_at=now, reopenings=anomaly.reopenings + 1)


def fail(anomaly: Anomaly, at: datetime) -> Anomaly:
    """The case after its latest message did not arrive, or nobody can tell whether it did."""
    if anomaly.reached_at is not None or anomaly.sent_at is None:
        return anomaly
    return replace(anomaly, failed_at=at, version=anomaly.version + 1)


def give(anomaly: Anomaly, to: UserId, at: datetime) -> Anomaly:
    """The case in the hands of somebody who did not ask for it, and hears of it now."""
    return replace(anomaly, owner=to, claimed_at=at, reminded_at=at)


def begun_anew(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case with its ten minutes and its ladder from the beginning; who has it keeps it."""
    return replace(
        anomaly, raised_at=now, steps=0, climbed_at=None, reminded_at=None, failed_at=None, nudges=0
    )


def let_go(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case that no outage holds any more: it is raised now."""
    return begun_anew(replace(anomaly, held_by=None), now)


def end_merged(anomaly: Anomaly, now: datetime) -> Anomaly:
    """The case of an order that turned out to be another one, whose own clocks go on."""
    if anomaly.ended_at is not None:
        return anomaly
    ended = replace(anomaly, ended_at=now, ended_how=Ended.MERGED, version=anomaly.version + 1)
    verdict = Verdict(reason=Reason.OTHER, text="订单号已合并")
    if ended.touched_at is None:
        ended = replace(ended, reason=verdict, reason_source=ReasonSource.EVIDENCE)
    return close_if_complete(ended, now)


def close_if_complete(anomaly: Anomaly, now: datetime) -> Anomaly:
    """Closed = (reached or waived by name) and ended and reason; or healed by itself, untouched."""
    untouched = anomaly.reason_source is ReasonSource.EVIDENCE and anomaly.touched_at is None
    permitted = {(), (Closing.CONTACT,)} if untouched else {()}
    if anomaly.closed_at is not None or anomaly.missing not in permitted:
        return anomaly
    return replace(anomaly, closed_at=now)
