"""How is the 智能机器人's long connection kept? One subscriber, heart-beats, and a way back (page 101463).

The connection lives as long as the lease of its holder. A newer subscriber takes it over: WeCom says so with a
`disconnected_event`, and the one that was replaced must not fight for it. So nobody subscribes without having
asked the database whether the lease is still theirs, nor sends a frame when it may be over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import aiohttp
import msgspec
import structlog

from bot.leader import StepDownError, Tenure
from bot.settings import Aibot
from bot.storage.ids import new_id
from bot.wecom.answers import Answer, Heard, NoAnswerError, NotSentError, read_answer, unheard
from handlers.ports import StoreUnavailableError

Frame = Mapping[str, Any]

HEARTBEAT_SECONDS = 30
MISSED_HEARTBEATS = 2
ANSWER_SECONDS = 5
CONNECT_SECONDS, CLOSE_SECONDS = 10, 2
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 30
REFUSED_PAUSE_SECONDS = 60
"""Subscribing is rate-protected: after a refusal there is no hurry."""
LOSSES = (
    TimeoutError, aiohttp.ClientError, OSError, NoAnswerError, NotSentError, StoreUnavailableError
)  # fmt: skip

log = structlog.get_logger("socket")


class BotSocket:
    """The connection of one bot."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Aibot,
        on_frame: Callable[[Frame], Awaitable[None]],
        on_change: Callable[[], None],
        heard: Heard = unheard,
    ) -> None:
        self._session = session
        self._settings = settings
        self._on_frame = on_frame
        self._on_change = on_change
        self._heard = heard
        self._tenure: Tenure | None = None
        self._connection: aiohttp.ClientWebSocketResponse | None = None
        self._awaited: dict[str, asyncio.Future[Answer]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self.subscribed = False

    async def run(self, tenure: Tenure) -> None:
        """Stay connected until cancelled.

        Raises StepDownError when a newer subscriber has taken over, LeaseLostError when the lease was lost.
        """
        self._tenure = tenure
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                await tenure.renew()
                pause = await self._live()
            except LOSSES as error:
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

    async def _live(self) -> float:
        """One connection from its opening to its end; how long to pause before the next."""
        async with await self._connected() as connection:
            self._connection = connection
            reading = asyncio.create_task(self._read(connection))
            try:
                answer = await self._subscribe()
                if not answer.ok:
                    log.warning("socket.refused", code=answer.code)
                    return REFUSED_PAUSE_SECONDS
                self.subscribed = True
                log.info("socket.subscribed")
                self._on_change()
                await self._until_either_ends(reading, asyncio.create_task(self._beat()))
            finally:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading
        return FIRST_PAUSE_SECONDS

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self._session.ws_connect(
                self._settings.url,
                autoping=True,
                max_msg_size=1 << 20,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),  # pyright: ignore[reportCallIssue] -- attrs
            )

    async def _until_either_ends(self, reading: "asyncio.Task[None]", beating: "asyncio.Task[None]") -> None:
        try:
            await asyncio.wait({reading, beating}, return_when=asyncio.FIRST_COMPLETED)
            log.warning("socket.closed")
        finally:
            beating.cancel()

    async def _subscribe(self) -> Answer:
        secret = self._settings.secret.get_secret_value() if self._settings.secret else ""
        return await self._ask("aibot_subscribe", {"bot_id": self._settings.bot_id, "secret": secret}, None)

    async def _beat(self) -> None:
        """Ping; give the connection up when two in a row stay unanswered."""
        missed = 0
        while missed < MISSED_HEARTBEATS:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._ask("ping", None, None)
            except NoAnswerError:
                missed += 1
            except NotSentError:
                break
            else:
                missed = 0
        log.warning("socket.silent")

    async def _read(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        async for message in connection:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                frame: Any = msgspec.json.decode(message.data)
            except msgspec.DecodeError:
                log.warning("socket.unreadable", size=len(message.data))
                continue
            if isinstance(frame, dict):
                await self._take(cast(Frame, frame))

    async def _take(self, frame: Frame) -> None:
        """An answer goes to whoever waits for it, everything else to the handler."""
        if "cmd" not in frame:
            self._take_answer(frame)
            return
        if _event_type(frame) == "disconnected_event":
            raise StepDownError
        await self._on_frame(frame)

    def _take_answer(self, frame: Frame) -> None:
        waiting = self._awaited.get(_handle(frame))
        if waiting is None or waiting.done():
            return
        try:
            waiting.set_result(read_answer("socket", frame))
        except NoAnswerError as error:
            waiting.set_exception(error)

    async def _ask(self, command: str, body: object, handle: str | None) -> Answer:
        """Send a frame and wait for its answer; frames of one handle go one after the other."""
        handle = handle or f"{command}_{int(time.time() * 1000)}_{new_id()[-8:]}"
        turn = self._turns.setdefault(handle, asyncio.Lock())
        try:
            async with turn:
                return await self._exchange(command, body, handle)
        finally:
            if not turn.locked():
                self._turns.pop(handle, None)

    async def _exchange(self, command: str, body: object, handle: str) -> Answer:
        if self._connection is None or self._connection.closed:
            raise NotSentError("socket: no connection")
        if self._tenure is None or not self._tenure.left:
            raise NotSentError("socket: the lease may be over")
        frame: dict[str, object] = {"cmd": command, "headers": {"req_id": handle}}
        if body is not None:
            frame["body"] = body
        waiting = self._awaited[handle] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._connection.send_str(msgspec.json.encode(frame).decode())
                answer = await waiting
        except (TimeoutError, ConnectionError, aiohttp.ClientError):
            raise NoAnswerError(f"socket: no answer to {command}") from None
        finally:
            self._awaited.pop(handle, None)
        self._heard(command, answer)
        return answer

    def _drop(self) -> None:
        """Whoever still waits for an answer on this connection gets none."""
        self._connection = None
        was_subscribed, self.subscribed = self.subscribed, False
        for waiting in self._awaited.values():
            if not waiting.done():
                waiting.set_exception(NoAnswerError("socket: connection lost"))
        if was_subscribed:
            self._on_change()


def _handle(frame: Frame) -> str:
    headers: Any = frame.get("headers")
    return str(cast(Frame, headers).get("req_id", "")) if isinstance(headers, dict) else ""


def _event_type(frame: Frame) -> str:
    body: Any = frame.get("body")
    event: Any = cast(Frame, body).get("event") if isinstance(body, dict) else None
    return str(cast(Frame, event).get("eventtype", "")) if isinstance(event, dict) else ""
