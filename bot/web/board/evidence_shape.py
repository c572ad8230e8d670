"""What does one see of a cause? Its numbers with their ranges, its customers, what happened, and its orders."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec

from rules.anomalies import AnomalyId, Ended, State
from rules.evidence import Cost
from rules.reasons import Reason
from rules.stages import Stage
from rules.storms import Cause


class Happening(StrEnum):
    """What can stand in the timeline of a cause."""

    FIRST = "first"
    """Its first case was noticed."""
    PEAK = "peak"
    """The hour or day with most of them began."""
    LAST = "last"
    """Its last case was noticed."""
    INCIDENT = "incident"
    """An incident began that cases of it are part of."""
    INCIDENT_OVER = "incident_over"
    """Nothing was left to do for one."""
    RULES = "rules"
    """Another version of the rules came into force."""
    DECISION = "decision"
    """Something was decided about it."""


class HappeningShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline."""

    at: datetime
    what: Happening
    count: int | None = None
    """Cases at the peak."""
    by: str | None = None
    """Whose doing it was, as far as that is known."""
    incident: str | None = None
    stage: Stage | None = None
    """Of an incident; so are `cause` and `value`."""
    cause: Cause | None = None
    value: str = ""
    version: int | None = None
    decision: int | None = None
    """The number of one; `text` says what it was."""
    text: str = ""


class SlotShown(msgspec.Struct, frozen=True, kw_only=True):
    """An hour or a day."""

    at: datetime
    count: int


class CostShown(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the loss, in fen."""

    cost: Cost | None
    """None for all of them together."""
    low_fen: int
    likely_fen: int
    high_fen: int


class BillShown(msgspec.Struct, frozen=True, kw_only=True):
    """The loss, and what it is reckoned from: see `rules.evidence`."""

    items: Sequence[CostShown]
    total: CostShown
    orders: int
    lost: int
    unsaid: int
    at_risk: int
    at_risk_fen: int
    unpriced: int
    share_low: float
    """The share of orders that get lost lies between this and `share_high`."""
    share_high: float
    own: bool
    """Whether it is of the reader's shops alone: what was approved for all shops together is not in it."""


class CustomerShown(msgspec.Struct, frozen=True, kw_only=True):
    """A customer, masked."""

    name: str | None
    phone: str | None
    orders: int
    amount_fen: int
    reached: bool
    """Whether somebody has reached them about each of these orders, or need not."""


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case of the cause, with its order."""

    id: AnomalyId
    shop: str
    order_no: str
    stage: Stage
    reason: Reason | None
    state: State
    carrier: str | None
    region: str | None
    warehouse: str | None
    amount_fen: int | None
    lost: bool
    """Cancelled, or asked money back for."""
    opened_at: datetime
    reached_at: datetime | None
    ended_at: datetime | None
    ended_how: Ended | None
    closed_at: datetime | None


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """The pack."""

    cause: str
    """What was asked for but the days: decisions about the very same are about this cause."""
    since: date
    until: date
    as_of: datetime
    cut: bool
    """Whether only the newest of its cases were looked at."""
    cases: int
    healed: int
    unclosed: int
    orders: int
    worth_fen: int
    hourly: bool
    """Whether a slot of the course is an hour, not a day."""
    course: Sequence[SlotShown]
    bill: BillShown
    events: Sequence[HappeningShown]
    """Oldest first."""
    customers: int
    customers_reached: int
    customers_shown: Sequence[CustomerShown]
    """Those of most value first; programs get all of them."""
    items: Sequence[OrderShown]
    """Newest first."""
    next: str | None = None
    """None: it is told as a whole."""
