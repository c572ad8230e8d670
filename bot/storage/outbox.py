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
HAS_THE_TURN = f"s.state = 'sending' AND s.medium <> '{Medium.REPLY}'"
"""Of a letter `s`: no other one may be on its way to its addressee."""
OF_CASE = {"case_id": Type.TEXT}
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
        addressees = {letter.to for letter in waiting}
        await self._connection.take_turns(addressees)
        busy = await self._busy(addressees)
        spent = await self._spent({letter.to for letter in waiting if _is_paced(letter)}, now)
        after: list[Letter] = []
        for letter in waiting:
            if letter.takes_turns and letter.to in busy:
                continue
            after.append(_next(letter, spent, now, lease_until))
            if letter.takes_turns and after[-1].state is DeliveryState.SENDING:
                busy.add(letter.to)
        await self._write(after)
        return [letter for letter in after if letter.state is not DeliveryState.READY]

    async def _waiting(self, media: Collection[Medium], now: datetime, limit: int) -> list[Letter]:
        if not media:
            return []
        listed = self._connection.listed({"medium": Type.TEXT}, [(medium.value,) for medium in media], 3)
        rows = await self._connection.fetch(
            "SELECT l.* FROM letters AS l WHERE l.state = 'ready' AND l.due_at <= $1"
            f" AND l.medium IN (SELECT medium FROM {listed.sql}) AND (l.medium = '{Medium.REPLY}' OR NOT EXISTS"
            f" (SELECT 1 FROM letters AS s WHERE s.addressee = l.addressee AND {HAS_THE_TURN}))"
            f" ORDER BY l.priority, l.due_at, l.id LIMIT $2 {self._connection.holding('l', skip_locked=True)}",
            to_ms(now),
            limit,
            *listed.parameters,
        )
        return [CODEC.record(row) for row in rows]

    async def _busy(self, addressees: Collection[str]) -> set[str]:
        """Those whom a letter is on its way to. Only who has their turn can tell."""
        if not addressees:
            return set()
        listed = self._connection.listed({"addressee": Type.TEXT}, [(to,) for to in sorted(addressees)], 1)
        rows = await self._connection.fetch(
            f"SELECT s.addressee FROM letters AS s JOIN {listed.sql} ON s.addressee = listed.addressee"
            f" WHERE {HAS_THE_TURN}",
            *listed.parameters,
        )
        return {row["addressee"] for row in rows}

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

    async def update(self, *letters: Letter) -> set[LetterId]:
        if not letters:
            return set()
        changed = [replace(letter, version=letter.version + 1) for letter in letters]
        written = await self._connection.advance(CODEC.table, CODEC.rows(changed), "version")
        self.posted = self.posted or any(letter.state is DeliveryState.READY for letter in letters)
        return {LetterId(str(key)) for (key,) in written}

    async def of_case(self, case: AnomalyId) -> list[Letter]:
        return (await self.of_cases([case]))[case]

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, list[Letter]]:
        found: dict[AnomalyId, list[Letter]] = {case: [] for case in cases}
        if not found:
            return found
        listed = self._connection.listed(OF_CASE, [(case,) for case in sorted(cases)], 1)
        rows = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {listed.sql} ON l.case_id = listed.case_id ORDER BY l.id",
            *listed.parameters,
        )
        for row in rows:
            found[row["case_id"]].append(CODEC.record(row))
        return found

    async def find(self, letter: LetterId) -> Letter | None:
        rows = await self._connection.fetch("SELECT * FROM letters WHERE id = $1", letter)
        return CODEC.record(rows[0]) if rows else None

    async def release(self, cases: Collection[AnomalyId], now: datetime) -> None:
        if not cases:
            return
        listed = self._connection.listed(OF_CASE, [(case,) for case in sorted(cases)], 2)
        rows = await self._connection.fetch(
            f"UPDATE letters SET due_at = $1 FROM {listed.sql} WHERE letters.case_id = listed.case_id"
            " AND waits AND state = 'ready' AND due_at > $1 AND attempts = 0"
            " AND NOT EXISTS (SELECT 1 FROM letters AS other WHERE other.case_id = listed.case_id"
            " AND NOT other.waits AND other.state IN ('ready', 'sending')) RETURNING letters.id",
            to_ms(now),
            *listed.parameters,
        )
        self.posted = self.posted or bool(rows)

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
