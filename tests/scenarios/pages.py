"""How does somebody read and use our pages in a story? By the link that the bot gave them."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape

import aiohttp

from tests.scenarios.shop import Shop


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody's browser, with the page that it shows."""

    shop: Shop
    http: aiohttp.ClientSession
    url: str = ""
    status: int = 0
    html: str = ""

    async def opens(self, link: str) -> None:
        """Go to an address, ours by whatever name it is called."""
        await self._show("GET", re.sub(r"^(https?://[^/]+)?", self.shop.address, link))

    async def submits(self, do: str, **fields: str) -> None:
        """Press the button of a form; what the form carries unseen goes along."""
        await self._show("POST", self.url, {"do": do, **self.carried, **fields})
        await self.shop.settled()

    @property
    def carried(self) -> dict[str, str]:
        """The hidden fields of the page's forms."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.html)
        return {name: unescape(value) for name, value in found}

    @property
    def text(self) -> str:
        """What one reads."""
        return unescape(re.sub(r"<[^>]+>", " ", self.html))

    @property
    def main(self) -> str:
        """The page without its frame."""
        return self.html.partition("<main")[2]

    @property
    def told(self) -> str:
        """What came of the last thing that was done."""
        found = re.search(r'role="status">([^<]*)<', self.html)
        return unescape(found[1]) if found else ""

    @property
    def draft(self) -> str:
        """The words in the field for the reply, or those that are shown once more."""
        found = re.search(r'<textarea[^>]*>([^<]*)<|class="bubble"[^>]*>([^<]*)</p>\s*<form', self.html)
        return unescape(found[1] or found[2] or "") if found else ""

    async def _show(self, method: str, url: str, form: dict[str, str] | None = None) -> None:
        async with self.http.request(method, url, data=form) as response:
            self.status, self.html, self.url = response.status, await response.text(), str(response.url)


@asynccontextmanager
async def a_reader(shop: Shop) -> AsyncGenerator[Reader]:
    """A browser that has been nowhere yet."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Reader(shop=shop, http=http)


async def own_link(shop: Shop, userid: str) -> str:
    """The link to the board that the app gives somebody in person."""
    await shop.says(userid, "/帮助", to="app")
    found = re.search(r"http://\S+/l/\S+", shop.lines_to(userid)[-1])
    assert found is not None
    return found[0]


@asynccontextmanager
async def at_the_case(shop: Shop, userid: str) -> AsyncGenerator[Reader]:
    """Somebody who has followed their own link to the newest case."""
    (case, *_) = await shop.anomalies()
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, userid))
        await reader.opens(f"/a/{case['id']}")
        yield reader


@asynccontextmanager
async def a_browser_of(userid: str, shop: Shop) -> AsyncGenerator[aiohttp.ClientSession]:
    """A browser in which somebody has opened their personal link."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(shop.address, cookie_jar=jar) as browser:
        link = await own_link(shop, userid)
        async with browser.get(f"/l/{link.rpartition('/')[2]}") as page:
            assert page.status == 200
        yield browser
