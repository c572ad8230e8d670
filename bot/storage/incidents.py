"""How are incidents kept?"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.storage.cases import CASES
from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Type
from rules.anomalies import Anomaly
from rules.incidents import Incident
from rules.storms import IncidentId

INCIDENTS = RowCodec(Incident, "incidents", ("id",), {"group": "grp", "lead": "lead_case"})


class Incidents:
    """See `handlers.incidents.Incidents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, incident: IncidentId) -> Incident | None:
        return (await self._find({incident})).get(incident)

    async def of_cases(self, cases: Iterable[Anomaly]) -> dict[IncidentId, Incident]:
        return await self._find({case.incident for case in cases if case.incident is not None})

    async def hold(self, incidents: Collection[IncidentId]) -> dict[IncidentId, Incident]:
        return await self._find(incidents, f" ORDER BY i.id {self._connection.holding('i')}")

    async def _find(self, incidents: Collection[IncidentId], end: str = "") -> dict[IncidentId, Incident]:
        if not incidents:
            return {}
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in sorted(incidents)], 1)
        rows = await self._connection.fetch(
            f"SELECT i.* FROM incidents AS i JOIN {listed.sql} ON i.id = listed.id{end}", *listed.parameters
        )
        return {one.id: one for one in map(INCIDENTS.record, rows)}

    async def cases(self, incident: IncidentId) -> list[Anomaly]:
        rows = await self._connection.fetch(
            "SELECT c.* FROM cases AS c WHERE c.incident = $1 ORDER BY c.joined_at, c.opened_at, c.id",
            incident,
        )
        return [CASES.record(row) for row in rows]

    async def listed(
        self, limit: int, *, open_only: bool = False, before: IncidentId | None = None
    ) -> list[Incident]:
        still_open = "i.closed_at IS NULL" if open_only else "true"
        older = "(i.opened_at, i.id) < (SELECT b.opened_at, b.id FROM incidents AS b WHERE b.id = $2)"
        rows = await self._connection.fetch(
            f"SELECT i.* FROM incidents AS i WHERE {still_open} AND {older if before else 'true'}"
            " ORDER BY i.opened_at DESC, i.id DESC LIMIT $1",
            limit,
            *([before] if before else []),
        )
        return [INCIDENTS.record(row) for row in rows]

    async def add(self, incidents: Iterable[Incident]) -> None:
        rows = INCIDENTS.rows(incidents)
        if rows:
            await self._connection.write(INCIDENTS.table, rows, Conflict.FAIL)

    async def update(self, *incidents: Incident) -> set[IncidentId]:
        if not incidents:
            return set()
        changed = [replace(one, version=one.version + 1) for one in incidents]
        written = await self._connection.advance(INCIDENTS.table, INCIDENTS.rows(changed), "version")
        return {IncidentId(str(key)) for (key,) in written}
