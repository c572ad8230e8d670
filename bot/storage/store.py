"""How does a handler get its transaction? `Store.run`, over either database."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from bot.clock import steady
from bot.failpoints import reached
from bot.signals import Signals, Wake
from bot.storage.accounts import Accounts
from bot.storage.approved import Approvals, IncidentCards
from bot.storage.cases import Cases
from bot.storage.causes import Causes
from bot.storage.connection import Connection
from bot.storage.decisions import Decisions
from bot.storage.desk import Cards, Chats, Windows
from bot.storage.documents import Documents
from bot.storage.drafts import Drafts
from bot.storage.dues import Dues, next_due
from bot.storage.dutybook import DutyBook
from bot.storage.experiments import Experiments
from bot.storage.feeds import Feeds
from bot.storage.inbox import Inbox
from bot.storage.incidents import Incidents
from bot.storage.leases import Leases
from bot.storage.orders import Orders
from bot.storage.outages import Outages
from bot.storage.outbox import Outbox, next_letter
from bot.storage.passes import SpentPasses
from bot.storage.personal import PersonalData
from bot.storage.promises import Promises
from bot.storage.proposals import Proposals
from bot.storage.rehearsals import Rehearsals
from bot.storage.reports import Reports
from bot.storage.staff import StaffBook
from bot.storage.tasks import Tasks
from bot.storage.trail import Trail
from handlers.ports import StoreUnavailableError
from rules.instants import EPOCH, known_instant, to_ms

Result = TypeVar("Result")
TRIES = 8
READING = "reading"
LATELY_SECONDS = 10


class Database(Protocol):
    """What the two databases have in common."""

    @property
    def lanes(self) -> int:
        """How many transactions side by side serve a stream of writes best."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def place(self, *, shared: bool) -> AbstractAsyncContextManager[bool]: ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]: ...

    def reading(self) -> AbstractAsyncContextManager[Connection]: ...

    def snapshot(self) -> AbstractAsyncContextManager[Connection]: ...

    def survey(self) -> AbstractAsyncContextManager[Connection]: ...

    def alone(self) -> AbstractAsyncContextManager[None]: ...

    def must_repeat(self, error: Exception) -> bool: ...

    def is_down(self, error: Exception) -> bool: ...


class Transaction:
    """One unit of work; see `handlers.ports.Work`."""

    def __init__(self, connection: Connection) -> None:
        self.orders = Orders(connection)
        self.dues = Dues(connection)
        self.cases = Cases(connection)
        self.outbox = Outbox(connection)
        self.cards = Cards(connection)
        self.incident_cards = IncidentCards(connection)
        self.approvals = Approvals(connection)
        self.tasks = Tasks(connection)
        self.promises = Promises(connection)
        self.windows = Windows(connection)
        self.chats = Chats(connection)
        self.accounts = Accounts(connection)
        self.staff = StaffBook(connection)
        self.duty = DutyBook(connection)
        self.feeds = Feeds(connection)
        self.outages = Outages(connection)
        self.trail = Trail(connection)
        self.personal = PersonalData(connection)
        self.incidents = Incidents(connection)
        self.causes = Causes(connection)
        self.proposals = Proposals(connection)
        self.documents = Documents(connection)
        self.decisions = Decisions(connection)
        self.reports = Reports(connection)
        self.drafts = Drafts(connection)
        self.experiments = Experiments(connection)
        self.rehearsals = Rehearsals(connection)
        self.inbox = Inbox(connection)
        self.passes = SpentPasses(connection)
        self.leases = Leases(connection)


class Store:
    """The database, as handlers know it. Wakes whoever waits for what a commit has made due."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._missed: dict[str, float] = {}

    @property
    def is_up(self) -> bool:
        """Whether nobody found it unavailable lately who has not found it since.

        On a full disk some things still succeed while others fail: each speaks for itself.
        """
        return all(steady() - at > LATELY_SECONDS for at in self._missed.values())

    @property
    def lanes(self) -> int:
        """See `Database`."""
        return self._database.lanes

    async def run(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """See `handlers.ports.Store`. `name` names the failpoints before and after the commit."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(name, operation)
            except Exception as error:
                self._raise_if_down(name, error)
                if attempt == TRIES or not self._database.must_repeat(error):
                    raise
                await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311 -- to step out of each other's way

    async def _once(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        async with self._database.transaction() as connection:
            work = Transaction(connection)
            result = await operation(work)
            reached(f"{name}.before_commit")
        reached(f"{name}.after_commit")
        self._missed.pop(name, None)
        self._signals.committed(
            Wake(
                due=work.dues.earliest,
                letters=work.outbox.posted,
                news=work.accounts.announced,
                staff=work.staff.changed or work.duty.changed or work.documents.changed,
            )
        )
        return result

    def _raise_if_down(self, name: str, error: Exception) -> None:
        if self._database.is_down(error):
            self._missed[name] = steady()
            raise StoreUnavailableError(StoreUnavailableError.__doc__) from error

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection for queries outside any transaction."""
        try:
            async with self._database.reading() as connection:
                yield connection
        except Exception as error:
            self._raise_if_down(READING, error)
            raise
        self._missed.pop(READING, None)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Connection]:
        """A connection whose queries all see one moment. Not for long: PostgreSQL keeps what others delete."""
        async with self._one_moment(self._database.snapshot()) as connection:
            yield connection

    @asynccontextmanager
    async def survey(self) -> AsyncGenerator[Connection]:
        """The same for the few questions that are about whole tables."""
        async with self._one_moment(self._database.survey()) as connection:
            yield connection

    @asynccontextmanager
    async def _one_moment(
        self, connecting: AbstractAsyncContextManager[Connection]
    ) -> AsyncGenerator[Connection]:
        try:
            async with connecting as connection:
                yield connection
        except Exception as error:
            self._raise_if_down(READING, error)
            raise

    async def next_due(self) -> datetime | None:
        """When the next thing is due."""
        return await self._read(next_due)

    async def next_letter(self, after: datetime = EPOCH) -> datetime | None:
        """When the next letter may leave, of those that may not until `after`."""
        return await self._read(partial(next_letter, after=to_ms(after)))

    async def _read(self, query: Callable[[Connection], Awaitable[int | None]]) -> datetime | None:
        async with self.reading() as connection:
            at = await query(connection)
        return known_instant(at)
