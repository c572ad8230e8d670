"""What must be done with an order event before it may be acknowledged? The same for every peer, in its simplest form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Stage = Literal["payment", "confirm", "picking", "packing", "pickup", "transit"]
Status = Literal["started", "updated", "completed"]
State = dict[str, dict[str, int]]
"""The newest time of each status of each stage, in milliseconds."""

LIMITS: Mapping[str, timedelta] = {
    "payment": timedelta(minutes=5),
    "confirm": timedelta(minutes=20),
    "picking": timedelta(hours=2),
    "packing": timedelta(minutes=90),
    "pickup": timedelta(hours=3),
    "transit": timedelta(hours=24),
}
STAGES = tuple(LIMITS)


class Data(Struct):
    stage: Stage
    status: Status


class Envelope(Struct):
    specversion: Literal["1.0"]
    id: Word
    source: Word
    type: Literal["order.stage"]
    subject: Word
    time: Annotated[datetime, Meta(tz=True)]
    data: Data


@dataclass(frozen=True, slots=True)
class Event:
    """A valid event and its bytes."""

    envelope: Envelope
    body: str

    @property
    def order_no(self) -> str:
        return self.envelope.subject

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same event again."""
        return self.envelope.source, self.envelope.id

    @property
    def at(self) -> int:
        """When it happened, in milliseconds."""
        return int(self.envelope.time.timestamp() * 1000)


_BATCH = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(Envelope)


def parse(body: bytes) -> list[Event]:
    """The events of a request: one, or a list. Raises msgspec.DecodeError."""
    found = _BATCH.decode(body) if body.startswith(b"[") else [msgspec.Raw(body)]
    return [Event(_ONE.decode(raw), bytes(raw).decode()) for raw in found]


def fold(state: State, event: Event) -> State:
    """The order's state after an event, in whatever order events come."""
    data = event.envelope.data
    news = state.get(data.stage, {})
    newest = max(event.at, news.get(data.status, 0))
    return {**state, data.stage: {**news, data.status: newest}}


def deadline(state: State) -> int | None:
    """When the order's stage must be over, in milliseconds; None after the last one."""
    place = max(STAGES.index(stage) for stage in state)
    news = state[STAGES[place]]
    if "completed" not in news:
        return min(news.values()) + _ms(LIMITS[STAGES[place]])
    following = STAGES[place + 1 : place + 2]
    return news["completed"] + _ms(LIMITS[following[0]]) if following else None


def by_order(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The events of each order, orders sorted."""
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.order_no):
        found.setdefault(event.order_no, []).append(event)
    return found


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
