"""How is what leaves kept, and which letter goes next? Urgency and pace are read off the rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Table, Type, Value
from handlers.messages import LetterId
from handlers.outbox import CHANGES, EXPIRED, NOT_NEEDED, Letter, Medium
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState, too_late
from rules.instants import from_ms, to_ms
from rules.pace import HOUR, MINUTE, Spent, pace_of, wait_until

CODEC = RowCodec(Letter, "letters", ("id",), {"to": "addressee", "case": "case_id"})
_CHANGES = ", ".join(f"'{kind}'" for kind in sorted(CHANGES))
CHANGE_IN_APP = f"l.medium = '{Medium.APP}' AND l.kind IN ({_CHANGES})"
"""What `Letter.is_message` says no to."""
IS_LOST = (
    f"l.state IN ('failed', 'unknown', 'bounced') AND l.note <> '{NOT_NEEDED}'"
    f" AND NOT (l.note LIKE '{EXPIRED}%' AND (l.medium = 'reply' OR l.kind = 'face'))"
)
"""`Letter.is_lost`, of the letters `l`."""
BY_KEY = Table("letters", CODEC.table.columns, ("key",))


class Outbox:
    """See `handlers.ports.Outbox`. `posted` tells whether letters became ready here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.posted = False

    async def post(self, letters: Iterable[Letter]) -> None:
        rows = CODEC.rows(letters)
        if rows:
            await self._connection.write(BY_KEY, rows, Conflict.KEEP)
            self.posted = True

    async def take(
        self, media: Collection[Medium], now: datetime, lease_until: datetime, limit: int
    ) -> list[Letter]:
        waiting = await self._waiting(media, now, limit)
        paced = {letter.to for letter in waiting if _is_paced(letter)}
        await self._connection.take_turns(paced)
        spent = await self._spent(paced, now)
        after = [_next(letter, spent, now, lease_until) for letter in waiting]
        await self._write(after)
        return [letter for letter in after if letter.state is not DeliveryState.READY]

    async def _waiting(self, media: Collection[Medium], now: datetime, limit: int) -> list[Letter]:
        if not media:
            return []
        listed = self._connection.listed({"medium": Type.TEXT}, [(medium.value,) for medium in media], 3)
        rows = await self._connection.fetch(
            "SELECT l.* FROM letters AS l WHERE l.state = 'ready' AND l.due_at <= $1"
            f" AND l.medium IN (SELECT medium FROM {listed.sql})"
            f" ORDER BY l.priority, l.due_at, l.id LIMIT $2 {self._connection.holding('l', skip_locked=True)}",
            to_ms(now),
            limit,
            *listed.parameters,
        )
        return [CODEC.record(row) for row in rows]

    async def _spent(self, addressees: Collection[str], now: datetime) -> dict[str, Spent]:
        """What each addressee was sent within the last hour and minute."""
        if not addressees:
            return {}
        listed = self._connection.listed({"addressee": Type.TEXT}, [(to,) for to in sorted(addressees)], 3)
        rows = await self._connection.fetch(
            "SELECT l.addressee, count(*) AS hour, min(l.attempted_at) AS oldest_in_hour,"
            " sum(CASE WHEN l.attempted_at > $2 THEN 1 ELSE 0 END) AS minute,"
            " min(CASE WHEN l.attempted_at > $2 THEN l.attempted_at END) AS oldest_in_minute"
            f" FROM letters AS l JOIN {listed.sql} ON l.addressee = listed.addressee"
            f" WHERE l.attempted_at > $1 AND NOT ({CHANGE_IN_APP}) GROUP BY l.addressee",
            to_ms(now - HOUR),
            to_ms(now - MINUTE),
            *listed.parameters,
        )
        return {
            row["addressee"]: Spent(
                minute=row["minute"],
                hour=row["hour"],
                oldest_in_minute=_instant(row["oldest_in_minute"]),
                oldest_in_hour=_instant(row["oldest_in_hour"]),
            )
            for row in rows
        }

    async def abandoned(self, now: datetime) -> list[Letter]:
        rows = await self._connection.fetch(
            "SELECT l.* FROM letters AS l WHERE l.state = 'sending' AND l.lease_until < $1"
            f" ORDER BY l.lease_until, l.id {self._connection.holding('l', skip_locked=True)}",
            to_ms(now),
        )
        return [CODEC.record(row) for row in rows]

    async def update(self, letter: Letter) -> bool:
        changed = replace(letter, version=letter.version + 1)
        values = dict(zip(CODEC.table.columns, CODEC.row(changed), strict=True))
        settings = ", ".join(f"{column} = ${number}" for number, column in enumerate(values, 3))
        rows = await self._connection.fetch(
            f"UPDATE letters SET {settings} WHERE id = $1 AND version = $2 RETURNING id",
            letter.id,
            letter.version,
            *values.values(),
        )
        self.posted = self.posted or changed.state is DeliveryState.READY
        return bool(rows)

    async def of_case(self, case: AnomalyId) -> list[Letter]:
        rows = await self._connection.fetch("SELECT * FROM letters WHERE case_id = $1 ORDER BY id", case)
        return [CODEC.record(row) for row in rows]

    async def find(self, letter: LetterId) -> Letter | None:
        rows = await self._connection.fetch("SELECT * FROM letters WHERE id = $1", letter)
        return CODEC.record(rows[0]) if rows else None

    async def release(self, case: AnomalyId, now: datetime) -> None:
        await self._connection.execute(
            "UPDATE letters SET due_at = $2 WHERE case_id = $1 AND waits AND state = 'ready' AND due_at > $2"
            " AND attempts = 0 AND NOT EXISTS (SELECT 1 FROM letters AS other WHERE other.case_id = $1"
            " AND NOT other.waits AND other.state IN ('ready', 'sending'))",
            case,
            to_ms(now),
        )
        self.posted = True

    async def hurry(self, to: str, now: datetime) -> None:
        await self._connection.execute(
            "UPDATE letters SET due_at = $2 WHERE addressee = $1 AND state = 'ready' AND attempts > 0"
            " AND due_at > $2",
            to,
            to_ms(now),
        )
        self.posted = True

    async def _write(self, letters: Sequence[Letter]) -> None:
        rows: list[tuple[Value, ...]] = CODEC.rows(letters)
        if rows:
            await self._connection.write(CODEC.table, rows, Conflict.REPLACE)


