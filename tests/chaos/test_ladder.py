"""The service dies at every step of the ladder, on either side of the commit, and each step is taken once.

The ladder takes seconds here; what is late because nobody was alive is laid into the time that is left.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
import pytest_asyncio
import yaml

from tests.chaos.lives import AT_LAST_SECONDS, Chain, insist, is_at_rest, kept_alive, named
from tests.processes.commands import free_port, until
from tests.processes.replicas import SECRET, a_shared_town
from tests.processes.town import Town, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

BEFORE, AFTER = "watch.before_commit", "watch.after_commit"
AFTERS = (2, 4, 6)
"""In seconds after a case was raised."""
TAKEN = {"reminded": AFTERS[0], "handed_over": AFTERS[1], "pushed": AFTERS[2]}
RULES: Mapping[str, Any] = {
    "budget": {"contact": "60s", "complaint": "40s", "act": "3s"},
    "stages": {"confirm": {"normal": "1s", "limits": [{"when": "not_completed", "after": "2s"}]}},
    "ladder": [
        {"after": f"{AFTERS[0]}s", "do": "remind_owner"},
        {"after": f"{AFTERS[1]}s", "do": "hand_over", "to": "lead"},
        {"after": f"{AFTERS[2]}s", "do": "push", "to": "duty_manager"},
    ],
}
A_SAMPLE: Chain = (AFTER, AFTER, BEFORE)
"""The case is raised; the reminder is taken; the case is nearly handed over."""
EVERYWHERE: Chain = (BEFORE, AFTER, BEFORE, AFTER, BEFORE, AFTER, BEFORE, AFTER)
"""Before and after the case is raised, and each of the three steps."""
MANY = 300
IN_A_SECOND = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ladder_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town whose rules are quick."""
    folder = tmp_path_factory.mktemp("town")
    async with a_town(folder, DINGDAN_SECRET_KEY=SECRET, DINGDAN_RULES_FILE=quick_rules(folder)) as town:
        yield town


def quick_rules(folder: Path) -> str:
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump(dict(RULES)), "utf-8")
    return str(file)


async def timeline(town: Town, number: str) -> list[dict[str, Any]]:
    """What happened to the only case of an order; nothing before there is one."""
    cases = [case for case in await town.anomalies(limit="500") if case["order_no"] == number]
    return (await town.get(f"/api/anomalies/{cases[0]['id']}"))["timeline"] if cases else []


async def is_climbed(town: Town, number: str) -> bool:
    return "ladder_ended" in {line["what"] for line in await timeline(town, number)}


@pytest.mark.parametrize(
    "deaths", [*named([A_SAMPLE]), pytest.param(EVERYWHERE, id="everywhere", marks=pytest.mark.long)]
)
async def test_each_step_is_taken_once_whatever_the_service_dies_of(
    ladder_town: Town, tmp_path: Path, deaths: Chain
) -> None:
    town, number = ladder_town.elsewhere(tmp_path), f"CLIMB-{len(deaths)}"
    paid = news(number, "payment", "completed", ago=timedelta(seconds=1))
    async with kept_alive(town, deaths) as to_come:
        await insist(lambda: town.report(paid))
        await until(lambda: no_more(to_come), "the last death", seconds=AT_LAST_SECONDS)
        await until(town.is_ready, "ready")
        await until(lambda: is_climbed(town, number), "the end of the ladder", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        happened = await timeline(town, number)
        (case,) = await town.anomalies()
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert Counter(line["what"] for line in happened) == Counter(["opened", *TAKEN, "ladder_ended"])
    assert case["owner"] == "lisi"
    times = [datetime.fromisoformat(line["at"]) for line in happened if line["what"] in TAKEN]
    assert all(earlier < later for earlier, later in pairwise(times))
    lines = [line for line in await town.wecom.lines() if number in line]
    assert [len([line for line in lines if words in line]) for words in ("已转给李四", "已通知王五")] == [
        1,
        1,
    ]
    assert len(await town.wecom.pushes("lisi", number)) == len(await town.wecom.pushes("wangwu", number)) == 1


async def no_more(deaths: list[str]) -> bool:
    return not deaths


@pytest.mark.long
async def test_how_late_steps_are_on_two_replicas_of_which_one_is_killed(
    tmp_path: Path, postgres: str, redis: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three hundred ladders at once: each step once; how late is measured, and told."""
    async with a_shared_town(tmp_path, postgres, redis) as shared, AsyncExitStack() as stack:
        town = shared.elsewhere(tmp_path, DINGDAN_RULES_FILE=quick_rules(tmp_path))
        other = replace(town, port=free_port())
        await stack.enter_async_context(town.serving())
        dying = await stack.enter_async_context(other.serving())
        for first in range(0, MANY, IN_A_SECOND):
            batch = range(first, first + IN_A_SECOND)
            await town.report(*(news(f"L{one:03}", "payment", "completed", ago=timedelta()) for one in batch))
        await until(lambda: has_cases(town, MANY // 2), "cases", seconds=60)
        await dying.kill()
        await until(lambda: all_climbed(town), "the end of all ladders", seconds=AT_LAST_SECONDS)
        lateness = await latenesses(town)

    assert len(lateness) == MANY * len(TAKEN)
    cuts = quantiles(lateness, n=100)
    with capsys.disabled():
        told = f"late by p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, worst {max(lateness):.0f} ms"
        print(f"\n{len(lateness)} steps: {told}")  # noqa: T201 -- that is what it is for


async def has_cases(town: Town, count: int) -> bool:
    return len(await town.anomalies(limit="500")) >= count


async def all_climbed(town: Town) -> bool:
    cases = await town.anomalies(limit="500")
    return (
        len(cases) == MANY
        and {case["owner"] for case in cases} == {"lisi"}
        and await is_climbed(town, cases[0]["order_no"])
    )


async def latenesses(town: Town) -> list[float]:
    """By how many milliseconds each step came later than its place on the ladder, of every case; each came once."""
    found: list[float] = []
    for case in await town.anomalies(limit="500"):
        happened = (await town.get(f"/api/anomalies/{case['id']}"))["timeline"]
        taken = {line["what"]: datetime.fromisoformat(line["at"]) for line in happened}
        assert len(happened) == len(taken)
        found += [
            (taken[what] - taken["opened"] - timedelta(seconds=after)) / timedelta(milliseconds=1)
            for what, after in TAKEN.items()
        ]
    return found
