"""What do handlers need to know of experiments? Their records, and one small protocol; bot/storage fulfils it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from rules.experiments import Finding, Part, Split
from rules.exposures import Exposure
from rules.sequential import Arm
from rules.trials import Experiment, Tallies, Tally, Yardstick, split_of


class Trying(msgspec.Struct, frozen=True, kw_only=True):
    """What a version of the rules is kept with, where another book is tried beside its own."""

    experiment: str
    percent: int
    book: str
    """The body of what is tried."""

    @property
    def split(self) -> Split:
        """Which orders try it."""
        return split_of(self.experiment, self.percent)

    def written(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def read(cls, text: str) -> "Trying":
        """As it was kept. Raises msgspec.DecodeError."""
        return msgspec.json.decode(text, type=cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found when somebody looked at an experiment."""

    experiment: str
    at: datetime
    percent: int
    found: Finding
    exposed: Mapping[Part, int]
    """Of both parts."""
    arms: Mapping[Part, Mapping[Yardstick, Arm]]

    @property
    def tallies(self) -> Tallies:
        """What had been counted by then."""
        return {part: Tally(exposed=self.exposed[part], arms=arms) for part, arms in self.arms.items()}


class Experiments(Protocol):
    """Experiments, the orders that they concern, and the editions of the rules that they make."""

    async def expose(self, exposures: Collection[Exposure]) -> None:
        """Note orders that an experiment concerns; each once, whenever it was for the first time."""
        ...

    async def to_judge(self, experiment: str, now: datetime, limit: int) -> list[Exposure]:
        """The orders that can be judged by `now`, those that have waited longest first."""
        ...

    async def judge(self, exposures: Iterable[Exposure]) -> None:
        """Write down what became of orders."""
        ...

    async def tallies(self, experiment: str) -> Tallies:
        """What has been counted so far, of either part."""
        ...

    async def running(self) -> Experiment | None:
        """The one that is not over, held until the transaction ends; there is one at most."""
        ...

    async def find(self, experiment: str) -> Experiment | None:
        """One experiment, held until the transaction ends."""
        ...

    async def save(self, experiment: Experiment) -> None:
        """Write a new or changed one."""
        ...

    async def note(self, look: Look) -> None:
        """Remember a look."""
        ...

    async def settle(self, limit: int) -> int:
        """Wait for no more of what experiments that are over were to see of `limit` orders; how many there were.

        An order that was not judged by then tells nothing, and is dropped.
        """
        ...

    async def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop `limit` orders, and looks, of experiments that ended before `moment`; how many there were.

        The last look stays: it says what came of the experiment.
        """
        ...
