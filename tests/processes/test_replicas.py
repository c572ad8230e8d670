"""Two replicas on one PostgreSQL and one Redis: the main job is done once, whoever does it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.redis import open_redis
from bot.wakeups import CHANNEL
from tests.databases import postgres_database
from tests.processes.commands import Running, command, free_port, until
from tests.processes.town import Town, a_reachable_customer, a_town, an_event, news

pytestmark = pytest.mark.processes

LIMIT = timedelta(minutes=5)
TAKEOVER_SECONDS = 25
"""The lease of the dead one runs out, then the other one asks for it."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One of several processes."""

    town: Town
    process: Running

    async def has_the_socket(self) -> bool:
        """Whether the bot is connected here."""
        return (await self.town.get("/readyz"))["channels"]["aibot"] == "subscribed"


@pytest.fixture
async def town(tmp_path: Path, postgres: str, redis: str) -> AsyncIterator[Town]:
    """A town whose services share a database and a Redis."""
    async with (
        postgres_database(postgres) as database,
        a_town(
            tmp_path,
            DINGDAN_DATABASE_URL=database,
            DINGDAN_REDIS_URL=redis,
            DINGDAN_SECRET_KEY="the-replicas-share-it",
        ) as town,
    ):
        yield town


@pytest.fixture
async def replicas(town: Town) -> AsyncIterator[list[Replica]]:
    """The one that holds the socket, and another one; WeCom's callbacks reach the first port."""
    async with AsyncExitStack() as stack:
        towns = [town, replace(town, port=free_port())]
        both = [Replica(one, await stack.enter_async_context(one.started())) for one in towns]
        for one in both:
            await until(one.town.is_ready, "ready")
        await until(town.wecom.connected, "the bot's connection")
        yield (
            sorted(both, key=lambda one: one.town is not town)
            if await both[0].has_the_socket()
            else both[::-1]
        )


async def test_both_do_the_main_job_and_it_is_done_once(
    town: Town, replicas: list[Replica], redis: str
) -> None:
    holder, other = replicas
    assert not await other.has_the_socket()
    assert await listeners(redis) == 2
    started = datetime.now(UTC) - LIMIT + timedelta(seconds=1)
    await town.wecom.customer_writes()
    event = an_event("DB1", "order.stage", started, stage="payment", status="started")
    await other.town.report(*a_reachable_customer("DB1"), event)
    assert (await holder.town.report(event))["duplicates"] == 1

    await until(lambda: has_card(town, "DB1"), "the card")
    (card,) = await town.wecom.group_cards("DB1")
    (push,) = await town.wecom.pushes("wangwu", "DB1")
    assert started + LIMIT < card.at <= started + LIMIT + timedelta(seconds=1)

    assert await town.wecom.tap("wangwu", push.task_id, "发送回复")
    await until(lambda: has_read(town, "DB1"), "the customer's message")
    await until(lambda: is_replied(other.town), "the answer")

    assert len(await town.wecom.customer_read("DB1")) == 1
    assert len(await town.wecom.group_cards("DB1")) == 1
    assert len(await town.wecom.pushes("wangwu", "DB1")) == 1
    assert await holder.town.anomalies() == await other.town.anomalies()
    calls = (await town.wecom.state())["calls"]
    assert [call["path"] for call in calls].count("gettoken") == 1


@pytest.mark.long
async def test_when_one_is_killed_the_other_goes_on(town: Town, replicas: list[Replica]) -> None:
    holder, other = replicas
    await holder.town.report(news("DB1", "payment", "started", ago=LIMIT - timedelta(seconds=2)))

    await holder.process.kill()
    await until(lambda: has_card(town, "DB1"), "the card", seconds=TAKEOVER_SECONDS)

    assert await other.has_the_socket()
    (case,) = await other.town.anomalies()
    assert case["order_no"] == "DB1"


@pytest.mark.parametrize("shared_first", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_replicas_that_share_no_redis_do_not_start(town: Town, redis: str, shared_first: bool) -> None:
    first, second = (redis, "embedded:") if shared_first else ("embedded:", redis)
    another = replace(town, port=free_port())
    async with town.started(DINGDAN_REDIS_URL=first) as service:
        await until(town.is_ready, "ready")

        async with another.started(DINGDAN_REDIS_URL=second) as refused:
            assert await refused.exit_code() == 2
            assert "DINGDAN_REDIS_URL: another process serves from this database" in refused.output()

        await service.kill()
        async with another.started(DINGDAN_REDIS_URL=second):
            await until(another.is_ready, "ready")


async def test_replicas_that_start_together_migrate_once(town: Town, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        environment = {"DINGDAN_DATABASE_URL": town.settings["DINGDAN_DATABASE_URL"]}
        starts = [command(tmp_path, "migrate", environment=environment) for _ in range(3)]
        migrations = [await stack.enter_async_context(one) for one in starts]

        assert [await migration.exit_code() for migration in migrations] == [0, 0, 0]


async def has_card(town: Town, number: str) -> bool:
    return bool(await town.wecom.group_cards(number) and await town.wecom.pushes("wangwu", number))


async def has_read(town: Town, number: str) -> bool:
    return bool(await town.wecom.customer_read(number))


async def is_replied(town: Town) -> bool:
    return [case["state"] for case in await town.anomalies()] == ["replied"]


async def listeners(url: str) -> int:
    """How many listen to the wake-ups."""
    async with open_redis(url) as redis:
        anything: Any = redis
        return (await anything.pubsub_numsub(CHANNEL))[0][1]
