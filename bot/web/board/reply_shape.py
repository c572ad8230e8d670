"""What does the form of a reply show of real orders?"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.web.board.case_shape import ClaimShown
from rules.anomalies import AnomalyId
from rules.promises import Slot
from rules.stages import Stage


class PromisedBy(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a text promises, and for when."""

    slot: Slot
    by: datetime


class ReplySample(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply would say of a case, beside what holds today."""

    case: AnomalyId | None
    """None for an invented one."""
    shop: str
    order_no: str
    stage: Stage
    at: datetime
    """The time at which it would be said."""
    as_opened: bool
    """Whether that is when the case was opened: it has moved on since."""
    text: str | None
    length: int
    blocked: str | None
    """Why there is no text."""
    claims: Sequence[ClaimShown]
    promises: Sequence[PromisedBy]
    today: str | None
    """What is said by the rules in force."""
    today_blocked: str | None


class WordsShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply would say of the latest cases that it speaks for."""

    samples: Sequence[ReplySample]
    invented: bool
    """Whether there is no such case, so that one was invented."""
    looked: int
    """So many cases were looked at."""
    most: int
    """Characters that a card in a group shows."""
    too_long: int
    """So many of the texts have more."""
    unseen: Sequence[str]
    """Facts that it uses and none of the cases has."""
    examples: dict[str, str]
    """How each fact reads that is known of one of them."""