async def lost_since(connection: Connection, at: datetime, limit: int) -> list[Letter]:
    """Letters that were lost at `at` or later, newest first."""
    rows = await connection.fetch(
        f"SELECT l.* FROM letters AS l WHERE {IS_LOST} AND l.done_at >= $1 ORDER BY l.done_at DESC, l.id LIMIT $2",
        to_ms(at),
        limit,
    )
    return [CODEC.record(row) for row in rows]


async def next_letter(connection: Connection) -> int | None:
    """When the next letter may leave, in milliseconds."""
    (row,) = await connection.fetch("SELECT min(due_at) AS at FROM letters WHERE state = 'ready'")
    return row["at"]


def _is_paced(letter: Letter) -> bool:
    return letter.is_message and letter.medium is not Medium.KF


def _next(letter: Letter, spent: dict[str, Spent], now: datetime, lease_until: datetime) -> Letter:
    """The letter as it goes out now, waits for its addressee's pace, or is too late."""
    so_far = spent.get(letter.to, Spent())
    pace = pace_of(letter.priority, answer=letter.is_answer)
    goes_at = (wait_until(so_far, pace) if _is_paced(letter) else None) or now
    if letter.expires_at is not None and letter.expires_at < goes_at:
        note = f"{EXPIRED}: {letter.note}" if letter.note else EXPIRED
        state = too_late(letter.promise, unclear_before=letter.unclear)
        return replace(letter, state=state, done_at=now, note=note, version=letter.version + 1)
    if goes_at > now:
        return replace(letter, due_at=goes_at, version=letter.version + 1)
    if _is_paced(letter):
        spent[letter.to] = so_far.one_more(now)
    return replace(
        letter,
        state=DeliveryState.SENDING,
        attempts=letter.attempts + 1,
        attempted_at=now,
        lease_until=lease_until,
        version=letter.version + 1,
    )


def _instant(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)
