"""Where is the access token kept, and who fetches a new one? All replicas share it; one of them fetches."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

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
    """The token of one app (page 91039): cached, and renewed once for everybody who finds it stale."""

    def __init__(self, cache: Cache, identity: str, fetch: Fetch) -> None:
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self._name, self._lock_name = f"dingdan:token:{digest}", f"dingdan:token:{digest}:lock"
        self._cache, self._fetch = cache, fetch
        self._turn = asyncio.Lock()

    async def current(self) -> str:
        """The token to use."""
        return await self._cache.get(self._name) or await self._renew(stale=None)

    async def renewed(self, stale: str) -> str:
        """The token to use after `stale` was refused: somebody else's new one, or one fetched now."""
        return await self._renew(stale=stale)

    async def _renew(self, stale: str | None) -> str:
        async with self._turn:
            known = await self._cache.get(self._name)
            if known and known != stale:
                return known
            if not await self._cache.set(self._lock_name, "1", ex=LOCKED_SECONDS, nx=True):
                known = await self._await_other(stale)
                if known:
                    return known
            try:
                token, life = await self._fetch()
                await self._cache.set(self._name, token, ex=max(life - EARLY_SECONDS, 60))
            finally:
                await self._cache.delete(self._lock_name)
            return token

    async def _await_other(self, stale: str | None) -> str | None:
        """What another replica fetches meanwhile, if it does."""
        for _ in range(LOCKED_SECONDS * 10):
            await asyncio.sleep(0.1)
            known = await self._cache.get(self._name)
            if known and known != stale:
                return known
        return None
