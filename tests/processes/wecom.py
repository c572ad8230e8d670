"""What do people see in WeCom, and what do they do there? Asked of `dingdan sandbox` over its controls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from bot.sandbox.config import SandboxConfig

CHEN = "wmChen"
GROUP = "wrAgents"
CORP = SandboxConfig(groups={GROUP: "客服一群"})
"""One corp for every test: its ids and secrets are drawn once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card in front of somebody."""

    at: datetime
    task_id: str
    text: str
    buttons: dict[str, str]
    """The key of each button, by its text."""


@dataclass(frozen=True, slots=True)
class Wecom:
    """The sandbox at `url`."""

    url: str
    http: aiohttp.ClientSession

    def environment(self) -> dict[str, str]:
        """What a service needs in order to find it."""
        return {
            "DINGDAN_WECOM__API_BASE": self.url,
            "DINGDAN_AIBOT__URL": f"{self.url.replace('http', 'ws', 1)}/ws",
            **identity(),
        }

    async def state(self) -> dict[str, Any]:
        """Everything that happened."""
        async with self.http.get(f"{self.url}/_state") as answer:
            return await answer.json()

    async def cards(self, chat: str, number: str) -> list[Shown]:
        """The cards of a conversation that name the order, oldest first."""
        messages = [message for message in await self._messages(chat) if message["card"]]
        return [shown for message in messages if number in (shown := _shown(message)).text]

    async def group_cards(self, number: str) -> list[Shown]:
        """The cards in the agents' group."""
        return await self.cards(f"group:{GROUP}", number)

    async def pushes(self, userid: str, number: str) -> list[Shown]:
        """The cards that the app sent to a member."""
        return await self.cards(f"app:{userid}", number)

    async def lines(self, chat: str = f"group:{GROUP}") -> list[str]:
        """What was written in a conversation that is no card."""
        return [message["text"] for message in await self._messages(chat) if not message["card"]]

    async def customer_read(self, number: str) -> list[str]:
        """What 陈女士 got about an order."""
        messages = await self._messages(f"customer:{CHEN}")
        texts = [message["text"] for message in messages if message["from"]["kind"] != "customer"]
        return [text for text in texts if number in text]

    async def connected(self) -> bool:
        """Whether the bot is."""
        return bool((await self.state())["bot"]["connected"])

    async def customer_writes(self, customer: str = CHEN) -> None:
        """A customer, by default 陈女士, writes to 微信客服: now she can be answered."""
        assert await self._control("_say", customer=customer, text="怎么还没动？") == 200

    async def tasks(self) -> list[dict[str, Any]]:
        """The 企业群发 that were ordered, oldest first."""
        return (await self.state())["mass"]

    async def confirms(self, userid: str) -> bool:
        """An employee sends the oldest 企业群发 that waits in their client; False when none does."""
        return await self._control("_confirm", userid=userid) == 200

    async def breaks(self, path: str, fault: str | int, probability: float = 1.0, **details: object) -> None:
        """From now on calls of a path go wrong, by the dice."""
        values = {"path": path, "fault": str(fault), "probability": probability, **details}
        assert await self._control("_faults", **values) == 200

    async def works_again(self) -> None:
        """Nothing goes wrong any more."""
        async with self.http.delete(f"{self.url}/_faults") as answer:
            assert answer.status == 200

    async def tap(self, userid: str, task_id: str, button: str) -> bool:
        """Somebody taps a button of a card; False when it is not there any more."""
        return await self._control("_click", userid=userid, task_id=task_id, button=button) == 200

    async def fault(self, path: str, fault: str, **how: object) -> None:
        """From now on calls of `path` go wrong in this way; see the sandbox's menu."""
        assert await self._control("_faults", path=path, fault=fault, **how) == 200

    async def no_faults(self) -> None:
        """Nothing goes wrong any more."""
        async with self.http.delete(f"{self.url}/_faults") as answer:
            assert answer.status == 200

    async def calls(self, path: str) -> int:
        """How often a call was made."""
        return [call["path"] for call in (await self.state())["calls"]].count(path)

    async def _control(self, name: str, **values: object) -> int:
        """Move a lever of the sandbox; the status of its answer."""
        async with self.http.post(f"{self.url}/{name}", json=values) as answer:
            await answer.read()
            return answer.status

    async def _messages(self, chat: str) -> list[dict[str, Any]]:
        found = [one for one in (await self.state())["conversations"] if one["id"] == chat]
        return found[0]["messages"] if found else []


def identity() -> dict[str, str]:
    """The ids and secrets that service and sandbox share."""
    return {
        "DINGDAN_WECOM__CORP_ID": CORP.corp_id,
        "DINGDAN_WECOM__AGENT_ID": str(CORP.agent_id),
        "DINGDAN_WECOM__SECRET": CORP.secret,
        "DINGDAN_WECOM__CALLBACK_TOKEN": CORP.callback_token,
        "DINGDAN_WECOM__AES_KEY": CORP.aes_key,
        "DINGDAN_AIBOT__BOT_ID": CORP.bot_id,
        "DINGDAN_AIBOT__SECRET": CORP.bot_secret,
        "DINGDAN_AIBOT__GROUP_CHAT_ID": GROUP,
        "DINGDAN_KF__OPEN_KFID": CORP.open_kfid,
    }


def _shown(message: dict[str, Any]) -> Shown:
    face = message["card"]["views"]["*"]
    return Shown(
        at=datetime.fromisoformat(message["at"]),
        task_id=message["card"]["task_id"],
        text=face["text"],
        buttons={button["text"]: button["key"] for button in face["buttons"]},
    )
