"""The whole of an order on one page: the same as its JSON, for any number, for those who serve the shop."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any, cast
from urllib.parse import quote

from yarl import URL

from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import READ, Shop, a_shop
from tests.scenarios.test_who_may_read import ROSTER_OF_TWO_SHOPS

HOSTILE = (
    "a/b",
    "../x",
    "%2F",
    "a%2Fb",
    "DB 7",
    "订单🧧1",
    "<script>alert(1)</script>",
    "x?y=1#z",
    "9" * 80,
    "a;b&c=d",
)
MISSING = "没有来源报过"


def page_of(number: str, shop: str = "main") -> str:
    return f"/orders/{quote(shop, safe='')}/{quote(number, safe='')}"


async def twin_of(shop: Shop, number: str, query: str = "") -> tuple[int, dict[str, Any]]:
    """What a program reads; aiohttp would quote once more what is quoted already."""
    headers = {"Authorization": f"Bearer {READ}"}
    address = f"{shop.address}/api/orders/{quote(number, safe='')}{query}"
    async with shop.http.get(URL(address, encoded=True), headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def an_eventful_order(shop: Shop) -> None:
    """DB1: paid at the second try, written about, answered, packed, and on its way."""
    await shop.created(
        "DB1", amount_fen=25900, items=[{"sku": "TEE-M", "qty": 2}], tags=["618"], region="浙江"
    )
    await shop.customer_writes("DB1")
    await shop.stage("DB1", "payment", "started", payment_channel="wechat")
    await shop.stage("DB1", "payment", "failed", note="余额不足，打 13800138000 问")
    await shop.passes(minutes=5, seconds=1)
    await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
    await shop.stage("DB1", "payment", "completed", payment_ref="4200013800138000")
    await shop.stage("DB1", "picking", "completed", operator="韩梅", warehouse="hz1")
    await shop.stage(
        "DB1", "pickup", "completed", parcel="YT1", tracking_no="YT1", carrier="yuantong", note="已揽收"
    )
    await shop.report("order.refund_requested", "DB1", refund_fen=5000)


async def test_the_page_shows_what_its_twin_tells(shop: Shop) -> None:
    await an_eventful_order(shop)
    status, told = await twin_of(shop, "DB1")
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens(page_of("DB1"))

        assert (status, reader.status) == (200, 200)
        assert [text for text in texts_of(told) if text not in reader.text] == []
        assert told["last_operation"]["action"] == "order.refund_requested"
        assert [run["outcome"] for run in told["past_runs"]] == ["failed"]
        assert told["payment"]["paid_at"]["value"].endswith("+08:00")
        assert (told["refund"]["fen"], told["customer"]["phone"], told["stock"]["stock_locked"]) == (
            5000,
            None,
            None,
        )
        assert [scan["note"] for scan in told["parcels"][0]["scans"]] == ["已揽收"]
        (reply,) = told["replies"]
        assert (reply["by"], reply["state"], reply["medium"]) == ("zhangsan", "sent", "kf")
        assert reply["promised_at"] is not None
        assert {one["channel"] for one in told["contacts"]} == {"kf"}
        assert reader.text.count(MISSING) >= sum(fact is None for fact in facts_of(told))
        assert "13800138000" not in reader.html.replace("4200013800138000", "")


SHOWN_AS_THEY_ARE = frozenset(
    {"value", "source", "operator", "note", "system", "sku", "text", "order_no", "shop"}
)


def texts_of(told: Any, key: str = "") -> Iterator[str]:
    """The texts that a page shows as they are."""
    if isinstance(told, dict):
        for name, value in cast(dict[str, Any], told).items():
            yield from texts_of(value, name)
    elif isinstance(told, list):
        for value in cast(list[Any], told):
            yield from texts_of(value, key)
    elif isinstance(told, str) and key in SHOWN_AS_THEY_ARE and "T" not in told and told != "yuantong":
        yield told


def facts_of(told: dict[str, Any]) -> list[Any]:
    return [
        *told["payment"].values(),
        *told["stock"].values(),
        *told["customer"].values(),
        told["channel"],
        told["tags"],
    ]


async def test_any_number_has_its_page(shop: Shop) -> None:
    for number in HOSTILE:
        await shop.created(number)
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        for number in HOSTILE:
            await reader.opens(page_of(number))
            assert (reader.status, number in reader.text) == (200, True), number
            assert "<script>alert" not in reader.html
            status, told = await twin_of(shop, number)
            assert (status, told["order_no"]) == (200, number)


async def test_every_event_is_listed_and_shown_as_it_came(shop: Shop) -> None:
    phone = "13800138000"
    await shop.created("D/1", amount_fen=25900, customer={"name": "陈女士", "phone": phone})
    wrong = shop.event(
        "order.stage", "D/1", stage="payment", status="completed", note=f"打 {phone}", tel=int(phone)
    )
    wrong["source"] = "/erp/hz 1"
    await shop.post(wrong)
    await shop.passes(minutes=2)
    await shop.report("event.retracted", "D/1", source=wrong["source"], id=wrong["id"])
    await shop.report("order.changed", "D/1", ago=timedelta(hours=1), warehouse="hz1")
    _, told = await twin_of(shop, "D/1", "/events")
    assert [one["type"] for one in told["items"]] == [
        "event.retracted",
        "order.stage",
        "order.created",
        "order.changed",
    ]
    assert [one["delay_seconds"] for one in told["items"]] == [0, 0, 0, 3600]
    taken_back = told["items"][1]
    assert taken_back["retracted_by"]["id"] == told["items"][0]["id"]
    assert told["items"][3]["changed"] == {"warehouse": "hz1"}
    _, first = await twin_of(shop, "D/1", "/events?limit=3")
    _, rest = await twin_of(shop, "D/1", f"/events?limit=3&cursor={quote(first['next'])}")
    assert (first["items"] + rest["items"], rest["next"]) == (told["items"], None)

    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens(f"{page_of('D/1')}/events")
        links = [unescape(link) for link in re.findall(r'href="([^"]*/events/[^"]*)"', reader.html)]
        assert len(links) == 4
        assert 'class="retracted"' in reader.html
        for link in links:
            await reader.opens(link)
            assert (reader.status, phone in reader.html, "sealed" in reader.html) == (200, False, False), link
        _, body = await twin_of(shop, "D/1", f"/events/{quote(wrong['source'], safe='')}/{wrong['id']}")
        assert body["body"]["data"]["note"] == "打 138****8000"
        assert body["body"]["data"]["tel"] == "138****8000"
        await reader.opens(f"{links[0]}x")
        assert reader.status == 404


async def test_what_openapi_refers_to_is_there(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {READ}"}
    async with shop.http.get(f"{shop.address}/openapi.json", headers=headers) as answer:
        told = await answer.text()
    schemas = json.loads(told)["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', told))
    assert named - schemas.keys() == set()
    (parameters,) = [
        path["get"]["parameters"]
        for name, path in json.loads(told)["paths"].items()
        if name == "/api/orders/{order_no}"
    ]
    assert [one["name"] for one in parameters] == ["order_no", "shop"]
    assert {"last_operation", "stages", "parcels", "anomalies"} <= set(schemas["WholeOrder"]["required"])


async def test_what_is_personal_is_shown_in_full_once_to_whoever_may(shop: Shop) -> None:
    await shop.created(
        "DB1", customer={"name": "陈女士", "phone": "13800138000", "address": "浙江省杭州市余杭区文一路 1 号"}
    )
    async with a_reader(shop) as manager, a_reader(shop) as agent:
        await manager.opens(await own_link(shop, "wangwu"))
        await manager.opens(page_of("DB1"))
        assert ("138****8000" in manager.html, "浙江省杭州市余杭区" in manager.html) == (True, True)
        assert ("13800138000" in manager.html, "文一路" in manager.html) == (False, False)
        await manager.opens(f"{page_of('DB1')}/reveal")
        assert (manager.status, "13800138000" in manager.html) == (200, False)
        manager.url = f"{shop.address}{page_of('DB1')}/reveal"
        await manager.submits("reveal")
        assert ("13800138000" in manager.html, "文一路 1 号" in manager.html) == (True, True)
        await agent.opens(await own_link(shop, "zhangsan"))
        await agent.opens(page_of("DB1"))
        assert "/reveal" not in agent.html
        for token, status in (("made-up", 403), (manager.carried.get("token", ""), 403)):
            agent.url = f"{shop.address}{page_of('DB1')}/reveal"
            await agent.submits("reveal", token=token)
            assert (agent.status, "13800138000" in agent.html) == (status, False)
    rows = await shop.rows("SELECT actor, deed FROM audit_trail WHERE deed LIKE '%personal' ORDER BY id")
    assert [(row["actor"], row["deed"]) for row in rows] == [("wangwu", "viewed.personal")]


async def test_what_is_not_there_or_in_another_shop_is_missing(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_TWO_SHOPS) as shop:
        await shop.created("DB-west", shop="west")
        await shop.created("DB2", shop="east")
        await shop.created("DB2", shop="west")
        async with a_reader(shop) as reader:
            await reader.opens(await own_link(shop, "zhaoliu"))
            for path in (
                page_of("DB-west", "west"),
                page_of("DB-west", "east"),
                page_of("NOBODY", "east"),
                page_of("DB2", "west"),
            ):
                await reader.opens(path)
                assert reader.status == 404, path
                assert "DB2 ·" not in reader.text
            await reader.opens(page_of("DB2", "east"))
            assert reader.status == 200
        status, told = await twin_of(shop, "DB2")
        assert (status, told["shops"]) == (409, ["east", "west"])
        assert (await twin_of(shop, "DB2", "?shop=west"))[0] == 200
