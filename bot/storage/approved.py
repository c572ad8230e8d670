"""How is kept what people were shown of incidents, and what they have approved for the cases of one?"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Type
from bot.storage.desk import keep_codes
from handlers.approved import Approved, IncidentCard
from handlers.messages import LetterId
from rules.anomalies import AnomalyId
from rules.instants import to_ms
from rules.storms import IncidentId

CARDS = RowCodec(IncidentCard, "incident_cards", ("id",), {"to": "addressee"})
APPROVED = RowCodec(Approved, "approved", ("id", "case_id"), {"case": "case_id"})


class IncidentCards:
    """See `handlers.approved.IncidentCards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, card: LetterId) -> IncidentCard | None:
        rows = await self._connection.fetch("SELECT * FROM incident_cards WHERE id = $1", card)
        return CARDS.record(rows[0]) if rows else None

    async def put(self, *cards: IncidentCard) -> None:
        if cards:
            await self._connection.write(CARDS.table, CARDS.rows(cards), Conflict.REPLACE)

    async def keep_codes(self, codes: Mapping[LetterId, str], until: datetime) -> None:
        await keep_codes(self._connection, CARDS.table.name, codes, until)

    async def changeable(self, incidents: Collection[IncidentId], now: datetime) -> list[IncidentCard]:
        if not incidents:
            return []
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in sorted(incidents)], 2)
        rows = await self._connection.fetch(
            f"SELECT c.* FROM incident_cards AS c JOIN {listed.sql} ON c.incident = listed.id"
            " WHERE c.response_code IS NOT NULL AND c.code_until > $1 ORDER BY c.id",
            to_ms(now),
            *listed.parameters,
        )
        return [CARDS.record(row) for row in rows]


class Approvals:
    """See `handlers.approved.Approvals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, approved: Iterable[Approved]) -> None:
        rows = APPROVED.rows(approved)
        if rows:
            await self._connection.write(APPROVED.table, rows, Conflict.REPLACE)

    async def of(self, approval: LetterId) -> list[Approved]:
        rows = await self._connection.fetch("SELECT * FROM approved WHERE id = $1 ORDER BY case_id", approval)
        return [APPROVED.record(row) for row in rows]

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, list[Approved]]:
        found: dict[AnomalyId, list[Approved]] = {case: [] for case in cases}
        if not found:
            return found
        listed = self._connection.listed({"case_id": Type.TEXT}, [(case,) for case in sorted(cases)], 1)
        rows = await self._connection.fetch(
            f"SELECT a.* FROM approved AS a JOIN {listed.sql} ON a.case_id = listed.case_id ORDER BY a.id",
            *listed.parameters,
        )
        for row in rows:
            found[row["case_id"]].append(APPROVED.record(row))
        return found
