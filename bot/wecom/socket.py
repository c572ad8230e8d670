"""How is the 智能机器人's long connection kept? One subscriber, heart-beats, and a way back (page 101463).

The connection lives as long as the lease of its holder. A newer subscriber takes it over: WeCom says so with a
`disconnected_event`, and the one that was replaced must not fight for it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import aiohttp
import msgspec
import structlog

from bot.settings import Aibot
from bot.storage.ids import new_id
from bot.wecom.answers import Answer, NoAnswerError, NotSentError

Frame = Mapping[str, Any]

HEARTBEAT_SECONDS = 30
MISSED_HEARTBEATS = 2
ANSWER_SECONDS = 5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 30
REFUSED_PAUSE_SECONDS = 60
"""Subscribing is rate-protected: after a refusal there is no hurry."""

log = structlog.get_logger("socket")


class ReplacedError(Exception):
    """A newer subscriber has taken the connection over."""


class BotSocket:
    """The connection of one bot."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Aibot,
        on_frame: Callable[[Frame], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self._session = session
        self._settings = settings
        self._on_frame = on_frame
        self._on_change = on_change
        self._connection: aiohttp.ClientWebSocketResponse | None = None
        self._awaited: dict[str, asyncio.Future[Answer]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self.subscribed = False

    async def run(self) -> None:
        """Stay connected until cancelled. Raises ReplacedError when a newer subscriber has taken over."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                pause = await self._live()
            except (aiohttp.ClientError, OSError, asyncio.TimeoutError, NoAnswerError, NotSentError) as error:
                log.warning("socket.lost", error=type(error).__name__)
            finally:
                self._drop()
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, max(LONGEST_PAUSE_SECONDS, pause))

    async def send(self, command: str, body: bytes, handle: str | None = None) -> Answer:
        """Send a command and wait for its answer. `handle` is the event's when it is answered.

        Raises NotSentError without a connection, NoAnswerError when none came in time.
        """
        if not self.subscribed:
            raise NotSentError("socket: not subscribed")
        return await self._ask(command, msgspec.Raw(body), handle)
