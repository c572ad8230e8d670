"""How is 微信客服 asked: what is new, who has a conversation, why would it not send? (pages 94670, 94669, 94677)"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

import msgspec

from bot.wecom.answers import Answer, NoAnswerError, NotSentError
from bot.wecom.client import WecomClient
from replies import names
from rules.contact import Because
from rules.events import UserId

SYNC = "kf/sync_msg"
"""Page 94670."""
STATE = "kf/service_state/get"
"""Page 94669."""
PAGE = 200
"""So many messages are dealt with in one transaction; WeCom gives a thousand at most."""
SYNC_SECONDS = 15
"""A token may have to be fetched, the call made, and both again."""
STATE_SECONDS = 3
"""Within the lease of a letter that waits for the answer; without one, the agent is told less."""
SESSION_FORBIDS = 95018

SHUT: Mapping[int, Because] = {
    95001: Because.QUOTA_SPENT,
    95002: Because.WINDOW_CLOSED,
    95031: Because.WINDOW_CLOSED,
    95013: Because.SESSION_ENDED,
    95015: Because.WITH_COLLEAGUE,
    SESSION_FORBIDS: Because.WITH_COLLEAGUE,
    **dict.fromkeys(
        (40096, 48002, 48007, 95000, 95003, 95004, 95011, 95012, 95017, 95023), Because.ACCOUNT_SHUT
    ),
}
"""Which refusals of a message say that no other one would be taken either."""


class State(IntEnum):
    """Where a conversation stands (page 94669)."""

    NEW = 0
    ASSISTANT = 1
    """The app answers."""
    POOL = 2
    HUMAN = 3
    ENDED = 4


_NOT_OURS = {
    State.POOL: Because.IN_QUEUE,
    State.HUMAN: Because.WITH_COLLEAGUE,
    State.ENDED: Because.SESSION_ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message was not taken. `said` is for the agent, blank where the code says it all."""

    shut: Because | None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one pull gave, as it came."""

    records: tuple[Mapping[str, Any], ...]
    cursor: str
    more: bool


class Kf:
    """The calls. `name_of` gives the name of a member."""

    def __init__(self, client: WecomClient, name_of: Callable[[UserId], str]) -> None:
        self._client = client
        self._name_of = name_of

    async def sync(self, open_kfid: str, cursor: str, token: str | None) -> Answer:
        """Ask for what came after `cursor`. Raises NoAnswerError or NotSentError."""
        asked = {"open_kfid": open_kfid, "limit": PAGE}
        asked |= {"cursor": cursor} if cursor else {}
        asked |= {"token": token} if token else {}
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                return await self._client.call(SYNC, msgspec.json.encode(asked))
        except TimeoutError:
            raise NoAnswerError(f"{SYNC}: no end in time") from None

    async def why_not_ours(self, open_kfid: str, external_userid: str) -> Refusal | None:
        """Why the conversation is not ours to write in, `shut` None when it is; None when nobody can say now."""
        asked = {"open_kfid": open_kfid, "external_userid": external_userid}
        try:
            async with asyncio.timeout(STATE_SECONDS):
                answer = await self._client.call(STATE, msgspec.json.encode(asked))
        except (TimeoutError, NoAnswerError, NotSentError):
            return None
        state: object = answer.body.get("service_state")
        if not answer.ok or not isinstance(state, int):
            return None
        because = _NOT_OURS.get(cast(State, state))
        if because is None:
            return Refusal(shut=None)
        return Refusal(shut=because, said=self._said(because, answer.body.get("servicer_userid")))

    async def refusal(self, answer: Answer, open_kfid: str, external_userid: str) -> Refusal:
        """What the refusal of a message means for the next one; one about the conversation is looked into."""
        found = None
        if answer.code == SESSION_FORBIDS:
            found = await self.why_not_ours(open_kfid, external_userid)
        return found or Refusal(shut=SHUT.get(answer.code))

    def _said(self, because: Because, servicer: object) -> str:
        if because is Because.WITH_COLLEAGUE and isinstance(servicer, str) and servicer:
            return f"会话由{self._name_of(UserId(servicer))}接待中"
        return names.BECAUSE[because]


def page_of(answer: Answer, cursor: str) -> Page:
    """The page in an answer; without a cursor of its own it leaves off at `cursor`, where it began."""
    listed: object = answer.body.get("msg_list")
    records = cast(list[object], listed) if isinstance(listed, list) else []
    following: object = answer.body.get("next_cursor")
    return Page(
        records=tuple(cast(Mapping[str, Any], one) for one in records if isinstance(one, dict)),
        cursor=following if isinstance(following, str) and following else cursor,
        more=answer.body.get("has_more") == 1,
    )
