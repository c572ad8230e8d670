"""When do many cases have one cause, and become one incident?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from rules.events import UserId
from rules.stages import Priority, Stage

IncidentId = NewType("IncidentId", str)


class Cause(StrEnum):
    """What cases of one stage may have in common."""

    PAYMENT_CHANNEL = "payment_channel"
    """The channel that the customers pay by."""
    WAREHOUSE = "warehouse"
    """The warehouse that holds the goods."""
    CARRIER = "carrier"
    """Who carries the parcels."""
    REGION = "region"
    """Where the parcels go."""
    CARRIER_AND_REGION = "carrier+region"
    """Who carries the parcels, and where to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRules:
    """When cases become an incident, and for how long it takes in more of them."""

    threshold: int = 3
    """So many cases of one cause are an incident."""
    window: timedelta = timedelta(minutes=5)
    """If they were noticed within so long of each other."""
    span: timedelta = timedelta(minutes=60)
    """It takes in what is noticed within so long of its beginning; after that a new one may begin."""
    by: tuple[Cause, ...] = (Cause.PAYMENT_CHANNEL, Cause.WAREHOUSE, Cause.CARRIER_AND_REGION)
    """What counts as one cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Many cases with one cause. `version` counts its changes, for fencing."""

    id: IncidentId
    group: str
    """The agents' group that its card is in."""
    stage: Stage
    cause: Cause
    value: str
    """Which channel, warehouse or carrier; of two, joined by `+`."""
    priority: Priority
    book_version: int
    opened_at: datetime
    joined_at: datetime
    """When a case became part of it last."""
    locks_at: datetime
    """From then on it takes in no more."""
    waves: int = 1
    """How many bursts there were."""
    approved_by: UserId | None = None
    """Who ordered the messages to the customers, last."""
    approved_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
