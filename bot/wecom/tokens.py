"""Where is the access token kept, and who fetches a new one? All replicas share it; one of them fetches."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from redis.exceptions import RedisError

from bot.wecom.answers import Answer

LOCKED_SECONDS = 10
TOKEN_SECONDS = 7200
"""How long a token or a ticket lives when WeCom does not say (page 91039)."""
EARLY_SECONDS = 300
"""A token is given up so long before it ends."""


class Cache(Protocol):
    """The few commands of Redis that are used; the values are text."""

    def get(self, name: str) -> Awaitable[Any]: ...

    def set(self, name: str, value: str, *, ex: int | None = None, nx: bool = False) -> Awaitable[Any]: ...

    def delete(self, *names: str) -> Awaitable[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it was fetched once. WeCom may give the same text again (page 91039); that is another fetch."""

    text: str
    fetch: str

    def __str__(self) -> str:
        return f"{self.fetch} {self.text}"

    @classmethod
    def read(cls, line: str) -> "Token":
        """The token that `str` wrote."""
        fetch, _, text = line.partition(" ")
        return cls(text=text, fetch=fetch)


Fetch = Callable[[], Awaitable[tuple[str, int]]]
"""Gets a token's text and its life in seconds from WeCom; raises what the call raises."""


def life_of(answer: Answer) -> int:
    """For how many seconds what WeCom gave is good."""
    life: object = answer.body.get("expires_in")
    return life if isinstance(life, int) else TOKEN_SECONDS


class Tokens:
    """The token of one app (page 91039): cached, and renewed once for everybody who finds it stale.

    Without the cache each process keeps one of its own: that costs calls, and loses nothing.
    """

    def __init__(self, cache: Cache, identity: str, fetch: Fetch) -> None:
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self._name, self._lock_name = f"dingdan:token:{digest}", f"dingdan:token:{digest}:lock"
        self._cache, self._fetch = cache, fetch
        self._own: Token | None = None
        self._turn = asyncio.Lock()

    async def known(self) -> Token | None:
        """The token that somebody has fetched; None when there is none."""
        try:
            line = await self._cache.get(self._name)
        except (RedisError, OSError):
            return self._own
        return Token.read(line) if line else None

    async def current(self) -> str:
        """The text of the token to use, for those who cannot tell whether it is stale."""
        return (await self.known() or await self.renewed(None)).text

    async def renewed(self, stale: Token | None) -> Token:
        """The token to use instead of `stale`: somebody else's newer one, or one fetched now."""
        async with self._turn:
            known = await self.known()
            if known and known != stale:
                return known
            return await self._awaited(stale) or await self._fetched()

    async def _awaited(self, stale: Token | None) -> Token | None:
        """What another replica is fetching, or has fetched a moment ago; it is our turn otherwise."""
        for _ in range(LOCKED_SECONDS * 10):
            ours = await self._is_our_turn()
            known = await self.known()
            if known and known != stale:
                await self._end_turn(ours=ours)
                return known
            if ours:
                return None
            await asyncio.sleep(0.1)
        return None

    async def _is_our_turn(self) -> bool:
        try:
            return bool(await self._cache.set(self._lock_name, "1", ex=LOCKED_SECONDS, nx=True))
        except (RedisError, OSError):
            return True

    async def _fetched(self) -> Token:
        try:
            text, life = await self._fetch()
            self._own = token = Token(text=text, fetch=secrets.token_hex(8))
            with suppress(RedisError, OSError):
                await self._cache.set(self._name, str(token), ex=max(life - EARLY_SECONDS, 60))
        finally:
            await self._end_turn(ours=True)
        return token

    async def _end_turn(self, *, ours: bool) -> None:
        if ours:
            with suppress(RedisError, OSError):
                await self._cache.delete(self._lock_name)
