"""The pack for the meeting: one address with the cause in its filters, to read, for programs, and as a workbook."""

import io
from typing import Any

from openpyxl import load_workbook

from tests.scenarios.pages import a_browser_of, a_reader, own_link
from tests.scenarios.shop import Shop

PHONE = "13800138000"


async def two_orders_of_one_customer_and_one_of_another(shop: Shop) -> None:
    """All unconfirmed in Hangzhou; one asks for the money back. And one elsewhere."""
    for number, customer, place in (
        ("DB01", {"name": "陈女士", "ref": "c1", "phone": PHONE}, "hz1"),
        ("DB02", {"name": "=cmd|'/c calc'!A1", "phone": PHONE}, "hz1"),
        ("DB03", {"name": "刘先生", "ref": "c2"}, "hz1"),
        ("DB04", {"name": "王女士", "ref": "c3"}, "gz2"),
    ):
        await shop.created(number, warehouse=place, region="浙江", amount_fen=10_000, customer=customer)
        await shop.stage(number, "payment", "completed")
    await shop.passes(minutes=21)
    await shop.report("order.refund_requested", "DB03", refund_fen=2_500)


async def test_a_pack_counts_customers_once_and_reckons_the_loss_with_its_range(shop: Shop) -> None:
    await two_orders_of_one_customer_and_one_of_another(shop)

    async with a_browser_of("lisi", shop) as browser:
        async with browser.get("/api/evidence?warehouse=hz1&stage=confirm") as response:
            pack: dict[str, Any] = await response.json()
        async with browser.get("/evidence.xlsx?warehouse=hz1&lang=en") as response:
            content = await response.read()

    assert (pack["cases"], pack["orders"], pack["customers"]) == (3, 3, 2)
    assert {row["order_no"] for row in pack["items"]} == {"DB01", "DB02", "DB03"}
    bill = pack["bill"]
    assert [one["cost"] for one in bill["items"]] == ["refunds", "compensation", "at_risk"]
    assert bill["items"][0]["likely_fen"] == 2_500
    assert bill["items"][2]["likely_fen"] == 6_667, "20,000 at risk x 1 of 3"
    assert bill["total"]["low_fen"] < bill["total"]["likely_fen"] == 9_167 < bill["total"]["high_fen"]
    assert {"first", "peak", "last", "incident"} <= {event["what"] for event in pack["events"]}
    assert [event["at"] for event in pack["events"]] == sorted(event["at"] for event in pack["events"])
    assert PHONE not in str(pack)
    assert "陈女士" not in str(pack), "a pack leaves the house: its customers are masked"

    book = load_workbook(io.BytesIO(content))
    assert {"Evidence", "Estimated loss", "Anomalies", "Customers affected", "What happened"} <= {
        sheet.title for sheet in book
    }
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    loss = [row for row in book["Estimated loss"].values if row[0] == "All"]
    assert loss[0][2] == 91.67


async def test_the_page_says_what_was_asked_and_is_reached_from_the_reasons_and_an_incident(
    shop: Shop,
) -> None:
    await two_orders_of_one_customer_and_one_of_another(shop)
    (incident,) = await shop.incidents()

    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "lisi"))
        await reader.opens("/evidence?warehouse=hz1&lang=zh")
        assert "仓库 hz1" in " ".join(reader.text.split())
        assert "刘**" in reader.main
        assert "合计" in reader.main
        await reader.opens("/evidence?carrier=nobody&lang=zh")
        assert "没有符合的异常" in reader.main
        await reader.opens("/evidence?since=2026-03-02&until=2026-03-01")
        assert reader.status == 400
        await reader.opens(f"/i/{incident['id']}?lang=zh")
        assert f"/evidence?incident={incident['id']}" in reader.html
        await reader.opens(f"/evidence?incident={incident['id']}&lang=zh")
        assert "开始一个事件" in reader.main
        assert "DB04" not in reader.main
