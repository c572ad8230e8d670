"""At every instant the front page says of all orders together what the rules say of each, and of nobody else's."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp

from bot.directory import read_rules
from bot.storage.orders import Orders
from rules.deadlines import Band
from rules.events import OrderKey, Shop
from rules.orders import OrderState
from rules.stages import Stage
from tests.deployment import Deployment
from tests.rules.bands import worst
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import ROSTER, a_shop
from tests.scenarios.shop import Shop as Story

PATIENCE_SECONDS = 30
TWO_SHOPS: Mapping[str, Any] = {
    **ROSTER,
    "members": [
        *(one for one in ROSTER["members"] if one["userid"] != "zhaoliu"),
        {"userid": "zhaoliu", "name": "赵六", "roles": ["agent"], "shops": ["east"]},
    ],
}
HEARD = b"event: health"


async def health(reader: Reader, **query: str) -> dict[str, Any]:
    """What programs are told, of this very instant: a look is shared for a second of the machine's."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            address = f"{reader.shop.address}/api/health"
            async with reader.http.get(address, params=query) as answer:
                assert answer.status == 200, await answer.text()
                found = await answer.json()
            if datetime.fromisoformat(found["as_of"]) == reader.shop.clock.now():
                return found
            await asyncio.sleep(0.05)


async def by_the_rules(story: Story) -> Counter[tuple[str, Stage, Band]]:
    """Shop, stage and band of every open order, from what is stored of each."""
    book = (await read_rules(story.clock.now())).current
    found: Counter[tuple[str, Stage, Band]] = Counter()
    for row in await story.rows("SELECT shop, order_no FROM orders"):
        async with story.database.reading() as connection:
            order = await Orders(connection).find(OrderKey(Shop(row["shop"]), row["order_no"]))
        assert order is not None
        stage, state = order.progress(book.plan_for(order).skip)
        if state is OrderState.OPEN:
            found[row["shop"], stage, worst(order, book, story.clock.now())] += 1
    return found


def by_stage(page: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    bands = (Band.IN_TIME, Band.GREY, Band.LATE)
    return {(one["stage"], band): one[band] for one in page["stages"] for band in bands if one[band]}


async def a_morning(story: Story) -> None:
    for number in range(4):
        for shop in ("east", "west"):
            await story.created(f"DB{number}", shop=shop, warehouse=f"hz{number % 2}")
            await story.stage(f"DB{number}", "payment", "started", shop=shop)
    for number in range(1, 4):
        await story.stage(f"DB{number}", "payment", "completed", shop="east")


async def test_the_page_is_what_the_rules_say_of_all_orders_at_every_instant(deployment: Deployment) -> None:
    async with (
        a_shop(deployment, roster=TWO_SHOPS) as story,
        a_reader(story) as manager,
        a_reader(story) as east,
    ):
        await manager.opens(await own_link(story, "wangwu"))
        await east.opens(await own_link(story, "zhaoliu"))
        await a_morning(story)
        for minutes in (1, 3, 6, 15, 21):
            await story.passes(minutes=minutes)
            expected = await by_the_rules(story)
            everything, own = await health(manager), await health(east)

            stages = Counter[tuple[str, str]]()
            for (_, stage, band), count in expected.items():
                stages[stage, band] += count
            assert by_stage(everything) == stages
            assert by_stage(own) == {
                (stage, band): count for (shop, stage, band), count in expected.items() if shop == "east"
            }
            assert by_stage(await health(manager, shop="east")) == by_stage(own)
            for one in everything["breakdowns"]:
                groups = [*one["groups"], one["rest"]]
                assert sum(group["total"] for group in groups) == sum(expected.values())
        unclosed = [case for case in await story.anomalies() if case["state"] != "closed"]
        assert everything["unclosed"] == len(unclosed) > 0
        assert everything["ledger"]["balances"]


async def test_a_member_of_one_shop_reads_and_hears_of_no_other(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=TWO_SHOPS) as story, a_reader(story) as east:
        await east.opens(await own_link(story, "zhaoliu"))
        await story.created("DB1", shop="west", warehouse="西仓")
        page = await health(east, shop="west")
        assert page["orders"]["total"] == 0
        assert "west" not in json.dumps([page["breakdowns"], page["sources"]])
        await east.opens("/")
        assert (east.status, "还没有订单" in east.text, "西仓" in east.text) == (200, True, False)

        async with east.http.get(f"{story.address}/live") as stream:
            assert HEARD in await stream.content.readuntil(b"\n\n")
            await story.created("DB2", shop="west", warehouse="西仓")
            await story.created("DB3", shop="east", warehouse="东仓")
            heard = (await stream.content.readuntil(b"\n\n")).decode()
            assert ("东仓" in heard, "西仓" in heard) == (True, False)


async def test_a_service_that_stops_ends_the_streams(deployment: Deployment) -> None:
    """Its own: what stands before several replicas is not ours."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with a_shop(replace(deployment, replicas=1)) as story:
            reader = Reader(shop=story, http=http)
            await reader.opens(await own_link(story, "wangwu"))
            stream = await http.get(f"{story.address}/live")
            assert HEARD in await stream.content.readuntil(b"\n\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stream.content.read()
        stream.close()
