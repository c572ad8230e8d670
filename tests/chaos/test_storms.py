"""The service dies around the transaction that makes one incident of many cases: there is one, and one card of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage.opening import database_for
from tests.chaos.lives import AT_LAST_SECONDS, Chain, insist, is_at_rest, kept_alive, named
from tests.processes.commands import free_port, until
from tests.processes.replicas import SECRET, a_shared_town
from tests.processes.town import Town, a_town, an_event, news

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

BEFORE, AFTER = "watch.before_commit", "watch.after_commit"
A_SAMPLE: Chain = (BEFORE, AFTER)
"""The cases are nearly grouped; they are, and nothing has left."""
EVERYWHERE: Chain = (BEFORE, AFTER, "take.before_commit", "take.after_commit", "send.after_call")
STUCK, AT_ONCE, MANY = 5, 3, 60
SINGLES = 2
"""Cards of their own that members may have: one less than make a storm."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def storm_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A WeCom for all stories of this file."""
    async with a_town(tmp_path_factory.mktemp("town"), DINGDAN_SECRET_KEY=SECRET) as town:
        yield town


async def hang(town: Town, channel: str, numbers: list[str]) -> None:
    """Their payments hang, and nobody has noticed yet."""
    events = [
        event
        for number in numbers
        for event in (
            an_event(number, "order.created", payment_channel=channel),
            news(number, "payment", "started", ago=timedelta(minutes=6)),
        )
    ]
    await insist(lambda: town.report(*events))


async def of_incidents(town: Town) -> list[tuple[int, int]]:
    """How many cases each incident says it has, and how many there are."""
    opened = database_for(town.database)
    await opened.open()
    try:
        async with opened.reading() as connection:
            rows = await connection.fetch(
                "SELECT i.size, (SELECT count(*) FROM cases AS c WHERE c.incident = i.id) AS members FROM incidents AS i"
            )
            return [(row["size"], row["members"]) for row in rows]
    finally:
        await opened.close()


async def are_noticed(town: Town, many: int) -> bool:
    return len(await town.anomalies(limit="500")) == many


@pytest.mark.parametrize(
    "deaths", [*named([A_SAMPLE]), pytest.param(EVERYWHERE, id="everywhere", marks=pytest.mark.long)]
)
async def test_whatever_it_dies_of_there_is_one_incident_with_one_card(
    storm_town: Town, tmp_path: Path, deaths: Chain
) -> None:
    town, channel = storm_town.elsewhere(tmp_path), f"channel-{len(deaths)}"
    numbers = [f"STORM-{len(deaths)}-{number}" for number in range(STUCK)]
    async with kept_alive(town, deaths) as to_come:
        await hang(town, channel, numbers)
        await until(lambda: are_noticed(town, STUCK), "cases", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        assert await of_incidents(town) == [(STUCK, STUCK)]
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert to_come == []
    cards = await town.wecom.group_cards(channel)
    assert len(cards) == len(await town.wecom.pushes("wangwu", channel)) == 1
    assert f"{STUCK} 单" in str(cards[0])


@pytest.mark.long
async def test_two_replicas_of_which_one_is_killed_make_one_incident(
    tmp_path: Path, postgres: str, redis: str
) -> None:
    """Sixty payments hang, three at a time, on two replicas that notice them side by side."""
    async with a_shared_town(tmp_path, postgres, redis) as town, AsyncExitStack() as stack:
        other = replace(town, port=free_port())
        await stack.enter_async_context(town.serving())
        dying = await stack.enter_async_context(other.serving())
        for first in range(0, MANY, AT_ONCE):
            await hang(town, "wechat", [f"STORM-{number:03}" for number in range(first, first + AT_ONCE)])
            if first == MANY // 2:
                await dying.kill()
        await until(lambda: are_noticed(town, MANY), "cases", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        assert await of_incidents(town) == [(MANY, MANY)]
        assert len(await town.wecom.group_cards("STORM-")) <= SINGLES + 1
        assert await town.broken(grace=timedelta(seconds=5)) == []
