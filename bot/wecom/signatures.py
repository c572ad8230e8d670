"""How does a page of ours prove to the employee's client that it is ours? A ticket of WeCom, and a signature (90506).

The corp's ticket signs `config`, the app's signs `agentConfig`. Neither ever leaves this process.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.client import WecomClient
from bot.wecom.tokens import Cache, Tokens, life_of


class Signed(StrEnum):
    """Which of its two signatures the client asks for."""

    CONFIG = "config"
    """By the corp's ticket."""
    AGENT_CONFIG = "agent_config"
    """By the app's: sendChatMessage and getCurExternalContact want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What `ww.register` wants for one page."""

    timestamp: int
    """Unix seconds."""
    nonce: str
    signature: str


class Signatures:
    """Signs the addresses of our own pages. The tickets are shared with the other replicas, as tokens are."""

    def __init__(self, client: WecomClient, cache: Cache) -> None:
        self._client = client
        identity = client.identity
        self._tickets = {
            kind: Tokens(cache, f"{identity} ticket {kind}", partial(self._fetch, kind)) for kind in Signed
        }

    async def sign(self, kind: Signed, url: str, now: datetime) -> Signature:
        """Sign an address, without what follows `#`. Raises NotSentError when WeCom gives no ticket."""
        ticket = await self._tickets[kind].current()
        nonce, timestamp = secrets.token_hex(8), int(now.timestamp())
        address = url.partition("#")[0]
        text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={address}"
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # WeCom's choice
        return Signature(timestamp=timestamp, nonce=nonce, signature=digest)

    async def _fetch(self, kind: Signed) -> tuple[str, int]:
        """get_jsapi_ticket for the corp's, ticket/get for the app's: 400 and 100 an hour at most."""
        try:
            if kind is Signed.CONFIG:
                answer = await self._client.ask("get_jsapi_ticket")
            else:
                answer = await self._client.ask("ticket/get", type="agent_config")
        except NoAnswerError as error:
            raise NotSentError(str(error)) from None
        ticket = answer.body.get("ticket")
        if not answer.ok or not isinstance(ticket, str):
            raise NotSentError(f"{kind} ticket: {answer.code} {answer.text}")
        return ticket, life_of(answer)
