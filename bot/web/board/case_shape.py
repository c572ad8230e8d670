"""What does one see of an anomaly? How it stands, the words for the customer, what was sent, and all that happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.web.board.anomalies import AnomalyRow
from bot.web.board.promise_shape import PromiseRow
from bot.web.board.task_shape import TaskRow
from handlers.outbox import LetterKind, Medium
from rules.actions import Action
from rules.anomalies import Closing
from rules.contact import Because, Channel
from rules.delivery import DeliveryState
from rules.history import What
from rules.orders import OrderState
from rules.reaching import Means, Needless
from rules.reasons import Reason
from rules.stages import Stage


class Urgency(StrEnum):
    """Why a case has its priority."""

    RULE = "rule"
    """The rules say so of its stage."""
    CONTACTED = "contacted"
    """The customer asked first."""
    ESCALATED = "escalated"
    """Somebody has called the duty manager."""


class OperationShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who touched the order last, in which system."""

    at: datetime | None
    operator: str | None
    system: str
    action: str
    note: str | None


class OrderGlance(msgspec.Struct, frozen=True, kw_only=True):
    """The order, at a glance."""

    stage: Stage
    state: OrderState
    created_at: datetime | None
    observed_at: datetime | None
    channel: str | None
    amount_fen: int | None
    warehouse: str | None
    carrier: str | None
    tracking_no: str | None
    customer: str | None
    last_operation: OperationShown | None


class WayShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the customer can be reached now, and why so."""

    channel: Channel
    because: Because
    employee: str | None
    by_bot: bool


class ClaimShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a draft states. `value` is None where it states that it is not so, or not known."""

    name: str
    value: str | None
    holds: bool


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """The words for the customer, with what they rest on; or why there are none."""

    text: str | None
    claims: Sequence[ClaimShown]
    blocked: str | None
    shown: str | None = None
    """The words and what they rest on, signed: who sends them by hand brings them back. For people alone."""


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was sent to the customer, or was to be."""

    text: str
    by: str | None
    at: datetime | None
    channel: Medium
    state: DeliveryState
    edited_from: str | None
    """What the draft said, where somebody has changed it."""
    note: str | None


class ContactShown(msgspec.Struct, frozen=True, kw_only=True):
    """The customer asked; their words are not kept."""

    at: datetime | None
    channel: str


class InBoth(msgspec.Struct, frozen=True, kw_only=True):
    """The same in both languages of the pages."""

    zh: str
    en: str


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline."""

    at: datetime | None
    what: What
    actor: str | None
    """None is the system."""
    detail: Mapping[str, str]
    words: InBoth
    """The particulars, as people read them."""


class LetterShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that left because of the case. Neither to which customer nor in which words."""

    kind: LetterKind
    medium: Medium
    state: DeliveryState
    attempts: int
    due_at: datetime | None
    attempted_at: datetime | None
    done_at: datetime | None
    note: str | None
    group: str | None = None
    """The name of the group it went to."""
    members: Sequence[str] = ()
    """Or the members, by their ids."""
    version: int | None = None
    """Of a card: how often it was changed, counted from 1."""
    recalled: bool = False
    holds: bool | None = None
    """Of a card that shows a draft: whether all that it claims is still so."""


class AnomalyFile(AnomalyRow, frozen=True, kw_only=True):
    """An anomaly with all that happened; everything oldest first."""

    since: datetime | None
    """Since when the order stands still."""
    raised_at: datetime | None
    """When it was noticed last: the golden ten minutes count from here."""
    contact_by: datetime | None
    """By then the customer is to be reached."""
    complaint_by: datetime | None
    """By then customers usually complain."""
    breaches: int
    silent: bool
    lane: str | None
    urgency: Sequence[Urgency]
    claimed_at: datetime | None
    reached_by: str | None
    waived_by: str | None
    waived_at: datetime | None
    waived_why: Needless | None
    waived_text: str | None
    reopened_at: datetime | None
    """When it came back last after it had been closed."""
    reopenings: int
    escalated_at: datetime | None
    escalated_by: str | None
    snoozed_until: datetime | None
    reason_by: str | None
    missing: Sequence[Closing]
    """What keeps it from closing."""
    reasons: Sequence[Reason]
    """Those to choose from."""
    likely_reason: Reason
    """What the evidence points to."""
    needless: Sequence[Needless]
    """Why the customer need not be reached: what to choose from."""
    means: Sequence[Means]
    """By what means somebody may say that they reached the customer, the likely one first."""
    order: OrderGlance
    way: WayShown
    draft: DraftShown
    messages: Sequence[MessageShown]
    promises: Sequence[PromiseRow]
    """What its messages have promised, by their times."""
    tasks: Sequence[TaskRow]
    """What people were asked to see to because of it."""
    contacts: Sequence[ContactShown]
    timeline: Sequence[EntryShown]
    letters: Sequence[LetterShown]
    allowed: Sequence[Action]
    """What the reader may do now."""
