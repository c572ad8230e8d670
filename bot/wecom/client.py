"""How are WeCom's server calls made? The few that are used, typed, each with a time limit."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bot.settings import Wecom
from bot.wecom.answers import Answer, NoAnswerError, NotSentError, read_answer
from bot.wecom.codes import Upshot
from bot.wecom.tokens import Cache, Tokens

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)

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


class WecomClient:
    """The self-built app's calls."""

    def __init__(self, session: aiohttp.ClientSession, settings: Wecom, cache: Cache) -> None:
        self._session = session
        self._settings = settings
        self._base = settings.api_base.rstrip("/")
        self.identity = f"{self._base} {settings.corp_id} {settings.agent_id} {self._secret}"
        """What tells the caches of apps apart. The secret is in it: it is for hashing, and for nothing else."""
        self._tokens = Tokens(cache, self.identity, self._fetch_token)

    @property
    def _secret(self) -> str:
        return self._settings.secret.get_secret_value() if self._settings.secret else ""

    async def call(self, path: str, body: bytes) -> Answer:
        """Make one call. Raises NoAnswerError or NotSentError. A stale token is renewed once."""
        headers = {"Content-Type": "application/json"}
        return await self._with_token("POST", path, {}, data=body, headers=headers)

    async def ask(self, path: str, **query: str) -> Answer:
        """The same for a call that only reads and takes its parameters in the address."""
        return await self._with_token("GET", path, query)

    async def _with_token(self, method: str, path: str, query: Mapping[str, str], **rest: Any) -> Answer:
        token = await self._tokens.current()
        answer = await self._request(method, path, params={**query, "access_token": token}, **rest)
        if answer.upshot is Upshot.STALE_TOKEN:
            token = await self._tokens.renewed(token)
            answer = await self._request(method, path, params={**query, "access_token": token}, **rest)
        return answer

    async def check(self) -> Answer:
        """Whether WeCom can be reached and knows the app: fetch a token anew."""
        return await self._ask_for_token()

    async def _ask_for_token(self) -> Answer:
        params = {"corpid": self._settings.corp_id, "corpsecret": self._secret}
        return await self._request("GET", "gettoken", params=params)

    async def _fetch_token(self) -> tuple[str, int]:
        """Page 91039. Raises NotSentError with the code when WeCom gives none: nothing was sent with it."""
        try:
            answer = await self._ask_for_token()
        except NoAnswerError as error:
            raise NotSentError(str(error)) from None
        token = answer.body.get("access_token")
        if not answer.ok or not isinstance(token, str):
            raise NotSentError(f"gettoken: {answer.code} {answer.text}")
        life: object = answer.body.get("expires_in")
        return token, life if isinstance(life, int) else TOKEN_SECONDS

    async def _request(self, method: str, path: str, **rest: Any) -> Answer:
        """One HTTP call. No exception text carries the address, which holds the token."""
        url = f"{self._base}/cgi-bin/{path}"
        try:
            async with self._session.request(method, url, timeout=TIMEOUT, **rest) as response:
                return _answer(path, response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError(f"{path}: no connection") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"{path}: {type(error).__name__}") from None


def _answer(path: str, status: int, body: bytes) -> Answer:
    """WeCom's own words: it says HTTP 200 and an errcode even when it refuses. Anything else is a proxy's."""
    try:
        decoded: object = msgspec.json.decode(body)
    except msgspec.DecodeError:
        decoded = None
    if status != HTTPStatus.OK:
        raise NoAnswerError(f"{path}: HTTP {status}")
    return read_answer(path, decoded)
