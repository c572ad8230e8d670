"""What is an incident? Many cases with one cause, which are dealt with together."""

from dataclasses import dataclass
from datetime import datetime

from rules.anomalies import AnomalyId
from rules.events import OrderKey, UserId
from rules.stages import Priority, Stage
from rules.storms import Cause, Front, IncidentId


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
    """That of the most urgent of its cases."""
    book_version: int
    lead: AnomalyId
    """The case whose coming made an incident of them: its letters and its timer are kept with this one."""
    order: OrderKey
    """The order of that case."""
    size: int
    """How many cases have joined it."""
    opened_at: datetime
    joined_at: datetime
    """When a case became part of it last."""
    locks_at: datetime
    """From then on it takes in no more."""
    raised_at: datetime
    """When it was noticed, or was back after a while of quiet: its ladder counts from here."""
    surge_at: datetime
    """When the present burst of cases began."""
    surge: int
    """How many have come in it."""
    waves: int = 1
    """How many bursts were large enough to be told of."""
    wave_at: datetime
    """When the latest of them was told of."""
    owner: UserId | None = None
    claimed_at: datetime | None = None
    steps: int = 0
    """How many steps of the ladder have been taken."""
    climbed_at: datetime | None = None
    """When the last of them was due."""
    approved_by: UserId | None = None
    """Who ordered the messages to the customers, last."""
    approved_at: datetime | None = None
    """What joined later than this waits for another approval."""
    closed_at: datetime | None = None
    version: int = 1

    @property
    def front(self) -> Front:
        """Where it came up."""
        return Front(self.group, self.stage, self.cause, self.value)
