"""How does a page look? A picture of it, at the width of a desk and of a phone, in either language, light or dark."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser

from tests.deployment import Deployment
from tests.e2e.browser import DESK, PHONE, chromium, link_of
from tests.e2e.morning import a_busy_morning
from tests.e2e.together import HEARTBEATS, responding_together
from tests.scenarios.shop import Shop, a_shop


async def pictures(
    shop: Shop, browser: Browser, addresses: Mapping[str, str], folder: Path, userid: str = "wangwu"
) -> None:
    """Write `<name>-<language>-<width>[-dark].png` of each address into the folder."""
    for width, viewport in (("1280", DESK), ("375", PHONE)):
        for language, dark in (("zh", ""), ("en", ""), ("zh", "-dark")):
            scheme = "dark" if dark else "light"
            context = await browser.new_context(viewport=viewport, color_scheme=scheme)
            page = await context.new_page()
            await page.goto(await link_of(shop, userid))
            for name, address in addresses.items():
                joined = "&" if "?" in address else "?"
                await page.goto(f"{shop.address}{address}{joined}lang={language}")
                await page.screenshot(path=folder / f"{name}-{language}-{width}{dark}.png", full_page=True)
            await context.close()


def by_address(addresses: Iterable[str]) -> Mapping[str, str]:
    """Pictures that are called after what they show."""
    return {one.strip("/").replace("/", "_").replace("?", "_") or "home": one for one in addresses}


async def main(folder: Path, addresses: list[str]) -> None:
    """Look at addresses of the busy morning's board; `{case}` stands for its newest anomaly, `{incident}` for the incident."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        async with a_shop(Deployment.embedded(Path(place)), rules=HEARTBEATS) as shop, chromium() as browser:
            await a_busy_morning(shop)
            case = (await shop.anomalies())[0]["id"]
            await responding_together(shop)
            incident = (await shop.incidents())[0]["id"]
            found = [one.replace("{case}", case).replace("{incident}", incident) for one in addresses]
            await pictures(shop, browser, by_address(found), folder)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
