"""A database that is away is said to be unavailable, and so is nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from bot.leader import LEASE
from bot.signals import Signals
from bot.storage import postgres
from bot.storage.leases import Lease
from bot.storage.opening import open_store
from bot.storage.store import Store
from bot.viewing import Viewing
from handlers.ports import StoreUnavailableError
from tests.contracts.backend import inside, meanwhile, rows, value
from tests.contracts.builders import NOW
from tests.contracts.test_transactions import write_everywhere
from tests.contracts.test_viewing import a_look, noted, running
from tests.databases import postgres_database
from tests.servers import Server, a_postgres

AT_LEAST_SO_MANY = postgres.POOL + 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A store, and the server it stands on."""

    store: Store
    server: Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL for this file alone: it is stopped and paused here."""
    with a_postgres() as server:
        yield server


@pytest.fixture
async def standing(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Standing]:
    """A store that soon takes a server to hang."""
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 1)
    async with postgres_database(server.url) as url, open_store(url, Signals()) as store:
        yield Standing(store, server)


async def test_a_statement_that_makes_no_sense_is_no_outage(store: Store) -> None:
    with pytest.raises(Exception, match="nowhere") as raised:
        await value(store, "SELECT one FROM nowhere")
    assert not isinstance(raised.value, StoreUnavailableError)


async def test_a_value_that_the_driver_cannot_send_is_no_outage(postgres_store: Store) -> None:
    """To asyncpg it is an InterfaceError, as is the use of a connection that is gone."""
    with pytest.raises(Exception, match="invalid input") as raised:
        await value(postgres_store, "SELECT $1::bigint", "a text")
    assert not isinstance(raised.value, StoreUnavailableError)


async def test_a_server_that_stops_is_unavailable_until_it_is_back(standing: Standing) -> None:
    with standing.server.stopped():
        with pytest.raises(StoreUnavailableError):
            await inside(standing.store, write_everywhere)
        with pytest.raises(StoreUnavailableError):
            await standing.store.next_due()

    await inside(standing.store, write_everywhere)
    assert await value(standing.store, "SELECT count(*) FROM orders") == 1


async def test_a_server_that_stops_in_the_middle_is_unavailable_and_has_kept_nothing(
    standing: Standing,
) -> None:
    with pytest.raises(StoreUnavailableError):  # noqa: PT012 -- the commit is what fails
        async with meanwhile(standing.store, write_everywhere):
            with standing.server.stopped():
                pass

    assert await value(standing.store, "SELECT count(*) FROM orders") == 0


async def test_what_was_stopped_in_the_middle_lets_others_pass_and_has_kept_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "IDLE_MS", 200)
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 4)
    lease: Lease | None = None
    async with open_store(postgres_url, Signals()) as store:
        with pytest.raises(StoreUnavailableError):
            async with meanwhile(store, lambda work: work.leases.acquire("one", "stopped", NOW, LEASE)):
                lease = await inside(store, lambda work: work.leases.acquire("one", "awake", NOW, LEASE))

        assert lease == Lease(name="one", holder="awake", version=1, expires_at=NOW + LEASE)
        await inside(store, write_everywhere)


async def test_who_waits_too_long_for_another_is_told_so_by_the_right_name(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 1)
    async with open_store(postgres_url, Signals()) as store, meanwhile(store, write_everywhere):
        with pytest.raises(StoreUnavailableError):
            await inside(store, write_everywhere)


async def test_to_be_told_that_one_was_stopped_is_an_outage(postgres_store: Store) -> None:
    with pytest.raises(StoreUnavailableError):
        await rows(postgres_store, "DO $$ BEGIN RAISE SQLSTATE '25P03'; END $$")


async def test_what_cannot_be_put_down_is_not_to_be_shown(standing: Standing) -> None:
    viewing = Viewing(standing.store)
    async with running(viewing):
        with standing.server.stopped(), pytest.raises(StoreUnavailableError):
            await viewing.note(a_look(1))
        await viewing.note(a_look(2))

    assert await noted(standing.store) == [a_look(2)]


async def test_nobody_waits_for_ever_for_a_server_that_hangs(standing: Standing) -> None:
    """More ask than there are connections, and all of them hear of it."""
    with standing.server.hanging():
        async with asyncio.timeout(30):
            asked = [
                inside(standing.store, lambda work: work.chats.greeted("wrGroup", NOW))
                for _ in range(AT_LEAST_SO_MANY)
            ]
            heard = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(one) for one in heard} == {StoreUnavailableError}
    await inside(standing.store, write_everywhere)
    assert await value(standing.store, "SELECT count(*) FROM orders") == 1
