"""Where is what replicas share and may lose? In Redis, or in its stand-in inside this process."""

from typing import Any, cast

import fakeredis
import redis.asyncio

EMBEDDED = "embedded:"


def open_redis(url: str) -> "redis.asyncio.Redis":
    """A client; of the embedded one for `embedded:`. Values are text."""
    if url == EMBEDDED:
        return fakeredis.FakeAsyncRedis(decode_responses=True)
    from_url: Any = redis.asyncio.from_url  # pyright: ignore[reportUnknownMemberType] -- untyped there
    return cast(redis.asyncio.Redis, from_url(url, decode_responses=True, socket_timeout=5))
