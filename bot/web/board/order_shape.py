"""What does one see of an order? All of it: where it stands, what is known and by whom, what was said and done."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.web.board.anomalies import AnomalyRow
from bot.web.board.promise_shape import PromiseRow
from handlers.outbox import Medium
from rules.anomalies import AnomalyId
from rules.course import Outcome
from rules.deadlines import Band
from rules.delivery import DeliveryState
from rules.orders import OrderState
from rules.stages import Kind, Stage, Status


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what is shown. What no source has said is None."""


class Fact(Shown, frozen=True, kw_only=True):
    """A value, who gave it, and how old that is."""

    value: str | int | bool | Sequence[str]
    source: str
    at: datetime
    age_seconds: int


class Moment(Shown, frozen=True, kw_only=True):
    """A time that a source gave."""

    value: datetime
    source: str
    at: datetime
    age_seconds: int


class Limit(Shown, frozen=True, kw_only=True):
    """A limit of a stage; `passed` strictly after `at`."""

    kind: Kind
    at: datetime
    passed: bool


class StageRun(Shown, frozen=True, kw_only=True):
    """One attempt at a stage."""

    stage: Stage
    run: int
    parcel: str | None
    started_at: datetime | None
    updated_at: datetime | None
    completed_at: datetime | None
    inferred: bool
    band: Band
    since: datetime | None
    """What its limits count from; None when nothing has waited for it."""
    grey_at: datetime | None
    """When its normal time is, or was, up."""
    limits: Sequence[Limit]
    ended_at: datetime | None
    outcome: Outcome | None


class Payment(Shown, frozen=True, kw_only=True):
    """How it was paid."""

    payment_ref: Fact | None
    payment_channel: Fact | None
    paid_at: Moment | None


class Stock(Shown, frozen=True, kw_only=True):
    """Whether the goods are kept for it, and where."""

    stock_locked: Fact | None
    warehouse: Fact | None


class Packing(Shown, frozen=True, kw_only=True):
    """How far the packing is."""

    pack_progress: Fact | None


class Scan(Shown, frozen=True, kw_only=True):
    """News of a parcel."""

    at: datetime
    observed_at: datetime
    stage: Stage
    status: Status
    source: str
    operator: str | None
    note: str | None


class Parcel(Shown, frozen=True, kw_only=True):
    """A parcel, with its news, the newest first."""

    parcel: str
    stage: Stage
    """The earliest that is not done for it; the last one when all are."""
    band: Band
    carrier: Fact | None
    tracking_no: Fact | None
    pack_progress: Fact | None
    scans: Sequence[Scan]


class Item(Shown, frozen=True, kw_only=True):
    """A line of the order."""

    sku: str
    qty: int


class Buyer(Shown, frozen=True, kw_only=True):
    """The customer, masked."""

    name: Fact | None
    ref: Fact | None
    phone: Fact | None
    address: Fact | None
    """As far as the district."""
    region: Fact | None
    district: Fact | None


class Operation(Shown, frozen=True, kw_only=True):
    """Who touched the order last: the newest by the time at which it happened."""

    at: datetime
    operator: str | None
    system: str
    action: str
    note: str | None
    age_seconds: int


class CustomerContact(Shown, frozen=True, kw_only=True):
    """The customer wrote or called first."""

    at: datetime
    channel: str
    source: str


class Reply(Shown, frozen=True, kw_only=True):
    """A message of ours to the customer."""

    anomaly: AnomalyId
    at: datetime
    """When it was ordered."""
    by: str | None
    """Who did; None where the system does not know."""
    medium: Medium
    state: DeliveryState
    done_at: datetime | None
    text: str
    note: str | None
    promised_at: datetime | None
    """By when it says that there will be news."""


class Refund(Shown, frozen=True, kw_only=True):
    """The customer asks for money back."""

    at: datetime
    fen: int | None
    age_seconds: int


class Shortage(Shown, frozen=True, kw_only=True):
    """Goods of the order that are not there."""

    sku: str | None
    qty: int
    source: str
    at: datetime
    age_seconds: int


class WholeOrder(Shown, frozen=True, kw_only=True):
    """The order, every fact with its source and age."""

    shop: str
    order_no: str
    stage: Stage
    state: OrderState
    band: Band | None
    """The worst of its stages; None for a cancelled order, whose clocks stand still."""
    since: datetime | None
    """Since when it is where it is."""
    created_at: datetime | None
    observed_at: datetime | None
    """The latest arrival of an event."""
    lane: str | None
    channel: Fact | None
    amount_fen: Fact | None
    currency: Fact | None
    tags: Fact | None
    items: Sequence[Item]
    stages: Sequence[StageRun]
    """The present attempts."""
    past_runs: Sequence[StageRun]
    """Those that failed or were begun anew."""
    payment: Payment
    stock: Stock
    packing: Packing
    carrier: Fact | None
    tracking_no: Fact | None
    parcels: Sequence[Parcel]
    expected_parcels: int
    customer: Buyer
    contacts: Sequence[CustomerContact]
    replies: Sequence[Reply]
    """Both the newest first."""
    promises: Sequence[PromiseRow]
    """What these have promised, by their times."""
    anomalies: Sequence[AnomalyRow]
    """Oldest first."""
    refund: Refund | None
    shortages: Sequence[Shortage]
    not_before: datetime | None
    skip: Sequence[Stage]
    last_operation: Operation | None
    events: int
    """How many were reported, those that were taken back included."""
