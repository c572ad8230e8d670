"""PostgreSQL or Redis is away for a while: nothing is lost or doubled, and the service says so and comes back."""

import asyncio
import logging
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.redis import open_redis
from tests.chaos.agent import answer_on_the_card
from tests.chaos.lives import is_at_rest, is_told
from tests.chaos.source import Source
from tests.processes.commands import until
from tests.processes.replicas import Replica
from tests.processes.town import Town, a_reachable_customer, news
from tests.servers import Server

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

BACK_SECONDS = 15
"""After the return of what was away, the service is healthy."""
A_WHILE = [pytest.param(2), pytest.param(60, marks=pytest.mark.long)]
_numbers = count(1)

figures = logging.getLogger("figures")
"""To see them: --log-cli-level=INFO."""


async def a_late_payment(town: Town) -> str:
    """A payment that is overdue already; the number of its order."""
    number = f"AWAY-{next(_numbers)}"
    overdue = news(number, "payment", "started", ago=timedelta(minutes=6))
    await town.report(*a_reachable_customer(number), overdue)
    return number


async def told(town: Town, *numbers: str) -> None:
    """Wait until group and manager have heard of each, once."""
    for number in numbers:
        await until(lambda number=number: is_told(town, number), f"card and push of {number}")
    await until(lambda: is_at_rest(town), "rest")
    for number in numbers:
        assert len(await town.wecom.group_cards(number)) == 1
        assert len(await town.wecom.pushes("wangwu", number)) == 1


async def are_ready(replicas: list[Replica]) -> bool:
    return all([await one.town.is_ready() for one in replicas])


async def parts(town: Town) -> dict[str, str]:
    """What /readyz says of each part."""
    return (await town.get("/readyz"))["parts"]


@pytest.mark.parametrize("seconds", A_WHILE)
async def test_postgres_is_stopped(replicas: list[Replica], own_postgres: Server, seconds: float) -> None:
    town = replicas[0].town
    before = await a_late_payment(town)
    source = Source(towns=[one.town for one in replicas])
    async with source.reporting():
        with own_postgres.stopped():
            await asyncio.sleep(seconds)
            assert await parts(town) == {"database": "down", "watcher": "down"}
            assert not await are_ready(replicas)
        await until(lambda: are_ready(replicas), "ready again", seconds=BACK_SECONDS)
        after = await a_late_payment(town)

    assert set(source.answers) == {202, 503}
    await told(town, before, after)
    assert await town.broken() == []
    figures.info("PostgreSQL stopped for %s s: %s", seconds, source)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [3, 60])
async def test_postgres_hangs(replicas: list[Replica], own_postgres: Server, seconds: float) -> None:
    town = replicas[0].town
    before = await a_late_payment(town)
    source = Source(towns=[one.town for one in replicas])
    async with source.reporting():
        with own_postgres.hanging():
            await asyncio.sleep(seconds)
        await until(lambda: are_ready(replicas), "ready again", seconds=BACK_SECONDS)
        after = await a_late_payment(town)

    assert set(source.answers) <= {202, 503}
    assert source.slowest < 30
    await told(town, before, after)
    assert await town.broken() == []
    figures.info("PostgreSQL hung for %s s: %s", seconds, source)


# --- Redis -----------------------------------------------------------------------


@pytest.mark.parametrize("seconds", A_WHILE)
async def test_redis_is_stopped(replicas: list[Replica], own_redis: Server, seconds: float) -> None:
    town = replicas[0].town
    await town.wecom.customer_writes()
    before = await a_late_payment(town)
    await told(town, before)
    source = Source(towns=[one.town for one in replicas])
    async with source.reporting():
        with own_redis.stopped():
            during = await a_late_payment(town)
            await told(town, during)
            await answer_on_the_card(town, before)
            await asyncio.sleep(seconds)
            assert await are_ready(replicas)
    after = await a_late_payment(town)

    await told(town, after)
    assert set(source.answers) == {202}
    assert len(await town.wecom.customer_read(before)) == 1
    assert await town.broken() == []
    figures.info("Redis stopped for %s s: %s", seconds, source)


@pytest.mark.parametrize("do", [pytest.param("hangs", marks=pytest.mark.long), "forgets"])
async def test_redis_hangs_or_forgets_everything(replicas: list[Replica], own_redis: Server, do: str) -> None:
    """Whoever needs the token first fetches it for all."""
    town = replicas[0].town
    await told(town, await a_late_payment(town))
    fetched = await town.wecom.calls("gettoken")
    if do == "hangs":
        with own_redis.hanging():
            numbers = [await a_late_payment(town) for _ in range(2)]
            await told(town, *numbers)
        assert await town.wecom.calls("gettoken") <= fetched + len(replicas)
    else:
        async with open_redis(own_redis.url) as redis:
            anything: Any = redis
            await anything.flushall()
        numbers = [await a_late_payment(one.town) for one in replicas]
        await told(town, *numbers)
        assert await town.wecom.calls("gettoken") == fetched + 1
    assert await town.broken() == []
