"""What does an agent do who gets no answer? Tap again, or open the page again."""

import asyncio
import re
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta
from html import unescape

import aiohttp

from bot.secrets import Pass, Passes
from rules.anomalies import AnomalyId
from rules.events import UserId
from rules.instants import instant
from tests.processes.commands import until
from tests.processes.replicas import SECRET
from tests.processes.town import Town

TAPS, PAUSE_SECONDS = 5, 5


async def answer_on_the_card(town: Town, number: str) -> None:
    """Tap 发送回复, and tap again while nothing happens and the card still has it."""
    for _ in range(TAPS):
        await until(town.wecom.connected, "the bot's connection")
        card = (await town.wecom.group_cards(number))[-1]
        await town.wecom.tap("zhangsan", card.task_id, "发送回复")
        if await has_read_soon(town, number):
            return


async def answer_on_the_page(town: Town, number: str) -> None:
    """Open the page of the case, look at the text once more, send it; and again while nothing happens."""
    for _ in range(TAPS):
        with suppress(aiohttp.ClientError):
            (case,) = await town.anomalies()
            await send_from_the_page(town, case["id"])
        if await has_read_soon(town, number):
            return


async def send_from_the_page(town: Town, case: str) -> None:
    """Open the page of a case with a personal link, look at its reply once more, and send it."""
    until_later = instant(datetime.now(UTC) + timedelta(hours=1))
    given = Pass(userid=UserId("zhangsan"), until=until_later, case=AnomalyId(case))
    page = await fetched(town.http.get(f"{town.address}/l/{Passes(SECRET.encode(), 'link').write(given)}"))
    address = f"{town.address}/a/{case}"
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text
    preview = {"token": hidden(page, "token"), "do": "preview", "text": unescape(text[1])}
    page = await fetched(town.http.post(address, data=preview))
    if 'value="send"' in page:
        form = {"token": hidden(page, "token"), "do": "send", "shown": hidden(page, "shown")}
        await fetched(town.http.post(address, data=form))


async def fetched(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> str:
    async with request as response:
        assert response.status == 200, response.url
        return await response.text()


def hidden(page: str, name: str) -> str:
    """What a form carries unseen."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


async def has_read_soon(town: Town, number: str) -> bool:
    """Whether the customer has something within the time that a person waits before trying again."""
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            while not await town.wecom.customer_read(number):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True
