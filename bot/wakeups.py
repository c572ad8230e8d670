"""How does a replica wake the others? It publishes a hint through Redis; the truth stays in the database.

Whoever misses a hint finds out by itself within a second: no loop sleeps longer.
"""

import asyncio

import msgspec
import structlog
from redis.exceptions import RedisError

from bot.redis import Redis
from bot.signals import Signals, Wake
from bot.storage.ids import new_id

CHANNEL = "dingdan:wake"
LISTEN_SECONDS = 30
PAUSE_SECONDS = 5

log = structlog.get_logger("wakeups")


class _Hint(msgspec.Struct):
    """What goes through the channel."""

    sender: str
    wake: Wake


_hints = msgspec.json.Decoder(_Hint)


class Wakeups:
    """The wake-ups of one replica, out and in."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._name = new_id()
        self._untold: list[Wake] = []
        self._called = asyncio.Event()

    def tell(self, wake: Wake) -> None:
        """Let the others know, soon."""
        self._untold.append(wake)
        self._called.set()

    async def run(self, signals: Signals) -> None:
        """Tell and listen, for ever. What is lost with Redis is not missed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_telling())
            group.create_task(self._keep_listening(signals))

    async def _keep_telling(self) -> None:
        while not _is_to_end():
            await self._called.wait()
            self._called.clear()
            untold, self._untold = self._untold, []
            hint = _Hint(sender=self._name, wake=Wake.all_of(untold))
            try:
                await self._redis.publish(CHANNEL, msgspec.json.encode(hint).decode())
            except (RedisError, OSError) as error:
                log.warning("wakeup.untold", error=type(error).__name__)

    async def _keep_listening(self, signals: Signals) -> None:
        while not _is_to_end():
            try:
                await self._listen(signals)
            except (RedisError, OSError) as error:
                log.warning("wakeups.unheard", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self, signals: Signals) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANNEL)
            while not _is_to_end():
                message = await channel.get_message(timeout=LISTEN_SECONDS)
                if message is not None:
                    self._hear(message["data"], signals)

    def _hear(self, text: str, signals: Signals) -> None:
        try:
            hint = _hints.decode(text)
        except msgspec.DecodeError:
            log.warning("wakeup.unreadable")
            return
        if hint.sender != self._name:
            signals.wake(hint.wake)


def _is_to_end() -> bool:
    """Whether this task was cancelled, though it did not feel it.

    The client of Redis writes under `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes
    just as the write is done (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
