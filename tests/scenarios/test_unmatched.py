"""An event that belongs to no order is shown with the reason why, and whoever knows its order says so."""

import json
import re
from html import unescape
from typing import Any

import aiohttp

from tests.deployment import Deployment
from tests.scenarios.pages import a_browser_of
from tests.scenarios.shop import ROSTER, Shop, a_shop

PARCEL = "YT0000000000042"
IN_THE_EAST = {
    **ROSTER,
    "members": [
        *ROSTER["members"],
        {"userid": "east", "name": "东", "roles": ["operations"], "shops": ["east"]},
    ],
}


async def a_scan_of_an_unknown_parcel(shop: Shop, status: str = "started", /, **data: Any) -> None:
    await shop.report("order.stage", f"tracking:{PARCEL}", stage="transit", status=status, **data)


async def the_page(browser: aiohttp.ClientSession, address: str = "/unmatched") -> str:
    async with browser.get(address) as response:
        assert response.status == 200
        return unescape(await response.text())


def forms(page: str) -> list[dict[str, str]]:
    """What each form to tie carries."""
    found = [
        dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', form))
        for form in re.findall(r'<form class="tie".*?</form>', page, re.DOTALL)
    ]
    return [form for form in found if "tie_event" in form]


async def tie(
    browser: aiohttp.ClientSession, form: dict[str, str], order: str, shop: str = "main"
) -> tuple[int, str]:
    given = {**form, "tie_order": order, "tie_shop": shop}
    async with browser.post("/unmatched/tie", data=given) as response:
        return response.status, unescape(await response.text())


async def test_a_tied_event_is_folded_in_like_news_and_so_is_all_that_waits_for_its_number(
    shop: Shop,
) -> None:
    await shop.created("DB1")
    await a_scan_of_an_unknown_parcel(shop)
    await a_scan_of_an_unknown_parcel(shop, "updated", note="离开杭州 13800138000")
    async with a_browser_of("wangwu", shop) as manager:
        page = await the_page(manager, f"/unmatched?ref=tracking:{PARCEL}")
        assert page.count("还没有订单报过这个编号") == 2
        assert "13800138000" not in page

        status, page = await tie(manager, forms(page)[0], "DB1")

        assert (status, forms(page)) == (200, [])
        assert "已归到订单 DB1" in page
        order = await shop.order("DB1")
        assert order["stage"] == "transit"
        assert order["last_operation"]["note"].startswith("离开杭州")

        await a_scan_of_an_unknown_parcel(shop, "completed")
        assert (await shop.order("DB1"))["state"] == "completed"
        assert forms(await the_page(manager)) == []

    (line,) = await shop.rows("SELECT * FROM audit_trail WHERE deed = 'event.tied'")
    assert (line["actor"], line["way"], line["order_no"]) == ("wangwu", "page", "DB1")
    assert json.loads(line["detail"]) == {"source": "/erp", "ref": f"tracking:{PARCEL}", "events": "2"}


async def test_what_cannot_be_tied_is_told_and_stays_as_it_was_typed(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=IN_THE_EAST) as shop:
        await shop.created("DB1")
        await shop.created("DB1", shop="east")
        await a_scan_of_an_unknown_parcel(shop, shop="main")
        async with a_browser_of("wangwu", shop) as manager:
            (form,) = forms(await the_page(manager))

            _, page = await tie(manager, form, "DB9")
            assert "店铺 main 没有订单 DB9" in page
            assert [one["tie_order"] for one in forms(page)] == ["DB9"]

            _, page = await tie(manager, form, "DB1", "east")
            assert "事件写明是别的店铺的" in page

            _, page = await tie(manager, {**form, "tie_event": "nonsense"}, "DB1")
            assert "这个事件已经不在等了" in page
        async with a_browser_of("east", shop) as colleague:
            await shop.stage("tracking:YT7", "transit", "started", shop="east")
            (theirs,) = forms(await the_page(colleague))
            for order_shop in ("main", "east"):
                await tie(colleague, {**theirs, "tie_event": form["tie_event"]}, "DB1", order_shop)
        assert await shop.rows("SELECT * FROM audit_trail WHERE deed = 'event.tied'") == []
        assert len(await shop.rows("SELECT * FROM parked_events")) == 2


async def test_what_names_another_shop_does_not_go_along(shop: Shop) -> None:
    await shop.created("DB1")
    await a_scan_of_an_unknown_parcel(shop, shop="east")
    await a_scan_of_an_unknown_parcel(shop, "updated")
    async with a_browser_of("wangwu", shop) as manager:
        newest, _ = forms(await the_page(manager))
        _, page = await tie(manager, newest, "DB1")

        assert "已归到订单 DB1" in page
        assert "只有别的店铺的订单用这个编号" in page
        (left,) = await shop.rows("SELECT shop FROM parked_events")
        assert left["shop"] == "east"


async def test_only_those_who_may_tie_are_let(shop: Shop) -> None:
    await shop.created("DB1")
    await a_scan_of_an_unknown_parcel(shop)
    async with a_browser_of("wangwu", shop) as manager:
        (form,) = forms(await the_page(manager))
        assert (await tie(manager, {**form, "token": "made-up"}, "DB1"))[0] == 403
    async with a_browser_of("lisi", shop) as lead:
        assert forms(await the_page(lead)) == []
        assert (await tie(lead, form, "DB1"))[0] == 403
    async with aiohttp.ClientSession(shop.address) as stranger:
        assert (await tie(stranger, form, "DB1"))[0] == 401
    assert len(await shop.rows("SELECT * FROM parked_events")) == 1
