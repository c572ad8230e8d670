"""How do the README's pictures come about? The demo is played and photographed: `make pictures`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from bot.demo import Stage, play, stage
from bot.sandbox.story import WAITING_FOR_PICKUP
from tests.e2e.browser import DESK, PHONE, chromium

FOLDER = Path(__file__).parent / "pictures"
FIRST_CARD_MS = 60_000


async def main() -> None:
    """Play the main job once, and take a picture at each turn."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder) / "demo", 8000, 8001) as up, chromium() as browser:
            playing = asyncio.create_task(play(up))
            await _take(up, browser)
            playing.cancel()


async def _take(up: Stage, browser: Browser) -> None:
    page = await browser.new_page(viewport=DESK)
    await page.goto(f"{up.wecom.page_url}?phone=wangwu")
    card = page.locator("#thread-group li.message", has_text=WAITING_FOR_PICKUP).filter(
        has=page.get_by_role("button")
    )
    await expect(card.get_by_role("button", name="发送回复")).to_be_visible(timeout=FIRST_CARD_MS)
    await _picture(page, "card")
    phone = await browser.new_page(viewport=PHONE)
    await phone.goto(up.wecom.page_url)
    await _picture(phone, "card-phone")
    await card.get_by_role("button", name="发送回复").click()
    await expect(page.locator("#thread-customer")).to_contain_text(WAITING_FOR_PICKUP)
    await expect(card).to_contain_text("已提交")
    await _picture(page, "sent")
    await card.get_by_role("button", name="记录原因").click()
    await expect(card.get_by_role("button", name="提交")).to_be_visible()
    await _picture(page, "reason")


async def _picture(page: Page, name: str) -> None:
    await page.wait_for_timeout(600)  # let the thread scroll to its end
    await page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
