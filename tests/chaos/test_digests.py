"""The service dies while it folds alerts into a digest, or sends one: every alert is told of, once, or in a digest."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.chaos.lives import AT_LAST_SECONDS, Chain, insist, is_at_rest, kept_alive, named
from tests.databases import postgres_database
from tests.processes.commands import until
from tests.processes.town import Town, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(300)]

MANY = 30
"""More than fit into one minute of one conversation."""
DEATHS: list[Chain] = [
    ("take.before_commit", "take.after_commit", "send.after_call:overflow"),
    ("take.before_commit",),
    ("take.after_commit",),
    ("send.before_call:overflow",),
    ("send.after_call:overflow", "recover.before_commit"),
    ("send.before_call:overflow", "send.after_call:overflow"),
]
"""Of `take` it dies where an alert is folded: `folding.py`."""
_numbers = count(1)


@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_all_deaths(tmp_path: Path, deaths: Chain) -> None:
    async with a_town(tmp_path) as town:
        await live_through(town, deaths)


@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_all_deaths_on_postgres(tmp_path: Path, postgres: str, deaths: Chain) -> None:
    async with postgres_database(postgres) as url, a_town(tmp_path, DINGDAN_DATABASE_URL=url) as town:
        await live_through(town, deaths)


# --- the story -------------------------------------------------------------------


async def live_through(town: Town, deaths: Chain) -> None:
    """Many orders are confirmed too late at once."""
    numbers = [f"MANY-{next(_numbers):03}" for _ in range(MANY)]
    late = [news(number, "payment", "completed", ago=timedelta(minutes=21)) for number in numbers]
    async with kept_alive(replace(town, module="tests.chaos.folding"), deaths) as to_come:
        await insist(lambda: town.report(*late))
        await until(lambda: has_died(to_come), "the last death", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        ledger = await town.get("/api/ledger")
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert ledger["balances"]
    assert (ledger["lost"], ledger["shown"] + ledger["digested"]) == (0, MANY)
    assert ledger["digested"] > 0
    alone = [number for number in numbers if await town.wecom.group_cards(number)]
    digests = await town.wecom.group_cards("单异常")
    assert len(alone) >= ledger["shown"]
    assert len({digest.task_id for digest in digests}) == len(digests) > 0


async def has_died(to_come: list[str]) -> bool:
    return not to_come
