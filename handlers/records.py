"""What is written down beside orders, cases and letters?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.messages import LetterId
from handlers.outbox import Medium
from rules.anomalies import AnomalyId
from rules.events import OrderKey, UserId
from rules.history import What


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

    def can_change(self, now: datetime) -> bool:
        """Whether it can be changed without anybody tapping it."""
        return self.response_code is not None and self.code_until is not None and self.code_until > now
