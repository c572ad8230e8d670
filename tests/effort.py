"""How much work is it, whatever else the machine does? Calls of functions, counted, instead of seconds."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Effort:
    """The calls that were made, of Python's functions and of C's."""

    calls: int = 0


@contextmanager
def effort() -> Generator[Effort]:
    """Count what happens inside."""
    counted = Effort()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        counted.calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield counted
    finally:
        sys.setprofile(before)
