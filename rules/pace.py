"""How fast may one conversation be written to, and when does the digest of the rest leave?

WeCom drops silently above 30 a minute or 1000 an hour to one member (page 90236), refuses above the same numbers in
one conversation of the bot (page 101463), and above 20 a minute by one webhook (page 91770). We stay below, and what
people wait for keeps a reserve: of alerts, digests and what is urgent a conversation gets 25 a minute in all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.stages import Priority

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Rank(StrEnum):
    """How far into the pace of a conversation something may go; each has a reserve against those before it."""

    ORDINARY = "ordinary"
    """Whatever is nothing else."""
    DIGEST = "digest"
    """The digest of what was too much: one a minute always finds room."""
    URGENT = "urgent"
    """P1."""
    URGENT_DIGEST = "urgent_digest"
    """The digest of more P1 than there was room for."""
    ANSWER = "answer"
    """The answer to a tap: somebody is looking at the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many letters a conversation takes; `per_hour` None: no limit is known."""

    per_minute: int
    per_hour: int | None = None


Paces = Mapping[Rank, Pace]

CONVERSATION: Paces = {
    Rank.ORDINARY: Pace(per_minute=20, per_hour=800),
    Rank.DIGEST: Pace(per_minute=21, per_hour=860),
    Rank.URGENT: Pace(per_minute=24, per_hour=910),
    Rank.URGENT_DIGEST: Pace(per_minute=25, per_hour=970),
    Rank.ANSWER: Pace(per_minute=29, per_hour=990),
}
"""A member's chat with the app, and any conversation of the bot."""
WEBHOOK: Paces = {
    Rank.ORDINARY: Pace(per_minute=14),
    Rank.DIGEST: Pace(per_minute=15),
    Rank.URGENT: Pace(per_minute=17),
    Rank.URGENT_DIGEST: Pace(per_minute=18),
    Rank.ANSWER: Pace(per_minute=18),
}
"""A group that is written to by its webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a conversation was sent lately, and when the oldest of it was."""

    minute: int = 0
    hour: int = 0
    oldest_in_minute: datetime | None = None
    oldest_in_hour: datetime | None = None

    def one_more(self, now: datetime) -> "Spent":
        """After another letter."""
        return Spent(
            minute=self.minute + 1,
            hour=self.hour + 1,
            oldest_in_minute=self.oldest_in_minute or now,
            oldest_in_hour=self.oldest_in_hour or now,
        )

    def and_also(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            minute=self.minute + other.minute,
            hour=self.hour + other.hour,
            oldest_in_minute=_older(self.oldest_in_minute, other.oldest_in_minute),
            oldest_in_hour=_older(self.oldest_in_hour, other.oldest_in_hour),
        )


def _older(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


def rank_of(priority: Priority, *, answer: bool = False, digest: bool = False) -> Rank:
    """How far a letter may go."""
    if answer:
        return Rank.ANSWER
    if priority is Priority.P1:
        return Rank.URGENT_DIGEST if digest else Rank.URGENT
    return Rank.DIGEST if digest else Rank.ORDINARY


def wait_until(spent: Spent, pace: Pace) -> datetime | None:
    """When the next letter may go; None when it may go now."""
    hour_is_full = pace.per_hour is not None and spent.hour >= pace.per_hour
    if spent.oldest_in_hour is not None and hour_is_full:
        return spent.oldest_in_hour + HOUR
    if spent.oldest_in_minute is not None and spent.minute >= pace.per_minute:
        return spent.oldest_in_minute + MINUTE
    return None


def digest_at(room_at: datetime, now: datetime, priority: Priority) -> datetime:
    """When the digest leaves that an alert of this priority was folded into; until then it collects.

    With the next room for an ordinary letter, a minute later at most; at once if anything in it is urgent.
    """
    return now if priority is Priority.P1 else min(room_at, now + MINUTE)
