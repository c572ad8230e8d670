"""Whoever holds the token reads every order; a member with a session on the board reads those of their shops."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

ROSTER_OF_TWO_SHOPS = {
    **ROSTER,
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "zhaoliu", "name": "赵六", "roles": ["agent"], "shops": ["east"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
}


async def test_a_session_on_the_board_reads_what_the_member_serves(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_TWO_SHOPS) as shop:
        for name in ("east", "west"):
            await shop.stage(f"DB-{name}", "payment", "started", shop=name, payment_channel=name)
        await shop.passes(minutes=6)

        async with _session_of("zhangsan", shop) as everywhere:
            assert await _orders_read(everywhere, shop) == {"DB-east", "DB-west"}
        async with _session_of("zhaoliu", shop) as east:
            assert await _orders_read(east, shop) == {"DB-east"}
            assert await _orders_read(east, shop, "?shop=west") == set()
            assert await _status(east, shop, "/api/orders/DB-east") == 200
            assert await _status(east, shop, "/api/orders/DB-west") == 404


async def test_nobody_else_reads(shop: Shop) -> None:
    async with aiohttp.ClientSession() as stranger:
        assert await _status(stranger, shop, "/api/anomalies") == 401
        assert await _status(stranger, shop, "/api/orders/DB1") == 401


@asynccontextmanager
async def _session_of(userid: str, shop: Shop) -> AsyncGenerator[aiohttp.ClientSession]:
    """A browser in which the member has opened their personal link."""
    await shop.says(userid, "/帮助", to="app")
    link = re.search(r"http\S+/l/\S+", shop.lines_to(userid)[-1])
    assert link
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(link[0].replace(_base(link[0]), shop.address)) as page:
            assert page.status == 200
        yield browser


def _base(address: str) -> str:
    return address.split("/l/", maxsplit=1)[0]


async def _orders_read(browser: aiohttp.ClientSession, shop: Shop, query: str = "") -> set[str]:
    async with browser.get(f"{shop.address}/api/anomalies{query}") as answer:
        assert answer.status == 200
        return {item["order_no"] for item in (await answer.json())["items"]}


async def _status(browser: aiohttp.ClientSession, shop: Shop, path: str) -> int:
    async with browser.get(f"{shop.address}{path}") as answer:
        return answer.status
