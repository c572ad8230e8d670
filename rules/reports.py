"""What does a rehearsal come to? Two rule books over the same history, side by side, and what of it says little."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from rules.book import RuleBook
from rules.comparisons import Comparison, compare
from rules.record import Record
from rules.rehearsal import RosterOf
from rules.tallies import Played, Span, Tally, tally
from rules.wordings import Replies

LEAST_DAYS = 7
"""A shorter history has not seen every day of the week."""
FEW = 30
"""Fewer cases than this tell little."""


class RehearsalState(StrEnum):
    """Where a rehearsal stands."""

    WAITING = "waiting"
    """Its turn has not come."""
    RUNNING = "running"
    """It is being played. Where the player is gone, the next one starts again."""
    DONE = "done"
    """Its result is there."""
    FAILED = "failed"
    """It cannot be played: `why` says for what reason."""
    CANCELLED = "cancelled"
    """Somebody does not want it any more."""


OVER = frozenset({RehearsalState.DONE, RehearsalState.FAILED, RehearsalState.CANCELLED})


class Doubt(StrEnum):
    """Why a rehearsal tells little."""

    SHORT = "short"
    """It is of less than a week."""
    FEW = "few"
    """There were few cases."""


class Report(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a rehearsal came to. `before` and `comparison` are None where one book was played alone."""

    since: datetime
    until: datetime
    orders: int
    events: int
    after: Tally
    before: Tally | None = None
    comparison: Comparison | None = None
    replies: Replies | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def days(self) -> float:
        """How long the time is that was looked at."""
        return (self.until - self.since) / timedelta(days=1)


def report(
    played: Sequence[Played],
    books: Sequence[RuleBook],
    roster_of: RosterOf,
    span: Span,
    *,
    orders: int,
    events: int,
    replies: Replies | None = None,
) -> Report:
    """Put together what was played with each book: the one that is rehearsed, then the one it is held against, if any."""
    tallies = [tally(one, book, roster_of, span) for one, book in zip(played, books, strict=True)]
    after, before = tallies[0], tallies[1] if len(tallies) > 1 else None
    return Report(
        since=span.since,
        until=span.until,
        orders=orders,
        events=events,
        after=after,
        before=before,
        comparison=None if before is None else compare(played[1].alerts, played[0].alerts, span.since),
        replies=replies,
        doubts=tuple(_doubts(span, max(one.cases for one in tallies))),
    )


def _doubts(span: Span, cases: int) -> list[Doubt]:
    short = span.until - span.since < timedelta(days=LEAST_DAYS)
    return [*([Doubt.SHORT] if short else []), *([Doubt.FEW] if cases < FEW else [])]
