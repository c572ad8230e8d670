"""What is a rehearsal that somebody asked for on the board? Its record."""

from dataclasses import dataclass, replace
from datetime import datetime

from rules.events import Shop, UserId
from rules.reports import OVER, RehearsalState

MOST_BEGINNINGS = 5
"""A rehearsal that was begun so often and never ended takes its players with it: it is not begun again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal. `revision` counts its changes: whoever plays it learns so that it was cancelled."""

    id: str
    book: str
    """What is rehearsed: the number of a version, or `draft:` and an id."""
    against: str | None
    """What it is held against; None: nothing."""
    since: str | None
    """The first day, as in 2026-06-01; None: from the beginning."""
    until: str | None
    """The last day; None: to the end."""
    shop: Shop | None
    asked_by: UserId
    asked_at: datetime
    state: RehearsalState = RehearsalState.WAITING
    done: int = 0
    """Orders that were played."""
    total: int = 0
    """Of so many; 0 while that is not known."""
    begun_at: datetime | None = None
    beginnings: int = 0
    """How often it was begun: anew whenever its player was gone."""
    ended_at: datetime | None = None
    ended_by: UserId | None = None
    """Who cancelled it."""
    why: str | None = None
    """Why it failed: a key of the words of the page."""
    result: str | None = None
    """What came of it, as JSON."""
    revision: int = 1

    @property
    def is_over(self) -> bool:
        """Whether nothing becomes of it any more."""
        return self.state in OVER

    @property
    def is_hopeless(self) -> bool:
        """Whether it was interrupted so often that it is not begun again."""
        return self.beginnings >= MOST_BEGINNINGS

    def begun(self, now: datetime) -> "Rehearsal":
        """Its turn has come, perhaps not for the first time."""
        return replace(
            self,
            state=RehearsalState.RUNNING,
            begun_at=now,
            beginnings=self.beginnings + 1,
            done=0,
            total=0,
            revision=self.revision + 1,
        )

    def at(self, done: int, total: int) -> "Rehearsal":
        """So far it has come."""
        return replace(self, done=done, total=total, revision=self.revision + 1)

    def over(
        self,
        state: RehearsalState,
        now: datetime,
        *,
        by: UserId | None = None,
        why: str | None = None,
        result: str | None = None,
    ) -> "Rehearsal":
        """It has ended."""
        ended = replace(self, state=state, ended_at=now, ended_by=by, why=why, result=result)
        return replace(ended, revision=self.revision + 1)
