"""Replicas wake each other through Redis, and do without it when it is away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot import wakeups as subject
from bot.clock import SystemClock
from bot.redis import Redis, open_redis
from bot.signals import Signal, Signals, Wake
from bot.wakeups import CHANNEL, Wakeups

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SOON = timedelta(seconds=5)
NEVER = timedelta(milliseconds=200)


class Replica:
    """One that can be told of commits."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.wakeups = Wakeups(redis)
        self.signals = Signals(self.wakeups.tell)


@pytest.fixture
async def replicas(redis: str) -> AsyncIterator[list[Replica]]:
    """Two that listen."""
    async with AsyncExitStack() as stack:
        both = [Replica(await stack.enter_async_context(open_redis(redis))) for _ in range(2)]
        running = [asyncio.create_task(one.wakeups.run(one.signals)) for one in both]
        await listening(both[0].redis, 2)
        yield both
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def listening(redis: Any, count: int) -> None:
    """Wait until so many listen."""
    async with asyncio.timeout(10):
        while (await redis.pubsub_numsub(CHANNEL))[0][1] != count:
            await asyncio.sleep(0.01)


async def is_called(signal: Signal, at_most: timedelta = SOON) -> bool:
    return await signal.wait(SystemClock(), at_most)


async def test_a_commit_wakes_the_other_replica(replicas: list[Replica]) -> None:
    here, there = replicas

    here.signals.committed(Wake(letters=True))

    assert await is_called(there.signals.letters)
    assert not await is_called(there.signals.due, NEVER)


async def test_what_is_due_sooner_wakes_the_other_watcher(replicas: list[Replica]) -> None:
    here, there = replicas
    now = SystemClock().now()
    asleep = asyncio.create_task(there.signals.due.sleep_until(now + timedelta(hours=2), SystemClock()))
    await asyncio.sleep(0)

    here.signals.committed(Wake(due=now + timedelta(hours=1)))

    awake, _ = await asyncio.wait({asleep}, timeout=SOON.total_seconds())
    assert awake == {asleep}


async def test_nobody_wakes_oneself_again(replicas: list[Replica]) -> None:
    here, there = replicas
    here.signals.committed(Wake(letters=True))
    assert await is_called(here.signals.letters)
    assert await is_called(there.signals.letters)

    assert not await is_called(here.signals.letters, NEVER)


async def test_a_commit_that_leaves_nothing_is_not_told(replicas: list[Replica]) -> None:
    here, there = replicas

    here.signals.committed(Wake())

    assert not await is_called(there.signals.letters, NEVER)


async def test_what_others_write_into_the_channel_is_passed_by(replicas: list[Replica]) -> None:
    here, there = replicas

    await here.redis.publish(CHANNEL, "{}")
    here.signals.committed(Wake(letters=True))

    assert await is_called(there.signals.letters)


async def test_the_channel_is_found_again(replicas: list[Replica], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "PAUSE_SECONDS", 0.01)
    here, there = replicas

    await cast(Any, here.redis).execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await listening(here.redis, 2)
    here.signals.committed(Wake(letters=True))

    assert await is_called(there.signals.letters)


async def test_without_redis_a_replica_still_wakes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "PAUSE_SECONDS", 0.01)
    async with open_redis("redis://127.0.0.1:1/0") as nowhere:
        alone = Replica(nowhere)
        running = asyncio.create_task(alone.wakeups.run(alone.signals))
        alone.signals.committed(Wake(letters=True))

        assert await is_called(alone.signals.letters)
        await asyncio.sleep(0.1)
        assert not running.done()
        running.cancel()


class SwallowsCancellation:
    """A client of Redis under which a call comes to its end just as it is cancelled."""

    def __init__(self) -> None:
        self.called = asyncio.Event()

    async def publish(self, *_: str) -> None:
        await self._call()

    @asynccontextmanager
    async def pubsub(self, **_: bool) -> AsyncGenerator["SwallowsCancellation"]:
        yield self

    async def subscribe(self, _: str) -> None:
        pass

    async def get_message(self, **_: float) -> None:
        await self._call()

    async def _call(self) -> None:
        self.called.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@pytest.mark.parametrize("told", [False, True], ids=["listening", "telling"])
async def test_it_ends_though_a_call_under_way_swallows_the_cancellation(told: bool) -> None:
    """As `asyncio.wait_for` of Python 3.11 does: a service that was stopped went on for ever."""
    redis = SwallowsCancellation()
    one = Replica(cast(Redis, redis))
    running = asyncio.create_task(one.wakeups.run(one.signals))
    if told:
        one.signals.committed(Wake(letters=True))
    await redis.called.wait()
    await asyncio.sleep(0)

    running.cancel()

    ended, _ = await asyncio.wait({running}, timeout=SOON.total_seconds())
    assert ended == {running}


def test_several_wakes_are_one() -> None:
    later = NOW + timedelta(hours=1)

    assert Wake.all_of([Wake(due=later), Wake(due=NOW), Wake(letters=True)]) == Wake(due=NOW, letters=True)
    assert Wake.all_of([Wake()]) == Wake()
