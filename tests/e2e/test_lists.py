"""Can somebody find out what went astray and what is being done, and take the lists to the weekly meeting?

At a desk and on a phone.
"""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.astray import FOREIGN_PARCEL, UNKNOWN_PARCEL, things_astray
from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import DESK, PHONE, READERS, link_of
from tests.e2e.together import responding_together
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

WORDS = {
    "/reasons": {"zh": "还没有原因的", "en": "Without a reason yet"},
    "/evidence": {"zh": "受影响的顾客", "en": "Customers affected"},
    "/promises": {"zh": "按模板", "en": "By template"},
    "/unmatched": {"zh": "还没有订单报过这个编号", "en": "No order has been reported with this number"},
    "/letters": {"zh": "转给了别人", "en": "passed on"},
    "/audit": {"zh": "roster.imported", "en": "roster.imported"},
    "/tasks": {"zh": "催快递", "en": "Press the carrier"},
    "/incidents": {"zh": "支付验证 · 支付宝", "en": "Payment · alipay"},
    "/i/{incident}": {"zh": "没发出", "en": "not delivered"},
    "/measures": {"zh": "几成做到了", "en": "Which share"},
    "/sources": {"zh": "还没恢复", "en": "not back"},
}
BY_DAY = ("/reasons", "/promises", "/unmatched", "/letters", "/audit", "/measures")
"""Those that take a first and a last day."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def manager(morning: Shop, chrome: Browser) -> AsyncIterator[Page]:
    """A manager's browser, on a morning on which things went astray and many are busy with them."""
    await things_astray(morning)
    await responding_together(morning)
    page = await (await chrome.new_context(accept_downloads=True)).new_page()
    await page.goto(await link_of(morning, "wangwu"))
    yield page
    await page.context.close()


@pytest.mark.parametrize(
    ("address", "language", "viewport"),
    [
        pytest.param(
            address, *reader, id=f"{address}-{name}", marks=() if which == number % 2 else pytest.mark.long
        )
        for number, address in enumerate(WORDS)
        for which, (name, reader) in enumerate(READERS.items())
    ],
)
async def test_each_list_can_be_read_by_everybody(
    morning: Shop, manager: Page, language: str, viewport: ViewportSize, address: str
) -> None:
    (incident,) = await morning.incidents()
    await manager.set_viewport_size(viewport)
    await manager.goto(f"{morning.address}{address.format(incident=incident['id'])}?lang={language}")

    await expect(manager.locator("main")).to_contain_text(WORDS[address][language])
    wide = await manager.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page scrolls sideways"
    await no_serious_findings(manager)


@pytest.mark.parametrize("address", BY_DAY)
async def test_what_was_typed_wrongly_is_told_and_kept(morning: Shop, manager: Page, address: str) -> None:
    await manager.goto(f"{morning.address}{address}?lang=zh&since=gestern&shop=x")

    await expect(manager.get_by_role("alert")).to_contain_text("是日期，写成 2026-11-27")
    await expect(manager.locator("#f-since")).to_have_value("gestern")
    await expect(manager.locator("#f-since")).to_have_attribute("aria-invalid", "true")
    await no_serious_findings(manager)


async def test_the_files_that_a_browser_saves_hold_the_rows_of_the_screen(
    morning: Shop, manager: Page, tmp_path: Path
) -> None:
    await manager.set_viewport_size(DESK)
    await manager.goto(f"{morning.address}/unmatched?lang=zh&ref=tracking:{UNKNOWN_PARCEL}")
    await expect(manager.locator("tbody tr")).to_have_count(1)
    shown = await manager.locator("tbody tr td:nth-child(3) strong").inner_text()

    async with manager.expect_download() as csv_file:
        await manager.get_by_role("link", name="导出 CSV").click()
    async with manager.expect_download() as workbook:
        await manager.get_by_role("link", name="导出 Excel").click()

    content = Path(await (await csv_file.value).path()).read_bytes()
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert re.fullmatch(r"未对上的事件-\d{8}-\d{4}\.csv", (await csv_file.value).suggested_filename)
    assert row["指的是"] == shown == f"运单 {UNKNOWN_PARCEL}"
    await (await workbook.value).save_as(tmp_path / "list.xlsx")
    head, line = load_workbook(tmp_path / "list.xlsx").worksheets[0].iter_rows(values_only=True)
    told = {name: "" if value is None else str(value) for name, value in zip(head, line, strict=True)}
    assert told == row


async def test_an_event_is_tied_to_the_order_that_somebody_knows(morning: Shop, manager: Page) -> None:
    await manager.set_viewport_size(PHONE)
    await manager.goto(f"{morning.address}/unmatched?lang=zh&ref=tracking:{UNKNOWN_PARCEL}")
    await manager.locator("summary").filter(has_text="看原文").click()
    await expect(manager.locator("pre")).not_to_contain_text("13800138000")
    await manager.locator("summary").filter(has_text="归到订单").click()
    await manager.get_by_label("订单号", exact=True).fill("DB99")
    await manager.get_by_role("button", name="归到订单").click()

    await expect(manager.get_by_role("alert")).to_contain_text("店铺 main 没有订单 DB99")
    await expect(manager.get_by_label("订单号", exact=True)).to_have_value("DB99")
    await no_serious_findings(manager)
    await manager.get_by_label("订单号", exact=True).fill("DB05")
    await manager.get_by_role("button", name="归到订单").click()

    await expect(manager.get_by_role("status")).to_contain_text("已归到订单 DB05")
    await morning.settled()
    assert UNKNOWN_PARCEL in str(await morning.order("DB05"))
    await manager.goto(f"{morning.address}/unmatched?lang=zh")
    await expect(manager.locator("main")).to_contain_text(FOREIGN_PARCEL)
    await expect(manager.locator("main")).not_to_contain_text(UNKNOWN_PARCEL)
    await manager.goto(f"{morning.address}/audit?lang=zh&deed=event.tied")
    await expect(manager.locator("tbody tr")).to_contain_text("DB05")


async def test_a_reason_leads_to_its_anomalies(morning: Shop, manager: Page) -> None:
    await manager.set_viewport_size(DESK)
    await manager.goto(f"{morning.address}/reasons?lang=zh")
    row = manager.get_by_role("row").filter(has_text="其他")
    await expect(row).to_contain_text("100.0%")

    await row.get_by_role("link", name="其他").click()

    assert re.search(r"/anomalies\?reason=other&since=2026-02-24&until=2026-03-02", manager.url)
    await expect(manager.locator("main")).to_contain_text("DB07")
