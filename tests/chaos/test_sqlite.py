"""SQLite among many writers, and on a disk that is full."""

import asyncio
import logging
import resource
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chaos.lives import insist, is_at_rest, is_told
from tests.chaos.source import Source
from tests.chaos.writers import WRITERS
from tests.databases import sqlite_url
from tests.processes.commands import ROOT, Running, until
from tests.processes.town import a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

PROCESSES = 2

figures = logging.getLogger("figures")


@pytest.mark.parametrize("times", [8, pytest.param(100, marks=pytest.mark.long)])
async def test_many_writers_in_two_processes_all_get_their_turn(tmp_path: Path, times: int) -> None:
    arguments = ("-m", "tests.chaos.writers", sqlite_url(tmp_path))
    writing = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, name, str(times), cwd=ROOT)
        for name in ("a", "b")
    ]

    assert [await process.wait() for process in writing] == [0, 0]
    with closing(sqlite3.connect(tmp_path / "dingdan.db")) as database:
        ((count,),) = database.execute("SELECT count(*) FROM chats")
    assert count == PROCESSES * WRITERS * times


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="another process's limits are set on Linux only")
@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.long)])
async def test_a_full_disk_is_said_aloud_and_harms_nothing(tmp_path: Path, seconds: float) -> None:
    """No file of the service can grow, be it its log."""
    async with a_town(tmp_path) as town, town.serving() as service:
        source = Source(towns=[town])
        async with source.reporting():
            await until(lambda: has_acknowledged(source), "an acknowledgement")
            may_write(service, 0)
            await until(lambda: is_refused(source), "a refusal")
            await asyncio.sleep(seconds)
            assert not await town.is_ready()
            assert (await town.get("/readyz"))["parts"]["database"] == "down"

            may_write(service, resource.RLIM_INFINITY)
            await until(town.is_ready, "ready again", seconds=15)
            overdue = news("AFTER", "payment", "started", ago=timedelta(minutes=6))
            await insist(lambda: town.report(overdue))
            await until(lambda: is_told(town, "AFTER"), "card and push")

        assert set(source.answers) == {202, 503}
        await until(lambda: is_at_rest(town), "rest")
        assert await town.broken() == []
        figures.info("disk full for %s s: %s", seconds, source)

    with closing(sqlite3.connect(tmp_path / "dingdan.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def may_write(service: Running, size: int) -> None:
    """No file that the service writes can be larger, in bytes."""
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def has_acknowledged(source: Source) -> bool:
    return source.answers[202] > 0


async def is_refused(source: Source) -> bool:
    return source.answers[503] > 0
