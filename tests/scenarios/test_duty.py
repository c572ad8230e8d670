"""Changing duty in the chat: who gives theirs to whom, who is away, and who hears of it."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"
TEAM: dict[str, Any] = {
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "zhaoliu", "name": "赵六", "roles": ["agent"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        {"userid": "qian1", "name": "钱七", "roles": ["agent"], "shops": ["b"]},
        {"userid": "qian2", "name": "钱七", "roles": ["operations"]},
    ],
    "shifts": [
        {"userid": "zhangsan", "blocks": ["08:00-12:00", "22:00-06:00"]},
        {"userid": "lisi"},
        {"userid": "wangwu"},
    ],
    "fallback": "wangwu",
}
"""Monday, 2 March 2026, ten o'clock."""


async def asks(shop: Shop, userid: str, said: str) -> str:
    """What somebody is answered in the app."""
    before = len(shop.lines_to(userid))
    await shop.says(userid, said, to="app")
    return shop.lines_to(userid)[before]


async def in_force(shop: Shop, holds: Callable[[str], bool]) -> None:
    """Let time pass until the service goes by it: a few seconds."""
    deadline = shop.clock.now() + timedelta(seconds=30)
    while not holds(await asks(shop, "wangwu", "/值班")):
        assert shop.clock.now() < deadline
        await shop.passes(seconds=2)
        await asyncio.sleep(0.02)


async def test_duty_changes_hands_and_comes_back(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=TEAM) as shop:
        answer = await asks(shop, "zhangsan", "／值班 换 赵六 今天 10:01-11:00")
        assert answer.startswith(
            "已记下（编号 1）：张三 的班换给 赵六，3月2日（周一）10:01–11:00。已告诉 赵六。"
        ), answer
        assert shop.lines_to("zhaoliu") == [
            "张三 把班换给您：3月2日（周一）10:01–11:00（编号 1）。不方便请发 /值班 撤销 1 退回。"
        ]
        await in_force(shop, lambda said: "今天改过：\n张三 的班换给 赵六" in said)
        await shop.passes(minutes=1)
        assert "客服：赵六、李四" in await asks(shop, "wangwu", "/值班")

        assert (await asks(shop, "zhaoliu", "/oncall undo 1")).startswith("已撤销（编号 1）")
        assert shop.lines_to("zhangsan")[-1].startswith("赵六 撤销了（编号 1）")
        await in_force(shop, lambda said: "客服：张三、李四" in said)
        assert "已经撤销过了" in await asks(shop, "zhangsan", "/值班 撤销 编号1")

        deeds = await shop.rows(
            "SELECT actor, deed, subject FROM audit_trail WHERE deed LIKE 'duty.%' ORDER BY id"
        )
        assert [(*row.values(),) for row in map(dict, deeds)] == [
            ("zhangsan", "duty.changed", "zhangsan"),
            ("zhaoliu", "duty.undone", "zhangsan"),
        ]


async def test_whoever_is_on_leave_is_handed_nothing_and_leads_may_say_so_for_others(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, roster=TEAM) as shop:
        answer = await asks(shop, "wangwu", "/oncall leave 李四 today to tomorrow")
        assert "李四 请假，3月2日（周一） 至 3月3日（周二）" in answer
        assert "注意，这样一来没人当班：\n客服" in answer
        assert "\n组长" in answer
        assert "王五 给您记了（编号 1）：李四 请假" in shop.lines_to("lisi")[0]
        await in_force(shop, lambda said: "组长：无人" in said)

        await shop.created(NO)
        await shop.stage(NO, "payment", "completed")
        await shop.passes(minutes=27)

        assert shop.cards_of("lisi") == []
        assert len(shop.cards_of("wangwu")) == 1
        (case,) = await shop.anomalies()
        assert case["owner"] == "wangwu"


