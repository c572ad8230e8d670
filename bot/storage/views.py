"""What can be read outside any transaction? The questions of the API and the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.cases import CASES, Cases
from bot.storage.connection import storable
from bot.storage.orders import Orders
from bot.storage.store import Store
from bot.storage.tables import CaseTable
from rules.anomalies import Anomaly, State
from rules.events import OrderKey, Shop
from rules.instants import to_ms
from rules.orders import Order
from rules.stages import Stage

COLUMNS = tuple(CASES.table.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; None and an empty tuple of states stand for all."""

    states: tuple[State, ...] = ()
    stage: Stage | None = None
    shops: frozenset[Shop] | None = None
    before: str | None = None
    """Only cases older than this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How the outbox stands."""

    ready: int
    dead: int
    """Letters that failed, and not because they were not needed any more."""

    def __str__(self) -> str:
        return f"待发 {self.ready}，没有发出去的 {self.dead}"


class Views:
    """Reads for people and programs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def orders(self, number: str, shop: str | None) -> list[Order]:
        """The orders that go by a number or a reference: one for each shop that has one."""
        async with self._store.reading() as connection:
            orders = Orders(connection)
            keys = (await orders.resolve({number})).get(number, [])
            wanted = dict.fromkeys(key for key in keys if shop is None or key.shop == shop)
            found = [await orders.find(key) for key in wanted]
        return [order for order in found if order is not None]

    async def cases_of(self, key: OrderKey) -> list[Anomaly]:
        """All cases of an order, oldest first."""
        async with self._store.reading() as connection:
            return (await Cases(connection).of([key]))[key]

    async def waiting(self, now: datetime) -> Waiting:
        """What waits to be sent, and what could not be in the last day."""
        async with self._store.reading() as connection:
            (row,) = await connection.fetch(
                "SELECT (SELECT count(*) FROM letters WHERE state = 'ready') AS ready,"
                " (SELECT count(*) FROM letters WHERE state IN ('failed', 'unknown') AND done_at > $1"
                " AND note NOT IN ('not needed any more', 'expired')) AS dead",
                to_ms(now - timedelta(days=1)),
            )
        return Waiting(ready=row["ready"], dead=row["dead"])

    async def chats(self) -> list[str]:
        """Where somebody has spoken to the bot, latest first: groups by chat id, members by userid."""
        async with self._store.reading() as connection:
            rows = await connection.fetch("SELECT id FROM chats ORDER BY greeted_at DESC, id")
        return [row["id"] for row in rows]

    async def cases(self, wanted: CaseFilter, limit: int) -> Sequence[Anomaly]:
        """Cases, newest first."""
        query = CaseTable.all()
        if wanted.states:
            query = query.filter(state__in=[state.value for state in wanted.states])
        if wanted.stage is not None:
            query = query.filter(stage=wanted.stage.value)
        if wanted.shops is not None:
            query = query.filter(shop__in=[storable(shop) for shop in wanted.shops])
        if wanted.before is not None:
            query = query.filter(id__lt=storable(wanted.before))
        rows = await query.order_by("-id").limit(limit).values(*COLUMNS)
        return [CASES.record(row) for row in rows]
