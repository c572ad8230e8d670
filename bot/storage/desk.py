"""How are the small things kept: cards in front of people, windows, chats?"""

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Row, Type
from handlers.addressing import customer_address
from handlers.messages import LetterId
from handlers.outbox import Medium
from handlers.records import ShownCard
from rules.anomalies import AnomalyId
from rules.contact import Because, Window
from rules.instants import from_ms, to_ms

CARDS = RowCodec(ShownCard, "cards", ("id",), {"case": "case_id", "to": "addressee"})
SECOND_MS = 1000
"""WeCom tells its times in whole seconds: what is told within one has happened in the order in which it is told."""
TO_THEM = f"l.addressee = listed.addressee AND l.medium = '{Medium.KF}'"
CUSTOMER = {"open_kfid": Type.TEXT, "external_userid": Type.TEXT, "addressee": Type.TEXT}


class Cards:
    """See `handlers.ports.Cards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, card: LetterId) -> ShownCard | None:
        rows = await self._connection.fetch("SELECT * FROM cards WHERE id = $1", card)
        return CARDS.record(rows[0]) if rows else None

    async def find_all(self, cards: Collection[LetterId]) -> dict[LetterId, ShownCard]:
        if not cards:
            return {}
        listed = self._connection.listed({"id": Type.TEXT}, [(card,) for card in sorted(cards)], 1)
        rows = await self._connection.fetch(
            f"SELECT c.* FROM cards AS c JOIN {listed.sql} ON c.id = listed.id", *listed.parameters
        )
        return {card.id: card for card in map(CARDS.record, rows)}

    async def put(self, *cards: ShownCard) -> None:
        if cards:
            await self._connection.write(CARDS.table, CARDS.rows(cards), Conflict.REPLACE)

    async def keep_codes(self, codes: Mapping[LetterId, str], until: datetime) -> None:
        await keep_codes(self._connection, CARDS.table.name, codes, until)

    async def of_case(self, case: AnomalyId) -> list[ShownCard]:
        rows = await self._connection.fetch("SELECT * FROM cards WHERE case_id = $1 ORDER BY id", case)
        return [CARDS.record(row) for row in rows]


class Windows:
    """See `handlers.conversations.Windows`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def heard(self, open_kfid: str, external_userid: str, at: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO windows (open_kfid, external_userid, last_message_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (open_kfid, external_userid) DO UPDATE SET last_message_at = excluded.last_message_at,"
            f" blocked = CASE WHEN windows.blocked_at < excluded.last_message_at + {SECOND_MS} THEN NULL"
            " ELSE windows.blocked END WHERE windows.last_message_at <= excluded.last_message_at",
            open_kfid,
            external_userid,
            to_ms(at),
        )

    async def block(self, open_kfid: str, external_userid: str, because: Because, at: datetime) -> None:
        await self._connection.execute(
            "UPDATE windows SET blocked = $3, blocked_at = $4 WHERE open_kfid = $1 AND external_userid = $2"
            " AND last_message_at < $5 AND (blocked_at IS NULL OR blocked_at < $5)",
            open_kfid,
            external_userid,
            because,
            to_ms(at),
            to_ms(at) + SECOND_MS,
        )

    async def find(self, open_kfid: str, external_userid: str) -> Window | None:
        customer = open_kfid, external_userid
        return (await self.find_all([customer])).get(customer)

    async def find_all(self, customers: Collection[tuple[str, str]]) -> dict[tuple[str, str], Window]:
        if not customers:
            return {}
        asked = [(*customer, customer_address(*customer)) for customer in sorted(customers)]
        listed = self._connection.listed(CUSTOMER, asked, 1)
        rows = await self._connection.fetch(
            f"SELECT w.*, (SELECT count(*) FROM letters AS l WHERE {TO_THEM} AND l.attempted_at > w.last_message_at"
            " AND (l.state IN ('sending', 'sent', 'unknown', 'bounced') OR (l.state = 'ready' AND l.unclear))) AS sent,"
            f" (SELECT count(*) FROM letters AS l WHERE {TO_THEM} AND l.state = 'ready' AND NOT l.unclear) AS waiting"
            f" FROM windows AS w JOIN {listed.sql}"
            " ON w.open_kfid = listed.open_kfid AND w.external_userid = listed.external_userid",
            *listed.parameters,
        )
        return {(row["open_kfid"], row["external_userid"]): _window(row) for row in rows}


class Chats:
    """See `handlers.conversations.Chats`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def greeted(self, chat: str, at: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO chats (id, greeted_at) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET greeted_at = excluded.greeted_at",
            chat,
            to_ms(at),
        )


def _window(row: Row) -> Window:
    return Window(
        open_kfid=row["open_kfid"],
        external_userid=row["external_userid"],
        last_message_at=from_ms(row["last_message_at"]),
        sent=row["sent"],
        waiting=row["waiting"],
        blocked=None if row["blocked"] is None else Because(row["blocked"]),
    )


async def keep_codes(
    connection: Connection, table: str, codes: Mapping[LetterId, str], until: datetime
) -> None:
    """Give the cards of a table, those that are there, the right to be changed once."""
    if not codes:
        return
    listed = connection.listed({"id": Type.TEXT, "code": Type.TEXT}, sorted(codes.items()), 2)
    await connection.execute(
        f"UPDATE {table} SET response_code = listed.code, code_until = $1 FROM {listed.sql}"
        f" WHERE {table}.id = listed.id",
        to_ms(until),
        *listed.parameters,
    )
