"""What does the checker read? Page by page, each page in a snapshot of its own, so that none lasts long."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.storage.approved import APPROVED
from bot.storage.cases import Cases
from bot.storage.codec import ORDER, order_of
from bot.storage.connection import Connection, Row, Type
from bot.storage.desk import Cards
from bot.storage.documents import Documents
from bot.storage.dues import due_of
from bot.storage.experiments import all_running, exposures_after
from bot.storage.incidents import Incidents
from bot.storage.leases import CODEC as LEASES
from bot.storage.leases import Lease
from bot.storage.orders import Orders
from bot.storage.outbox import CODEC as LETTERS
from bot.storage.outbox import Outbox
from bot.storage.outlooks import outlook_of
from bot.storage.promises import Promises
from bot.storage.states import decode_order
from bot.storage.tasks import Tasks
from handlers.documents import Document
from handlers.invariants import OrderFile
from handlers.messages import DueKind, LetterId
from handlers.outbox import Letter, LetterKind
from handlers.records import What
from handlers.rulebooks import RULES
from rules.anomalies import Anomaly, AnomalyId
from rules.events import EventKey, OrderKey
from rules.exposures import Exposure
from rules.incidents import Incident
from rules.trials import Experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """What came in from WeCom, and what became of it."""

    id: str
    received_at: int
    """In milliseconds."""
    body: str
    tries: int
    done_at: int | None


class Audit:
    """What is stored, as it stands in one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def orders(self, after: OrderKey, limit: int) -> list[OrderFile]:
        """The next orders by key, with all that is stored of them."""
        rows = await self._connection.fetch(
            "SELECT shop, order_no, state, armed, book_version FROM orders"
            " WHERE (shop, order_no) > ($1, $2) ORDER BY shop, order_no LIMIT $3",
            *after,
            limit,
        )
        keys = [order_of(row) for row in rows]
        events = await Orders(self._connection).events(keys)
        cases = await Cases(self._connection).of(keys)
        promises = await Promises(self._connection).of(keys)
        dues = _by_order(await self._of_orders("due", keys, "t.live"))
        outlooks = _by_order(await self._of_orders("outlooks", keys, "true"))
        told = _by_order(
            await self._of_orders("timeline", keys, f"t.what IN ('{What.NOT_DELIVERED}', '{What.PASSED_ON}')")
        )
        letters = await Outbox(self._connection).of_cases(
            [case.id for found in cases.values() for case in found]
        )
        tasks = await Tasks(self._connection).of_cases(letters)
        incidents = await self._incidents(dues, cases)
        approved = _by_order(await self._of_orders("approved", keys, "t.done_at IS NULL"))
        digests = await self._digests(letter for about in letters.values() for letter in about)
        return [
            OrderFile(
                order=decode_order(row["state"]),
                watched=bool(row["armed"]),
                book_version=row["book_version"],
                events=events[key],
                dues=[due_of(due) for due in dues.get(key, [])],
                outlook=next(map(outlook_of, outlooks.get(key, [])), None),
                cases=cases[key],
                letters=[letter for case in cases[key] for letter in letters[case.id]],
                tasks=[task for case in cases[key] for task in tasks.get(case.id, {}).values()],
                losses_told=_named(told.get(key, []), What.NOT_DELIVERED),
                passed_on=_named(told.get(key, []), What.PASSED_ON),
                promises=promises.get(key, []),
                approved=[APPROVED.record(row) for row in approved.get(key, [])],
                digests=digests,
                incidents=[one for one in incidents if one.order == key],
            )
            for key, row in zip(keys, rows, strict=True)
        ]

    async def _incidents(
        self, dues: Mapping[OrderKey, Sequence[Row]], cases: Mapping[OrderKey, Sequence[Anomaly]]
    ) -> list[Incident]:
        """Those that the cases are part of, and those whose timers are kept with their orders."""
        timed = {due["ref"] for rows in dues.values() for due in rows if due_of(due).kind is DueKind.INCIDENT}
        joined = {case.incident for found in cases.values() for case in found if case.incident}
        return list((await Incidents(self._connection).find_all(timed | joined)).values())

    async def outlooks(self, after: OrderKey, limit: int) -> list[tuple[OrderKey, bool]]:
        """The next orders that an outlook is stored for, in the order of their numbers, and whether each is there."""
        rows = await self._connection.fetch(
            "SELECT k.shop, k.order_no, o.shop IS NOT NULL AS there FROM outlooks AS k"
            " LEFT JOIN orders AS o ON o.shop = k.shop AND o.order_no = k.order_no"
            " WHERE (k.order_no, k.shop) > ($1, $2) ORDER BY k.order_no, k.shop LIMIT $3",
            after.order_no,
            after.shop,
            limit,
        )
        return [(order_of(row), bool(row["there"])) for row in rows]

    async def _digests(self, letters: Iterable[Letter]) -> dict[LetterId, Letter]:
        """What the letters were folded into."""
        wanted = sorted({letter.folded_into for letter in letters if letter.folded_into is not None})
        if not wanted:
            return {}
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in wanted], 1)
        rows = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {listed.sql} ON l.id = listed.id", *listed.parameters
        )
        return {LetterId(row["id"]): LETTERS.record(row) for row in rows}

    async def _of_orders(self, table: str, keys: Sequence[OrderKey], condition: str) -> Sequence[Row]:
        listed = self._connection.listed(ORDER, keys, 1)
        return await self._connection.fetch(
            f"SELECT t.* FROM {table} AS t JOIN {listed.sql}"
            f" ON t.shop = listed.shop AND t.order_no = listed.order_no WHERE {condition}",
            *listed.parameters,
        )

    async def letters(self, after: str, limit: int) -> list[Letter]:
        """The next letters by id."""
        rows = await self._connection.fetch(
            "SELECT * FROM letters WHERE id > $1 ORDER BY id LIMIT $2", after, limit
        )
        return [LETTERS.record(row) for row in rows]

    async def inbox(self, after: str, limit: int) -> list[InboxRow]:
        """The next of what came in, by id."""
        rows = await self._connection.fetch(
            "SELECT id, received_at, body, tries, done_at FROM inbox WHERE id > $1 ORDER BY id LIMIT $2",
            after,
            limit,
        )
        return [InboxRow(**{name: row[name] for name in InboxRow.__slots__}) for row in rows]

    async def cases_of_cards(self, ids: Collection[LetterId]) -> set[AnomalyId]:
        """The cases that the answers to taps on the cards are kept with: of an incident's card, its first one."""
        cards = await Cards(self._connection).find_all(ids)
        listed = self._connection.listed({"id": Type.TEXT}, [(one,) for one in sorted(ids)], 1)
        rows = await self._connection.fetch(
            f"SELECT i.lead_case FROM incident_cards AS c JOIN {listed.sql} ON c.id = listed.id"
            " JOIN incidents AS i ON i.id = c.incident",
            *listed.parameters,
        )
        return {card.case for card in cards.values()} | {AnomalyId(row["lead_case"]) for row in rows}

    async def answers(self, cases: Collection[AnomalyId], people: Collection[str]) -> list[Letter]:
        """The answers to taps: the new faces of the cases' cards, and the lines to `people` about no case."""
        about = await Outbox(self._connection).of_cases(cases)
        faces = [one for letters in about.values() for one in letters if one.kind is LetterKind.FACE]
        by_person = self._connection.listed({"addressee": Type.TEXT}, [(one,) for one in sorted(people)], 1)
        lines = await self._connection.fetch(
            f"SELECT l.* FROM letters AS l JOIN {by_person.sql} ON l.addressee = listed.addressee"
            f" WHERE l.kind = '{LetterKind.LINE}' AND l.case_id IS NULL",
            *by_person.parameters,
        )
        return [*faces, *map(LETTERS.record, lines)]

    async def unknown(self, events: Collection[EventKey]) -> list[EventKey]:
        """Those of the events that are stored nowhere."""
        known = await Orders(self._connection).bodies(events)
        return [event for event in events if event not in known]

    async def exposures(
        self, after: tuple[str, str, str], limit: int
    ) -> list[tuple[Exposure, Experiment | None]]:
        """The next orders that trials concern, by shop, number and trial, each with its trial if there is one."""
        return await exposures_after(self._connection, after, limit)

    async def trials(self) -> tuple[list[Experiment], Document | None]:
        """Those that go on, and the version of the rules that is in force."""
        return await all_running(self._connection), await Documents(self._connection).newest(RULES)

    async def leases(self) -> list[Lease]:
        """Every lease that was ever taken."""
        rows = await self._connection.fetch("SELECT * FROM leases ORDER BY name")
        return [LEASES.record(row) for row in rows]


def _named(lines: Iterable[Row], what: What) -> frozenset[str]:
    """The letters that lines of a timeline are about."""
    return frozenset(line["key"].partition(":")[2] for line in lines if line["what"] == what)


def _by_order(rows: Sequence[Row]) -> dict[OrderKey, list[Row]]:
    found: dict[OrderKey, list[Row]] = {}
    for row in rows:
        found.setdefault(order_of(row), []).append(row)
    return found
