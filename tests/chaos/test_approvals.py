"""The service dies while what somebody approved for a whole incident is carried out: none is lost, none is sent twice."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.agent import TAPS, has_read_soon
from tests.chaos.lives import AT_LAST_SECONDS, Chain, insist, is_at_rest, is_told, kept_alive, named
from tests.databases import postgres_database
from tests.processes.commands import until
from tests.processes.replicas import SECRET
from tests.processes.town import Town, a_reachable_customer, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

_stories = count(1)

APPROVED: Chain = ("click.after_commit",)
"""What is to be done is written down, and nothing of it is done."""
CARRIED_OUT: Chain = (*APPROVED, "watch.after_commit")
"""The messages are written; none has left."""
DEATHS: tuple[Chain, ...] = (
    ("click.before_commit",),
    APPROVED,
    (*APPROVED, "watch.before_commit"),
    CARRIED_OUT,
    (*CARRIED_OUT, "send.before_call:customer"),
    (*CARRIED_OUT, "send.after_call:customer"),
    (*APPROVED, "watch.before_commit", "settle.before_commit"),
)
EACH_AT_ONCE: Chain = (*APPROVED, "watch.before_commit", "watch.after_commit", "send.after_call:customer")
"""One death after the other, in one story."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wecom_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A WeCom for all stories of this file."""
    async with a_town(tmp_path_factory.mktemp("town"), DINGDAN_SECRET_KEY=SECRET) as town:
        yield town


async def test_four_deaths_in_a_row(wecom_town: Town, tmp_path: Path) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), EACH_AT_ONCE)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_every_death(wecom_town: Town, tmp_path: Path, deaths: Chain) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), deaths)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_all_deaths_on_postgres(wecom_town: Town, tmp_path: Path, postgres: str, deaths: Chain) -> None:
    async with postgres_database(postgres) as url:
        await live_through(wecom_town.elsewhere(tmp_path, DINGDAN_DATABASE_URL=url), deaths)


async def live_through(town: Town, deaths: Chain) -> None:
    """Three payments of one customer hang at one channel, and an agent answers all of them at once."""
    story = next(_stories)
    numbers = [f"MANY{story}-{number}" for number in (1, 2, 3)]
    async with kept_alive(town, deaths) as to_come:
        await town.wecom.customer_writes()
        events = [
            event
            for number in numbers
            for event in (
                *a_reachable_customer(number, payment_channel="alipay"),
                news(number, "payment", "started", ago=timedelta(minutes=6)),
            )
        ]
        await insist(lambda: town.report(*events))
        await until(lambda: is_told(town, numbers[0]), "card and push", seconds=AT_LAST_SECONDS)
        await answer_all(town, numbers)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        (incident,) = (await town.get("/api/incidents"))["items"]
        told = await town.get(f"/api/incidents/{incident['id']}")
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert to_come == []
    assert [len(await town.wecom.customer_read(number)) for number in numbers] == [1, 1, 1]
    assert {row["upshot"] for row in told["items"]} == {"sent"}


async def answer_all(town: Town, numbers: list[str]) -> None:
    """Tap 发送全部, and tap again while nothing happens and the card still has it."""
    for _ in range(TAPS):
        await until(town.wecom.connected, "the bot's connection")
        card = (await town.wecom.group_cards(numbers[0]))[-1]
        with suppress(aiohttp.ClientError, StopIteration):
            button = next(text for text in card.buttons if text.startswith("发送全部"))
            await town.wecom.tap("zhangsan", card.task_id, button)
        if all([await has_read_soon(town, number) for number in numbers]):
            return
