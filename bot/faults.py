"""How is a fault in a file told? Where it stands, what is wrong, and what was probably meant."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ValuePath = Sequence[str | int]
"""The way from the top of a file to a value: keys, and positions in lists."""

MAX_WORDS = 300
"""Of a message; it may quote what stands in the file."""
MAX_LIKENESS = 60
"""Longer words are no misspelt ones."""
ENOUGH_LIKENESS = 0.6

_PLAIN_KEY = re.compile(r"[\w*+-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an editor can jump to. `line` and `column` count from 1; a whole file is at fault at 1:1."""

    line: int
    column: int
    path: str
    """Such as `stages.payment.limits[0].after`; empty for the file itself."""
    message: str
    suggestion: str | None = None
    """What was probably meant, to be put in the place of what stands there."""
    file: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.file else f"{self.line}:{self.column}"
        mend = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{where} {self.path + ': ' if self.path else ''}{self.message}{mend}"


class FileError(Exception):
    """A file is not usable."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = list(faults)


def written(path: ValuePath) -> str:
    """The way to a value as one writes it; keys that would be misread stand in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{shortened(part, 60)!r}]"
    return text


def shortened(text: str, length: int = MAX_WORDS) -> str:
    """The text, or its beginning when it is longer than `length`."""
    return text if len(text) <= length else text[: length - 1] + "…"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Which of the known words was probably meant; of equally near ones the first."""
    if len(word) > MAX_LIKENESS:
        return None
    nearness = {name: difflib.SequenceMatcher(a=name.lower(), b=word.lower()).ratio() for name in known}
    near = max(nearness, key=nearness.__getitem__, default=None)
    return near if near is not None and nearness[near] >= ENOUGH_LIKENESS else None
