"""Is an event no news of an order, but a sign of life? `source.heartbeat`: the source is there, with nothing to tell."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from bot.sources.cloudevents import EventError, Grant, fault_of, occurred_at
from bot.sources.eventdata import Id, Moment

HEARTBEAT = "source.heartbeat"
_MARK = HEARTBEAT.encode()


class _Kind(Struct):
    type: str = ""


class Heartbeat(Struct):
    """The attributes of CloudEvents; a subject and data are passed over."""

    specversion: Literal["1.0"]
    id: Id
    source: Id
    type: Literal["source.heartbeat"]
    time: Moment


_KIND = msgspec.json.Decoder(_Kind)
_BEAT = msgspec.json.Decoder(Heartbeat)


def heartbeat(body: bytes | msgspec.Raw, observed_at: datetime, grant: Grant) -> str | None:
    """The source that says it lives; None when the event is another. Raises EventError naming the faulty field.

    Whatever types a token is limited to, it may say that its sources live.
    """
    if _MARK not in bytes(body) or not _says_so(body):
        return None
    try:
        beat = _BEAT.decode(body)
    except msgspec.ValidationError as error:
        raise fault_of(str(error)) from None
    occurred_at(beat.time, observed_at)
    if not beat.source.startswith(grant.source_prefix):
        raise EventError("source", f"this token is for sources that begin with {grant.source_prefix}")
    return beat.source


def _says_so(body: bytes | msgspec.Raw) -> bool:
    """The words may stand anywhere in an event of another type."""
    try:
        return _KIND.decode(body).type == HEARTBEAT
    except msgspec.ValidationError:
        return False
