"""How is one call made over HTTP, and what is it worth when the answer is lost?"""

from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bot.wecom.answers import Answer, NoAnswerError, NotSentError, read_answer

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)


async def request(
    session: aiohttp.ClientSession,
    method: str,
    base: str,
    path: str,
    *,
    within: aiohttp.ClientTimeout = TIMEOUT,
    **rest: Any,
) -> Answer:
    """Call `base`/cgi-bin/`path`. Raises NotSentError or NoAnswerError.

    No exception text carries the address, which holds the token or the key.
    """
    url = f"{base.rstrip('/')}/cgi-bin/{path}"
    try:
        async with session.request(method, url, timeout=within, **rest) as response:
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
