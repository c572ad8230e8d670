"""Where is what replicas share and may lose? In Redis, or in its stand-in inside this process."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

import fakeredis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.wecom.tokens import Cache

EMBEDDED = "embedded:"
TIMEOUT_SECONDS = 2
"""Whatever it has can be had elsewhere, so nobody waits long for it."""


class Redis(Cache, Protocol):
    """The commands that are used; the values are text."""

    def publish(self, channel: str, message: str) -> Awaitable[Any]: ...

    def pubsub(self, *, ignore_subscribe_messages: bool) -> Any: ...


@asynccontextmanager
async def open_redis(url: str) -> AsyncGenerator[Redis]:
    """A client of the Redis at `url`; for `embedded:` one that lives and dies with this process."""
    client = _client(url)
    try:
        yield cast(Redis, client)
    finally:
        await client.aclose()


def _client(url: str) -> Any:
    if url == EMBEDDED:
        return fakeredis.FakeAsyncRedis(decode_responses=True)
    from_url: Any = redis.asyncio.from_url  # pyright: ignore[reportUnknownMemberType] -- untyped there
    return from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
    )
