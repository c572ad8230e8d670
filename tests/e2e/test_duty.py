"""A week of duty in a browser: read by everybody, changed and taken back by a manager."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.deployment import Deployment
from tests.e2e.axe import no_serious_findings
from tests.e2e.browser import every_reader, link_of
from tests.scenarios.shop import Shop, a_shop
from tests.scenarios.test_duty import TEAM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

GAPS = {"zh": "没人当班", "en": "Nobody"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A team of whose managers there is one, at night none."""
    shifts = [*TEAM["shifts"][:2], {"userid": "wangwu", "from": "08:00", "to": "22:00"}]
    folder: Path = tmp_path_factory.mktemp("duty")
    async with a_shop(Deployment.embedded(folder), roster=TEAM | {"shifts": shifts}) as shop:
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(shop: Shop, chrome: Browser) -> AsyncIterator[Page]:
    """A manager's browser."""
    page = await (await chrome.new_context(locale="zh-CN")).new_page()
    await page.goto(await link_of(shop, "wangwu"))
    yield page
    await page.context.close()


async def test_a_manager_enters_a_change_and_takes_it_back(shop: Shop, page: Page) -> None:
    await page.goto(f"{shop.address}/duty?lang=zh")
    await page.get_by_label("做什么").select_option(label="换班")
    await page.get_by_label("谁", exact=True).select_option(label="张三")
    await page.get_by_label("换给谁（换班时）").select_option(label="赵六")
    await page.get_by_label("从哪天").fill("2026-03-03")
    await page.get_by_role("button", name="记下").click()
    await expect(page.get_by_role("alert")).to_contain_text("请写成 03-02 22:00..03-03 06:00")
    await expect(page.get_by_label("从哪天")).to_have_value("2026-03-03")

    await page.get_by_label("几点起").fill("08:00")
    await page.get_by_label("几点止").fill("12:00")
    await page.get_by_role("button", name="记下").click()
    await expect(page.get_by_role("status")).to_contain_text("已记下（编号 1）")
    await expect(page.locator("table.week")).to_contain_text("赵六")

    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_role("status")).to_contain_text("已撤销（编号 1）")
    await expect(page.locator("table.changes")).to_contain_text("王五 已撤销")


@pytest.mark.parametrize("week", ["", "2026-02-23"], ids=["this", "past"])
@every_reader
async def test_the_week_can_be_read_by_everybody(
    shop: Shop, page: Page, language: str, viewport: ViewportSize, week: str
) -> None:
    await page.set_viewport_size(viewport)
    await page.goto(f"{shop.address}/duty?lang={language}&week={week}")

    await expect(page.locator("table.week")).to_contain_text(GAPS[language])
    wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page scrolls sideways"
    await no_serious_findings(page)
