"""Which ways out are closed for a while, because they were used too often? All replicas share it through Redis.

Without Redis each process learns it for itself: that costs a call, and loses nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from bot.clock import Clock
from bot.wecom.tokens import Cache
from rules.instants import from_ms, to_ms
from rules.pauses import DAY, MINUTE, Pause, is_over, paused

MOST_WAIT_SECONDS = 10
"""For one's turn, where calls go one by one; the lease of a letter must outlast it."""
A_MOMENT = timedelta(seconds=1)
GAP_SECONDS = 0.1
"""Between calls that go one by one, at most."""

log = structlog.get_logger("pauses")


class Pauses:
    """The ways out, by name: a kind of call of the app, a webhook, a conversation of the bot.

    When a pause is over one call goes first, the most urgent one that waits, and the others only if it is taken.
    After 45033, too many calls at once, those of that way go one by one for a minute.
    """

    def __init__(self, clock: Clock, jitter: Callable[[], float], cache: Cache | None, identity: str) -> None:
        """`cache` None: there is nobody to share with."""
        self._clock = clock
        self._jitter = jitter
        self._cache = cache
        self._identity = identity
        self._known: dict[str, Pause] = {}
        self._one_by_one: dict[str, datetime] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._learning: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def passage(self, way: str) -> AsyncGenerator[timedelta | None]:
        """How long the way is closed; None when it is open, after waiting for one's turn where there are turns."""
        closed = await self._closed(way)
        if closed is not None or not self._is_doubted(way):
            yield closed
            return
        turn = self._turns[way]
        try:
            async with asyncio.timeout(MOST_WAIT_SECONDS):
                await turn.acquire()
        except TimeoutError:
            yield A_MOMENT
            return
        if not self._is_doubted(way):
            turn.release()
            yield None
            return
        try:
            await asyncio.sleep(self._jitter() * GAP_SECONDS)
            yield await self._closed(way)
        finally:
            turn.release()

    async def refused(self, way: str, began: datetime) -> timedelta:
        """A call that began then was one too many: how long to leave it alone."""
        now = self._clock.now()
        pause = paused(self._known.get(way), began, now)
        if pause != self._known.get(way):
            log.warning("way.paused", way=way, until=pause.until.isoformat(), refusals=pause.refusals)
            self._known[way] = pause
            await self._share(way, pause)
        return max(pause.until - now, A_MOMENT)

    def too_many_at_once(self, way: str) -> None:
        """For a while calls go one by one."""
        self._one_by_one[way] = self._clock.now() + MINUTE

    async def taken(self, way: str, began: datetime) -> None:
        """A call that began then was not refused for its frequency."""
        pause = self._known.get(way)
        if pause is None or not is_over(pause, began):
            return
        del self._known[way]
        if self._cache is not None:
            with suppress(RedisError, OSError):
                await self._cache.delete(self._name(way))

    def _is_doubted(self, way: str) -> bool:
        until = self._one_by_one.get(way)
        if until is not None and until <= self._clock.now():
            del self._one_by_one[way]
        return way in self._known or way in self._one_by_one

    async def _closed(self, way: str) -> timedelta | None:
        left = self._left(way)
        if left is None and self._cache is not None:
            await self._learned(way, self._cache)
            left = self._left(way)
        return left

    def _left(self, way: str) -> timedelta | None:
        pause = self._known.get(way)
        left = timedelta() if pause is None else pause.until - self._clock.now()
        return left if left > timedelta() else None

    async def _learned(self, way: str, cache: Cache) -> None:
        """Ask once for all who come meanwhile: so they leave in the order in which they came."""
        learning = self._learning.get(way)
        if learning is None:
            learning = self._learning[way] = asyncio.create_task(self._learn(way, cache))
            learning.add_done_callback(lambda _: self._learning.pop(way))
        await asyncio.shield(learning)

    async def _learn(self, way: str, cache: Cache) -> None:
        """What another replica has found out."""
        with suppress(RedisError, OSError, ValueError):
            told = await cache.get(self._name(way))
            if told:
                until, refusals = map(int, told.split())
                self._known[way] = Pause(until=from_ms(until), refusals=refusals)

    async def _share(self, way: str, pause: Pause) -> None:
        if self._cache is not None:
            with suppress(RedisError, OSError):
                lasts = pause.until - self._clock.now() + DAY
                told = f"{to_ms(pause.until)} {pause.refusals}"
                await self._cache.set(self._name(way), told, ex=int(lasts.total_seconds()))

    def _name(self, way: str) -> str:
        return f"dingdan:pause:{self._identity}:{way}"
