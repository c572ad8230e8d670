"""Who asks how everything stands gets the newest look, and the database is not asked more often than is good for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.directory import Directory
from bot.healthwatch import LONGEST_SILENCE, SHORTEST, TIMES_WHAT_IT_TOOK, HealthWatch
from bot.signals import Signals
from bot.storage.connection import Connection
from bot.storage.opening import database_for, open_store
from bot.storage.store import Store
from handlers.ports import StoreUnavailableError
from rules.editions import Rules
from rules.events import Shop
from rules.instants import MILLISECOND
from rules.roster import Roster
from rules.snapshot import Snapshot
from tests.bot.resting import rest
from tests.contracts.builders import BOOK, a_case
from tests.databases import sqlite_url


class CountingStore(Store):
    """A store that knows how often it was surveyed, and holds surveys until it is told."""

    surveys = 0
    held: asyncio.Event | None = None

    @asynccontextmanager
    async def survey(self) -> AsyncGenerator[Connection]:
        self.surveys += 1
        if self.held is not None:
            await self.held.wait()
        async with super().survey() as connection:
            yield connection


@dataclass(slots=True, kw_only=True)
class Desk:
    """A watch over a database in a file."""

    store: CountingStore
    watch: HealthWatch
    clock: ManualClock
    machine: ManualClock
    folder: Path

    def pass_(self, duration: timedelta) -> None:
        for clock in (self.clock, self.machine):
            clock.advance(duration)

    async def open_case(self, number: str, shop: str = "main") -> None:
        await self.store.run("test", lambda work: work.cases.save([a_case(number, shop=shop)]))


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Desk]:
    """An empty house. Looks take no time, as long as a test does not say otherwise: a busy machine changes nothing."""
    monkeypatch.setattr("bot.healthwatch.stopwatch", lambda: lambda: 0.0)
    folder = tmp_path / "var"
    url = sqlite_url(folder)
    directory = Directory(rules=Rules.only(BOOK), roster=Roster(members={}))
    clock, machine = ManualClock(), ManualClock()
    async with open_store(url, Signals()):
        database = database_for(url)
        await database.open()
        store = CountingStore(database, Signals())
        watch = HealthWatch(store, directory, clock, machine)
        yield Desk(store=store, watch=watch, clock=clock, machine=machine, folder=folder)
        await database.close()


async def test_a_look_is_good_for_a_second_and_says_when_it_was_taken(desk: Desk) -> None:
    first = await desk.watch.snapshot()
    desk.pass_(SHORTEST - MILLISECOND)
    assert await desk.watch.snapshot() is first
    assert first.at == desk.clock.now() - SHORTEST + MILLISECOND

    await desk.open_case("DB1")
    desk.pass_(MILLISECOND)
    second = await desk.watch.snapshot()
    assert (second.at, second.cases.unclosed, desk.store.surveys) == (desk.clock.now(), 1, 2)


async def test_nobody_asks_and_nothing_is_looked_at(desk: Desk) -> None:
    await desk.watch.snapshot()
    desk.pass_(timedelta(hours=1))
    await rest()
    assert desk.store.surveys == 1


async def test_a_look_that_took_long_is_good_for_ten_times_as_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    took = timedelta(seconds=3)
    monkeypatch.setattr("bot.healthwatch.stopwatch", lambda: lambda: took / MILLISECOND)
    first = await desk.watch.snapshot()
    desk.pass_(TIMES_WHAT_IT_TOOK * took - MILLISECOND)
    assert await desk.watch.snapshot() is first
    desk.pass_(MILLISECOND)
    assert (
        await desk.watch.snapshot() is first
    )  # nobody waits for three seconds: the new one is taken meanwhile
    assert await desk.watch.snapshot() is first
    while await desk.watch.snapshot() is first:
        await rest()
    assert desk.store.surveys == 2


async def test_what_is_long_past_is_not_shown_while_a_new_look_is_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    took = timedelta(seconds=3)
    monkeypatch.setattr("bot.healthwatch.stopwatch", lambda: lambda: took / MILLISECOND)
    first = await desk.watch.snapshot()
    desk.pass_(2 * TIMES_WHAT_IT_TOOK * took)
    assert await desk.watch.snapshot() is not first


async def test_a_look_is_old_when_the_story_has_jumped(desk: Desk) -> None:
    first = await desk.watch.snapshot()
    desk.clock.advance(LONGEST_SILENCE)
    assert await desk.watch.snapshot() is not first


async def test_all_who_ask_at_once_share_one_look(desk: Desk) -> None:
    desk.store.held = asyncio.Event()
    asking = [asyncio.create_task(desk.watch.snapshot()) for _ in range(20)]
    await rest()
    asking[0].cancel()
    await rest()
    desk.store.held.set()

    given_up, *found = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(given_up, asyncio.CancelledError)
    assert len({id(one) for one in found}) == 1
    assert isinstance(found[0], Snapshot)
    assert desk.store.surveys == 2, "the one that was given up, and one for all the others"


async def test_without_a_database_all_who_ask_hear_so_at_once_and_the_next_one_tries_again(
    desk: Desk,
) -> None:
    away = desk.folder.rename(desk.folder.with_name("away"))
    asking = [desk.watch.snapshot() for _ in range(20)]
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(one) for one in found} == {StoreUnavailableError}
    assert desk.store.surveys == 1

    away.rename(desk.folder)
    assert (await desk.watch.snapshot()).cases.unclosed == 0


async def test_whoever_subscribes_hears_what_differs_and_that_it_goes_on(desk: Desk) -> None:
    heard: list[Snapshot] = []
    note = heard.append

    async def listen() -> None:
        async for one in desk.watch.subscribe({Shop("main")}):
            note(one)

    async def passes(seconds: int) -> None:
        for _ in range(seconds):
            desk.pass_(SHORTEST)
            await settled(desk)

    listening = asyncio.create_task(listen())
    await settled(desk)
    await desk.open_case("DB1", shop="another")
    await passes(3)
    assert [one.cases.unclosed for one in heard] == [0]

    await desk.open_case("DB2")
    await passes(2)
    assert [one.cases.unclosed for one in heard] == [0, 1]

    await passes(LONGEST_SILENCE // SHORTEST)
    assert [one.cases.unclosed for one in heard] == [0, 1, 1]
    assert {place.shop for one in heard for place in one.counts} <= {Shop("main")}

    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    assert listening.cancelled()


async def settled(desk: Desk) -> None:
    """Until the look that was asked for has been taken, and whoever listens waits for the next second."""
    await rest()
    await desk.watch.snapshot()
    await rest()
