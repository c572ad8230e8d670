"""What do the pages of experiments show, and their twins answer?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from rules.experiments import Aim, Finding
from rules.trials import Ending, Yardstick


class ExperimentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment, in the list."""

    id: str
    title: str
    percent: int
    """Of all orders, how many try it; what it was at its end."""
    found: Finding
    """At the last look."""
    ending: Ending | None
    """None while it goes on."""
    started_by: str
    started_at: datetime
    ended_by: str | None
    """None where it goes on, or ended by itself."""
    ended_at: datetime | None
    undone_by: str | None
    """Who took back what had been put in force."""
    undone_at: datetime | None


class DraftChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that could be tried."""

    id: str
    title: str
    fits: bool
    """Whether it was made from what is in force."""


class ExperimentList(msgspec.Struct, frozen=True, kw_only=True):
    """The experiments, newest first, and what could be tried next."""

    items: Sequence[ExperimentRow]
    next: str | None
    running: str | None
    """The one that goes on: there is one at a time."""
    drafts: Sequence[DraftChoice]


class PartShown(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in one part."""

    n: int
    """Orders that were judged."""
    hits: int
    share: float
    """From 0 to 1."""


class MeasureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in both parts. Of the difference, from -1 to 1, all intervals hold at once, at all looks."""

    yardstick: Yardstick
    aim: Aim
    tried: PartShown
    control: PartShown
    difference: float
    low: float
    high: float
    few: bool
    """Too few were judged to say anything."""
    clear: bool
    """Whether there is a difference beyond doubt."""
    good: bool
    """Whether it is one that was hoped for; False where it is none, or a harm."""


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What holds at a place, for most and for those who try it; null where nothing stands."""

    at: Sequence[str]
    before: Any
    after: Any


class LookLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a look found."""

    at: datetime
    percent: int
    found: Finding
    tried: int
    """Orders exposed by then."""
    control: int


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the rules that the experiment made."""

    version: int
    at: datetime
    author: str | None
    """None for the system."""
    reason: str | None


class ExperimentFile(ExperimentRow, frozen=True, kw_only=True):
    """All that is known of one."""

    changes: Sequence[ChangeLine]
    exposed_tried: int
    exposed_control: int
    waiting: int
    """Orders whose time to be judged has not come; once it is over, those of which it never came."""
    uneven: bool
    """Whether the parts are not as large as ordered."""
    measures: Sequence[MeasureLine]
    looks: Sequence[LookLine]
    """Newest first."""
    steps: Sequence[StepLine]
    """Oldest first."""
    looked_at: datetime | None
    look_at: datetime | None
    """When it is looked at next; None when it is over."""
    next_share: int | None
    """To how many percent it can grow; 100 puts it in force. None when it is over."""
    can_undo: bool
    """Whether what it has put in force can be taken back."""
