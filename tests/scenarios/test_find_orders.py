"""An order is found by any number that leads to it, and by its customer's phone; the watched ones are listed."""

from typing import Any

from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import READ, Shop, a_shop
from tests.scenarios.test_who_may_read import ROSTER_OF_TWO_SHOPS

PHONE = "13800138000"


async def listed(shop: Shop, /, **query: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {READ}"}
    async with shop.http.get(f"{shop.address}/api/orders", params=query, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def found(shop: Shop, /, **query: str) -> list[str]:
    status, told = await listed(shop, **query)
    assert status == 200, told
    return [row["order_no"] for row in told["items"]]


async def two_shops(shop: Shop) -> None:
    """Five orders; E1 and E2 are of one customer, W2 is cancelled."""
    await shop.created("E1", shop="east", refs=["PDD-77"], customer={"phone": PHONE}, warehouse="hz1")
    await shop.created("E2", shop="east", customer={"phone": PHONE}, warehouse="gz2")
    await shop.created("W1", shop="west", warehouse="hz1", carrier="sf")
    await shop.created("W2", shop="west")
    await shop.created("a/b <i>", shop="west")
    await shop.stage("E1", "payment", "started", shop="east")
    await shop.stage(
        "W1", "pickup", "completed", shop="west", parcel="SF9", tracking_no="SF9", operator="韩梅"
    )
    await shop.report("order.cancelled", "W2", shop="west")
    await shop.passes(minutes=6)


async def test_orders_are_found(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_TWO_SHOPS) as shop:
        await two_shops(shop)
        for sought, numbers in (
            ("E1", ["E1"]),
            ("PDD-77", ["E1"]),
            ("SF9", ["W1"]),
            (" W2 ", ["W2"]),
            ("NOPE", []),
        ):
            assert await found(shop, q=sought) == numbers, sought
        for sought in (PHONE, "138****8000", "+86 138-0013-8000"):
            assert sorted(await found(shop, q=sought)) == ["E1", "E2"], sought
        assert (await listed(shop, q=PHONE))[1]["sought"] == "138****8000"

        async with a_reader(shop) as everywhere, a_reader(shop) as east:
            await everywhere.opens(await own_link(shop, "zhangsan"))
            for sought, path in (("SF9", "/orders/west/W1"), ("a/b <i>", "/orders/west/a%2Fb%20%3Ci%3E")):
                await everywhere.opens("/orders?q=" + sought.replace("/", "%2F"))
                assert everywhere.url.endswith(path), everywhere.url
            await everywhere.opens("/orders?q=138****8000")
            assert ("E1" in everywhere.text, "E2" in everywhere.text) == (True, True)
            await everywhere.opens("/orders?q=NOPE")
            assert (everywhere.status, everywhere.html.count("NOPE") > 1) == (200, True)
            await east.opens(await own_link(shop, "zhaoliu"))
            for sought in ("W1", "SF9"):
                await east.opens(f"/orders?q={sought}")
                assert (east.status, "没有找到" in east.text) == (200, True)


async def test_watched_orders_are_listed_the_longest_late_first(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_TWO_SHOPS) as shop:
        await two_shops(shop)
        assert await found(shop) == ["E1", "W1", "E2", "a/b <i>"]
        for query, numbers in (
            ({"band": "late"}, ["E1"]),
            ({"stage": "transit"}, ["W1"]),
            ({"shop": "east"}, ["E1", "E2"]),
            ({"warehouse": "hz1", "shop": "west"}, ["W1"]),
            ({"carrier": "sf"}, ["W1"]),
        ):
            assert await found(shop, **query) == numbers, query
        _, told = await listed(shop, limit="1")
        (row,) = told["items"]
        assert (row["band"], row["stage"], row["action"]) == ("late", "payment", "payment.started")
        assert await found(shop, limit="3", cursor=told["next"]) == ["W1", "E2", "a/b <i>"]
        for query, field in (
            ({"band": "done"}, "band"),
            ({"stage": "x"}, "stage"),
            ({"cursor": "{"}, "cursor"),
        ):
            status, told = await listed(shop, **query)
            assert (status, told["field"]) == (400, field)

        async with a_reader(shop) as manager, a_reader(shop) as east:
            await manager.opens(await own_link(shop, "wangwu"))
            await manager.opens("/orders.csv?band=in_time")
            rows = [line.split(",")[0].strip('"') for line in manager.html.splitlines()[1:]]
            assert rows == await found(shop, band="in_time")
            await east.opens(await own_link(shop, "zhaoliu"))
            await east.opens("/orders")
            assert [number in east.text for number in ("E1", "E2", "W1")] == [True, True, False]
            await east.opens("/orders?band=done&warehouse=hz1")
            assert (east.status, 'value="hz1"' in east.html) == (400, True)
