"""Is a way left alone that was used too often, by all replicas, and opened by one call that goes first?"""

import asyncio
from datetime import timedelta
from typing import Any, cast

import fakeredis
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.channels.pauses import A_MOMENT, Pauses
from bot.clock import ManualClock
from bot.wecom.tokens import Cache
from rules.pauses import HOUR, MINUTE
from tests.bot.resting import rest

WAY, OTHER = "message/send", "kf/send_msg"


class Broken:
    """A Redis that is away."""

    async def get(self, name: str, *_: object, **__: object) -> str:
        raise RedisConnectionError(name)

    set = delete = get


class Slower:
    """A Redis whose first answer comes last."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, _name: str) -> None:
        self.asked += 1
        await asyncio.sleep(0.02 / self.asked)


def pauses(clock: ManualClock, cache: object = None) -> Pauses:
    return Pauses(clock, lambda: 0.0, cast(Cache | None, cache), "corp")


async def closed(one: Pauses, way: str = WAY) -> timedelta | None:
    async with one.passage(way) as left:
        return left


async def test_a_way_that_was_used_too_often_is_closed_and_no_other_is() -> None:
    clock = ManualClock()
    one = pauses(clock)
    assert await closed(one) is None

    assert await one.refused(WAY, clock.now()) == MINUTE

    assert (await closed(one), await closed(one, OTHER)) == (MINUTE, None)
    clock.advance(MINUTE - A_MOMENT)
    assert await closed(one) == A_MOMENT
    clock.advance(A_MOMENT)
    assert await closed(one) is None


async def test_when_it_is_refused_again_it_is_the_hour_and_once_it_is_taken_all_is_forgotten() -> None:
    clock = ManualClock()
    one = pauses(clock)
    await one.refused(WAY, clock.now())
    clock.advance(MINUTE)
    assert await one.refused(WAY, clock.now()) == HOUR

    clock.advance(HOUR)
    await one.taken(WAY, clock.now())

    assert await one.refused(WAY, clock.now()) == MINUTE


async def test_what_was_under_way_neither_opens_a_way_nor_closes_it_for_longer() -> None:
    clock = ManualClock()
    one, began = pauses(clock), clock.now()
    clock.advance(A_MOMENT)
    await one.refused(WAY, clock.now())

    await one.taken(WAY, began)
    assert await closed(one) == MINUTE
    assert await one.refused(WAY, began) == MINUTE


async def test_replicas_share_what_one_of_them_has_learnt() -> None:
    clock, redis = ManualClock(), fakeredis.FakeAsyncRedis(decode_responses=True)
    one, other = pauses(clock, redis), pauses(clock, redis)
    await one.refused(WAY, clock.now())

    assert await closed(other) == MINUTE

    clock.advance(MINUTE)
    await other.taken(WAY, clock.now())
    assert await closed(pauses(clock, redis)) is None


async def test_they_leave_in_the_order_in_which_they_came_however_redis_answers() -> None:
    """The answers to two taps on one card: the last that WeCom gets is what is shown."""
    one, gone = pauses(ManualClock(), Slower()), list[int]()

    async def leave(number: int) -> None:
        async with one.passage(WAY):
            gone.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(leave(number))
            await asyncio.sleep(0)

    assert gone == [0, 1, 2, 3]


@pytest.mark.parametrize("lost", ["flushed", "away"])
async def test_without_redis_each_knows_what_it_has_learnt_itself(lost: str) -> None:
    clock = ManualClock()
    redis: Any = fakeredis.FakeAsyncRedis(decode_responses=True) if lost == "flushed" else Broken()
    one, other = pauses(clock, redis), pauses(clock, redis)
    await one.refused(WAY, clock.now())
    if lost == "flushed":
        await redis.flushall()

    assert (await closed(one), await closed(other)) == (MINUTE, None)
    clock.advance(MINUTE)
    await one.taken(WAY, clock.now())
    assert await closed(one) is None


async def go(one: Pauses, under_way: list[int], done: asyncio.Event) -> timedelta | None:
    """A call that lasts until `done`; how many were under way at once."""
    async with one.passage(WAY) as left:
        if left is None:
            under_way.append(1)
            await done.wait()
        return left


async def test_after_a_pause_one_call_goes_first_and_the_rest_only_when_it_was_taken() -> None:
    clock, done, under_way = ManualClock(), asyncio.Event(), list[int]()
    one = pauses(clock)
    await one.refused(WAY, clock.now())
    clock.advance(MINUTE)

    first = asyncio.create_task(go(one, under_way, done))
    others = [asyncio.create_task(go(one, under_way, done)) for _ in range(3)]
    await rest()
    assert len(under_way) == 1

    await one.refused(WAY, clock.now())
    done.set()
    assert await first is None
    assert [await other for other in others] == [HOUR] * 3
    assert len(under_way) == 1


async def test_when_the_first_was_taken_the_rest_go_side_by_side() -> None:
    clock, first_done, done, under_way = ManualClock(), asyncio.Event(), asyncio.Event(), list[int]()
    one = pauses(clock)
    await one.refused(WAY, clock.now())
    clock.advance(MINUTE)
    first = asyncio.create_task(go(one, under_way, first_done))
    await rest()
    others = [asyncio.create_task(go(one, under_way, done)) for _ in range(3)]

    await one.taken(WAY, clock.now())
    first_done.set()
    await first
    await rest()
    assert len(under_way) == 4
    done.set()
    await asyncio.gather(*others)


async def test_after_too_many_at_once_calls_go_one_by_one_for_a_minute() -> None:
    clock, done, under_way = ManualClock(), asyncio.Event(), list[int]()
    one = pauses(clock)
    one.too_many_at_once(WAY)

    calls = [asyncio.create_task(go(one, under_way, done)) for _ in range(2)]
    await rest()
    assert len(under_way) == 1
    done.set()
    await asyncio.gather(*calls)

    done.clear()
    clock.advance(MINUTE)
    calls = [asyncio.create_task(go(one, under_way, done)) for _ in range(2)]
    await rest()
    assert len(under_way) == 4
    done.set()
    await asyncio.gather(*calls)
