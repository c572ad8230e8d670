"""What can be read outside any transaction? The questions of the API and the pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import SystemClock
from bot.sharing import Shared
from bot.storage.caselist import MOST_COUNTED, CaseFilter, CaseList, Counts
from bot.storage.cases import Cases
from bot.storage.causes import DelayFilter, WeekFound, delay_page, found_of, weeks_of
from bot.storage.decisions import (
    approved_within,
    decision_of,
    decision_page,
    decisions_about,
    endings_of,
    open_decisions,
)
from bot.storage.dutybook import changes_between
from bot.storage.evidence import Found, found_within
from bot.storage.figures import Figures, figures_of
from bot.storage.ledger import ledger_within
from bot.storage.losses import Loss, LossFilter, losses
from bot.storage.measureddays import MeasuredDays
from bot.storage.measures import MeasureFilter
from bot.storage.orderlist import Listed, OrderFilter, OrderList
from bot.storage.orders import Orders
from bot.storage.outbox import Outbox, lost_since
from bot.storage.parked import Parked, ParkedFilter, parked_events
from bot.storage.personal import newest_told, reached_by
from bot.storage.promiselist import (
    HistoryFilter,
    PromiseFilter,
    promise_page,
    promise_samples,
    promise_tallies,
)
from bot.storage.promises import Promises
from bot.storage.proposals import Kept, newest_proposals
from bot.storage.reasons import ReasonFilter, reason_tallies
from bot.storage.reports import report_of, report_page
from bot.storage.store import Store
from bot.storage.tasklist import TaskCounts, TaskFilter, task_counts, task_page
from bot.storage.trail import Trail, TrailFilter, TrailLine
from handlers.ledger import Ledger
from handlers.outbox import Letter
from handlers.records import Entry
from handlers.world import BrokenSealError, Seals
from replies.personal import Sought, number_of, sought_phone
from rules import keeprates
from rules.anomalies import Anomaly
from rules.causes import Delay
from rules.dates import A_DAY
from rules.decisions import Decision, DecisionNo
from rules.duty import Change
from rules.events import EventKey, OrderEvent, OrderKey, Personal, Shop, UserId
from rules.evidence import Facet
from rules.honesty import Sample
from rules.instants import from_ms
from rules.measures import Measures
from rules.orders import Order
from rules.promises import Promise
from rules.shares import Tally
from rules.tasks import Task
from rules.weeks import Report

MOST_ALIKE = 1000
MOST_WEEKS = 26
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with all that happened to it, and all that was sent because of it; both oldest first."""

    case: Anomaly
    timeline: Sequence[Entry]
    letters: Sequence[Letter]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """An order with what was reported of it, in no order, and its cases with their timelines and letters, oldest first."""

    order: Order
    events: Sequence[OrderEvent]
    cases: Sequence[CaseFile]
    promises: Sequence[Promise]
    """Oldest first."""


