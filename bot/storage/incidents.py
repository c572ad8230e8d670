"""How are incidents kept?"""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from bot.storage.cases import CASES
from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Type
from handlers.incidents import Held
from rules.anomalies import Anomaly
from rules.grouping import Sign
from rules.incidents import Incident
from rules.instants import to_ms
from rules.storms import Front, IncidentId

FRONT = {"grp": Type.TEXT, "stage": Type.TEXT, "cause": Type.TEXT, "value": Type.TEXT}
SIGNS = RowCodec(Sign, "storm_signs", (*FRONT, "case_id"), {"group": "grp", "case": "case_id"})
INCIDENTS = RowCodec(Incident, "incidents", ("id",), {"group": "grp", "lead": "lead_case"})


class Incidents:
    """See `handlers.incidents.Incidents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, incident: IncidentId) -> Incident | None:
        return (await self.find_all({incident})).get(incident)

    async def find_all(self, incidents: Collection[IncidentId]) -> dict[IncidentId, Incident]:
        """Several incidents; those that are not there are left out."""
        return await self._find(incidents)

    async def of_cases(self, cases: Iterable[Anomaly]) -> dict[IncidentId, Incident]:
        return await self.find_all({case.incident for case in cases if case.incident is not None})

    async def hold(
        self, incidents: Collection[IncidentId], *, skip_locked: bool = False
    ) -> dict[IncidentId, Incident]:
        held = self._connection.holding("i", skip_locked=skip_locked)
        return await self._find(incidents, f" ORDER BY i.id {held}")

    async def hold_fronts(self, fronts: Collection[Front]) -> Held:
        await self._connection.take_turns(f"front:{json.dumps(front)}" for front in fronts)
        listed = self._connection.listed(FRONT, sorted(fronts), 1)
        here = " AND ".join(f"one.{column} = listed.{column}" for column in FRONT)
        signs = await self._connection.fetch(
            f"SELECT one.* FROM storm_signs AS one JOIN {listed.sql} ON {here} ORDER BY one.at, one.case_id",
            *listed.parameters,
        )
        incidents = await self._connection.fetch(
            f"SELECT one.* FROM incidents AS one JOIN {listed.sql} ON {here} WHERE one.closed_at IS NULL"
            f" ORDER BY one.id {self._connection.holding('one')}",
            *listed.parameters,
        )
        return Held(signs=tuple(map(SIGNS.record, signs)), open=tuple(map(INCIDENTS.record, incidents)))

    async def keep_signs(self, signs: Iterable[Sign]) -> None:
        await self._connection.write(SIGNS.table, SIGNS.rows(signs), Conflict.REPLACE)

    async def drop_signs(self, signs: Iterable[Sign]) -> None:
        await self._connection.remove(SIGNS.table, [(*sign.front, sign.case) for sign in signs])

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

    async def close_finished(self, incidents: Collection[IncidentId], now: datetime) -> set[IncidentId]:
        held = await self.hold(incidents)  # whoever closes the last but one case at this moment comes first
        if not held:
            return set()
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in sorted(held)], 2)
        rows = await self._connection.fetch(
            f"UPDATE incidents SET closed_at = $1, version = version + 1 FROM {listed.sql}"
            " WHERE incidents.id = listed.id AND closed_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM cases AS c WHERE c.incident = listed.id AND c.closed_at IS NULL)"
            " RETURNING incidents.id",
            to_ms(now),
            *listed.parameters,
        )
        return {IncidentId(row["id"]) for row in rows}

    async def update(self, *incidents: Incident) -> set[IncidentId]:
        if not incidents:
            return set()
        changed = [replace(one, version=one.version + 1) for one in incidents]
        written = await self._connection.advance(INCIDENTS.table, INCIDENTS.rows(changed), "version")
        return {IncidentId(str(key)) for (key,) in written}
