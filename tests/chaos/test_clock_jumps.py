"""Somebody sets the clock of the machine while the service runs: nothing comes early, late or twice."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.lives import is_at_rest, is_told
from tests.processes.commands import free_port, until
from tests.processes.town import Town, a_town, an_event, news

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

LIMIT, SECOND = timedelta(minutes=5), timedelta(seconds=1)
A_MOMENT = 1.5
"""Seconds in which a card that must not come would have come."""
HOUR, SKEW = 3600, 90
LONDON = "Europe/London"
"""Its hours change twice a year, unlike China's."""


def on_a_machine(town: Town, name: str, wrong_by: float) -> Town:
    """The same town, served on a machine whose clock is wrong by so many seconds."""
    file = town.folder / f"{name}.wrong-by"
    set_wrong(file, wrong_by)
    settings = {**town.settings, "WRONG_BY": str(file), "TZ": LONDON}
    return replace(town, module="tests.chaos.jumping", settings=settings)


def set_wrong(file: Path, seconds: float) -> None:
    """Set the clock of a machine."""
    written = file.with_suffix(".new")
    written.write_text(str(seconds))
    written.rename(file)


async def soon_late(town: Town, number: str) -> datetime:
    """A payment whose limit is three seconds off; when it is passed."""
    started = datetime.now(UTC) - LIMIT + 3 * SECOND
    await town.report(an_event(number, "order.stage", started, stage="payment", status="started"))
    return started + LIMIT


async def is_told_once_and_in_time(town: Town, number: str, limit: datetime) -> None:
    await until(lambda: is_told(town, number), f"card and push of {number}")
    await until(lambda: is_at_rest(town), "rest")
    (card,) = await town.wecom.group_cards(number)
    (push,) = await town.wecom.pushes("wangwu", number)
    assert limit < card.at
    assert limit < push.at
    (case,) = [case for case in await town.anomalies() if case["order_no"] == number]
    assert limit <= datetime.fromisoformat(case["opened_at"]) <= limit + 5 * SECOND


@pytest.mark.long
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_the_clock_jumps_and_jumps_back(tmp_path: Path, jump: float) -> None:
    async with a_town(tmp_path) as elsewhere:
        town = on_a_machine(elsewhere, "machine", 0)
        async with town.serving():
            await town.report(news("IN-TIME", "picking", "started", ago=30 * timedelta(minutes=1)))
            limit = await soon_late(town, "LATE")

            set_wrong(tmp_path / "machine.wrong-by", jump)
            await is_told_once_and_in_time(town, "LATE", limit)
            await asyncio.sleep(A_MOMENT)
            set_wrong(tmp_path / "machine.wrong-by", 0)
            await asyncio.sleep(A_MOMENT)

            assert [case["order_no"] for case in await town.anomalies()] == ["LATE"]
            assert await town.broken() == []


@pytest_asyncio.fixture(loop_scope="module")
async def skewed(shared_town: Town, tmp_path: Path) -> list[Town]:
    """Two machines that share a database: one is 90 seconds fast, the other as slow."""
    town = shared_town.elsewhere(tmp_path)
    return [
        on_a_machine(town, "fast", SKEW),
        on_a_machine(replace(town, port=free_port()), "slow", -SKEW),
    ]


@pytest.mark.long
@pytest.mark.asyncio(loop_scope="module")
async def test_replicas_go_by_one_time_however_wrong_their_machines_are(skewed: list[Town]) -> None:
    async with AsyncExitStack() as stack:
        for town in skewed:
            await stack.enter_async_context(town.serving())
        limits = [await soon_late(town, f"SKEWED-{place}") for place, town in enumerate(skewed)]

        for place, (town, limit) in enumerate(zip(skewed, limits, strict=True)):
            await is_told_once_and_in_time(town, f"SKEWED-{place}", limit)
        await asyncio.sleep(A_MOMENT)

        assert len(await skewed[0].anomalies()) == len(skewed)
        assert await skewed[0].broken() == []
