"""Whoever may take a list away gets what its screen shows: the same rows, values and filters, in either form."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from openpyxl import load_workbook

from bot.storage.caselist import CaseFilter
from bot.storage.views import Views
from bot.web.board import export
from rules.anomalies import Anomaly
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
        assert {row["负责人"] for row in filtered} == {"李四", "王五"}, "what 李四 forgot is 王五's"
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


async def test_a_list_is_the_same_in_however_many_slices(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_busy_morning(shop)
    async with a_browser_of("wangwu", shop) as browser:
        whole = await the_csv(browser, "/anomalies.csv")
        monkeypatch.setattr(export, "SLICE", 1)

        assert await the_csv(browser, "/anomalies.csv") == whole
        assert len((await the_workbook(browser, "/anomalies.xlsx")).worksheets[0]["A"]) == len(whole) + 1


async def test_what_a_workbook_has_no_room_for_is_told_where_it_opens(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_busy_morning(shop)
    monkeypatch.setattr(export, "SLICE", 2)
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 3)
    async with a_browser_of("wangwu", shop) as browser:
        book = await the_workbook(browser, "/anomalies.xlsx")

        assert [len([*sheet.values]) for sheet in (book.worksheets[0],)] == [4]
        assert book.active is book["说明"]
        assert "只有最新的 3 行" in book["说明"]["A2"].value


async def test_no_more_workbooks_are_made_at_once_than_may_be(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "WORKBOOKS_AT_ONCE", 0)
    async with a_browser_of("wangwu", shop) as browser:
        async with browser.get("/anomalies.xlsx") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "30")
        assert await the_csv(browser, "/anomalies.csv") == []


async def test_a_reader_who_hangs_up_is_read_for_no_longer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_busy_morning(shop)
    monkeypatch.setattr(export, "SLICE", 1)
    asked, may_go_on, page = 0, asyncio.Event(), Views.cases

    async def slowly(views: Views, wanted: CaseFilter, limit: int) -> Sequence[Anomaly]:
        nonlocal asked
        asked += 1
        if asked > 1:
            await may_go_on.wait()
        return await page(views, wanted, limit)

    monkeypatch.setattr(Views, "cases", slowly)
    async with a_browser_of("wangwu", shop) as browser:
        async with browser.get("/anomalies.csv") as response:
            assert response.status == 200
            await response.content.readany()
            response.close()
        async with asyncio.timeout(20):
            while not (
                rows := await shop.rows("SELECT detail FROM audit_trail WHERE deed LIKE 'exported.%'")
            ):
                may_go_on.set()
                await asyncio.sleep(0.01)

    told = json.loads(rows[0]["detail"])
    assert (told["whole"], asked) == ("false", 2)
