"""Two replicas watch the same ladders: each step is taken once, whoever takes it."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

STEPS = ("reminded", "handed_over", "pushed", "ladder_ended")


@pytest.fixture
async def shop(tmp_path: Path, shared_postgres: str, redis: str) -> AsyncIterator[Shop]:
    """A shop on two replicas."""
    on = Deployment(folder=tmp_path, database_url=shared_postgres, redis_url=redis, replicas=2)
    async with a_shop(await on.cleared()) as shop:
        yield shop


@pytest.mark.parametrize("many", [4, pytest.param(12, marks=pytest.mark.long)])
async def test_each_step_of_every_case_is_taken_once(shop: Shop, many: int) -> None:
    """Half of the cases are claimed, and forgotten."""
    for number in range(many):
        await shop.created(f"DB{number:02}")
        await shop.stage(f"DB{number:02}", "payment", "completed")
    await shop.passes(minutes=20, seconds=1)
    for number in range(0, many, 2):
        await shop.says("zhangsan", f"@盯单 /认领 DB{number:02}")

    await shop.passes(minutes=15)

    cases = await shop.anomalies(limit="100")
    assert len(cases) == many
    for case in cases:
        happened = Counter(line["what"] for line in (await shop.case(case["id"]))["timeline"])
        assert [happened[step] for step in STEPS] == [1] * len(STEPS), case["order_no"]
        lines = [line for line in shop.group_lines if case["order_no"] in line]
        assert len([line for line in lines if "已转给李四" in line]) == 1
        assert len([line for line in lines if "已通知王五" in line]) == 1
    assert await shop.broken() == []