class Views:
    """Reads for people and programs."""

    def __init__(self, store: Store, seals: Seals | None = None) -> None:
        self._store = store
        self._seals = seals
        """None where nobody looks for a phone number."""
        self._measured_days = MeasuredDays()
        self.reasons_lately = Shared(self.reasons, SystemClock(), timedelta(minutes=1))
        """The same as `reasons`, as of a minute ago: for what is only compared with."""

    async def keys_of(self, refs: Collection[str], shop: str | None) -> list[OrderKey]:
        """The orders that go by one of these numbers or references, each once."""
        async with self._store.reading() as connection:
            found = await Orders(connection).resolve(refs)
        keys = dict.fromkeys(key for ref in refs for key in found.get(ref, ()))
        return [key for key in keys if shop is None or key.shop == shop]

    async def orders_of(self, keys: Collection[OrderKey]) -> list[Order]:
        """These orders, as far as they are known, in the order in which they were asked for."""
        async with self._store.reading() as connection:
            found = await Orders(connection).known(keys)
        return [found[key] for key in keys if key in found]

    async def watched(self, wanted: OrderFilter, now: datetime, limit: int) -> list[Listed]:
        """Watched orders, the longest late first."""
        async with self._store.reading() as connection:
            return await OrderList(connection).page(wanted, now, limit)

    async def by_phone(self, typed: str, shops: frozenset[Shop] | None, limit: int) -> list[Order]:
        """The orders of whoever has that number, newest first: by the whole of it, or by `138****8000`.

        Of those that are shown alike, the newest `MOST_ALIKE` are compared with the whole number.
        """
        sought = sought_phone(typed)
        if sought is None:
            return []
        async with self._store.reading() as connection:
            alike = await reached_by(connection, sought.shown, shops, MOST_ALIKE)
        return [order for order in alike if self._has(order, sought)][:limit]

    async def tasks(
        self, wanted: TaskFilter, limit: int, reader: UserId
    ) -> tuple[Sequence[Task], TaskCounts]:
        """What people were asked to see to, the latest first; and how many wait in the shops of the filter."""
        async with self._store.snapshot() as connection:
            return (
                await task_page(connection, wanted, limit),
                await task_counts(connection, wanted.shops, reader),
            )

    async def can_open(self) -> bool | None:
        """Whether what is sealed can be read under this key; None when nothing is there to try it on."""
        async with self._store.reading() as connection:
            order = await newest_told(connection)
        if order is None or self._seals is None:
            return None
        customer = order.customer
        sealed = {Personal.PHONE: customer.phone, Personal.ADDRESS: customer.address}
        try:
            opened = [self._seals.open(what, one) for what, one in sealed.items() if one is not None]
        except BrokenSealError:
            return False
        return True if opened else None

    def _has(self, order: Order, sought: Sought) -> bool:
        """Whether the number looked for is that of the order's customer; one that cannot be read is nobody's."""
        phone = order.customer.phone
        if sought.number is None or phone is None or self._seals is None:
            return sought.number is None
        try:
            return number_of(self._seals.open(Personal.PHONE, phone)) == sought.number
        except BrokenSealError:
            return False

    async def order_file(self, key: OrderKey) -> OrderFile | None:
        """All that is known of an order, as of one moment; None when it is not."""
        async with self._store.snapshot() as connection:
            orders, cases = Orders(connection), Cases(connection)
            order = await orders.find(key)
            if order is None:
                return None
            known = (await cases.of([key]))[key]
            letters = await Outbox(connection).of_cases([case.id for case in known])
            files = [
                CaseFile(case=case, timeline=await cases.timeline(case.id), letters=letters[case.id])
                for case in known
            ]
            promises = await Promises(connection).of([key])
            return OrderFile(
                order=order,
                events=(await orders.events([key]))[key],
                cases=files,
                promises=promises.get(key, []),
            )

    async def events_of(self, key: OrderKey) -> list[OrderEvent]:
        """What was reported of an order, in no order."""
        async with self._store.reading() as connection:
            return (await Orders(connection).events([key]))[key]

    async def body_of(self, key: OrderKey, event: EventKey) -> tuple[str, datetime] | None:
        """An event of an order as it is stored, and when it arrived; None when there is none of that id."""
        async with self._store.reading() as connection:
            rows = await connection.fetch(
                "SELECT body, observed_at FROM events"
                " WHERE source = $1 AND id = $2 AND shop = $3 AND order_no = $4",
                *event,
                *key,
            )
        return (rows[0]["body"], from_ms(rows[0]["observed_at"])) if rows else None

    async def figures(self, now: datetime) -> Figures:
        """How the service stands."""
        async with self._store.reading() as connection:
            return await figures_of(connection, now)

    async def ledger(self, within: timedelta, shops: frozenset[Shop] | None) -> Ledger:
        """What became of the alerts that were written within that time, for these shops or for all."""
        async with self._store.reading() as connection:
            return await ledger_within(connection, within, shops)

    async def duty_changes(self, start: datetime, end: datetime) -> list[Change]:
        """The changes of duty that are or were about the time in between, in the order in which they were made."""
        async with self._store.reading() as connection:
            return await changes_between(connection, start, end)

    async def shops(self) -> list[Shop]:
        """The shops that orders came from."""
        async with self._store.reading() as connection:
            return await Orders(connection).shops()

    async def trail(self, wanted: TrailFilter, limit: int) -> Sequence[TrailLine]:
        """Lines of the audit trail, newest first."""
        async with self._store.reading() as connection:
            return await Trail(connection).lines(wanted, limit)

    async def lost(self, now: datetime, limit: int) -> list[Letter]:
        """The letters of the last day that did not arrive and are missed, newest first."""
        async with self._store.reading() as connection:
            return await lost_since(connection, now - A_DAY, limit)

    async def reasons(self, wanted: ReasonFilter) -> list[Tally]:
        """How many cases came for which reason, by half hours."""
        async with self._store.reading() as connection:
            return await reason_tallies(connection, wanted)

    async def causes(self, shop: str, week: str | None) -> tuple[WeekFound | None, Mapping[str, datetime]]:
        """What was found of a week of a shop, or of the latest one; and which weeks were looked at, newest first."""
        async with self._store.snapshot() as connection:
            weeks = await weeks_of(connection, shop, MOST_WEEKS)
            wanted = week or next(iter(weeks), None)
            return (await found_of(connection, shop, wanted) if wanted else None), weeks

    async def proposals(self) -> list[Kept]:
        """What history proposed in the latest week in which it was asked."""
        async with self._store.reading() as connection:
            return await newest_proposals(connection)

    async def delays(self, wanted: DelayFilter, limit: int) -> Sequence[Delay]:
        """Delays of a week one by one, newest first."""
        async with self._store.reading() as connection:
            return await delay_page(connection, wanted, limit)

    async def evidence(self, wanted: CaseFilter, facets: Mapping[Facet, str]) -> Found:
        """What belongs to a cause; it takes several statements, and so much is no snapshot."""
        async with self._store.reading() as connection:
            return await found_within(connection, wanted, facets)

    async def decisions(
        self, before: int | None, limit: int
    ) -> tuple[Sequence[Decision], Mapping[DecisionNo, Decision]]:
        """Decisions, newest first, and what ended each of those that were ended."""
        async with self._store.snapshot() as connection:
            page = await decision_page(connection, before, limit)
            return page, await endings_of(connection, [one.number for one in page])

    async def decision(self, number: DecisionNo) -> tuple[Decision, Decision | None] | None:
        """One of them, and what ended it."""
        async with self._store.snapshot() as connection:
            found = await decision_of(connection, number)
            return None if found is None else (found, (await endings_of(connection, [number])).get(number))

    async def decisions_about(self, cause: str) -> Sequence[Decision]:
        """Those about this very cause that nothing has superseded, oldest first."""
        async with self._store.reading() as connection:
            return await decisions_about(connection, cause)

    async def approved(self, since: datetime, until: datetime) -> int:
        """What was approved for customers within that time, in fen."""
        async with self._store.reading() as connection:
            return await approved_within(connection, since, until)

    async def open_decisions(self, limit: int) -> Sequence[Decision]:
        """Those that nothing has ended, newest first."""
        async with self._store.reading() as connection:
            return await open_decisions(connection, limit)

    async def reports(self, before: str | None, limit: int) -> Sequence[Report]:
        """The reports of the weeks, newest first."""
        async with self._store.reading() as connection:
            return await report_page(connection, before, limit)

    async def report(self, week: str) -> Report | None:
        """That of a week."""
        async with self._store.reading() as connection:
            return await report_of(connection, week)

    async def measures(self, wanted: MeasureFilter, complaint: timedelta, now: datetime) -> Measures:
        """How well the team answered; `complaint` is the complaint budget. Days that are over: up to a 24th of their age ago."""
        async with self._measured_days.turn, self._store.snapshot() as connection:
            return await self._measured_days.measured(connection, wanted, complaint, now)

    async def promises(
        self, wanted: PromiseFilter, limit: int
    ) -> tuple[Sequence[Promise], Sequence[keeprates.Tally]]:
        """Promises, newest first, and how all that fit fared."""
        async with self._store.snapshot() as connection:
            everywhere = replace(wanted, before=None, state=None)
            return await promise_page(connection, wanted, limit), await promise_tallies(
                connection, everywhere
            )

    async def promise_samples(self, wanted: HistoryFilter, now: datetime) -> list[Sample]:
        """How long it takes until what is promised happens."""
        async with self._store.reading() as connection:
            return await promise_samples(connection, wanted, now)

    async def losses(self, wanted: LossFilter, limit: int) -> list[Loss]:
        """Letters that did not arrive and are missed, newest first."""
        async with self._store.reading() as connection:
            return await losses(connection, wanted, limit)

    async def parked(self, wanted: ParkedFilter, limit: int) -> list[Parked]:
        """Events that belong to no order, newest first."""
        async with self._store.reading() as connection:
            return await parked_events(connection, wanted, limit)

    async def chats(self) -> list[str]:
        """Where somebody has spoken to the bot, latest first: groups by chat id, members by userid."""
        async with self._store.reading() as connection:
            rows = await connection.fetch("SELECT id FROM chats ORDER BY greeted_at DESC, id")
        return [row["id"] for row in rows]

    async def cases(self, wanted: CaseFilter, limit: int) -> Sequence[Anomaly]:
        """Cases, in the order that was asked for."""
        async with self._store.reading() as connection:
            return await CaseList(connection).page(wanted, limit)

    async def counted_cases(
        self, wanted: CaseFilter, limit: int, reader: UserId
    ) -> tuple[Sequence[Anomaly], Counts]:
        """The same, and how many there are beside them."""
        async with self._store.reading() as connection:
            cases = CaseList(connection)
            counts = await cases.counts(wanted, reader)
            few = counts.found < limit or (bool(wanted.number) and counts.found <= MOST_COUNTED)
            return await cases.page(wanted, limit, few=few) if counts.found else [], counts
