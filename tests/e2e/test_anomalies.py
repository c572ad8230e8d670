"""Can somebody find an anomaly on the board? At a desk and on a phone, in both languages."""

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import DESK, PHONE, link_of
from tests.scenarios.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("language", "unclaimed"), [("zh", "待认领"), ("en", "Unclaimed")])
async def test_the_list_can_be_read_by_everybody(
    morning: Shop, chrome: Browser, viewport: ViewportSize, language: str, unclaimed: str
) -> None:
    page = await chrome.new_page(viewport=viewport)
    await page.goto(await link_of(morning, "zhangsan"))
    await page.goto(f"{morning.address}/anomalies?lang={language}&state=open")

    row = page.get_by_role("row").filter(has_text="DB01")
    await expect(row).to_contain_text(unclaimed)
    await no_serious_findings(page)
    await page.close()
