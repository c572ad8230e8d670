"""The service dies while it removes what is personal: each order has lost all of it or none, and the next run goes on."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.failpoints import EXIT_CODE
from bot.ground import make_world
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.views import Views
from bot.verifying import verify
from handlers.intake import take_in
from tests.chaos.forgetting import AT_A_TIME
from tests.contracts.builders import NOW, a_report, in_
from tests.databases import postgres_database, sqlite_url
from tests.processes.commands import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.long]

ORDERS = 5
DEATHS = {"forget_personal.before_commit": 0, "forget_personal.after_commit": AT_A_TIME}
"""Where it dies, and how many orders have lost what is personal by then."""


@pytest.mark.parametrize(("death", "lost"), DEATHS.items())
async def test_a_killed_run_is_finished_by_the_next_one(tmp_path: Path, death: str, lost: int) -> None:
    await die_and_go_on(sqlite_url(tmp_path), death, lost)


@pytest.mark.parametrize(("death", "lost"), DEATHS.items())
async def test_a_killed_run_is_finished_by_the_next_one_on_postgres(
    postgres: str, death: str, lost: int
) -> None:
    async with postgres_database(postgres) as url:
        await die_and_go_on(url, death, lost)


async def die_and_go_on(url: str, death: str, lost: int) -> None:
    await take_in_old_orders(url)
    assert await forgetting(url, "1", death) == EXIT_CODE
    assert await left(url) == ORDERS - lost
    assert await forgetting(url, "2") == 0
    assert await left(url) == 0


async def take_in_old_orders(url: str) -> None:
    """Each with two events that tell a phone number."""
    chen = {"phone": "13800138000", "address": "浙江省杭州市西湖区文三路90号"}
    reports = [
        a_report(f"DB{number % ORDERS}", at=in_(days=-200), customer=chen) for number in range(2 * ORDERS)
    ]
    settings = load({})
    async with open_store(url, Signals()) as store:
        directory = await load_directory(settings, store, NOW)
        world = make_world(settings, ManualClock(NOW), store, directory, b"secret")
        await store.run("test", lambda work: take_in(work, world, reports, arm=False))


async def forgetting(url: str, *arguments: str) -> int:
    """What a process ends with that forgets."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.forgetting", url, *arguments, cwd=ROOT
    )
    return await process.wait()


async def left(url: str) -> int:
    """How many orders are still found by the number: as many as hold it in their events, and every law holds."""
    async with open_store(url, Signals()) as store:
        found = await Views(store).by_phone("138****8000", None, 10)
        directory = await load_directory(load({}), store, NOW)
        verdicts = await verify(store, directory.rules, ManualClock(NOW))
        assert [verdict.law for verdict in verdicts if verdict.ok is False] == []
        async with store.reading() as connection:
            (bodies,) = await connection.fetch(
                "SELECT count(*) AS count FROM events WHERE body LIKE '%\"s1:%'"
            )
            (kept,) = await connection.fetch("SELECT count(*) AS count FROM personal")
    assert (bodies["count"], kept["count"]) == (2 * len(found), len(found))
    return len(found)