REFUSED = (
    ("zhangsan", "/值班 换", "换给谁？"),
    ("zhangsan", "/值班 换班", "换给谁？"),
    ("zhangsan", "/值班 换 赵柳 明天", "没看懂「赵柳」：名册上没有这个人，也不是日期。是不是 赵六？"),
    ("zhangsan", "/值班 请假 赵柳 明天", "没看懂「赵柳」"),
    ("wangwu", "/值班 换 张三 钱七 明天", "有 2 位「钱七」，请写 userid：qian1、qian2"),
    ("zhangsan", "/值班 换 赵六", "没写哪一天"),
    ("zhangsan", "/值班 换 赵六 02-30", "没有「02-30」这一天"),
    ("zhangsan", "/值班 换 赵六 03-03 08:00", "没写到什么时候"),
    ("zhangsan", "/值班 换 赵六 03-03 22:00-06:00", "请写明到哪一天：03-03 22:00..03-04 06:00"),
    ("zhangsan", "/值班 换 赵六 03-03", "请写成 03-02 22:00..03-03 06:00"),
    ("zhangsan", "/值班 换 @赵六 03-01 08:00-12:00", "已经过去了"),
    ("zhangsan", "/值班 换 赵六 05-20 08:00-12:00", "60 天以内"),
    ("zhangsan", "/值班 换 赵六 03-03 13:00-15:00", "没有班可换"),
    ("zhangsan", "/值班 换 张三 03-03 08:00-12:00", "不能换给自己"),
    ("zhangsan", "/值班 换 赵六 李四 03-03 08:00-12:00", "改 赵六 的班要组长或经理来做"),
    ("zhangsan", "/值班 换给 赵六 03-03 13:00-15:00", "没有班可换"),
    ("wangwu", "/值班 换 赵六 03-03 08:00-12:00", "没有这个班要的职责「经理」"),
    ("zhangsan", "/值班 换 qian2 03-03 08:00-12:00", "没有这个班要的职责「客服」"),
    ("zhangsan", "/值班 换 qian1 03-03 08:00-12:00", "钱七 不负责全部店铺"),
    ("qian2", "/值班 顶班 03-03 08:00-12:00", "没有值班的职责"),
    ("zhangsan", "/值班 撤销", "没有编号「」"),
    ("zhangsan", "/值班 撤销 7", "没有编号「7」"),
    ("zhangsan", "/值班 多少", "改班这样写"),
)


async def test_what_cannot_be_is_refused_with_the_mend(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=TEAM) as shop:
        for userid, said, words in REFUSED:
            answer = await asks(shop, userid, said)
            assert words in answer, (said, answer)
            await shop.passes(seconds=5)

        assert (await asks(shop, "zhangsan", "/值班 请假 03-03..03-04")).startswith("已记下（编号 1）")
        assert "和已有的重叠（编号 1）：张三 请假" in await asks(shop, "wangwu", "/值班 请假 张三 03-04")
        assert "是 张三 的，要本人" in await asks(shop, "zhaoliu", "/值班 撤销 1")
        assert await shop.rows("SELECT number FROM duty_changes WHERE revoked_at IS NULL") != []


async def test_leads_and_managers_change_duty_on_the_page(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=TEAM) as shop, a_reader(shop) as lead, a_reader(shop) as agent:
        await lead.opens(await own_link(shop, "lisi"))
        await lead.opens("/duty?lang=zh")
        assert "客服 06:00–08:00 没人当班" not in lead.text, "李四 is an agent as well"
        assert "没有改过。" in lead.text

        await sends(lead, do="make", kind="swap", who="zhangsan", heir="zhaoliu", start_day="2026-03-03")
        assert lead.status == 400
        assert "请写成 03-02 22:00..03-03 06:00" in lead.text
        morning = {"start_day": "2026-03-03", "start_time": "08:00", "end_time": "12:00"}
        await sends(lead, do="make", kind="swap", who="zhangsan", heir="zhaoliu", **morning)
        assert "已记下（编号 1）：张三 的班换给 赵六，3月3日（周二）08:00–12:00。" in lead.text
        assert "李四 把 张三 的班换给您" in shop.lines_to("zhaoliu")[0]
        for wrong in ({"kind": "swap"}, {"kind": "x"}, {"start_day": "soon"}, {"who": ""}):
            await sends(lead, **{"do": "make", "kind": "leave", "who": "zhangsan", **morning, **wrong})
            assert (lead.status, "没有记下" in lead.text) == (400, True), wrong

        await agent.opens(await own_link(shop, "zhangsan"))
        await agent.opens("/duty?lang=en")
        assert "张三 → 赵六" in agent.text
        assert "Take back" not in agent.text
        await sends(agent, do="undo", number="1")
        assert agent.status == 403
        await agent.opens("/api/duty")
        (change,) = json.loads(agent.html)["changes"]
        assert (change["number"], change["made_by"], change["over"]) == (1, "lisi", False)
        assert change["start"] == "2026-03-03T08:00:00+08:00"

        await sends(lead, do="undo", number="1")
        assert "已撤销（编号 1）" in lead.text
        assert "李四 已撤销" in lead.text
        await sends(lead, do="undo", number="1")
        assert "已经过去或撤销过了" in lead.text
        deeds = await shop.rows(
            "SELECT actor, way, deed FROM audit_trail WHERE deed LIKE 'duty.%' ORDER BY id"
        )
        assert [(row["actor"], row["way"], row["deed"]) for row in deeds] == [
            ("lisi", "page", "duty.changed"),
            ("lisi", "page", "duty.undone"),
        ]


async def sends(reader: Reader, **fields: str) -> None:
    """Send a form of the page of duty off."""
    form = {"token": reader.carried["token"], **fields}
    async with reader.http.post(f"{reader.shop.address}/duty?lang=zh", data=form) as response:
        reader.status, reader.html = response.status, await response.text()
    await reader.shop.settled()
