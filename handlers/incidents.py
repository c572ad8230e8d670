"""What do handlers need to know of incidents? The port that keeps them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rules.anomalies import Anomaly
from rules.grouping import Sign
from rules.incidents import Incident
from rules.storms import Front, IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of fronts, which nobody else changes until the transaction ends."""

    signs: tuple[Sign, ...]
    """Oldest first."""
    open: tuple[Incident, ...]
    """The incidents there that are not over, oldest first."""


class Incidents(Protocol):
    """Incidents; their cases name them, in `Anomaly.incident`."""

    async def find(self, incident: IncidentId) -> Incident | None:
        """One incident as it was last committed, not held."""
        ...

    async def of_cases(self, cases: Iterable[Anomaly]) -> dict[IncidentId, Incident]:
        """The incidents that the cases are part of, as they were last committed; nothing is asked where there are none."""
        ...

    async def hold(
        self, incidents: Collection[IncidentId], *, skip_locked: bool = False
    ) -> dict[IncidentId, Incident]:
        """Incidents, held until the transaction ends. Orders are locked before them, never after.

        With `skip_locked`, those that another transaction holds are left out.
        """
        ...

    async def hold_fronts(self, fronts: Collection[Front]) -> Held:
        """Wait for whoever groups cases there, and keep others waiting; the incidents are held as well."""
        ...

    async def keep_signs(self, signs: Iterable[Sign]) -> None:
        """Remember cases that were noticed; of the same one on the same front the latest."""
        ...

    async def drop_signs(self, signs: Iterable[Sign]) -> None:
        """Forget them again."""
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

    async def close_finished(self, incidents: Collection[IncidentId], now: datetime) -> set[IncidentId]:
        """Close those of the incidents whose cases are all closed; which were."""
        ...

    async def update(self, *incidents: Incident) -> set[IncidentId]:
        """Write incidents back, `version` grown by one, except those that somebody else has changed since; which were."""
        ...
