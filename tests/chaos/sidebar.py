"""What does an employee do in the sidebar of a chat when nothing happens? Open it anew, and say whether it was sent."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from bot.secrets import Pass, Passes
from rules.events import UserId
from rules.instants import instant
from tests.chaos.agent import PAUSE_SECONDS, TAPS
from tests.processes.commands import until
from tests.processes.replicas import SECRET
from tests.processes.town import Town
from tests.processes.wecom import CHEN, CORP

EMPLOYEE = "lisi"
PATH = "/wecom/sidebar"
NEEDED = ["getCurExternalContact", "sendChatMessage"]


@dataclass(frozen=True, slots=True)
class Page:
    """Our page beside 李四's chat with 陈女士, in a client that the sandbox plays."""

    town: Town
    html: str

    def shows(self, pattern: str) -> str:
        """What stands there; blank when it does not."""
        found = re.search(pattern, self.html)
        return found[1] if found else ""

    async def asks(self, what: str, **fields: object) -> dict[str, Any]:
        """A call of the page to the service."""
        body = {"token": self.shows(r'data-token="([^"]*)"'), **fields}
        return await _answer(self.town, f"{PATH}/{what}", body)

    async def client(self, name: str, **params: object) -> dict[str, Any]:
        """A call of the page to the employee's client."""
        call = {"name": name, "url": _address(self.town), "params": params}
        said = await _answer(self.town, "/_sidebar/invoke", call)
        assert said["err_msg"] == f"{name}:ok", said
        return said

    async def says(self, letter: str, result: str) -> None:
        """标记已发, or 没发出."""
        form = {"token": self.shows(r'data-token="([^"]*)"'), "letter": letter, "result": result}
        async with self.town.http.post(_address(self.town), data=form) as answer:
            answer.raise_for_status()

    async def sends(self, case: str) -> None:
        """The tap on 发送, and all that the page's script does then."""
        signed = await self.asks("signature", kind="agent_config", url=_address(self.town))
        ours = {"corpid": CORP.corp_id, "agentid": str(CORP.agent_id), "jsApiList": NEEDED}
        as_text = {name: str(value) for name, value in signed.items()}  # as WeCom's SDK sends it
        await self.client("agentConfig", **ours, **as_text)
        customer = (await self.client("getCurExternalContact"))["userId"]
        shown, again = self.shows(r'data-shown="([^"]*)"'), self.shows(r'data-again="([^"]*)"') == "yes"
        handed = await self.asks("send", case=case, shown=shown, customer=customer, again=again)
        await self.client("sendChatMessage", **handed["message"])
        await self.asks("result", letter=handed["letter"], result="ok")


async def answer_in_the_sidebar(town: Town, number: str) -> None:
    """Open the page, and send or say what became of it, until it is known that 陈女士 has it."""
    await until(lambda: _is_open(town, number), "the case")
    for _ in range(TAPS):
        with suppress(aiohttp.ClientError, TimeoutError):
            await _goes_on(await _opened(town), number)
        with suppress(AssertionError):
            await until(lambda: _is_replied(town), "the answer", seconds=PAUSE_SECONDS)
            return


async def _goes_on(page: Page, number: str) -> None:
    """The chat shows whether what the page asks about was sent."""
    letter = page.shows(r'name="letter" value="([^"]*)"')
    case = page.shows(r'data-case="([^"]*)"')
    if letter:
        await page.says(letter, "ok" if await page.town.wecom.customer_read(number) else "cancel")
    elif case:
        await page.sends(case)


async def _opened(town: Town) -> Page:
    """The client opens the chat; the personal link is what has let the employee in."""
    until_later = instant(datetime.now(UTC) + timedelta(hours=1))
    given = Pass(userid=UserId(EMPLOYEE), until=until_later)
    link = f"{town.address}/l/{Passes(SECRET.encode(), 'link').write(given)}"
    async with town.http.get(link) as answer:
        answer.raise_for_status()
    query = {"userid": EMPLOYEE, "external_userid": CHEN, "page": f"{town.address}{PATH}"}
    async with town.http.get(f"{town.wecom.url}/_sidebar", params=query) as answer:
        answer.raise_for_status()
    async with town.http.get(_address(town)) as answer:
        answer.raise_for_status()
        return Page(town, await answer.text())


def _address(town: Town) -> str:
    """The page, as the client shows it."""
    return str(URL(f"{town.wecom.url}{PATH}").with_query(customer=CHEN))


async def _answer(town: Town, path: str, body: object) -> dict[str, Any]:
    async with town.http.post(f"{town.wecom.url}{path}", json=body) as answer:
        answer.raise_for_status()
        return await answer.json(content_type=None)


async def _is_open(town: Town, number: str) -> bool:
    return any(case["order_no"] == number for case in await town.anomalies())


async def _is_replied(town: Town) -> bool:
    return [case["state"] for case in await town.anomalies()] == ["replied"]
