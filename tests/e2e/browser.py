"""How does a test open a page? In the real Chromium of the machine."""

import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

from tests.scenarios.pages import own_link
from tests.scenarios.shop import Shop

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 30_000
"""Three lanes of tests may share two cores, and what is expected is waited for no longer than it takes."""
expect.set_options(timeout=PATIENCE_MS)
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
READERS = {
    "zh-desk": ("zh", DESK),
    "en-phone": ("en", PHONE),
    "zh-phone": ("zh", PHONE),
    "en-desk": ("en", DESK),
}
every_reader = pytest.mark.parametrize(
    ("language", "viewport"),
    [
        pytest.param(*reader, id=name, marks=() if number < 2 else pytest.mark.long)
        for number, (name, reader) in enumerate(READERS.items())
    ],
)
"""Both languages, and both widths; the long run has each language at each width."""


async def link_of(shop: Shop, userid: str) -> str:
    """The link that the app gives somebody in person, as it leads from this machine."""
    return re.sub(r"^http://[^/]+", shop.address, await own_link(shop, userid))


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """A headless Chromium; a machine without one fails the test."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: make servers"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


def why_late(page: Page) -> Locator:
    """The reasons on the page of a case; why a customer need not be reached has answers of the same names."""
    return page.get_by_role("group", name="为什么晚了")
