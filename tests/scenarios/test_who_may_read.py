"""Whoever holds the token reads every order; a member with a session on the board reads those of their shops."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from bot.signals import Signals
from bot.storage.store import Store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from handlers.trail import VIEWED
from tests.deployment import Deployment
from tests.scenarios.shop import READ, ROSTER, Shop, a_shop

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
            async with east.get(f"{shop.address}/no-such-page") as answer:
                assert (answer.status, "没有这一页" in await answer.text()) == (404, True)
            async with east.get(f"{shop.address}/api/no-such-page") as answer:
                assert (answer.status, answer.content_type) == (404, "text/plain")


async def test_nobody_else_reads(shop: Shop) -> None:
    async with aiohttp.ClientSession() as stranger:
        assert await _status(stranger, shop, "/api/anomalies") == 401
        assert await _status(stranger, shop, "/api/orders/DB1") == 401
        assert await _status(stranger, shop, "/no-such-page") == 404


async def test_a_program_reads_what_its_token_is_good_for(deployment: Deployment) -> None:
    tokens = deployment.folder / "api-tokens.yaml"
    tokens.write_text(PROGRAMS, "utf-8")
    async with a_shop(
        deployment,
        roster=ROSTER_OF_TWO_SHOPS,
        DINGDAN_API__TOKENS_FILE=str(tokens),
        DINGDAN_HTTP__PUBLIC_URL="https://board.example",
    ) as shop:
        for name in ("east", "west"):
            await shop.stage(f"DB-{name}", "payment", "started", shop=name)
        await shop.passes(minutes=6)
        (case,) = await shop.anomalies(shop="east")

        async def status(token: str, path: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            async with shop.http.get(
                f"{shop.address}{path}", headers=headers, allow_redirects=False
            ) as answer:
                return answer.status

        for path, cells in MATRIX.items():
            asked = path.format(case=case["id"])
            found = {token: await status(token, asked) for token in cells}
            assert found == cells, path
        assert await _seen_by(shop, "token:monday") == ["viewed.order"]
        assert set(await _seen_by(shop, "token:api")) >= {"viewed.order", "viewed.anomalies", "viewed.ledger"}


PROGRAMS = """\
tokens:
  - {token: monday-token, name: monday, scopes: [orders], shops: [east]}
  - {token: grafana-token, name: grafana, scopes: [health]}
  - {token: review-token, name: review, scopes: [anomalies, audit]}
"""
MATRIX = {
    "/api/orders/DB-east": {"monday-token": 200, "grafana-token": 403, "review-token": 403, READ: 200},
    "/api/orders/DB-west": {"monday-token": 404, "grafana-token": 403, "review-token": 403, READ: 200},
    "/api/anomalies": {"monday-token": 403, "grafana-token": 403, "review-token": 200, READ: 200},
    "/api/anomalies/{case}": {"monday-token": 403, "grafana-token": 403, "review-token": 200, READ: 200},
    "/api/ledger": {"monday-token": 403, "grafana-token": 200, "review-token": 403, READ: 200},
    "/metrics": {"monday-token": 401, "grafana-token": 200, "review-token": 401, READ: 200, "wrong": 401},
    "/openapi.json": {"monday-token": 401, "grafana-token": 200, READ: 200, "": 401},
    "/anomalies": {"review-token": 401, READ: 401},
    "/wecom/sidebar": {"review-token": 303, READ: 303},
}
"""What each token gets: pages are for people."""


async def test_every_look_is_on_record_by_the_time_it_is_seen(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_TWO_SHOPS) as shop:
        await shop.stage("DB-east", "payment", "started", shop="east")
        await shop.passes(minutes=6)
        async with _session_of("zhaoliu", shop) as browser:
            before = await _seen_by(shop, "zhaoliu")
            for path, what in LOOKS.items():
                assert await _status(browser, shop, path) == 200
                before = [*before, f"viewed.{what}"]
                assert await _seen_by(shop, "zhaoliu") == before
        async with _session_of("lisi", shop) as lead:
            assert await _status(lead, shop, f"/orders.csv?q={PHONE}") == 200
        assert PHONE not in str(await shop.rows("SELECT * FROM audit_trail"))


PHONE = "13800138000"
LOOKS = {
    "/": "health",
    f"/orders?q={PHONE}": "orders",
    f"/api/orders?q={PHONE}": "orders",
    "/anomalies": "anomalies",
    "/anomalies?stage=payment": "anomalies",
    "/api/anomalies": "anomalies",
    "/api/orders/DB-east": "order",
    "/api/ledger": "ledger",
}


async def _seen_by(shop: Shop, actor: str) -> list[str]:
    """What the audit trail says somebody has looked at, oldest first."""
    lines = await Views(Store(shop.database, Signals())).trail(TrailFilter(actor=actor), 1000)
    return [line.entry.deed for line in reversed(lines) if line.entry.deed.startswith(VIEWED)]


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
