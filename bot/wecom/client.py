"""How are WeCom's server calls made? The few that are used, typed, each with a time limit."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.clock import SystemClock
from bot.settings import Wecom
from bot.wecom.answers import Answer, Heard, NoAnswerError, NoTokenError, NotSentError, unheard
from bot.wecom.calling import TIMEOUT, request
from bot.wecom.codes import Upshot
from bot.wecom.tokens import Cache, Token, Tokens, life_of

_CLOCK = SystemClock()
TOKEN_TIMEOUT = aiohttp.ClientTimeout(total=5, connect=3)
TOKEN_WAIT_SECONDS = 6
"""Others may be fetching it; whoever has none by then has sent nothing."""
REFUSED_FOR = timedelta(minutes=1)
"""Whoever asks for a token with a wrong secret 2000 times an hour is locked out for an hour (page 90313, 45009)."""

BOUNDARY = "9d3f1c5e7a2b4860-dingdan-file"
"""Between the parts of an upload; no file of ours holds it."""
SEND_MESSAGE = "message/send"
"""Page 90236."""
UPDATE_CARD = "message/update_template_card"
"""Page 94888."""
RECALL_MESSAGE = "message/recall"
"""Page 94867."""
UPLOAD_MEDIA = "media/upload"
"""Page 90253."""
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

    async def upload(self, path: str, kind: str, name: str, data: bytes) -> Answer:
        """Upload a file, good for three days. Raises NoAnswerError or NotSentError."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="media"; filename="{name}"; filelength={len(data)}'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return await self._with_token("POST", path, {"type": kind}, data=body, headers=headers)

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

    async def renew_token(self) -> None:
        """Fetch a token for the calls to come: WeCom can be reached then, and knows the app.

        Raises NoTokenError when it does not know the app, or NotSentError.
        """
        await self._renewed(await self._tokens.known())

    async def _renewed(self, stale: Token | None) -> Token:
        try:
            async with asyncio.timeout(TOKEN_WAIT_SECONDS):
                return await self._tokens.renewed(stale)
        except TimeoutError:
            raise NotSentError("gettoken: none in time") from None

    async def _fetch_token(self) -> tuple[str, int]:
        """Page 91039. Raises NotSentError when there is none: nothing was sent with it."""
        if self._refusal is not None and self._now() < self._refusal.until:
            raise NoTokenError(self._refusal.answer)
        params = {"corpid": self._settings.corp_id, "corpsecret": self._secret}
        try:
            answer = await self._request("GET", "gettoken", params=params, within=TOKEN_TIMEOUT)
        except NoAnswerError as error:
            raise NotSentError(str(error)) from None
        refused = answer.upshot is Upshot.OPERATOR
        self._refusal = _Refusal(answer=answer, until=self._now() + REFUSED_FOR) if refused else None
        if not answer.ok:
            raise NoTokenError(answer)
        token = answer.body.get("access_token")
        if not isinstance(token, str):
            raise NotSentError("gettoken: no token in the answer")
        return token, life_of(answer)

    async def _request(
        self, method: str, path: str, *, within: aiohttp.ClientTimeout = TIMEOUT, **rest: Any
    ) -> Answer:
        answer = await request(self._session, method, self._base, path, within=within, **rest)
        self._heard(path, answer)
        return answer
