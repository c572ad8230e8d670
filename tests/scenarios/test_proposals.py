"""Proposals: nothing changes by itself; what is accepted is a draft of the rules, what is rejected says why."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.directory import read_rules
from bot.proposing import propose_limits
from bot.signals import Signals
from bot.storage.store import Store
from tests.contracts.test_proposals import CONFIRM, a_quarter
from tests.contracts.test_proposals import NOW as MONDAY
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import ROSTER, Shop, a_shop

OPERATIONS = {"userid": "qianqi", "name": "钱七", "roles": ["operations"]}


@asynccontextmanager
async def a_shop_with_history(deployment: Deployment, orders: int = 2_600) -> AsyncGenerator[Shop]:
    """A quarter of orders, and what it proposes.

    The orders are gone at the end: no event has told them, and so they would break the laws of the database.
    """
    roster = {**ROSTER, "members": [*ROSTER["members"], OPERATIONS]}
    async with a_shop(deployment, roster=roster, start=MONDAY + timedelta(hours=4)) as shop:
        store = Store(shop.database, Signals())
        await a_quarter(store, orders)
        book = (await read_rules(shop.clock.now())).current
        await propose_limits(store.run, store, book, shop.clock.now())
        yield shop
        async with shop.database.transaction() as connection:
            for table in ("orders", "events"):
                await connection.execute(f"DELETE FROM {table}")


async def test_what_is_accepted_is_a_draft_and_what_is_rejected_says_why(deployment: Deployment) -> None:
    async with a_shop_with_history(deployment) as shop, a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wangwu"))
        await reader.opens("/proposals?lang=zh")
        assert "每周预警" in reader.text
        assert 'value="accept"' not in reader.html, "managers read"
        async with reader.http.get(f"{shop.address}/api/proposals") as response:
            told = await response.json()
        first = next(item for item in told["items"] if item["place"] == CONFIRM)
        assert (first["old"]["limit"], first["verdict"]) == ("20m", None)
        assert first["new"]["low"] <= first["new"]["alerts"] <= first["new"]["high"]

        await reader.opens(await own_link(shop, "qianqi"))
        await reader.opens("/proposals?lang=zh")
        proposed = {"week": told["week"], "place": CONFIRM}
        await reader.submits("reject", **proposed, why="")
        assert reader.status == 400
        assert "写上否决的理由" in reader.text
        await reader.opens("/proposals?lang=zh")
        await reader.submits("accept", **proposed)
        assert reader.told == "已起草，还没有生效。"
        (draft,) = await shop.rows("SELECT id, title, base, body, ended_at FROM drafts")
        assert first["new"]["limit"] in draft["title"]
        limits = json.loads(draft["body"])["stages"]["confirm"]["limits"]
        assert limits == [{"when": "not_completed", "after": first["new"]["limit"]}]
        assert f"/rules/drafts/{draft['id']}" in reader.html
        await reader.opens(f"/rules/drafts/{draft['id']}")
        assert reader.status == 200
        assert first["new"]["limit"] in reader.text

        await reader.opens("/proposals?lang=zh")
        await reader.submits("reject", **proposed, why="另一个人")
        assert reader.status == 409
        assert "已经有人定过了" in reader.text
        second = next(item for item in told["items"] if item["new"] and item is not first)
        await reader.opens("/proposals?lang=zh")
        await reader.submits("reject", week=told["week"], place=second["place"], why="大促期间不动")
        assert "大促期间不动" in reader.text
        trail = await shop.rows("SELECT deed FROM audit_trail WHERE deed LIKE 'proposals.%' ORDER BY id")
        assert [row["deed"] for row in trail] == ["proposals.accepted", "proposals.rejected"]
        versions = await shop.rows("SELECT version FROM documents WHERE kind = 'rules'")
        assert len(versions) == 1, "nothing has changed yet"
        async with reader.http.get(f"{shop.address}/proposals.csv?lang=en") as response:
            assert "Alerts proposed" in await response.text()
