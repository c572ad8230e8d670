"""Which orders try a change first, and what do they say about it? The same orders after every restart and ramp."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from rules.events import OrderKey
from rules.sequential import ALPHA, Arm, Difference, difference, is_split_as_ordered

MOST_COMPARED = 0.5
"""As many orders as try a change are watched beside them, so that at most half can try it while it is compared."""
_PLACES = 2**64


class Part(StrEnum):
    """What an order is in an experiment."""

    TRIED = "tried"
    """It goes by the change."""
    CONTROL = "control"
    """It goes by what was, and is compared with those that do not."""
    OUTSIDE = "outside"
    """It goes by what was, and is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which share of all orders tries a change; from 0 to 1, and beyond a half nothing is left to compare with."""

    name: str
    """Salts the choice: another experiment takes other orders."""
    share: float

    @property
    def control(self) -> float:
        """Which share of all orders is compared with them."""
        return min(self.share, 1 - self.share)

    @property
    def tried_of_both(self) -> float:
        """Which share of those that are compared tries the change."""
        return self.share / (self.share + self.control) if self.share else MOST_COMPARED

    def part_of(self, order: OrderKey) -> Part:
        """What the order is. Whoever tries a change goes on to when the share grows.

        Who takes part is chosen by one hash, who of them tries the change by another one: so the choice of the one says
        nothing of the other.
        """
        if self.share > MOST_COMPARED:
            return self._of_most(order)
        if _place(f"{self.name}/rollout", order) >= 2 * self.share:
            return Part.OUTSIDE
        return Part.TRIED if self._is_chosen(order) else Part.CONTROL

    def _of_most(self, order: OrderKey) -> Part:
        """Of those that were compared with, so many change sides as the share asks for."""
        if self._is_chosen(order) or _place(f"{self.name}/ramp", order) < 2 * self.share - 1:
            return Part.TRIED
        return Part.CONTROL

    def _is_chosen(self, order: OrderKey) -> bool:
        return _place(f"{self.name}/variant", order) < MOST_COMPARED


def _place(salt: str, order: OrderKey) -> float:
    """Where an order lies between 0 and 1 under a salt; always there, and anywhere with the same chance."""
    digest = sha256(f"{salt}\x00{order.shop}\x00{order.order_no}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _PLACES


class Aim(StrEnum):
    """What a measure is to be."""

    MORE = "more"
    """The success that the change is made for."""
    NOT_MORE = "not_more"
    """A harm that it must not bring: more of it ends the experiment."""


class Finding(StrEnum):
    """What an experiment says so far."""

    OPEN = "open"
    """Nothing beyond doubt yet."""
    BETTER = "better"
    """The change does what it is for, and no harm is seen."""
    WORSE = "worse"
    """Without the change it goes better."""
    HARMFUL = "harmful"
    """It brings harm: stop it."""
    SPOILT = "spoilt"
    """The parts are not as large as ordered, so that they cannot be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure in both parts."""

    aim: Aim
    tried: Arm
    control: Arm

    def difference(self, of: int = 1) -> Difference:
        """How much larger its share is where the change is tried; as one `of` so many that are looked at together.

        The bounds of all of them hold at once.
        """
        return difference(self.tried, self.control, ALPHA / of)


def finding(split: Split, exposed: Mapping[Part, int], measures: Mapping[str, Measured]) -> Finding:
    """What the measures say together; it may be asked at any time, as often as one likes.

    `exposed` counts the orders of each part for which the change made a difference at the decision. Raises ValueError
    without a measure of success.
    """
    if all(measured.aim is not Aim.MORE for measured in measures.values()):
        raise ValueError("an experiment needs a measure of success")
    if not is_split_as_ordered(exposed.get(Part.TRIED, 0), exposed.get(Part.CONTROL, 0), split.tried_of_both):
        return Finding.SPOILT
    found = [(measured.aim, measured.difference(len(measures))) for measured in measures.values()]
    if any(aim is Aim.NOT_MORE and one.is_above for aim, one in found):
        return Finding.HARMFUL
    successes = [one for aim, one in found if aim is Aim.MORE]
    if any(one.is_below for one in successes):
        return Finding.WORSE
    return Finding.BETTER if any(one.is_above for one in successes) else Finding.OPEN
