"""What became of the alerts of late? `handlers.ledger.fate_of`, asked of the database in one question."""

from collections.abc import Collection
from datetime import timedelta

from bot.storage.connection import Connection, Type, storable
from bot.storage.ids import first_within
from handlers.ledger import Fate, Ledger
from handlers.outbox import NOT_NEEDED, LetterKind
from handlers.records import What
from rules.delivery import DeliveryState
from rules.events import Shop

_WAITS = f"('{DeliveryState.READY}', '{DeliveryState.SENDING}', '{DeliveryState.PENDING}')"
_FOLDED = f"a.state = '{DeliveryState.FOLDED}'"
_CARRIER = f"CASE WHEN {_FOLDED} THEN d.state ELSE a.state END"
_NOTE = f"CASE WHEN {_FOLDED} THEN d.note ELSE a.note END"
_PASSED_ON = (
    "EXISTS (SELECT 1 FROM timeline AS t WHERE t.case_id = a.case_id"
    f" AND t.key = '{What.PASSED_ON}:' || a.id)"
)
_CLOSED = "EXISTS (SELECT 1 FROM cases AS c WHERE c.id = a.case_id AND c.closed_at IS NOT NULL)"
_FATE = (
    f"CASE WHEN {_FOLDED} AND {_CARRIER} IN ('{DeliveryState.SENT}', 'ready', 'sending', 'pending')"
    f" THEN '{Fate.DIGESTED}'"
    f" WHEN {_CARRIER} = '{DeliveryState.SENT}' THEN '{Fate.SHOWN}'"
    f" WHEN {_CARRIER} IN {_WAITS} THEN '{Fate.WAITING}'"
    f" WHEN {_PASSED_ON} THEN '{Fate.ESCALATED}'"
    f" WHEN {_NOTE} = '{NOT_NEEDED}' OR {_CLOSED} THEN '{Fate.NOT_NEEDED}'"
    f" ELSE '{Fate.LOST}' END"
)


async def ledger_within(
    connection: Connection, duration: timedelta, shops: Collection[Shop] | None
) -> Ledger:
    """The alerts that were written within the last `duration`, of these shops or of all; all seen at one instant."""
    listed = connection.listed({"shop": Type.TEXT}, [(storable(shop),) for shop in sorted(shops or ())], 2)
    ours = "" if shops is None else f" AND a.shop IN (SELECT shop FROM {listed.sql})"
    alerts = f"a.kind = '{LetterKind.CASE_CARD}' AND a.id >= $1{ours}"
    rows = await connection.fetch(
        f"SELECT {_FATE} AS fate, count(*) AS count FROM letters AS a"
        f" LEFT JOIN letters AS d ON d.id = a.folded_into WHERE {alerts} GROUP BY 1"
        f" UNION ALL SELECT NULL AS fate, count(*) AS count FROM letters AS a WHERE {alerts}",
        first_within(duration),
        *(() if shops is None else listed.parameters),
    )
    counts = {row["fate"]: row["count"] for row in rows}
    alerts_in_all = counts.pop(None)
    return Ledger(alerts=alerts_in_all, fates={Fate(fate): count for fate, count in counts.items()})
