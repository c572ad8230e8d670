"""Whoever may take a list away gets what its screen shows: the same rows, values and filters, in either form."""

import csv
import io
import json
from typing import Any

import aiohttp
from openpyxl import load_workbook

from tests.e2e.morning import a_busy_morning
from tests.scenarios.pages import a_browser_of
from tests.scenarios.shop import Shop


async def the_csv(browser: aiohttp.ClientSession, address: str) -> list[dict[str, str]]:
    async with browser.get(address) as response:
        assert response.content_type == "text/csv", await response.text()
        content = await response.read()
    return [*csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


async def the_workbook(browser: aiohttp.ClientSession, address: str) -> Any:
    async with browser.get(address) as response:
        assert response.status == 200, await response.text()
        return load_workbook(io.BytesIO(await response.read()))


def as_text(value: object) -> str:
    return "" if value is None else str(value)


async def test_the_rows_of_both_files_are_those_of_the_screen(shop: Shop) -> None:
    await a_busy_morning(shop)
    async with a_browser_of("wangwu", shop) as browser:
        async with browser.get("/api/anomalies") as response:
            twin = (await response.json())["items"]
        rows = await the_csv(browser, "/anomalies.csv?lang=en")
        book = await the_workbook(browser, "/anomalies.xlsx?lang=en")

        assert [row["Case"] for row in rows] == [item["id"] for item in twin]
        assert [(row["Order"], row["Shop"]) for row in rows] == [
            (item["order_no"], item["shop"]) for item in twin
        ]
        assert {row["State"] for row in rows} == {"Unclaimed", "Claimed", "Closed"}
        assert [row["Noticed"] for row in rows] == [item["opened_at"][:19].replace("T", " ") for item in twin]
        head, *lines = [[as_text(value) for value in line] for line in book.worksheets[0].values]
        assert [dict(zip(head, line, strict=True)) for line in lines] == rows
        about = [*book["About"].values]
        assert ("Rows", len(twin)) in about

        filtered = await the_csv(browser, "/anomalies.csv?state=claimed&lang=zh")
        assert [row["订单"] for row in filtered] == [
            item["order_no"] for item in twin if item["state"] == "claimed"
        ]
        assert {row["负责人"] for row in filtered} == {"李四"}
        assert ("状态", "已认领") in [
            *(await the_workbook(browser, "/anomalies.xlsx?state=claimed"))["说明"].values
        ]

    noted = await shop.rows(
        "SELECT actor, deed, detail FROM audit_trail WHERE deed LIKE 'export%' ORDER BY id"
    )
    csv_then_workbook = ["exporting.anomalies", "exported.anomalies", "exported.anomalies"]
    assert [row["deed"] for row in noted] == csv_then_workbook * 2
    assert {row["actor"] for row in noted} == {"wangwu"}
    assert {"filter.state": "claimed", "form": "xlsx", "rows": str(len(filtered))} == json.loads(
        noted[5]["detail"]
    )


async def test_only_those_who_may_take_lists_away_get_one(shop: Shop) -> None:
    async with a_browser_of("zhangsan", shop) as agent:
        async with agent.get("/anomalies.xlsx") as response:
            assert response.status == 403
        async with agent.get("/anomalies") as page:
            assert "anomalies.csv" not in await page.text()
    async with a_browser_of("lisi", shop) as lead:
        async with lead.get("/anomalies") as page:
            assert "/anomalies.csv" in await page.text()
        async with lead.get("/anomalies.csv?stage=nowhere") as page:
            assert (page.status, page.url.path) == (400, "/anomalies")
            assert "nowhere" in await page.text()
    async with aiohttp.ClientSession(shop.address) as stranger, stranger.get("/anomalies.csv") as response:
        assert response.status == 401
