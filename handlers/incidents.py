"""What do handlers need to know of incidents? The port that keeps them."""

from collections.abc import Collection, Iterable
from typing import Protocol

from rules.anomalies import Anomaly
from rules.incidents import Incident
from rules.storms import IncidentId


class Incidents(Protocol):
    """Incidents; their cases name them, in `Anomaly.incident`."""

    async def find(self, incident: IncidentId) -> Incident | None:
        """One incident as it was last committed, not held."""
        ...

    async def of_cases(self, cases: Iterable[Anomaly]) -> dict[IncidentId, Incident]:
        """The incidents that the cases are part of, as they were last committed; nothing is asked where there are none."""
        ...

    async def hold(self, incidents: Collection[IncidentId]) -> dict[IncidentId, Incident]:
        """Incidents, held until the transaction ends. Orders are locked before them, never after."""
        ...

    async def cases(self, incident: IncidentId) -> list[Anomaly]:
        """The cases of an incident, closed ones too, in the order in which they joined."""
        ...

    async def listed(
        self, limit: int, *, open_only: bool = False, before: IncidentId | None = None
    ) -> list[Incident]:
        """Incidents, newest first; with `before` those that are older than that one."""
        ...

    async def add(self, incidents: Iterable[Incident]) -> None:
        """Write new incidents."""
        ...

    async def update(self, *incidents: Incident) -> set[IncidentId]:
        """Write incidents back, `version` grown by one, except those that somebody else has changed since; which were."""
        ...
