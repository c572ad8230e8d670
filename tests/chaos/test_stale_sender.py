"""A replica stands still in the middle of a call, and another one takes its work over: the first one changes nothing."""

import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.storage.opening import database_for
from handlers.leaving import LEASE
from tests.chaos.lives import is_at_rest, is_told
from tests.processes.commands import Running, free_port, until
from tests.processes.town import Town, a_reachable_customer, news

pytestmark = [
    pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.long
]  # fmt: skip

NUMBER = "STALE"
ANSWERS_AFTER_SECONDS = 3
TAKEN_OVER_WITHIN_SECONDS = 45
"""After the end of the lease."""


async def test_a_sender_that_wakes_up_late_settles_nothing_and_sends_nothing(shared_town: Town) -> None:
    towns = [shared_town, replace(shared_town, port=free_port())]
    wecom = shared_town.wecom
    await wecom.customer_writes()
    async with AsyncExitStack() as stack:
        stale, other = [await stack.enter_async_context(town.serving()) for town in towns]
        overdue = news(NUMBER, "payment", "started", ago=timedelta(minutes=6))
        await shared_town.report(*a_reachable_customer(NUMBER), overdue)
        await until(lambda: is_told(shared_town, NUMBER), "card and push")
        await until(lambda: is_at_rest(shared_town), "rest")
        await stands_still_while_sending(shared_town, stale, other)

        began = time.monotonic()
        other.resume()
        taken_over = LEASE.total_seconds() + TAKEN_OVER_WITHIN_SECONDS
        await until(lambda: is_sent(towns[1]), "the other one's attempt", seconds=taken_over)
        took = time.monotonic() - began
        before = await written(towns[1])
        subscriptions = await wecom.calls("aibot_subscribe")
        stale.resume()
        await until(towns[0].is_ready, "the stale one is ready again")
        await until(lambda: is_at_rest(towns[1]), "rest")
        await until(lambda: has_noticed(stale), "the stale one knows that it has lost the socket")

        assert await written(towns[1]) == before
        assert await wecom.connected()
        assert await wecom.calls("aibot_subscribe") == subscriptions
        assert len(await wecom.customer_read(NUMBER)) == 1
        assert took < taken_over
        assert await towns[1].broken() == []


async def stands_still_while_sending(town: Town, stale: Running, other: Running) -> None:
    """The stale one, which has the socket, is in the middle of a call to the customer; both stand still."""
    other.pause()
    await town.wecom.fault("kf/send_msg", "delay", seconds=ANSWERS_AFTER_SECONDS, times=1)
    (push,) = await town.wecom.pushes("wangwu", NUMBER)
    await town.wecom.tap("wangwu", push.task_id, "发送回复")

    async def is_called() -> bool:
        return await town.wecom.calls("kf/send_msg") == 1

    await until(is_called, "the call to WeCom")
    stale.pause()


async def written(town: Town) -> list[tuple[object, ...]]:
    """The customer's letter as it is in the database."""
    database = database_for(town.database)
    await database.open()
    try:
        async with database.reading() as connection:
            columns = "state, attempts, version, done_at, note"
            rows = await connection.fetch(f"SELECT {columns} FROM letters WHERE kind = 'customer'")
            return [tuple(dict(row).values()) for row in rows]
    finally:
        await database.close()


async def is_sent(town: Town) -> bool:
    return [row[0] for row in await written(town)] == ["sent"]


async def has_noticed(stale: Running) -> bool:
    return "lease.lost" in stale.output()
