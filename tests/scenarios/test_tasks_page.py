"""The page of tasks: who was asked what, and whoever was asked answers there, once."""

import re
from typing import Any

from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import READ, ROSTER, Shop, a_shop

NO = "DB20251222-883"
TEAM: dict[str, Any] = {
    **ROSTER,
    "members": [*ROSTER["members"], {"userid": "sunba", "name": "孙八", "roles": ["operations"]}],
    "warehouses": [{"warehouse": "hz1", "contact": "sunba"}],
}
RULES = {"stages": {"packing": {"actions": ["post_card", "follow_warehouse"]}}}


async def packing_is_late(shop: Shop) -> None:
    await shop.created(NO, warehouse="hz1", items=[{"sku": "MUG-01", "qty": 2}])
    await shop.customer_writes(NO)
    await shop.stage(NO, "picking", "completed")
    await shop.passes(minutes=90, seconds=1)


async def tasks(at: Shop, /, **query: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {READ}"}
    async with at.http.get(f"{at.address}/api/tasks", params=query, headers=headers) as response:
        assert response.status == 200, await response.text()
        return (await response.json())["items"]


async def test_whoever_was_asked_answers_on_the_page_and_who_comes_second_is_told(
    deployment: Deployment,
) -> None:
    async with (
        a_shop(deployment, roster=TEAM, rules=RULES) as shop,
        a_reader(shop) as agent,
        a_reader(shop) as contact,
        a_reader(shop) as lead,
    ):
        await packing_is_late(shop)
        (card,) = shop.cards_of("sunba")
        assert "请跟进仓库" in card.display("sunba").text
        assert "已请仓库跟进" in shop.group_cards[0].display("zhangsan").text
        (task,) = await tasks(shop)
        assert (task["owner"], task["state"], task["times"], task["answers"]) == ("sunba", "waiting", 1, [])
        await shop.says("sunba", "/待办", to="app")
        assert f"{NO} 跟进仓库，截止 12:00" in shop.lines_to("sunba")[-1]

        for reader, userid in ((agent, "zhangsan"), (contact, "sunba"), (lead, "lisi")):
            await reader.opens(await own_link(shop, userid))
            await reader.opens("/tasks?lang=zh")
            assert NO in reader.text
        assert '<select name="result"' not in agent.html
        form = {"case": task["case"], "kind": task["kind"], "token": agent.carried["token"]}
        await agent.submits("answer", **form, result="today")
        assert "您不能代为答复" in agent.told
        await lead.submits("answer", result="unheard-of")
        assert (lead.status, lead.told) == (400, "没有选答复，请重新选择。")

        await contact.submits("acknowledge")
        assert "跟进仓库，孙八" in contact.told
        await lead.submits("answer", result="within_half_hour")
        assert "跟进仓库：半小时内完成" in lead.told
        assert any("李四" in line and "跟进仓库：半小时内完成" in line for line in shop.group_lines)
        assert "仓库答复：半小时内完成" in card.display("sunba").text
        await contact.submits("answer", **{**form, "token": contact.carried["token"]}, result="today")
        assert "已由李四" in contact.told

        assert await tasks(shop) == []
        (done,) = await tasks(shop, state="done", kind="follow_warehouse", owner="sunba", shop="main")
        assert (done["result"], done["done_by"], done["state"]) == ("within_half_hour", "lisi", "done")
        await lead.opens(f"/a/{task['case']}?lang=en")
        assert re.search(r"Follow up the warehouse\s+Done", lead.text)
        await lead.opens("/tasks.csv?state=done&lang=zh")
        assert "跟进仓库" in lead.html
        await shop.passes(hours=3)
        assert len(shop.cards_of("sunba")) == 1
        deeds = await shop.rows(
            "SELECT actor, deed FROM audit_trail WHERE deed LIKE '%task_result' OR deed LIKE '%acknowledge' ORDER BY id"
        )
        assert [(row["actor"], row["deed"]) for row in deeds] == [
            ("zhangsan", "refused.task_result"),
            ("sunba", "acknowledge"),
            ("lisi", "task_result"),
            ("sunba", "refused.task_result"),
        ]
