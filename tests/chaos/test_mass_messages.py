"""The service dies around a 企业群发, or while it asks what became of one: there is never a second task for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.storage.opening import database_for
from tests.chaos.lives import AT_LAST_SECONDS, Chain, insist, is_at_rest, is_told, kept_alive, named
from tests.databases import postgres_database
from tests.processes.commands import until
from tests.processes.town import Town, a_town, an_event, news
from tests.processes.wecom import CHEN

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

EMPLOYEE, AGENT = "lisi", "zhangsan"
BEFORE, AFTER = "send.before_call:customer", "send.after_call:customer"
SAMPLE: list[Chain] = [(AFTER,)]
"""WeCom has the task, and nobody knows."""
DEATHS: list[Chain] = [
    ("click.before_commit", "click.after_commit"),
    (BEFORE,),
    (AFTER, "send.after_call:inquiry"),
    (BEFORE, "send.before_call:inquiry"),
    (BEFORE, "send.after_call:inquiry"),
    (AFTER, "send.before_call:inquiry"),
    (AFTER, "recover.before_commit", "recover.after_commit"),
    (BEFORE, AFTER, "send.after_call:inquiry"),
    ("send.before_call:inquiry", "send.after_call:inquiry"),
]
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wecom_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A WeCom for all stories of this file."""
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.mark.parametrize("deaths", named(SAMPLE))
async def test_a_sample_of_deaths(wecom_town: Town, tmp_path: Path, deaths: Chain) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), deaths)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_all_other_deaths(wecom_town: Town, tmp_path: Path, deaths: Chain) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), deaths)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named([*SAMPLE, *DEATHS]))
async def test_all_deaths_on_postgres(wecom_town: Town, tmp_path: Path, postgres: str, deaths: Chain) -> None:
    async with postgres_database(postgres) as url:
        await live_through(wecom_town.elsewhere(tmp_path, DINGDAN_DATABASE_URL=url), deaths)


# --- the story -------------------------------------------------------------------


async def live_through(town: Town, deaths: Chain) -> None:
    """A payment hangs of 陈女士, who is among 李四's contacts; he confirms what waits for him as soon as it does."""
    number = f"MASS-{next(_numbers)}"
    customer = {"name": "陈女士", "external_userid": CHEN, "owner_userid": EMPLOYEE}
    events = [
        an_event(number, "order.created", channel="miniprogram", customer=customer),
        news(number, "payment", "started", ago=timedelta(minutes=6)),
    ]
    async with kept_alive(town, deaths) as to_come:
        await insist(lambda: town.report(*events))
        await until(lambda: is_told(town, number), "card and push")
        await until(lambda: is_ordered(town, number), "the order to send")
        await until(lambda: is_confirmed(town, number), "the task", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        (case,) = await town.anomalies()
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert to_come == []
    assert len(await tasks(town, number)) == 1
    assert len(await town.wecom.customer_read(number)) == 1
    assert case["state"] == "replied"


async def is_ordered(town: Town, number: str) -> bool:
    """张三 taps 发送回复, and again while nobody has heard."""
    if not await _messages(town):
        card = (await town.wecom.group_cards(number))[-1]
        await town.wecom.tap(AGENT, card.task_id, "发送回复")
    return await _messages(town) == 1


async def is_confirmed(town: Town, number: str) -> bool:
    """The employee sends what waits in the client."""
    await town.wecom.confirms(EMPLOYEE)
    return any(share["confirmed"] for task in await tasks(town, number) for share in task["shares"])


async def tasks(town: Town, number: str) -> list[dict[str, Any]]:
    return [task for task in await town.wecom.tasks() if number in task["text"]]


async def _messages(town: Town) -> int:
    """How many messages to customers were written."""
    database = database_for(town.database)
    await database.open()
    try:
        async with database.reading() as connection:
            (row,) = await connection.fetch("SELECT count(*) AS n FROM letters WHERE kind = 'customer'")
    finally:
        await database.close()
    return row["n"]
