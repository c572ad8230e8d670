"""What was seen from outside, and when? The history file of a run: JSON lines, as docs/verifying.md says.

Whoever is outside writes it: the sandbox what it accepted, a test what was acknowledged to it. The checker
(`bot/verifying.py`) holds the database against it.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec


class Seen(StrEnum):
    """What can be seen from outside."""

    WATCHING = "watching"
    """From here on every acceptance of `id` (`wecom`) is in the file: what is missing was not accepted."""
    EVENT_ACKED = "event_acked"
    """An event of `source` and `id` was answered with 202, as new or as a repeat."""
    CARD_ACCEPTED = "card_accepted"
    """WeCom took the card with the task_id `id` for the conversation or member `to`."""
    CUSTOMER_ACCEPTED = "customer_accepted"
    """微信客服 took the message with the msgid `id` for the customer `to`; or an employee sent them the 群发 `id`."""
    CLICK_ACKED = "click_acked"
    """The callback of a tap by `to` was answered with 200; `id` is its response_code."""
    LEASE = "lease"
    """The lease `id` was at the fencing version `version`."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the history file."""

    at: datetime
    seen: Seen
    id: str
    source: str = ""
    to: str = ""
    version: int = 0


class HistoryError(Exception):
    """A line of the history file cannot be read: a killed writer may have left half of it."""

    def __init__(self, line: int, error: str) -> None:
        super().__init__(f"line {line}: {error}")


class Witness:
    """Appends to a history file, which several processes may write: each line is one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(self, *sightings: Sighting) -> None:
        """Write down what was seen, at once."""
        os.write(self._file, b"".join(msgspec.json.encode(sighting) + b"\n" for sighting in sightings))

    def close(self) -> None:
        """Nothing more will be seen."""
        os.close(self._file)


def sightings(path: Path) -> Iterator[Sighting]:
    """What a history file tells, line by line. Raises HistoryError, or OSError when it is not there."""
    decoder = msgspec.json.Decoder(Sighting)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                raise HistoryError(number, str(error)) from None
