"""Where is what replicas share and may lose? In Redis, or in its stand-in inside this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import fakeredis
import redis.asyncio

from bot.wecom.tokens import Cache

EMBEDDED = "embedded:"
TIMEOUT_SECONDS = 5


@asynccontextmanager
async def open_redis(url: str) -> AsyncGenerator[Cache]:
    """A client of the Redis at `url`; for `embedded:` one that lives and dies with this process."""
    client = _client(url)
    try:
        yield cast(Cache, client)
    finally:
        await client.aclose()


def _client(url: str) -> Any:
    if url == EMBEDDED:
        return fakeredis.FakeAsyncRedis(decode_responses=True)
    from_url: Any = redis.asyncio.from_url  # pyright: ignore[reportUnknownMemberType] -- untyped there
    return from_url(url, decode_responses=True, socket_timeout=TIMEOUT_SECONDS)
