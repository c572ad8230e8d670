"""A change of the rules is tried by a tenth of the orders: what harms ends by itself, what is better is for all in the end."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from bot.deliverer import RECOVER_EVERY
from bot.directory import read_directory
from bot.ground import make_world
from bot.signals import Signals
from bot.storage.store import Store, Transaction
from bot.timetable import compare
from handlers.drafts import Draft
from rules.decisions import About
from rules.events import OrderKey, OrderNo, UserId
from rules.events import Shop as ShopName
from rules.experiments import Part, Split
from tests.bot.tenures import a_tenure
from tests.contracts.builders import a_decision, an_exposure
from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import ROSTER, Shop, a_shop

TEAM: Mapping[str, Any] = {
    **ROSTER,
    "members": [*ROSTER["members"], {"userid": "wuyue", "name": "吴越", "roles": ["operations"]}],
}
IN_TWO_WAREHOUSES = [{"field": "warehouse", "op": "==", "value": one} for one in ("hz1", "gz2")]
NEVER = {"lanes": [{"name": "618", "match": {"all": IN_TWO_WAREHOUSES}}]}
"""No order is in both."""
IN_THREE = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "3m"}]}}}
"""It is five minutes otherwise."""
KINDLY = """---
title: 付款
facts: [order_no, news_by]
promises: {news_by: 30m}
---
亲，{{ order_no }} 的付款我们在查，{{ news_by }} 前告诉您。"""
IN_OTHER_WORDS = {"replies": [{"name": "payment_not_completed", "text": KINDLY}]}
"""The draft begins otherwise with 您好."""
_numbers = count(1)


def orders_of(experiment: str, part: Part) -> Iterator[str]:
    """Numbers of orders that are in that part, a new one each time."""
    split = Split(name=experiment, share=0.1)
    for number in _numbers:
        order = OrderKey(ShopName("main"), OrderNo(f"DB{number:05}"))
        if split.part_of(order) is part:
            yield order.order_no


async def drafted(
    shop: Shop, changes: Mapping[str, Any], title: str = "付款三分钟", *, id_: str = "d1"
) -> str:
    """A draft of the rules in force that nobody has published; its words somebody else has agreed to."""
    now = shop.clock.now()
    draft = Draft(
        id=id_,
        kind="rules",
        title=title,
        base=1,
        body=json.dumps(changes),
        author=UserId("wuyue"),
        created_at=now,
        changed_at=now,
        approved_by=UserId("wangwu"),
        approved_at=now,
        approved_revision=1,
    )
    await Store(shop.database, Signals()).run("test", lambda work: work.drafts.add(draft))
    return draft.id


async def started(shop: Shop, reader: Reader, changes: Mapping[str, Any] = IN_THREE) -> str:
    """A draft is being tried by a tenth of the orders."""
    draft = await drafted(shop, changes)
    await reader.opens(await own_link(shop, "wuyue"))
    await reader.opens("/experiments")
    assert "付款三分钟" in reader.text
    await reader.submits("start", draft=draft)
    assert "「要它变好的」至少选一样" in reader.text
    await reader.submits("start", draft=await drafted(shop, NEVER, id_="d0"), goals="reached")
    assert "不会是本意的地方" in reader.text
    await reader.submits("start", draft=draft, goals="reached")
    (row,) = await shop.rows("SELECT id FROM experiments")
    await taken_over(shop)
    return row["id"]


async def taken_over(shop: Shop) -> None:
    """Let every replica hear of new rules, and set the limits of open orders anew: a few seconds."""
    for _ in range(6):
        await shop.passes(seconds=2)
        await asyncio.sleep(0.03)
    await shop.settled()


async def pays(shop: Shop, number: str) -> None:
    """A customer begins to pay, and gets no further."""
    await shop.created(number)
    await shop.stage(number, "payment", "started")


async def late(shop: Shop) -> set[str]:
    """The orders that have a case."""
    return {case["order_no"] for case in await shop.anomalies()}


async def counted(shop: Shop, experiment: str, tried: Mapping[str, int], control: Mapping[str, int]) -> None:
    """An hour later, after 300 further orders of each part were judged, of which so many hit, the job looks."""
    await shop.passes(hours=1)
    store = Store(shop.database, Signals())
    directory = await read_directory(shop.settings, shop.clock.now())
    world = make_world(shop.settings, shop.clock, store, directory, b"secret")

    async def plant(work: Transaction) -> None:
        for part, hits in ((Part.TRIED, tried), (Part.CONTROL, control)):
            orders = orders_of(experiment, part)
            await work.experiments.judge(
                an_exposure(
                    experiment,
                    next(orders),
                    part=part,
                    at=shop.clock.now(),
                    look_at=None,
                    quiet=True,
                    refunded=False,
                    **{one: number < hits.get(one, 0) for one in ("reached", "complained")},
                )
                for number in range(300)
            )

    await store.run("test", plant)
    await compare(await a_tenure(store, shop.clock, f"holder{next(_numbers)}"), world)
    shop.clock.advance(RECOVER_EVERY)  # its letters were written by nobody whom the service hears
    await shop.settled()


async def test_each_part_goes_by_its_own_limits_until_harm_ends_it_and_all_go_by_the_old_ones(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, roster=TEAM) as shop, a_reader(shop) as reader:
        id_ = await started(shop, reader)
        tried, control = orders_of(id_, Part.TRIED), orders_of(id_, Part.CONTROL)
        early, ordinary = next(tried), next(control)
        for number in (early, ordinary):
            await pays(shop, number)
        await shop.passes(minutes=3, seconds=1)
        assert await late(shop) == {early}
        await shop.passes(minutes=2)
        assert await late(shop) == {early, ordinary}
        assert await shop.broken() == []
        exposed = await shop.rows("SELECT order_no, part FROM exposures ORDER BY part")
        assert [(row["order_no"], row["part"]) for row in exposed] == [
            (ordinary, "control"),
            (early, "tried"),
        ]

        await counted(shop, id_, {"reached": 200, "complained": 90}, {"reached": 150, "complained": 15})
        lines = {userid: shop.lines_to(userid)[-1] for userid in ("wuyue", "wangwu")}
        assert all(
            "规则试行「付款三分钟」（10% 的订单）：带来害处，已自动停止" in line for line in lines.values()
        )
        assert all("顾客先来问（不能多）：试 30.0%（90/300）" in line for line in lines.values())
        await taken_over(shop)

        later = next(tried)
        await pays(shop, later)
        await shop.passes(minutes=4)
        assert later not in await late(shop)
        await shop.passes(minutes=1, seconds=1)
        assert later in await late(shop)
        await reader.opens(f"/experiments/{id_}")
        assert "有害，已自动停止" in reader.text
        assert "变多了：有害" in reader.text
        await reader.submits("grow", percent="30")
        assert "它已经结束" in reader.text
        await leads_from_each_to_the_others(shop, reader, id_)


async def leads_from_each_to_the_others(shop: Shop, reader: Reader, id_: str) -> None:
    """A version, its trial and what was decided about it; and on the measures all versions of a trial stand together."""
    decision = a_decision(about=About.RULES, cause="", rules_version=2)
    await Store(shop.database, Signals()).run("test", lambda work: work.decisions.add(decision))
    ways = {"/rules/2": (f"/experiments/{id_}", "/decisions/1")}
    ways |= dict.fromkeys(("/decisions", "/decisions/1", f"/experiments/{id_}"), ("/rules/2",))
    for page, links in ways.items():
        await reader.opens(page)
        assert [link for link in links if f'href="{link}"' not in reader.main] == [], page
    await reader.opens("/measures")
    _, heading, below = reader.text.partition("试行「付款三分钟」的几版")
    assert heading
    assert "第 2 版" in below
    assert "第 3 版" in below


async def test_what_is_better_is_for_thirty_percent_then_for_all_and_is_taken_back(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, roster=TEAM) as shop, a_reader(shop) as reader:
        id_ = await started(shop, reader)
        await counted(shop, id_, {"reached": 240}, {"reached": 120})
        assert "效果更好，没看到害处。可以在看板上扩大" in shop.lines_to("wuyue")[-1]
        await reader.opens(f"/experiments/{id_}")
        assert "支付验证 · 时限" in reader.text
        await reader.submits("grow", percent="30")
        assert reader.told or "已扩大到 30%" in reader.text
        await reader.submits("grow", percent="30")
        assert "已经是这个比例" in reader.text
        await reader.opens(f"/experiments/{id_}")
        await reader.submits("grow", percent="100")
        await taken_over(shop)
        anyone = next(orders_of(id_, Part.OUTSIDE))
        await pays(shop, anyone)
        await shop.passes(minutes=3, seconds=1)
        assert anyone in await late(shop)

        await reader.opens(f"/experiments/{id_}")
        await shop.rows("DELETE FROM exposures RETURNING shop")  # as they are sixty days later
        await reader.submits("undo")
        assert "80.0% 240 / 300" in " ".join(reader.text.split())
        await taken_over(shop)
        another = next(orders_of(id_, Part.OUTSIDE))
        await pays(shop, another)
        await shop.passes(minutes=4)
        assert another not in await late(shop)
        lines = await shop.rows("SELECT deed FROM audit_trail WHERE deed LIKE 'experiment.%' ORDER BY id")
        assert [line["deed"] for line in lines] == [
            f"experiment.{deed}" for deed in ("started", "grew", "ended", "undone")
        ]


async def said_in(shop: Shop, number: str) -> str:
    """What the card of an order whose payment is late offers to say, and then 陈女士 hears; both are the same."""
    await shop.pays_late(number)
    card = shop.group_cards[-1]
    await shop.taps("zhangsan", card, "发送回复")
    assert number in shop.customer_read[-1]
    assert shop.customer_read[-1] in card.display("zhangsan").text
    return shop.customer_read[-1]


async def test_other_words_are_said_of_the_orders_that_try_them_and_of_all_in_the_end(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, roster=TEAM) as shop, a_reader(shop) as reader:
        id_ = await started(shop, reader, IN_OTHER_WORDS)
        tried, control, outside = (next(orders_of(id_, part)) for part in Part)
        assert "亲，" in await said_in(shop, tried)
        for number in (control, outside):
            assert "亲，" not in await said_in(shop, number)
        exposed = await shop.rows("SELECT order_no, part FROM exposures ORDER BY part")
        assert [(row["order_no"], row["part"]) for row in exposed] == [(control, "control"), (tried, "tried")]

        await counted(shop, id_, {"reached": 240}, {"reached": 120})
        await reader.opens(f"/experiments/{id_}")
        assert "话术 支付验证 · 未完成" in reader.text
        assert "更好" in reader.text
        for percent in ("30", "100"):
            await reader.submits("grow", percent=percent)
        await taken_over(shop)
        assert "亲，" in await said_in(shop, next(orders_of(id_, Part.OUTSIDE)))
