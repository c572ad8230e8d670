"""What is written down beside orders, cases and letters?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handlers.messages import LetterId
from handlers.outbox import Medium
from replies.situation import StockResult
from rules.anomalies import AnomalyId
from rules.events import OrderKey, UserId


class What(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    """A limit was passed, or goods are short."""
    BREACHED = "breached"
    """A further limit was passed."""
    REMINDED = "reminded"
    """The ladder reminded the owner, or the group."""
    HANDED_OVER = "handed_over"
    """The ladder gave it to somebody else."""
    PUSHED = "pushed"
    """The ladder called somebody."""
    CLAIMED = "claimed"
    """Somebody took it."""
    SENT = "sent"
    """Somebody ordered a message to the customer."""
    REACHED = "reached"
    """The customer has been reached."""
    NOT_DELIVERED = "not_delivered"
    """A message to the customer failed, bounced, or has no clear result."""
    ESCALATED = "escalated"
    """Somebody called the duty manager."""
    SNOOZED = "snoozed"
    """Somebody asked for quiet."""
    REASON_GIVEN = "reason_given"
    """Somebody, or the evidence, said why."""
    WAIVED = "waived"
    """Somebody said that the customer need not be reached."""
    CONTACTED = "contacted"
    """The customer called first."""
    ENDED = "ended"
    """The order moved, or was cancelled."""
    ALIVE_AGAIN = "alive_again"
    """The trouble is back."""
    REOPENED = "reopened"
    """A healed case came back because the customer called."""
    CLOSED = "closed"
    """Nothing is left to do."""
    REFUSED = "refused"
    """Somebody's action had no effect."""
    TASK_DONE = "task_done"
    """A task came to its result."""
    PASSED_ON = "passed_on"
    """Somebody could not be reached, or a group: who got it instead."""
    LETTER_LOST = "letter_lost"
    """A card or a line for the team did not arrive. Never stored: the letter itself tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a case's timeline. A `key` can be written once for each case; empty for what may repeat."""

    case: AnomalyId
    order: OrderKey
    at: datetime
    what: What
    key: str = ""
    actor: UserId | None = None
    """None is the system."""
    detail: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference (another number, or `tracking:<no>`) that leads to an order."""

    ref: str
    order: OrderKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A card in front of somebody, and the draft it shows: the words that a tap on 发送回复 sends."""

    id: LetterId
    case: AnomalyId
    order: OrderKey
    medium: Medium
    to: str
    content: Mapping[str, str] = field(default_factory=dict[str, str])
    """The draft on it, as `outbox.content_of` writes it; empty when it shows none."""
    version: int = 1
    """Counts what was shown."""
    response_code: str | None = None
    """A member card's right to be changed once, until it is used."""
    code_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTask:
    """Look whether the goods of an order are really there."""

    case: AnomalyId
    order: OrderKey
    owner: UserId
    due_at: datetime
    result: StockResult | None = None
    done_by: UserId | None = None
    done_at: datetime | None = None
