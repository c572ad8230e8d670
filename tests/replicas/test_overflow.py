"""Two replicas and more alerts than a group takes: each alert is shown once, or once in one digest."""

import re
from pathlib import Path

from tests.deployment import Deployment
from tests.scenarios.shop import a_shop

MANY = [f"N{number:03}" for number in range(80)]


async def test_two_replicas_fold_each_alert_once(tmp_path: Path, shared_postgres: str, redis: str) -> None:
    on = Deployment(folder=tmp_path, database_url=shared_postgres, redis_url=redis, replicas=2)
    async with a_shop(await on.cleared(), rules={"ladder": []}) as shop:
        for number in MANY:
            await shop.stage(number, "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        await shop.passes(minutes=2)

        shown = [card.display("zhangsan").text for card in shop.group_cards]
        digests = [found for found in (re.search(r"(\d+) 单异常", text) for text in shown) if found]
        assert len(shown) - len(digests) + sum(int(found[1]) for found in digests) == len(MANY)
        ledger = await shop.ledger()
        assert ledger["balances"]
        assert (ledger["alerts"], ledger["waiting"]) == (len(MANY), 0)
        assert shop.wecom.drops == []
