"""Where is the access token kept, and who fetches a new one? All replicas share it; one of them fetches."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from redis.exceptions import RedisError

LOCKED_SECONDS = 10
EARLY_SECONDS = 300
"""A token is given up so long before it ends."""


class Cache(Protocol):
    """The few commands of Redis that are used; the values are text."""

    def get(self, name: str) -> Awaitable[Any]: ...

    def set(self, name: str, value: str, *, ex: int | None = None, nx: bool = False) -> Awaitable[Any]: ...

    def delete(self, *names: str) -> Awaitable[Any]: ...


Fetch = Callable[[], Awaitable[tuple[str, int]]]
"""Gets a token and its life in seconds from WeCom; raises what the call raises."""


class Tokens:
    """The token of one app (page 91039): cached, and renewed once for everybody who finds it stale.

    Without the cache each process keeps one of its own: that costs calls, and loses nothing.
    """

    def __init__(self, cache: Cache, identity: str, fetch: Fetch) -> None:
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self._name, self._lock_name = f"dingdan:token:{digest}", f"dingdan:token:{digest}:lock"
        self._cache, self._fetch = cache, fetch
        self._own: str | None = None
        self._turn = asyncio.Lock()

    async def current(self) -> str:
        """The token to use."""
        return await self._known() or await self._renew(stale=None)

    async def renewed(self, stale: str) -> str:
        """The token to use after `stale` was refused: somebody else's new one, or one fetched now."""
        return await self._renew(stale=stale)

    async def _known(self) -> str | None:
        try:
            return await self._cache.get(self._name)
        except (RedisError, OSError):
            return self._own

    async def _renew(self, stale: str | None) -> str:
        async with self._turn:
            known = await self._known()
            if known and known != stale:
                return known
            return await self._awaited(stale) or await self._fetched()

    async def _awaited(self, stale: str | None) -> str | None:
        """What another replica is fetching already, if one is; it is our turn otherwise."""
        for _ in range(LOCKED_SECONDS * 10):
            if await self._is_our_turn():
                return None
            await asyncio.sleep(0.1)
            known = await self._known()
            if known and known != stale:
                return known
        return None

    async def _is_our_turn(self) -> bool:
        try:
            return bool(await self._cache.set(self._lock_name, "1", ex=LOCKED_SECONDS, nx=True))
        except (RedisError, OSError):
            return True

    async def _fetched(self) -> str:
        try:
            token, life = await self._fetch()
            self._own = token
            with suppress(RedisError, OSError):
                await self._cache.set(self._name, token, ex=max(life - EARLY_SECONDS, 60))
        finally:
            with suppress(RedisError, OSError):
                await self._cache.delete(self._lock_name)
        return token
