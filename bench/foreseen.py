"""How often does what is foreseen of the next week hold? Walked forward through a marketplace's orders, week by week.

Each week is guessed from those before it alone, and so is each stretch of thirty days; beside it stands the range of a
Poisson count around the mean of the same weeks.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

from rules.stages import Stage
from rules.volumes import FEWEST, LOOKED_BACK, Forecast, forecast
from tests.bot.imports.marketplace import APPROVED, CREATED, DELIVERED, HANDED_OVER
from tests.rules.heldout import NEVER, moment

FROM, UNTIL = datetime(2017, 1, 2, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)
"""Before it there are few orders, after it no new ones: the file is cut off there."""
STEPS: Mapping[Stage, tuple[str, str]] = {
    Stage.PAYMENT: (CREATED, APPROVED),
    Stage.PICKUP: (APPROVED, HANDED_OVER),
    Stage.TRANSIT: (HANDED_OVER, DELIVERED),
}
LENGTHS = (timedelta(weeks=1), timedelta(days=30))
NINE_IN_TEN = 1.645
"""Standard deviations around the mean."""


@dataclass(slots=True)
class Held:
    """How many ranges held what came."""

    asked: int = 0
    held: int = 0
    width: float = 0.0

    def note(self, guess: Forecast, came: int) -> None:
        """One more."""
        self.asked += 1
        self.held += guess.low - 0.5 <= came <= guess.high + 0.5
        self.width += guess.high - guess.low

    def __str__(self) -> str:
        return f"{self.held / self.asked:.1%} of {self.asked}, {self.width / self.asked:.0f} wide"


def foreseen(orders: Path, books: Sequence[Mapping[Stage, timedelta]]) -> str:
    """A line for each length: alerts of all stages under the limits of these books."""
    late = [list(_passed(orders, stage, limit)) for book in books for stage, limit in book.items()]
    return "\n".join(
        f"{length.days} days foreseen: held {_walked(late, length, forecast)};"
        f" around the naive mean {_walked(late, length, naive)}"
        for length in LENGTHS
    )


def naive(counts: Sequence[int]) -> Forecast | None:
    """What a Poisson range around the mean says."""
    if len(counts) < FEWEST:
        return None
    lately = counts[-LOOKED_BACK:]
    mean = sum(lately) / len(lately)
    reach = NINE_IN_TEN * sqrt(mean)
    return Forecast(expected=mean, low=max(mean - reach, 0.0), high=mean + reach)


def _passed(orders: Path, stage: Stage, limit: timedelta) -> Iterator[datetime]:
    """When orders passed the limit."""
    begun, done = STEPS[stage]
    with orders.open(newline="") as file:
        for row in csv.DictReader(file):
            if row[begun]:
                since = moment(row[begun])
                if (moment(row[done]) if row[done] else NEVER) - since > limit:
                    yield since + limit


def _walked(
    late: Sequence[Sequence[datetime]], length: timedelta, guess: Callable[[Sequence[int]], Forecast | None]
) -> Held:
    found = Held()
    for times in late:
        counts = [0] * ((UNTIL - FROM) // length)
        for place in ((at - FROM) // length for at in times):
            if 0 <= place < len(counts):
                counts[place] += 1
        for place, came in enumerate(counts):
            told = guess(counts[:place])
            if told is not None:
                found.note(told, came)
    return found
