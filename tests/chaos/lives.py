"""What goes on around a service that dies and comes back? Senders insist, and whoever asks waits until it rests."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import aiohttp
import pytest

from bot.failpoints import EXIT_CODE
from bot.storage.opening import database_for
from tests.processes.commands import PATIENCE_SECONDS
from tests.processes.town import Town

Result = TypeVar("Result")
Chain = tuple[str, ...]
"""What the service dies of, one death after the other."""
AT_LAST_SECONDS = 300
"""A letter of the dead one is held for a minute on PostgreSQL, and a conversation takes 25 messages a minute."""


async def insist(do: Callable[[], Awaitable[Result]]) -> Result:
    """Do it again until it is acknowledged."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await do()
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


async def is_told(town: Town, number: str) -> bool:
    return bool(await town.wecom.group_cards(number) and await town.wecom.pushes("wangwu", number))


async def is_at_rest(town: Town) -> bool:
    """Nothing waits to be sent or dealt with, and the service is up."""
    opened = database_for(town.database)
    await opened.open()
    try:
        async with opened.reading() as connection:
            (row,) = await connection.fetch(
                "SELECT (SELECT count(*) FROM letters WHERE state IN ('ready', 'sending'))"
                " + (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS waiting"
            )
    finally:
        await opened.close()
    return row["waiting"] == 0 and bool(await town.get("/readyz"))


async def has_died(to_come: Sequence[str]) -> bool:
    """Nothing is left to die of; one of many new services of an app may wait for a minute to ask what customers wrote."""
    return not to_come


def named(deaths: Sequence[Chain]) -> list[object]:
    """Parameters of a test that say what is died of."""
    return [pytest.param(chain, id=" then ".join(chain)) for chain in deaths]


@asynccontextmanager
async def kept_alive(town: Town, deaths: Chain) -> AsyncGenerator[list[str]]:
    """The service, started again whenever it dies; what it has yet to die of."""
    to_come = list(deaths)

    async def keep() -> None:
        while to_come:
            async with town.started(DINGDAN_FAILPOINT=to_come[0]) as service:
                assert await service.exit_code() == EXIT_CODE, service.output()
            del to_come[0]
        async with town.started() as service:
            await service.exit_code()
            pytest.fail(service.output())

    keeping = asyncio.create_task(keep())
    try:
        yield to_come
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
