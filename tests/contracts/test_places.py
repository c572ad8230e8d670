"""Only those who share all they need serve from one PostgreSQL, also after it was away."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.settings import SettingsError
from bot.storage import opening, places
from bot.storage.opening import replica
from tests.databases import postgres_database
from tests.servers import Server, a_postgres

PLACES = (
    "SELECT pid, granted FROM pg_locks JOIN pg_database ON oid = database"
    " WHERE locktype = 'advisory' AND datname = current_database()"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL for this file alone: it is stopped here."""
    with a_postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(opening, "TRY_EVERY_SECONDS", 0.1)


async def is_free(url: str, *, shares_redis: bool) -> bool:
    try:
        async with replica(url, shares_redis=shares_redis):
            return True
    except SettingsError:
        return False


async def told(logs: Sequence[EventDict], event: str) -> None:
    async with asyncio.timeout(10):
        while event not in [entry["event"] for entry in logs]:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("shares_redis", [False, True])
async def test_a_place_is_taken_again_after_the_server_was_away(
    server: Server, *, shares_redis: bool
) -> None:
    async with postgres_database(server.url) as url:
        with capture_logs() as logs:
            async with replica(url, shares_redis=shares_redis):
                server.stop()
                server.start()
                await told(logs, "place.taken_again")

                assert not await is_free(url, shares_redis=False)
                assert await is_free(url, shares_redis=True) is shares_redis


async def test_who_finds_its_place_taken_says_so_until_it_is_free(postgres_url: str) -> None:
    with capture_logs() as logs:
        async with replica(postgres_url, shares_redis=False), a_connection(postgres_url) as other:
            in_turn = asyncio.create_task(other.execute(f"SELECT pg_advisory_lock({places.PLACE_LOCK})"))
            async with a_connection(postgres_url) as operator:
                await waiting(operator)
                await operator.execute(
                    f"SELECT pg_terminate_backend(pid) FROM ({PLACES}) AS taken WHERE granted"
                )
            await in_turn
            await told(logs, "place.taken_by_another")
            assert "place.taken_again" not in [entry["event"] for entry in logs]

            await other.execute(f"SELECT pg_advisory_unlock({places.PLACE_LOCK})")

            await told(logs, "place.taken_again")


async def test_a_place_that_will_be_free_in_a_moment_is_waited_for(postgres_url: str) -> None:
    """So a process that is started anew does not stumble over the one before."""
    async with a_connection(postgres_url) as before:
        await before.execute(f"SELECT pg_advisory_lock({places.PLACE_LOCK})")
        coming = asyncio.create_task(is_free(postgres_url, shares_redis=False))
        await asyncio.sleep(opening.TRY_EVERY_SECONDS)
        assert not coming.done()

    assert await coming


@asynccontextmanager
async def a_connection(url: str) -> AsyncGenerator[Any]:
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def waiting(operator: Any) -> None:
    """Until somebody waits for the place."""
    async with asyncio.timeout(10):
        while not await operator.fetchval(f"SELECT count(*) FROM ({PLACES}) AS taken WHERE NOT granted"):
            await asyncio.sleep(0.01)
