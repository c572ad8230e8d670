"""Two replicas on one PostgreSQL and one Redis: the main job is done once, whoever does it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from bot.redis import open_redis
from bot.wakeups import CHANNEL
from tests.processes.commands import command, free_port, until
from tests.processes.replicas import Replica, a_shared_town, two_replicas
from tests.processes.town import Town, a_reachable_customer, an_event, news

pytestmark = pytest.mark.processes

LIMIT = timedelta(minutes=5)
TAKEOVER_SECONDS = 25
"""The lease of the dead one runs out, then the other one asks for it."""


@pytest.fixture
async def town(tmp_path: Path, postgres: str, redis: str) -> AsyncIterator[Town]:
    """A town whose services share a database and a Redis."""
    async with a_shared_town(tmp_path, postgres, redis) as town:
        yield town


@pytest.fixture
async def replicas(town: Town) -> AsyncIterator[list[Replica]]:
    """The one that holds the socket, and another one; WeCom's callbacks reach the first port."""
    async with two_replicas(town) as both:
        yield both


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


# --- one and two --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a story came to, without what differs between two tellings of it: ids and the time of day."""

    anomalies: set[tuple[str, ...]]
    cards: Counter[tuple[str, ...]]
    actions: dict[str, list[tuple[str, str | None]]]
    read: dict[str, int]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("orders", [8, pytest.param(100, marks=pytest.mark.long)])
async def test_one_and_two_replicas_come_to_the_same(
    tmp_path: Path, postgres: str, redis: str, orders: int
) -> None:
    outcomes: list[Outcome] = []
    for replicas in (1, 2):
        folder = tmp_path / str(replicas)
        folder.mkdir()
        async with a_shared_town(folder, postgres, redis) as town, AsyncExitStack() as stack:
            towns = [town, *(replace(town, port=free_port()) for _ in range(replicas - 1))]
            for one in towns:
                await stack.enter_async_context(one.serving())
            outcomes.append(await the_same_story(towns, orders))

    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0].anomalies) == len(late_among(orders))


def late_among(orders: int) -> list[str]:
    """Every sixth order hangs in its payment, and the others are in time."""
    return [f"DB{number:03}" for number in range(0, orders, 6)]


def five_events(number: str, *, late: bool) -> list[dict[str, Any]]:
    """All that is reported of an order."""
    started = LIMIT + timedelta(minutes=1) if late else timedelta(seconds=1)
    return [
        *a_reachable_customer(number),
        an_event(number, "order.changed", region="华东"),
        news(number, "payment", "started", ago=started),
        an_event(number, "order.changed", warehouse="杭州一仓"),
    ]


async def the_same_story(towns: Sequence[Town], orders: int) -> Outcome:
    """Events come to all replicas, each to two of them where there are two; then somebody acts on what is late."""
    wecom, late = towns[0].wecom, late_among(orders)
    await wecom.customer_writes()
    for number in range(orders):
        no = f"DB{number:03}"
        events = five_events(no, late=no in late)
        await asyncio.gather(*(town.report(*events) for town in towns))
    for no in late:
        await until(partial(has_card, towns[0], no), f"the card of {no}")
    for no, (userid, button, _) in zip(late, cycle(TAPS), strict=False):
        (card,) = await wecom.group_cards(no)
        assert await wecom.tap(userid, card.task_id, button)
    await until(partial(all_is_done, towns[-1], late), "rest")
    return await outcome(towns[-1], late)


TAPS = (
    ("zhangsan", "认领", "claimed"),
    ("zhaoliu", "升级", "escalated"),
    ("lisi", "发送回复", "reached"),
    ("zhangsan", "稍后", "snoozed"),
)


async def cases_of(town: Town) -> dict[str, dict[str, Any]]:
    """Each case with all that is told of it, by its order."""
    cases = await town.anomalies(limit="100")
    return {case["order_no"]: await town.get(f"/api/anomalies/{case['id']}") for case in cases}


async def all_is_done(town: Town, late: Sequence[str]) -> bool:
    """Everybody's tap had its effect, and nothing is on its way."""
    cases = await cases_of(town)
    waiting = [
        one for case in cases.values() for one in case["letters"] if one["state"] in {"ready", "sending"}
    ]
    return not waiting and all(
        effect in {line["what"] for line in cases[no]["timeline"]}
        for no, (_, _, effect) in zip(late, cycle(TAPS), strict=False)
    )


async def outcome(town: Town, late: Sequence[str]) -> Outcome:
    """What can be seen in the end."""
    cases = await cases_of(town)
    facts = ("order_no", "parcel", "stage", "kind", "state", "priority")
    cards: Counter[tuple[str, ...]] = Counter()
    for no in late:
        cards.update(("group", no, *card.buttons) for card in await town.wecom.group_cards(no))
        cards.update(("wangwu", no, *card.buttons) for card in await town.wecom.pushes("wangwu", no))
    return Outcome(
        anomalies={(*(case[fact] for fact in facts), str(case["owner"])) for case in cases.values()},
        cards=cards,
        actions={
            no: sorted(((line["what"], line["actor"]) for line in case["timeline"]), key=str)
            for no, case in cases.items()
        },
        read={no: len(await town.wecom.customer_read(no)) for no in late},
    )


# --- looking ------------------------------------------------------------------------


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
