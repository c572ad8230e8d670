"""What does a row of an order file state? Events, each under an id that any import gives it again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from rules.events import EventType
from rules.stages import STAGES, Stage, Status

_STATUSES = tuple(Status)
_SHORT = {EventType.CREATED: 0, EventType.CHANGED: 1, EventType.REFUND_REQUESTED: 91, EventType.CANCELLED: 92,
          EventType.RESUMED: 93}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """What can happen to an order, and how it is called in an id."""

    type: EventType
    stage: Stage | None = None
    status: Status | None = None

    @property
    def name(self) -> str:
        """`order.created`, `payment.completed`."""
        return f"{self.stage}.{self.status}" if self.stage else self.type.value

    @property
    def rank(self) -> int:
        """Its place among events of one time: events are folded in the order of their ids then."""
        if self.stage is None or self.status is None:
            return _SHORT[self.type]
        return 10 + len(_STATUSES) * STAGES.index(self.stage) + _STATUSES.index(self.status)

    @property
    def once(self) -> bool:
        """Whether it happens once to an order or a parcel, unless a stage begins anew."""
        return self.type in {EventType.CREATED, EventType.CANCELLED} or self.status in {
            Status.STARTED,
            Status.COMPLETED,
        }


class Stated(Struct, frozen=True, array_like=True):
    """An event that a row states."""

    id: str
    name: str
    """Of the happening."""
    parcel: str
    entry: int
    """Which entry of the map it comes from."""
    once: bool
    """Whether another time for the same thing means that this one is corrected."""
    at: datetime
    body: bytes
    """As CloudEvents, structured JSON."""


class Row(Struct, frozen=True, array_like=True):
    """What a row states of its order."""

    number: int
    shop: str
    order_no: str
    events: list[Stated]
    denied: list[str]
    """The happenings that, so the row says, have not happened."""


class Fault(Struct, frozen=True, array_like=True):
    """Why a row cannot be used: which of its columns, what is wrong, and the mend."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.column}: {self.message}"


@lru_cache(maxsize=4)
def order_prefix(shop: str, order_no: str) -> str:
    """What the ids of all events of an order begin with."""
    return hashlib.blake2b(f"{shop}\x1f{order_no}".encode(), digest_size=12).hexdigest()


def event_id(shop: str, order_no: str, happening: Happening, at: datetime, parcel: str) -> str:
    """The id of an event: from the order, what happened, when, and to which parcel."""
    utc = at.astimezone(UTC)
    when = f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03}Z"
    box = f"-{hashlib.blake2b(parcel.encode(), digest_size=6).hexdigest()}" if parcel else ""
    return f"{order_prefix(shop, order_no)}-{happening.rank:02}-{happening.name}-{when}{box}"


def revised(event: str, revision: int) -> str:
    """The id of an event that took the place of others with the same one."""
    return f"{event}#{revision}" if revision else event


def unrevised(event: str) -> str:
    """The id as `event_id` made it."""
    return event.partition("#")[0]


def cloud_event(
    *, event: str, source: str, kind: EventType, order_no: str, at: datetime, data: Mapping[str, Any]
) -> bytes:
    """An event in the form in which any source reports it."""
    return msgspec.json.encode({
        "specversion": "1.0",
        "id": event,
        "source": source,
        "type": kind.value,
        "subject": order_no,
        "time": at,
        "data": data,
    })  # fmt: skip


def renamed(body: bytes, event: str) -> bytes:
    """The same event under another id."""
    return msgspec.json.encode({**msgspec.json.decode(body), "id": event})
