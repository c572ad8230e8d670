"""Who is on the line? The long connection of the 智能机器人: one per bot (wecom.md §8.6, page 101463)."""

import asyncio
import json
import secrets
from collections.abc import Mapping

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.bot_api import BotApi
from bot.sandbox.bot_handles import BotEvent
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind, FaultMenu
from bot.sandbox.fields import Node
from bot.sandbox.tasks import Tasks
from bot.sandbox.watch import wire_time
from bot.sandbox.world import Call, World

CLOSE_SECONDS = 1.0
Frame = Mapping[str, object]


class _Link:
    """One connection."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.silent = False
        """Whether it takes frames and answers none, and carries no events: a peer that hangs."""
        self._socket = socket
        self._transport = request.transport

    async def send(self, frame: Frame) -> bool:
        """False when the other side has gone."""
        if self.silent:
            return False
        try:
            await self._socket.send_str(json.dumps(frame, ensure_ascii=False))
        except ConnectionError:
            return False
        return True

    async def close(self, code: int = WSCloseCode.OK) -> None:
        await self._socket.close(code=code)

    def abort(self) -> None:
        """Break the connection without a word."""
        if self._transport is not None:
            self._transport.abort()


class Hub:
    """The server side of the sockets; at most one link is subscribed."""

    def __init__(self, world: World, api: BotApi, faults: FaultMenu) -> None:
        self._world = world
        self._api = api
        self._faults = faults
        self._links: set[_Link] = set()
        self._live: _Link | None = None
        self._waiting: list[tuple[Frame, BotEvent]] = []
        self._tasks = Tasks()

    @property
    def connected(self) -> bool:
        """Whether a bot is subscribed."""
        return self._live is not None

    def drop(self) -> bool:
        """Break the live connection as a bad network does; False when there is none."""
        live = self._live
        if live is not None:
            live.abort()
        return live is not None

    def silence(self) -> bool:
        """Let the live connection hang: it takes everything and answers nothing, until it ends."""
        live = self._live
        if live is not None:
            live.silent = True
        return live is not None

    def kick(self) -> bool:
        """Tell the live connection that another one has taken its place, and close it."""
        live, self._live = self._live, None
        if live is not None:
            self._tasks.keep(self._kick(live))
        return live is not None

    def hang_up(self) -> bool:
        """Close the live connection cleanly, as a server does that is about to restart."""
        live, self._live = self._live, None
        if live is not None:
            self._tasks.keep(live.close(WSCloseCode.GOING_AWAY))
        return live is not None

    async def close(self) -> None:
        await asyncio.gather(*(link.close(WSCloseCode.GOING_AWAY) for link in list(self._links)))
        await self._tasks.cancel()

    async def deliver(self, command: str, event: BotEvent, body: Frame, *, may_wait: bool = False) -> bool:
        """Send an event to the bot, exactly once; without a live link it is lost."""
        frame = {"cmd": command, "headers": {"req_id": event.req_id}, "body": body}
        event.delivered = self._live is not None and await self._live.send(frame)
        if not event.delivered and may_wait and self._world.knobs.offline_frames_wait:
            self._waiting.append((frame, event))
        self._world.changes.note()
        return event.delivered

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from the handshake to its end."""
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        link = _Link(socket, request)
        self._links.add(link)
        try:
            await self._listen(link, socket)
        finally:
            self._links.discard(link)
            if self._live is link:
                self._live = None
            self._world.changes.note()
        return socket

    async def _listen(self, link: _Link, socket: web.WebSocketResponse) -> None:
        while True:
            try:
                message = await socket.receive(timeout=self._world.knobs.silent_link_seconds)
            except TimeoutError:
                await socket.close(code=WSCloseCode.GOING_AWAY, message=b"silent")
                return
            if message.type is not WSMsgType.TEXT:
                return
            await self._frame(link, str(message.data))

    async def _frame(self, link: _Link, text: str) -> None:
        req_id: object = ""
        try:
            frame = Node.read(text)
            headers = frame.optional_node("headers")
            req_id = headers.values.get("req_id", "") if headers else ""
            await self._command(link, frame, req_id)
        except Refused as refusal:
            await self._acknowledge(link, "?", req_id, refusal)

    async def _command(self, link: _Link, frame: Node, req_id: object) -> None:
        command = frame.text("cmd")
        if not isinstance(req_id, str) or not req_id:
            frame.refuse("headers.req_id", Errcode.BAD_PARAMETER, "is required as a string")
        fault = self._faults.take(command)
        if fault and fault.kind is FaultKind.SERVER_ERROR:
            link.abort()
            return
        if link.silent:
            return
        refusal, body = self._carry_out(link, command, req_id, frame, fault)
        if fault and fault.kind is FaultKind.ACCEPT_THEN_DROP:
            self._log(command, refusal, fault)
            link.abort()
        elif fault and fault.kind is FaultKind.DELAY:
            self._tasks.keep(self._acknowledge_late(link, command, req_id, refusal, fault, body))
        else:
            await self._acknowledge(link, command, req_id, refusal, fault, body)
        if command == "aibot_subscribe" and refusal is None:
            await self._take_over(link)

    def _carry_out(
        self, link: _Link, command: str, req_id: str, frame: Node, fault: Fault | None
    ) -> tuple[Refused | None, Frame | None]:
        try:
            return None, self._run(link, command, req_id, frame, fault)
        except Refused as refusal:
            return refusal, None

    def _run(self, link: _Link, command: str, req_id: str, frame: Node, fault: Fault | None) -> Frame | None:
        if fault and fault.kind is FaultKind.ERRCODE:
            raise Refused(fault.errcode, "a fault from the menu")
        if command == "aibot_subscribe":
            self._check_secret(frame.node("body"))
        elif link is not self._live:
            raise Refused(Errcode.NOT_SUBSCRIBED, "aibot websocket not subscribed")
        elif command != "ping":
            return self._api.run(command, req_id, frame.node("body"), fault)
        return None

    def _check_secret(self, body: Node) -> None:
        config = self._world.config
        if body.values.get("bot_id") != config.bot_id or body.values.get("secret") != config.bot_secret:
            raise Refused(Errcode.BAD_BOT_SECRET, "invalid bot_id or secret")

    async def _take_over(self, link: _Link) -> None:
        """Make this link the live one; the one before is told and closed."""
        old, self._live = self._live, link
        self._world.changes.note()
        if old is not None and old is not link:
            self._tasks.keep(self._kick(old))
        waiting, self._waiting = self._waiting, []
        for frame, event in waiting:
            event.delivered = await link.send(frame)

    async def _kick(self, link: _Link) -> None:
        await link.send(
            {
                "cmd": "aibot_event_callback",
                "headers": {"req_id": f"aibot_event_callback_{secrets.token_hex(8)}"},
                "body": {
                    "msgid": secrets.token_hex(16),
                    "create_time": wire_time(self._world.watch),
                    "aibotid": self._world.config.bot_id,
                    "msgtype": "event",
                    "event": {"eventtype": "disconnected_event", "disconnected_event": {}},
                },
            }
        )
        await link.close()

    async def _acknowledge_late(
        self,
        link: _Link,
        command: str,
        req_id: str,
        refusal: Refused | None,
        fault: Fault,
        body: Frame | None,
    ) -> None:
        await asyncio.sleep(fault.seconds)
        await self._acknowledge(link, command, req_id, refusal, fault, body)

    async def _acknowledge(
        self,
        link: _Link,
        command: str,
        req_id: object,
        refusal: Refused | None,
        fault: Fault | None = None,
        body: Frame | None = None,
    ) -> None:
        """An answer has the req_id, byte by byte, and no cmd."""
        self._log(command, refusal, fault)
        errcode, errmsg = (refusal.errcode, refusal.errmsg) if refusal else (0, "ok")
        answer: dict[str, object] = {"headers": {"req_id": req_id}, "errcode": errcode, "errmsg": errmsg}
        await link.send(answer | ({"body": body} if body else {}))

    def _log(self, command: str, refusal: Refused | None, fault: Fault | None) -> None:
        self._world.log(
            Call(
                at=self._world.now(),
                path=command,
                errcode=refusal.errcode if refusal else 0,
                fault=fault.name if fault else "",
            )
        )
