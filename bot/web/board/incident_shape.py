"""What does one see of an incident? Its orders, the words to each customer, what came of approvals, what it costs."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from rules.actions import Action
from rules.anomalies import Ended, State
from rules.approvals import Upshot
from rules.contact import Because, Channel
from rules.reasons import Reason
from rules.stages import Priority, Stage
from rules.storms import Cause


class Event(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    """There were as many orders of one cause as make an incident."""
    JOINED = "joined"
    """More orders of that cause."""
    WAVE = "wave"
    """Another burst of them."""
    APPROVED = "approved"
    """Somebody approved something for all of them."""
    RESULTS = "results"
    """The agents were told what came of it."""
    CLOSED = "closed"
    """Nothing is left to do."""


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an incident's timeline."""

    at: datetime | None
    what: Event
    actor: str | None = None
    """None is the system."""
    action: Action | None = None
    """What was approved."""
    cases: int | None = None
    """For how many orders, or how many joined."""


class LossShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident is expected to cost: lost_fen + at_risk_fen x lost / orders."""

    expected_fen: int
    orders: int
    lost: int
    """Cancelled, or asked money back for."""
    lost_fen: int
    at_risk: int
    """Still standing still."""
    at_risk_fen: int
    unpriced: int
    """Without a known amount: counted as nothing."""


class IncidentCase(msgspec.Struct, frozen=True, kw_only=True):
    """One order of an incident."""

    id: str
    shop: str
    order_no: str
    customer: str | None
    amount_fen: int | None
    state: State
    owner: str | None
    since: datetime | None
    """Since when it stands still."""
    joined_at: datetime | None
    contact_by: datetime | None
    reached_at: datetime | None
    ended_at: datetime | None
    ended_how: Ended | None
    lost: bool
    """Cancelled, or asked money back for."""
    refund_before_contact: bool
    channel: Channel
    because: Because
    unanswered: bool
    """Whether a first message to the customer is still to be ordered."""
    sendable: bool
    """Whether one approval sends it."""
    text: str | None
    """The words to the customer, as they would go; None where there are none, or none are needed any more."""
    blocked: str | None
    """Why there are none."""
    upshot: Upshot | None
    """What came of the message that was approved last."""
    why: str | None
    shown: str | None = None
    """The words and what they rest on, signed: the page's form brings them back. For people alone."""


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, in a list; counts are of the reader's shops."""

    id: str
    stage: Stage
    cause: Cause
    value: str
    priority: Priority
    opened_at: datetime | None
    cases: int
    unclosed: int
    reached: int
    back: int
    """How many orders move again."""
    waves: int
    owner: str | None
    approved_by: str | None
    approved_at: datetime | None
    closed_at: datetime | None


class IncidentList(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents, newest first."""

    items: Sequence[IncidentRow]
    next: str | None
    """The cursor of the following page; None on the last one."""


class IncidentFile(IncidentRow, frozen=True, kw_only=True):
    """An incident with its orders: those of most value first."""

    group: str
    deadline: datetime | None
    """When the first of the unanswered customers is to be reached."""
    refunded: int
    refunded_before_contact: int
    unanswered: int
    sendable: int
    loss: LossShown
    items: Sequence[IncidentCase]
    events: Sequence[EventShown]
    """Its timeline, oldest first."""
    reasons: Sequence[Reason]
    """Those to choose from."""
    likely_reason: Reason
    allowed: Sequence[Action]
    """What the reader may approve now."""
    next: str | None = None
    """None: it is told as a whole."""
