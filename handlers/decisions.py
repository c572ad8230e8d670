"""How does a decision get into the log? Added, never changed; what ends an earlier one is an entry of its own."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from handlers.trail import AuditEntry, Doer, Trail
from rules.decisions import Decision, DecisionNo, Ending

NEW = DecisionNo(0)
"""The number of one that has none yet."""


class Decisions(Protocol):
    """The log."""

    async def add(self, decision: Decision) -> Decision:
        """Write an entry down; it comes back with its number. Of two at once one is repeated."""
        ...

    async def find(self, number: DecisionNo) -> Decision | None:
        """One entry."""
        ...

    async def endings_of(self, numbers: Collection[DecisionNo]) -> dict[DecisionNo, Decision]:
        """What ended each of these, of those that were ended."""
        ...


class Log(Protocol):
    """What this needs of a transaction."""

    @property
    def decisions(self) -> Decisions: ...

    @property
    def trail(self) -> Trail: ...


@dataclass(frozen=True, slots=True)
class NotOpen:
    """What is to be ended has been ended before, or there is no such entry."""

    by: Decision | None


async def decide(log: Log, decision: Decision, by: Doer, now: datetime) -> Decision | NotOpen:
    """Write a decision down, and whose doing it is."""
    if decision.ends is not None:
        before = await log.decisions.endings_of([decision.ends])
        ended = await log.decisions.find(decision.ends)
        if before or ended is None or ended.ending is Ending.CLOSED:
            return NotOpen(before.get(decision.ends))
    added = await log.decisions.add(replace(decision, at=now))
    await log.trail.note([_entry(added, by, now)])
    return added


def _entry(added: Decision, by: Doer, now: datetime) -> AuditEntry:
    """Never what was written: see `handlers.trail`."""
    detail = {"about": added.about.value, "owner": added.owner}
    if added.ending is not None:
        detail |= {"ends": str(added.ends), "ending": added.ending.value}
    return by.did("decided", str(added.number), now, detail=detail)
