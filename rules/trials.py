"""What is tried, by what is it judged, and how far is it? An experiment with the rules, from its start to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.bookfile import RuleBookFile
from rules.experiments import Aim, Finding, Measured, Part, Split, finding
from rules.sequential import Arm

SHARES = (10, 30)
"""Percent of all orders that try a change, one after the other; after these it is for everybody."""
EVERYBODY = 100
LOOK_EVERY = timedelta(hours=1)
FOR_NO_ORDER = {"version", "storm", "feeds", "baseline"}
"""What a rule book says that holds for no single order: a part of the orders cannot try it."""


class Yardstick(StrEnum):
    """What is counted of each order that a change concerned, once its time to be judged has come."""

    REACHED = "reached"
    """A case of it was noticed, and its customer was reached within ten minutes."""
    RESOLVED = "resolved"
    """No case of it came back after it had been closed."""
    QUIET = "quiet"
    """No case of it healed by itself: nobody was alerted for nothing."""
    REFUNDED = "refunded"
    """The customer asked for the money back."""
    COMPLAINED = "complained"
    """The customer wrote or called before we had reached them."""


GOALS = (Yardstick.REACHED, Yardstick.RESOLVED, Yardstick.QUIET)
"""What a change can be for."""
HARMS = (Yardstick.REFUNDED, Yardstick.COMPLAINED)
"""What no change may bring more of, whatever it is for."""


class Ending(StrEnum):
    """How an experiment ended."""

    ADOPTED = "adopted"
    """What was tried holds for everybody."""
    STOPPED = "stopped"
    """Somebody stopped it."""
    HARMFUL = "harmful"
    """It brought harm, and ended by itself."""
    WORSE = "worse"
    """It went better without it, and it ended by itself."""
    SPOILT = "spoilt"
    """The parts could not be compared, and it ended by itself."""
    SUPERSEDED = "superseded"
    """Other rules were put in force, which it was not made from."""


BY_ITSELF: Mapping[Finding, Ending] = {
    Finding.HARMFUL: Ending.HARMFUL,
    Finding.WORSE: Ending.WORSE,
    Finding.SPOILT: Ending.SPOILT,
}
"""What ends an experiment when it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment."""

    id: str
    title: str
    draft: str | None
    """The draft that is tried; None where it was none."""
    goals: tuple[Yardstick, ...]
    """What it is for, at least one; the harms count beside them."""
    percent: int
    """Of all orders, how many try it."""
    began: int
    """The first version of the rules that it is part of."""
    edition: int
    """The last one."""
    started_by: str
    started_at: datetime
    looked_at: datetime | None = None
    found: Finding = Finding.OPEN
    """At the last look."""
    ending: Ending | None = None
    ended_by: str | None = None
    """None where it ended by itself."""
    ended_at: datetime | None = None
    undone_by: str | None = None
    """Who took back what had been put in force."""
    undone_at: datetime | None = None

    @property
    def split(self) -> Split:
        """Which orders try it."""
        return split_of(self.id, self.percent)

    @property
    def versions(self) -> range:
        """The versions of the rules that it has made; the one that took them back is among them."""
        return range(self.began, self.edition + (1 if self.undone_at is None else 2))

    @property
    def runs(self) -> bool:
        """Whether it is not over."""
        return self.ending is None

    @property
    def next_share(self) -> int | None:
        """To how many percent it can grow; None when it is over."""
        if not self.runs:
            return None
        return next((share for share in SHARES if share > self.percent), EVERYBODY)

    def is_to_look(self, now: datetime) -> bool:
        """Whether an hour has passed since the last look, or the start."""
        return self.runs and (self.looked_at or self.started_at) + LOOK_EVERY <= now


def split_of(experiment: str, percent: int) -> Split:
    """Which orders try it: the same ones after every restart, and more of them when it grows."""
    return Split(name=experiment, share=percent / EVERYBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted in one part of an experiment."""

    exposed: int = 0
    """Orders for which the two books differed."""
    arms: Mapping[Yardstick, Arm]
    """Of each yardstick: those that were judged, and those of them of which it holds."""


Tallies = Mapping[Part, Tally]
NOTHING = Tally(arms={})


def measured(goals: Sequence[Yardstick], tallies: Tallies) -> dict[Yardstick, Measured]:
    """Each measure in both parts: the goals, then the harms."""
    aims = {**dict.fromkeys(goals, Aim.MORE), **dict.fromkeys(HARMS, Aim.NOT_MORE)}
    tried, control = (tallies.get(part, NOTHING).arms for part in (Part.TRIED, Part.CONTROL))
    return {
        yardstick: Measured(aim=aim, tried=tried.get(yardstick, Arm()), control=control.get(yardstick, Arm()))
        for yardstick, aim in aims.items()
    }


def found(experiment: Experiment, tallies: Tallies) -> Finding:
    """What an experiment says so far."""
    exposed = {part: tally.exposed for part, tally in tallies.items()}
    compared = {one.value: both for one, both in measured(experiment.goals, tallies).items()}
    return finding(experiment.split, exposed, compared)


def differ_for_orders(one: RuleBookFile, other: RuleBookFile) -> bool:
    """Whether two rule books say different things of some order, as far as they are written so."""
    shown, others = (book.model_dump(exclude=FOR_NO_ORDER) for book in (one, other))
    return shown != others
