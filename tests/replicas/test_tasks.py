"""Two replicas look at the same tasks: whoever does not answer is asked once each time, and then the manager is."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.deployment import Deployment
from tests.scenarios.shop import a_shop

ORDERS = 6


async def test_everybody_is_asked_once_at_each_time(tmp_path: Path, shared_postgres: str, redis: str) -> None:
    on = Deployment(folder=tmp_path, database_url=shared_postgres, redis_url=redis, replicas=2)
    rules: dict[str, Any] = {"storm": {"by": []}}
    async with a_shop(await on.cleared(), rules=rules) as shop:
        for number in range(ORDERS):
            parcel = f"YT{number}"
            await shop.stage(f"DB{number}", "packing", "completed", parcel=parcel, carrier="yuantong")

        await shop.passes(hours=7)

        asked = await shop.rows(
            "SELECT case_id, addressee FROM letters WHERE kind = 'task_card' AND state = 'sent'"
        )
        told = Counter((str(row["case_id"]), str(row["addressee"])) for row in asked)
        assert len(told) == 2 * ORDERS
        assert all(times == (1 if to == "wangwu" else 3) for (_, to), times in told.items())
        tasks = await shop.rows("SELECT times, owner FROM tasks")
        assert [(row["times"], row["owner"]) for row in tasks] == [(3, "wangwu")] * ORDERS
