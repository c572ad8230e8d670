"""How fast may one conversation be written to?

WeCom drops silently above 30 a minute or 1000 an hour to one member (page 90236) and refuses above the same
numbers in one conversation of the bot (page 101463). We stay below: what people wait for keeps a reserve.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.stages import Priority

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many letters a conversation takes."""

    per_minute: int
    per_hour: int


ORDINARY = Pace(per_minute=25, per_hour=900)
URGENT = Pace(per_minute=28, per_hour=960)
"""P1: a reserve of its own."""
ANSWER = Pace(per_minute=30, per_hour=1000)
"""The answer to a tap: somebody is looking at the screen."""


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


def pace_of(priority: Priority, *, answer: bool) -> Pace:
    """The pace that a letter goes by."""
    if answer:
        return ANSWER
    return URGENT if priority is Priority.P1 else ORDINARY


def wait_until(spent: Spent, pace: Pace) -> datetime | None:
    """When the next letter may go; None when it may go now."""
    if spent.oldest_in_hour is not None and spent.hour >= pace.per_hour:
        return spent.oldest_in_hour + HOUR
    if spent.oldest_in_minute is not None and spent.minute >= pace.per_minute:
        return spent.oldest_in_minute + MINUTE
    return None
