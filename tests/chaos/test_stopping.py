"""The service is told to stop in the middle of its work: it ends soon, and the next one goes on where it was."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot.running import FAILURE, OK
from bot.storage.opening import database_for
from tests.chaos.agent import answer_on_the_card
from tests.chaos.lives import insist, is_at_rest, is_told
from tests.chaos.source import UNREACHED, Source
from tests.processes.commands import Running, free_port, until
from tests.processes.replicas import SECRET
from tests.processes.town import Town, a_reachable_customer, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

STOPS_WITHIN_SECONDS = 10
SLOW, HANGING = 2, 30
"""Seconds until WeCom answers: sooner than the service must have stopped, and later."""
_numbers = count(1)

figures = logging.getLogger("figures")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wecom_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A WeCom for all stories of this file."""
    async with a_town(tmp_path_factory.mktemp("town"), DINGDAN_SECRET_KEY=SECRET) as town:
        yield town


@pytest_asyncio.fixture(loop_scope="module")
async def town(wecom_town: Town, tmp_path: Path) -> AsyncIterator[Town]:
    """A place for one story; WeCom is quick again in the end."""
    await wecom_town.wecom.customer_writes()
    yield wecom_town.elsewhere(tmp_path)
    await wecom_town.wecom.no_faults()


async def an_answer_under_way(town: Town, seconds: float) -> str:
    """An agent has answered a customer, and WeCom takes so long to confirm it; the number of the order."""
    number = f"STOP-{next(_numbers)}"
    await town.report(
        *a_reachable_customer(number), news(number, "payment", "started", ago=timedelta(minutes=6))
    )
    await until(lambda: is_told(town, number), "card and push")
    await town.wecom.fault("*", "delay", seconds=seconds)
    before = await town.wecom.calls("kf/send_msg")
    card = (await town.wecom.group_cards(number))[-1]
    await town.wecom.tap("zhangsan", card.task_id, "发送回复")

    async def is_called() -> bool:
        return await town.wecom.calls("kf/send_msg") > before

    await until(is_called, "the call to WeCom")
    return number


async def letters(town: Town) -> "Counter[str]":
    """How many letters are in each state."""
    database = database_for(town.database)
    await database.open()
    try:
        async with database.reading() as connection:
            return Counter(row["state"] for row in await connection.fetch("SELECT state FROM letters"))
    finally:
        await database.close()


async def stops(service: Running) -> tuple[int, float]:
    """Its exit code, and how many seconds it took to stop."""
    began = time.monotonic()
    code = await service.stop()
    return code, time.monotonic() - began


async def has_read_once(town: Town, number: str) -> None:
    """Everything comes to its end, and the customer has one message."""
    await until(lambda: is_at_rest(town), "rest")
    assert len(await town.wecom.customer_read(number)) == 1
    assert await town.broken() == []


async def test_what_is_under_way_is_finished_and_the_rest_is_left_for_the_next(town: Town) -> None:
    source = Source(towns=[town])
    async with AsyncExitStack() as stack:
        async with source.reporting():
            service = await stack.enter_async_context(town.serving())
            number = await insist(lambda: an_answer_under_way(town, SLOW))
            code, seconds = await stops(service)

            assert (code, seconds < STOPS_WITHIN_SECONDS) == (OK, True)
            assert set(await letters(town)) <= {"sent", "ready"}
            await town.wecom.no_faults()
            await stack.enter_async_context(town.serving())

        await has_read_once(town, number)
    assert set(source.answers) <= {202, UNREACHED}
    figures.info("stopped under load in %.1f s: %s", seconds, source)


@pytest.mark.long
async def test_who_does_not_answer_is_not_waited_for_and_asked_again_under_the_same_key(town: Town) -> None:
    async with town.serving() as service:
        number = await an_answer_under_way(town, HANGING)
        _, seconds = await stops(service)

    assert seconds < STOPS_WITHIN_SECONDS
    assert set(await letters(town)) <= {"sent", "ready", "sending"}
    await town.wecom.no_faults()
    async with town.serving():
        await has_read_once(town, number)


@pytest.mark.long
async def test_the_second_signal_ends_it_at_once(town: Town) -> None:
    async with town.serving() as service:
        number = await an_answer_under_way(town, HANGING)
        stopping = asyncio.create_task(service.stop())

        async def has_begun_to_stop() -> bool:
            return "service.stopping" in service.output()

        await until(has_begun_to_stop, "the first signal")
        code, seconds = await stops(service)
        await stopping

    assert (code, seconds < 1) == (FAILURE, True)
    await town.wecom.no_faults()
    async with town.serving():
        await has_read_once(town, number)


@pytest.mark.long
async def test_replicas_are_started_anew_one_after_the_other(
    shared_town: Town, own_postgres: object, own_redis: object
) -> None:
    """Under load: what is reported meanwhile is all there, and the one that is up never fails."""
    towns = [shared_town, replace(shared_town, port=free_port())]
    await shared_town.wecom.customer_writes()
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(town.serving()) for town in towns]
        source = Source(towns=towns)
        numbers: list[str] = []
        async with source.reporting():
            for which, other in ((0, 1), (1, 0)):
                failed_before = failures(source, other)
                number = f"ROLL-{next(_numbers)}"
                overdue = news(number, "payment", "started", ago=timedelta(minutes=6))
                await towns[other].report(*a_reachable_customer(number), overdue)
                numbers.append(number)

                code, seconds = await stops(running[which])
                assert (code, seconds < STOPS_WITHIN_SECONDS) == (OK, True)
                running[which] = await stack.enter_async_context(towns[which].serving())

                assert failures(source, other) == failed_before
        for number in numbers:
            await until(lambda number=number: is_told(shared_town, number), f"card and push of {number}")
            await answer_on_the_card(shared_town, number)
        await until(lambda: is_at_rest(shared_town), "rest")

        assert set(source.answers) <= {202, UNREACHED}
        assert [len(await shared_town.wecom.customer_read(number)) for number in numbers] == [1, 1]
        assert await shared_town.broken() == []


def failures(source: Source, which: int) -> int:
    """How often a replica gave no answer, or a bad one."""
    return sum(times for status, times in source.statuses[which].items() if status != 202)
