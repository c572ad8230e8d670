"""How is what leaves kept, and which letter goes next? Urgency and pace are read off the rows."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection, Row, Table, Type
from bot.storage.standing import Standing
from handlers.messages import LetterId
from handlers.outbox import (
    CAPPED,
    CHANGES,
    EXPIRED,
    NOT_NEEDED,
    SHARED_BY,
    Letter,
    LetterKind,
    Medium,
    Overflow,
    Taken,
)
from handlers.ports import Tally
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState
from rules.instants import known_instant, to_ms
from rules.pace import HOUR, MINUTE, Spent
from rules.stages import Priority

CODEC = RowCodec(Letter, "letters", ("id",), {"to": "addressee", "case": "case_id"})
_CHANGES = ", ".join(f"'{kind}'" for kind in sorted(CHANGES))
IS_MESSAGE = f"NOT (l.medium = '{Medium.APP}' AND l.kind IN ({_CHANGES}))"
"""`Letter.is_message`, of the letters `l`."""
IS_LOST = (
    f"l.state IN ('failed', 'unknown', 'bounced') AND l.note <> '{NOT_NEEDED}'"
    f" AND NOT (l.note LIKE '{EXPIRED}%' AND (l.medium = 'reply' OR l.kind IN ('face', 'recall')))"
)
"""`Letter.is_lost`, of the letters `l`."""
HAS_THE_TURN = f"l.state = 'sending' AND l.medium <> '{Medium.REPLY}'"
"""No other letter may be on its way to the addressee of the letters `l`."""
IS_SHARED = f"addressee LIKE '%{SHARED_BY}%'"
"""Several members hold it, as the index `letters_shared` has it."""
SHARED_ADDRESSEE = "l.addressee || ''"
"""Written so that SQLite goes by `letters_shared`, and not through all letters in the order of their addressees."""
OF_CASE = {"case_id": Type.TEXT}
BY_KEY = Table("letters", CODEC.table.columns, ("key",))


class Outbox:
    """See `handlers.ports.Outbox`. `posted` tells whether letters became ready here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.posted = False

    async def post(self, letters: Iterable[Letter]) -> None:
        posted = list(letters)
        if posted:
            await self._connection.write(BY_KEY, CODEC.rows(posted), Conflict.KEEP)
            self._note(posted)

    async def take(
        self, media: Collection[Medium], now: datetime, lease_until: datetime, limit: int
    ) -> Taken:
        waiting = await self._waiting(media, now, limit)
        turns = {name for letter in waiting for name in letter.turns}
        await self._connection.take_turns(turns)
        standing = await self._standing(turns, now)
        after = [standing.next(letter, now, lease_until) for letter in waiting]
        letters = [letter for letter in after if isinstance(letter, Letter)]
        await self.update(*(letter for letter in letters if letter.state is DeliveryState.READY))
        return Taken(
            letters=[letter for letter in letters if letter.state is not DeliveryState.READY],
            overflow=[one for one in after if isinstance(one, Overflow)],
        )

    async def set_out(
        self, letters: Iterable[Letter], now: datetime, lease_until: datetime, limit: int
    ) -> list[Letter]:
        first = sorted(letters, key=lambda letter: (letter.priority, letter.due_at, letter.id))[:limit]
        free = await self._free({name for letter in first for name in letter.turns}, now)
        standing = await self._standing(free, now)
        after = [standing.next(letter, now, lease_until) for letter in first if free.issuperset(letter.turns)]
        return [one for one in after if isinstance(one, Letter) and one.state is DeliveryState.SENDING]

    async def _free(self, addressees: Collection[str], now: datetime) -> set[str]:
        """The addressees for whom nothing is ready and whose turn is nobody's: it is ours from now on."""
        if not addressees:
            return set()
        listed = self._connection.listed({"addressee": Type.TEXT}, [(to,) for to in sorted(addressees)], 2)
        rows = await self._connection.fetch(
            "WITH served AS MATERIALIZED (SELECT r.addressee FROM letters AS r WHERE r.state = 'ready' AND r.due_at <= $1)"
            f" SELECT listed.addressee, 0 AS served FROM {listed.sql}"
            " WHERE listed.addressee NOT IN (SELECT addressee FROM served)"
            f" AND {self._connection.turn_of('listed.addressee')}"
            f" UNION ALL SELECT DISTINCT addressee, 1 FROM served WHERE {IS_SHARED}",
            to_ms(now),
            *listed.parameters,
        )
        served = {name for row in rows if row["served"] for name in row["addressee"].split(SHARED_BY)}
        return {row["addressee"] for row in rows if not row["served"]} - served

    async def _waiting(self, media: Collection[Medium], now: datetime, limit: int) -> list[Letter]:
        if not media:
            return []
        listed = self._connection.listed({"medium": Type.TEXT}, [(medium.value,) for medium in media], 3)
        rows = await self._connection.fetch(
            "SELECT r.* FROM letters AS r WHERE r.state = 'ready' AND r.due_at <= $1"
            f" AND r.medium IN (SELECT medium FROM {listed.sql}) AND (r.medium = '{Medium.REPLY}' OR NOT EXISTS"
            f" (SELECT 1 FROM letters AS l WHERE l.addressee = r.addressee AND {HAS_THE_TURN}))"
            f" ORDER BY r.priority, r.due_at, r.id LIMIT $2 {self._connection.holding('r', skip_locked=True)}",
            to_ms(now),
            limit,
            *listed.parameters,
        )
        return [CODEC.record(row) for row in rows]

    async def _standing(self, addressees: Collection[str], now: datetime) -> Standing:
        """How it stands with addressees: only who has their turn can tell. What several hold counts for each of them."""
        standing = Standing(busy=set(), spent={})
        if not addressees:
            return standing
        alone = [(to,) for to in sorted(addressees) if SHARED_BY not in to]
        listed = self._connection.listed({"addressee": Type.TEXT}, alone, 3)
        rows = await self._connection.fetch(
            f"{_counted('l.addressee', f'JOIN {listed.sql} ON l.addressee = listed.addressee WHERE true')}"
            f" UNION ALL {_counted(SHARED_ADDRESSEE, f'WHERE l.{IS_SHARED}')}",
            to_ms(now - HOUR),
            to_ms(now - MINUTE),
            *listed.parameters,
        )
        for row in rows:
            addressee, under_way = row["addressee"], bool(row["under_way"])
            standing.take_in(
                addressee, _spent(row), under_way=under_way, message=bool(row["messages_under_way"])
            )
        return standing

    async def collecting(self, addressees: Collection[str]) -> dict[str, Letter]:
        listed = self._connection.listed({"addressee": Type.TEXT}, [(to,) for to in sorted(addressees)], 1)
        rows = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {listed.sql} ON l.addressee = listed.addressee"
            f" WHERE l.state = 'ready' AND l.kind = '{LetterKind.OVERFLOW}' AND l.payload IS NULL",
            *listed.parameters,
        )
        return {row["addressee"]: CODEC.record(row) for row in rows}

    async def folded_into(self, digests: Collection[LetterId]) -> list[Letter]:
        if not digests:
            return []
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in sorted(digests)], 1)
        rows = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {listed.sql} ON l.folded_into = listed.id ORDER BY l.id",
            *listed.parameters,
        )
        return [CODEC.record(row) for row in rows]

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
        self._note(letters)
        return {LetterId(str(key)) for (key,) in written}

    def _note(self, letters: Iterable[Letter]) -> None:
        self.posted = self.posted or any(letter.state is DeliveryState.READY for letter in letters)

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

    async def named(self, medium: Medium, remote_ids: Collection[str]) -> list[Letter]:
        if not remote_ids:
            return []
        listed = self._connection.listed({"name": Type.TEXT}, [(name,) for name in sorted(remote_ids)], 2)
        rows = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {listed.sql} ON l.remote_id = listed.name"
            " WHERE l.remote_id IS NOT NULL AND l.medium = $1 ORDER BY l.id",
            medium,
            *listed.parameters,
        )
        return [CODEC.record(row) for row in rows]

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

    async def overdue(self, now: datetime) -> list[Letter]:
        rows = await self._connection.fetch(
            "SELECT l.* FROM letters AS l WHERE l.state = 'pending' AND l.expires_at < $1"
            f" ORDER BY l.expires_at, l.id {self._connection.holding('l', skip_locked=True)}",
            to_ms(now),
        )
        return [CODEC.record(row) for row in rows]

    async def inquire_now(self, cases: Collection[AnomalyId], now: datetime) -> None:
        listed = self._connection.listed(OF_CASE, [(case,) for case in sorted(cases)], 2)
        rows = await self._connection.fetch(
            f"UPDATE letters SET due_at = $1 FROM {listed.sql} WHERE letters.case_id = listed.case_id"
            f" AND kind = '{LetterKind.INQUIRY}' AND state = 'ready' AND due_at > $1 RETURNING letters.id",
            to_ms(now),
            *listed.parameters,
        )
        self.posted = self.posted or bool(rows)

    async def tallies(self, addressees: Collection[str], since: datetime) -> dict[str, Tally]:
        listed = self._connection.listed({"addressee": Type.TEXT}, [(to,) for to in sorted(addressees)], 2)
        rows = await self._connection.fetch(
            "SELECT l.addressee, count(*) FILTER (WHERE l.state <> 'failed') AS sent,"
            f" count(*) FILTER (WHERE l.note LIKE '{CAPPED}%') AS capped"
            f" FROM letters AS l JOIN {listed.sql} ON l.addressee = listed.addressee"
            f" WHERE l.kind = '{LetterKind.CUSTOMER}' AND (l.attempted_at >= $1 OR l.state = 'ready')"
            " GROUP BY l.addressee",
            to_ms(since),
            *listed.parameters,
        )
        return {row["addressee"]: Tally(sent=row["sent"], capped=row["capped"] > 0) for row in rows}

    async def hurry_urgent(self, media: Collection[Medium], now: datetime) -> None:
        listed = self._connection.listed({"medium": Type.TEXT}, [(one.value,) for one in sorted(media)], 2)
        rows = await self._connection.fetch(
            f"UPDATE letters SET due_at = $1 FROM {listed.sql} WHERE letters.medium = listed.medium"
            f" AND state = 'ready' AND attempts > 0 AND priority = '{Priority.P1}' AND due_at > $1"
            " RETURNING letters.id",
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


def _counted(addressee: str, which: str) -> str:
    """What each addressee was sent within the last hour ($1) and minute ($2), and whether something is on its way."""
    return (
        f"SELECT {addressee} AS addressee, count(*) FILTER (WHERE {HAS_THE_TURN}) AS under_way,"
        f" count(*) FILTER (WHERE {HAS_THE_TURN} AND {IS_MESSAGE}) AS messages_under_way,"
        f" count(*) FILTER (WHERE {IS_MESSAGE}) AS hour,"
        f" min(l.attempted_at) FILTER (WHERE {IS_MESSAGE}) AS oldest_in_hour,"
        f" count(*) FILTER (WHERE {IS_MESSAGE} AND l.attempted_at > $2) AS minute,"
        f" min(l.attempted_at) FILTER (WHERE {IS_MESSAGE} AND l.attempted_at > $2) AS oldest_in_minute"
        f" FROM letters AS l {which} AND l.attempted_at > $1 GROUP BY {addressee}"
    )


async def lost_since(connection: Connection, at: datetime, limit: int) -> list[Letter]:
    """Letters that were lost at `at` or later, newest first."""
    rows = await connection.fetch(
        f"SELECT l.* FROM letters AS l WHERE {IS_LOST} AND l.done_at >= $1 ORDER BY l.done_at DESC, l.id LIMIT $2",
        to_ms(at),
        limit,
    )
    return [CODEC.record(row) for row in rows]


async def next_letter(connection: Connection, after: int = 0) -> int | None:
    """When the next letter may leave, of those that may not until `after`, both in milliseconds."""
    (row,) = await connection.fetch(
        "SELECT min(due_at) AS at FROM letters WHERE state = 'ready' AND due_at > $1", after
    )
    return row["at"]


def _spent(row: Row) -> Spent:
    return Spent(
        minute=row["minute"],
        hour=row["hour"],
        oldest_in_minute=known_instant(row["oldest_in_minute"]),
        oldest_in_hour=known_instant(row["oldest_in_hour"]),
    )
