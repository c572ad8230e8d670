"""Who has confirmed which mass message, and whom did it reach? The tasks of 企业群发 and the cap (wecom.md §9.2)."""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum

from bot.sandbox.attachments import Sendable
from bot.sandbox.config import MassCap
from bot.sandbox.watch import day_of


class Sent(IntEnum):
    """What became of one customer; the numbers of get_groupmsg_send_result."""

    NOT_YET = 0
    DELIVERED = 1
    NOT_A_FRIEND = 2
    CAPPED = 3
    """Has already had as many mass messages as the corp allows."""


@dataclass(slots=True, kw_only=True)
class Result:
    status: Sent = Sent.NOT_YET
    at: int = 0
    """Unix seconds; 0 before."""


@dataclass(slots=True, kw_only=True)
class Share:
    """One employee's part of a task."""

    results: dict[str, Result]
    """external_userid or chat_id -> result."""
    confirmed_at: int = 0
    """Unix seconds; 0 while the employee has not pressed the button."""


@dataclass(slots=True, kw_only=True)
class Task:
    msgid: str
    chat_type: str
    creator: str
    at: datetime
    created: int
    """Unix seconds."""
    content: Sendable
    attachments: list[object]
    shares: dict[str, Share]
    swallowed: bool = False
    """By a fault: no employee ever sees it."""
    cancelled: bool = False
    reminders: list[datetime] = field(default_factory=list[datetime])

    def waits_for(self, userid: str) -> bool:
        """Whether the task stands in this employee's client with its button."""
        share = self.shares.get(userid)
        return bool(share and not share.confirmed_at and not self.cancelled and not self.swallowed)


class Cap:
    """How many mass messages each customer has had."""

    def __init__(self) -> None:
        self._days: dict[str, list[date]] = defaultdict(list)

    def is_used_up(self, target: str, now: datetime, cap: MassCap) -> bool:
        today = day_of(now)
        return sum(_same_span(day, today, cap) for day in self._days[target]) >= _most(today, cap)

    def take(self, target: str, now: datetime) -> None:
        self._days[target].append(day_of(now))


def _same_span(day: date, today: date, cap: MassCap) -> bool:
    match cap:
        case MassCap.MONTH:
            return (day.year, day.month) == (today.year, today.month)
        case MassCap.WEEK:
            return today - timedelta(days=today.weekday()) <= day <= today
        case MassCap.DAY:
            return day == today


def _most(today: date, cap: MassCap) -> int:
    return {MassCap.MONTH: monthrange(today.year, today.month)[1], MassCap.WEEK: 7, MassCap.DAY: 1}[cap]
