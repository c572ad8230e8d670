"""How is a chart drawn? Numbers in, places on a canvas out; the page draws them with the shapes of SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

LEAST_SEEN = 2.0
"""Percent: a share that is not nothing is never too narrow to be seen."""
LOWEST_TOP = 4
"""A day with a single anomaly does not look like the worst of all days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle, by its upper left corner; in units of the canvas."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Where a chart of columns and a line lies on its canvas, the axes outside of it."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge, where the zero is."""
        return self.top + self.height

    def columns(self, counts: Sequence[int], highest: int, *, of: int, side: int, slots: int) -> list[Box]:
        """Column number `side` of `of` beside each other in each of `slots`; none where the count is zero."""
        slot = self.width / slots
        width = slot * 0.72 / of
        boxes = (
            Box(
                x=_fine(self.left + place * slot + slot * 0.14 + side * width),
                y=_fine(self.bottom - self._up(count, highest)),
                width=_fine(width),
                height=_fine(self._up(count, highest)),
            )
            for place, count in enumerate(counts)
        )
        return [box for box in boxes if box.height > 0]

    def line(self, counts: Sequence[int], highest: int, *, slots: int) -> str:
        """The points of a line through the middle of each slot, as `<polyline>` takes them."""
        slot = self.width / slots
        places = (
            (self.left + (place + 0.5) * slot, self.bottom - self._up(count, highest))
            for place, count in enumerate(counts)
        )
        return " ".join(f"{_fine(x)},{_fine(y)}" for x, y in places)

    def heights(self, highest: int) -> list[Tick]:
        """The marks of the upright axis: zero, the middle where it is whole, and `highest`."""
        marks = (0, highest // 2, highest) if highest % 2 == 0 else (0, highest)
        return [Tick(at=_fine(self.bottom - self._up(mark, highest)), text=str(mark)) for mark in marks]

    def edges(self, slots: int, every: int) -> list[Tick]:
        """The marks of the level axis: the beginning of every so many slots, and the end."""
        slot = self.width / slots
        return [
            Tick(at=_fine(self.left + place * slot), text=str(place)) for place in range(0, slots + 1, every)
        ]

    def _up(self, count: int, highest: int) -> float:
        return self.height * count / highest


def highest(*series: Sequence[int]) -> int:
    """The number that an upright axis ends with: 4, 6 or 8, or 1, 2, 4, 6 or 8 with noughts."""
    most, unit = max(chain((0,), *series)), 1
    while True:
        for digit in (1, 2, 4, 6, 8):
            if digit * unit >= max(most, LOWEST_TOP):
                return digit * unit
        unit *= 10


def shares(counts: Sequence[int]) -> list[Box]:
    """A bar of 100 by 1, cut in proportion, from left to right; what is not nothing can be seen."""
    total = sum(counts)
    if not total:
        return [Box(x=0, y=0, width=0, height=1) for _ in counts]
    seen = [max(100 * count / total, LEAST_SEEN) if count else 0.0 for count in counts]
    scale, boxes, x = 100 / sum(seen), list[Box](), 0.0
    for width in seen:
        boxes.append(Box(x=_fine(x), y=0, width=_fine(width * scale), height=1))
        x += width * scale
    return boxes


def spark(counts: Sequence[int], width: float, height: float) -> list[Box]:
    """Small columns side by side, the highest as high as the canvas; none where the count is zero."""
    plot = Plot(left=0, top=0, width=width, height=height)
    return plot.columns(counts, max(1, *counts), of=1, side=0, slots=len(counts)) if counts else []


def _fine(number: float) -> float:
    """Short in the page, fine enough for the eye."""
    return round(number, 2)


CANVAS = Box(x=0, y=0, width=720, height=250)
"""Of a chart of the day; a page scales it to the room there is."""
CURVE = Plot(left=40, top=12, width=656, height=206)
