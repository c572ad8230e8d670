"""The service is killed at random moments of taking in, noticing and sending: no acknowledged event is ever lost.

Fifty events for each life of the service. Sources repeat what was not acknowledged, agents tap whatever card they
see, and the checker looks at what the dead one has left, before the next one finds it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.witness import Seen
from tests.chaos.lives import AT_LAST_SECONDS, insist, is_at_rest
from tests.databases import postgres_database
from tests.processes.commands import until
from tests.processes.town import Town, a_reachable_customer, a_town, an_event, news

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

EVENTS, LATE_ORDERS = 50, 2
"""Of one life; few orders are late, for a conversation takes no more than 25 messages a minute."""
LIVES = 10
"""On one database."""
A_FEW = 5
"""So few that no conversation has to wait for its pace in the end."""
LIMIT, A_MOMENT = timedelta(minutes=5), timedelta(milliseconds=700)
MOST_SECONDS = 5
"""Then it dies anyhow."""

Event = Mapping[str, Any]
Moment = Callable[[Town, Random], Awaitable[None]]
_numbers = count(1)


async def test_a_few_lives(tmp_path: Path, seed: int) -> None:
    async with a_town(tmp_path) as town:
        await live(town, Random(seed), lives=A_FEW)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
async def test_a_hundred_lives(tmp_path: Path, seed: int, part: int) -> None:
    async with a_town(tmp_path) as town:
        await live(town, Random(seed + part))


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
async def test_a_hundred_lives_on_postgres(tmp_path: Path, seed: int, part: int, postgres: str) -> None:
    async with postgres_database(postgres) as url, a_town(tmp_path, DINGDAN_DATABASE_URL=url) as town:
        await live(town, Random(seed + part))


# --- the lives ---------------------------------------------------------------------


async def live(town: Town, dice: Random, *, lives: int = LIVES) -> None:
    """Lives that end by force, and one in which everything comes to rest."""
    unsent: list[Sequence[Event]] = []
    for _ in range(lives):
        unsent += in_requests(fifty_events(dice), dice)
        await town.wecom.customer_writes()
        async with town.started() as service, busy(town, unsent, dice):
            await a_moment(town, dice)
            await service.kill()
        assert await town.broken() == []
    async with town.serving(), busy(town, unsent, dice):
        await until(lambda: all_sent(unsent), "the last request", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        assert await town.broken(grace=timedelta(seconds=5)) == []


async def a_moment(town: Town, dice: Random) -> None:
    """Wait for a random moment of one kind of work."""
    with suppress(TimeoutError):
        async with asyncio.timeout(MOST_SECONDS):
            await dice.choice(MOMENTS)(town, dice)
    await asyncio.sleep(dice.uniform(0, 0.05))


async def of_taking_in(town: Town, dice: Random) -> None:
    """After some more events were acknowledged."""
    await seen(town, Seen.EVENT_ACKED, more=dice.randrange(1, EVENTS))


async def of_noticing(town: Town, dice: Random) -> None:
    """About when a limit passes."""
    del dice
    await until(town.is_ready, "ready", seconds=MOST_SECONDS)
    event = news(f"DUE-{next(_numbers)}", "payment", "started", ago=LIMIT - A_MOMENT)
    await insist(lambda: town.report(event))
    passes_at = datetime.fromisoformat(event["time"]) + LIMIT
    await asyncio.sleep(max(0, (passes_at - datetime.now(UTC)).total_seconds() - 0.02))


async def of_sending(town: Town, dice: Random) -> None:
    """After some more cards were accepted."""
    await seen(town, Seen.CARD_ACCEPTED, more=dice.randrange(1, 4))


MOMENTS: Sequence[Moment] = (of_taking_in, of_noticing, of_sending)


async def seen(town: Town, what: Seen, *, more: int) -> None:
    """Wait until so many more of these stand in the history."""

    def number() -> int:
        return town.history.read_bytes().count(f'"{what}"'.encode())

    wanted = number() + more
    while number() < wanted:
        await asyncio.sleep(0.005)


# --- what goes on meanwhile ------------------------------------------------------------


@asynccontextmanager
async def busy(town: Town, unsent: list[Sequence[Event]], dice: Random) -> AsyncGenerator[None]:
    """A source that reports, and agents who tap."""
    work = [asyncio.create_task(report(town, unsent)), asyncio.create_task(tap(town, dice))]
    try:
        yield
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def report(town: Town, unsent: list[Sequence[Event]]) -> None:
    """One request after the other; what was not acknowledged is there for the next life."""
    while unsent:
        await insist(lambda: town.report(*unsent[0]))
        del unsent[0]


async def all_sent(unsent: Sequence[Sequence[Event]]) -> bool:
    return not unsent


async def tap(town: Town, dice: Random) -> None:
    """发送回复 on any card of the group or the manager, for ever."""
    while True:
        for userid, cards in (
            ("zhangsan", await town.wecom.group_cards("LATE")),
            ("wangwu", await town.wecom.pushes("wangwu", "LATE")),
        ):
            if cards:
                with suppress(aiohttp.ClientError, TimeoutError):
                    await town.wecom.tap(userid, dice.choice(cards).task_id, "发送回复")
        await asyncio.sleep(dice.uniform(0.2, 0.6))


def fifty_events(dice: Random) -> list[Event]:
    """Two orders that are late already, others on their way, all mixed; some are told twice."""
    events: list[Event] = []
    for _ in range(LATE_ORDERS):
        number = f"LATE-{next(_numbers)}"
        events += [
            *a_reachable_customer(number),
            news(number, "payment", "started", ago=timedelta(minutes=6)),
        ]
    while len(events) < EVENTS:
        number = f"ON-TIME-{next(_numbers)}"
        events += [
            an_event(number, "order.created", channel="miniprogram", amount_fen=dice.randrange(100_000)),
            news(number, "payment", "started", ago=timedelta(seconds=40)),
            news(number, "payment", "completed", ago=timedelta(seconds=dice.randrange(60))),
            news(number, "confirm", "completed", ago=timedelta(seconds=dice.randrange(60))),
        ]
    events = events[: EVENTS - 2]
    events += dice.sample(events, 2)
    dice.shuffle(events)
    return events


def in_requests(events: Sequence[Event], dice: Random) -> list[Sequence[Event]]:
    """The events in batches of one to eight."""
    requests: list[Sequence[Event]] = []
    while events:
        size = dice.randint(1, 8)
        requests.append(events[:size])
        events = events[size:]
    return requests
