"""The service dies while it hears what a customer wrote: it is heard after all, and once."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.failpoints import EXIT_CODE
from bot.storage.opening import database_for
from tests.processes.commands import until
from tests.processes.town import Town, a_reachable_customer, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

NO = "KILL-HEARD"


async def priorities(town: Town) -> list[str]:
    return [case["priority"] for case in await town.anomalies()]


async def times_heard(town: Town) -> int:
    """How many messages of customers are stored."""
    database = database_for(town.database)
    await database.open()
    try:
        async with database.reading() as connection:
            (row,) = await connection.fetch("SELECT count(*) AS n FROM events WHERE source = '/wecom/kf'")
    finally:
        await database.close()
    return row["n"]


@pytest.mark.parametrize(
    "failpoint",
    [
        *(pytest.param(f"kf.{place}", marks=pytest.mark.long) for place in ("page_read", "before_commit")),
        "kf.after_commit",
    ],
)
async def test_between_a_page_and_its_cursor(tmp_path: Path, failpoint: str) -> None:
    async with a_town(tmp_path) as town:
        async with town.serving():
            created, _ = a_reachable_customer(NO)
            late = news(NO, "confirm", "completed", ago=timedelta(minutes=46))
            await town.report(created, late)

            async def is_late() -> bool:
                return await priorities(town) == ["P2"]

            await until(is_late, "a case")
        await town.wecom.customer_writes()

        async with town.started(DINGDAN_FAILPOINT=failpoint) as service:
            assert await service.exit_code() == EXIT_CODE, service.output()
        async with town.serving():

            async def is_urgent() -> bool:
                return await priorities(town) == ["P1"]

            await until(is_urgent, "the message")
            assert await times_heard(town) == 1
            assert await town.broken(grace=timedelta(seconds=5)) == []
