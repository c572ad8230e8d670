"""When do many cases have one cause? The causes that there are, and what makes a storm of them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, NewType

from rules.stages import Stage

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


class Front(NamedTuple):
    """Where a storm may come up: cases of one stage with one cause, in the hands of one group."""

    group: str
    stage: Stage
    cause: Cause
    value: str
    """Which channel, warehouse or carrier; of two, joined by `+`."""
