"""How are WeCom's server calls made? The few that are used, typed, each with a time limit."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bot.clock import SystemClock
from bot.settings import Wecom
from bot.wecom.answers import Answer, Heard, NoAnswerError, NoTokenError, NotSentError, read_answer, unheard
from bot.wecom.codes import Upshot
from bot.wecom.tokens import Cache, Token, Tokens

_CLOCK = SystemClock()
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
TOKEN_TIMEOUT = aiohttp.ClientTimeout(total=5, connect=3)
TOKEN_WAIT_SECONDS = 6
"""Others may be fetching it; whoever has none by then has sent nothing."""
REFUSED_FOR = timedelta(minutes=1)
"""Whoever asks for a token with a wrong secret 2000 times an hour is locked out for an hour (page 90313, 45009)."""

TOKEN_SECONDS = 7200
"""How long a token lives when WeCom does not say (page 91039)."""

SEND_MESSAGE = "message/send"
"""Page 90236."""
UPDATE_CARD = "message/update_template_card"
"""Page 94888."""
RECALL_MESSAGE = "message/recall"
"""Page 94867."""
SEND_KF = "kf/send_msg"
"""Page 94677."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """WeCom gave no token, and will not give one before somebody has mended something."""

    answer: Answer
    until: datetime


class WecomClient:
    """The self-built app's calls."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Wecom,
        cache: Cache,
        *,
        now: Callable[[], datetime] = _CLOCK.now,
        heard: Heard = unheard,
    ) -> None:
        self._session = session
        self._settings = settings
        self._now = now
        self._heard = heard
        self._base = settings.api_base.rstrip("/")
        self.identity = f"{self._base} {settings.corp_id} {settings.agent_id} {self._secret}"
        """What tells the caches of apps apart. The secret is in it: it is for hashing, and for nothing else."""
        self._tokens = Tokens(cache, self.identity, self._fetch_token)
        self._refusal: _Refusal | None = None

    @property
    def _secret(self) -> str:
        return self._settings.secret.get_secret_value() if self._settings.secret else ""

    async def call(self, path: str, body: bytes) -> Answer:
        """Make one call. Raises NoAnswerError or NotSentError.

        A stale token is renewed once; one that was fetched for this very call cannot be.
        """
        headers = {"Content-Type": "application/json"}
        return await self._with_token("POST", path, {}, data=body, headers=headers)

    async def ask(self, path: str, **query: str) -> Answer:
        """The same for a call that only reads and takes its parameters in the address."""
        return await self._with_token("GET", path, query)

    async def _with_token(self, method: str, path: str, query: Mapping[str, str], **rest: Any) -> Answer:
        known = await self._tokens.known()
        token = known or await self._renewed(None)
        answer = await self._request(method, path, params={**query, "access_token": token.text}, **rest)
        if known is None or answer.upshot is not Upshot.STALE_TOKEN:
            return answer
        token = await self._renewed(known)
        return await self._request(method, path, params={**query, "access_token": token.text}, **rest)

    async def check(self) -> Answer:
        """Whether WeCom can be reached and knows the app: fetch a token anew."""
        return await self._ask_for_token()

    async def _renewed(self, stale: Token | None) -> Token:
        try:
            async with asyncio.timeout(TOKEN_WAIT_SECONDS):
                return await self._tokens.renewed(stale)
        except TimeoutError:
            raise NotSentError("gettoken: none in time") from None

    async def _ask_for_token(self) -> Answer:
        params = {"corpid": self._settings.corp_id, "corpsecret": self._secret}
        return await self._request("GET", "gettoken", params=params, within=TOKEN_TIMEOUT)

    async def _fetch_token(self) -> tuple[str, int]:
        """Page 91039. Raises NotSentError when there is none: nothing was sent with it."""
        if self._refusal is not None and self._now() < self._refusal.until:
            raise NoTokenError(self._refusal.answer)
        try:
            answer = await self._ask_for_token()
        except NoAnswerError as error:
            raise NotSentError(str(error)) from None
        refused = answer.upshot is Upshot.OPERATOR
        self._refusal = _Refusal(answer=answer, until=self._now() + REFUSED_FOR) if refused else None
        if not answer.ok:
            raise NoTokenError(answer)
        token = answer.body.get("access_token")
        if not isinstance(token, str):
            raise NotSentError("gettoken: no token in the answer")
        life: object = answer.body.get("expires_in")
        return token, life if isinstance(life, int) else TOKEN_SECONDS

    async def _request(
        self, method: str, path: str, *, within: aiohttp.ClientTimeout | None = None, **rest: Any
    ) -> Answer:
        """One HTTP call. No exception text carries the address, which holds the token."""
        url = f"{self._base}/cgi-bin/{path}"
        try:
            async with self._session.request(method, url, timeout=within or TIMEOUT, **rest) as response:
                answer = _answer(path, response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError(f"{path}: no connection") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"{path}: {type(error).__name__}") from None
        self._heard(path, answer)
        return answer


def _answer(path: str, status: int, body: bytes) -> Answer:
    """WeCom's own words: it says HTTP 200 and an errcode even when it refuses. Anything else is a proxy's."""
    try:
        decoded: object = msgspec.json.decode(body)
    except msgspec.DecodeError:
        decoded = None
    if status != HTTPStatus.OK:
        raise NoAnswerError(f"{path}: HTTP {status}")
    return read_answer(path, decoded)
