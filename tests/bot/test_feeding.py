"""What sources sent is counted in memory and written soon; nothing of it holds anybody up, and little is lost."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import feeding
from bot.feeding import Feeding
from bot.signals import Signals
from bot.storage.feeds import Feeds
from bot.storage.opening import database_for, open_store
from bot.storage.store import Result, Store, Transaction
from handlers.ports import StoreUnavailableError
from tests.contracts.builders import a_report
from tests.databases import sqlite_url


class AwayStore(Store):
    """A store that is unavailable for a while."""

    tries = 0
    away = False

    async def run(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        self.tries += 1
        if self.away:
            raise StoreUnavailableError
        return await super().run(name, operation)

    async def counts(self) -> dict[str, int]:
        async with self.reading() as connection:
            rows = await connection.fetch("SELECT source, events FROM feeds ORDER BY source")
        return {row["source"]: row["events"] for row in rows}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[AwayStore]:
    """An empty house."""
    url = sqlite_url(tmp_path)
    async with open_store(url, Signals()):
        database = database_for(url)
        await database.open()
        yield AwayStore(database, Signals())
        await database.close()


@pytest.fixture
async def counts(store: AwayStore, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Feeding]:
    """What is counted, by a loop that does not wait."""
    monkeypatch.setattr(feeding, "WRITE_EVERY_SECONDS", 0)
    counts = Feeding(store)
    writing = asyncio.create_task(counts.run())
    yield counts
    await stopped(writing)


async def stopped(writing: asyncio.Task[None]) -> None:
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing


async def until_counted(store: AwayStore, expected: dict[str, int]) -> None:
    async with asyncio.timeout(10):
        while await store.counts() != expected:
            await asyncio.sleep(0)


async def test_what_is_noted_is_written_soon_and_nothing_is_when_nothing_is_noted(
    store: AwayStore, counts: Feeding
) -> None:
    counts.note([a_report(source="/erp"), a_report(source="/wms"), a_report(source="/erp")])
    await until_counted(store, {"/erp": 2, "/wms": 1})
    counts.note([a_report(source="/erp")])
    await until_counted(store, {"/erp": 3, "/wms": 1})
    assert store.tries == 2


async def test_without_a_database_counts_are_kept_until_there_is_one(
    store: AwayStore, counts: Feeding
) -> None:
    store.away = True
    counts.note([a_report(source="/erp")])
    async with asyncio.timeout(10):
        while store.tries < 3:
            await asyncio.sleep(0)
        counts.note([a_report(source="/erp"), a_report(source="/wms")])
    store.away = False

    await until_counted(store, {"/erp": 2, "/wms": 1})


async def test_what_is_left_when_the_service_stops_is_written_then(store: AwayStore) -> None:
    counts = Feeding(store)
    writing = asyncio.create_task(counts.run())
    await asyncio.sleep(0)
    counts.note([a_report(source="/erp")])

    await stopped(writing)

    assert await store.counts() == {"/erp": 1}


async def test_an_unexpected_error_is_told_and_the_counting_goes_on(
    store: AwayStore, counts: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, failed = Feeds.add, asyncio.Event()

    async def spoilt(self: Feeds, _heard: object) -> None:
        del self
        failed.set()
        raise ValueError("spoilt")

    monkeypatch.setattr(Feeds, "add", spoilt)
    with capture_logs() as logs:
        counts.note([a_report(source="/erp"), a_report(source="/erp")])
        await failed.wait()
        monkeypatch.setattr(Feeds, "add", add)
        counts.note([a_report(source="/wms")])
        await until_counted(store, {"/wms": 1})

    assert [(log["event"], log["events"]) for log in logs] == [("feeding.lost", 2)]
