"""How did the team do? From what became of each order of a drill to the figures of the golden ten minutes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.golden import FIFTEEN, SECOND, TEN, Share, Waits


class Step(StrEnum):
    """How far an order has come, counted from when it was noticed."""

    CARD = "card"
    """Somebody could see it."""
    CLAIM = "claim"
    """Somebody's name was on it."""
    CONTACT = "contact"
    """The customer was reached."""
    CLOSE = "close"
    """Nothing was left to do."""


class Miss(StrEnum):
    """What went wrong with an order."""

    UNNOTICED = "unnoticed"
    """It was in trouble, and nobody was told."""
    UNSEEN = "unseen"
    """It was noticed, and no card came."""
    UNCLAIMED = "unclaimed"
    """Nobody took it."""
    UNREACHED = "unreached"
    """The customer was not reached."""
    LATE = "late"
    """The customer was reached after more than ten minutes."""
    FALSE_ALARM = "false_alarm"
    """It was in no trouble, and the customer was written to."""
    SWALLOWED = "swallowed"
    """It had a trouble of its own, and went into an incident of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of one order."""

    order: str
    group: str
    in_trouble: bool
    apart: bool = False
    """Whether its trouble is nobody else's."""
    noticed_at: datetime | None = None
    card_at: datetime | None = None
    claimed_at: datetime | None = None
    reached_at: datetime | None = None
    closed_at: datetime | None = None
    incident: str | None = None

    def took(self, step: Step) -> timedelta | None:
        """How long after it was noticed it came so far; None when it did not."""
        reached = {
            Step.CARD: self.card_at,
            Step.CLAIM: self.claimed_at,
            Step.CONTACT: self.reached_at,
            Step.CLOSE: self.closed_at,
        }[step]
        if reached is None or self.noticed_at is None:
            return None
        return max(reached - self.noticed_at, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What one person, or one group, was sent."""

    name: str
    cards: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a team dealt with all of it."""

    courses: Sequence[Course]
    readers: Sequence[Reader] = ()
    promises: int | None = None
    """How many promises customers were given; None where that is not known."""

    @property
    def troubles(self) -> Sequence[Course]:
        """The orders whose customers were to be reached."""
        return [course for course in self.courses if course.in_trouble]

    @property
    def noticed(self) -> Share:
        """Of these, those that were noticed."""
        return self._share(lambda course: course.noticed_at is not None)

    @property
    def incidents(self) -> Mapping[str, int]:
        """How many orders each incident holds, the largest first."""
        found = Counter(course.incident for course in self.courses if course.incident is not None)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def within(self, limit: timedelta) -> Share:
        """The customers that were reached within so long, its end included, of all that were to be."""
        return self._share(lambda course: _is_within(course.took(Step.CONTACT), limit))

    def waits(self, step: Step) -> Waits:
        """How long it took until a step, of the orders in trouble that came so far."""
        took = (course.took(step) for course in self.troubles)
        return Waits(Counter(one // SECOND for one in took if one is not None))

    def missed(self) -> list[tuple[Course, Miss]]:
        """What went wrong, in the order of the drill; of one order the first that explains the rest."""
        found = ((course, self._miss(course)) for course in self.courses)
        return [(course, miss) for course, miss in found if miss is not None]

    def _miss(self, course: Course) -> Miss | None:
        return next(self._misses(course), None)

    def _misses(self, course: Course) -> Iterator[Miss]:
        if not course.in_trouble:
            if course.reached_at is not None:
                yield Miss.FALSE_ALARM
            return
        took = course.took(Step.CONTACT)
        if course.noticed_at is None:
            yield Miss.UNNOTICED
        if course.apart and course.incident is not None and self.incidents[course.incident] > 1:
            yield Miss.SWALLOWED
        if took is not None and took > TEN:
            yield Miss.LATE
        if took is None:
            steps = ((course.card_at, Miss.UNSEEN), (course.claimed_at, Miss.UNCLAIMED))
            yield from (miss for at, miss in steps if at is None)
            yield Miss.UNREACHED

    def _share(self, holds: Callable[[Course], bool]) -> Share:
        troubles = self.troubles
        return Share(sum(map(holds, troubles)), len(troubles))


def by_group(courses: Iterable[Course]) -> dict[str, list[Course]]:
    """The courses of each group, in the order of the drill."""
    found: dict[str, list[Course]] = {}
    for course in courses:
        found.setdefault(course.group, []).append(course)
    return found


def _is_within(took: timedelta | None, limit: timedelta) -> bool:
    return took is not None and took <= limit


LIMITS = (TEN, FIFTEEN)
"""Within which customers are to be reached."""
