"""How are the small things kept: cards in front of people, tasks, windows, chats?"""

from collections.abc import Iterable
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection
from handlers.messages import LetterId
from handlers.outbox import customer_address
from handlers.records import ShownCard, StockTask
from rules.anomalies import AnomalyId
from rules.contact import Window
from rules.instants import from_ms, to_ms

CARDS = RowCodec(ShownCard, "cards", ("id",), {"case": "case_id", "to": "addressee"})
TASKS = RowCodec(StockTask, "stock_tasks", ("case_id",), {"case": "case_id"})


class Cards:
    """See `handlers.ports.Cards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, card: LetterId) -> ShownCard | None:
        rows = await self._connection.fetch("SELECT * FROM cards WHERE id = $1", card)
        return CARDS.record(rows[0]) if rows else None

    async def put(self, card: ShownCard) -> None:
        await self._connection.write(CARDS.table, [CARDS.row(card)], Conflict.REPLACE)

    async def of_case(self, case: AnomalyId) -> list[ShownCard]:
        rows = await self._connection.fetch("SELECT * FROM cards WHERE case_id = $1 ORDER BY id", case)
        return [CARDS.record(row) for row in rows]


class Tasks:
    """See `handlers.ports.Tasks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, tasks: Iterable[StockTask]) -> None:
        rows = TASKS.rows(tasks)
        if rows:
            await self._connection.write(TASKS.table, rows, Conflict.KEEP)

    async def of_case(self, case: AnomalyId) -> StockTask | None:
        rows = await self._connection.fetch("SELECT * FROM stock_tasks WHERE case_id = $1", case)
        return TASKS.record(rows[0]) if rows else None

    async def save(self, task: StockTask) -> None:
        await self._connection.write(TASKS.table, [TASKS.row(task)], Conflict.REPLACE)


class Windows:
    """See `handlers.ports.Windows`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def heard(self, open_kfid: str, external_userid: str, at: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO windows (open_kfid, external_userid, last_message_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (open_kfid, external_userid) DO UPDATE SET last_message_at = excluded.last_message_at"
            " WHERE windows.last_message_at < excluded.last_message_at",
            open_kfid,
            external_userid,
            to_ms(at),
        )

    async def find(self, open_kfid: str, external_userid: str) -> Window | None:
        rows = await self._connection.fetch(
            "SELECT w.last_message_at, (SELECT count(*) FROM letters AS l WHERE l.addressee = $3"
            " AND l.medium = 'kf' AND l.attempted_at > w.last_message_at"
            " AND l.state IN ('sending', 'sent', 'unknown', 'bounced')) AS sent"
            " FROM windows AS w WHERE w.open_kfid = $1 AND w.external_userid = $2",
            open_kfid,
            external_userid,
            customer_address(open_kfid, external_userid),
        )
        if not rows:
            return None
        return Window(
            open_kfid=open_kfid,
            external_userid=external_userid,
            last_message_at=from_ms(rows[0]["last_message_at"]),
            sent=rows[0]["sent"],
        )


class Chats:
    """See `handlers.ports.Chats`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def greeted(self, chat: str, at: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO chats (id, greeted_at) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET greeted_at = excluded.greeted_at",
            chat,
            to_ms(at),
        )
