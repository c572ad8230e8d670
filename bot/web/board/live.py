"""How does an open page hear of what changes? It listens to `/live`, and is sent the parts that have changed.

Whoever looks at the same thing shares a room, which looks once a second for all of them. A listener that is slow is
sent the newest state when it is ready for it; what lay between is never kept for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import structlog
from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import Clock, within
from bot.web.board.chrome import Chrome, language_of
from bot.web.board.health import HealthQuery, HealthScreen
from bot.web.board.queries import FaultyQueryError, read
from bot.web.board.readers import Reader, Readers
from bot.web.board.screens import Asked
from bot.web.problems import problem
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry, Way, viewed
from handlers.world import Directory
from replies.pages import times
from replies.words import Language
from rules.events import Shop, UserId
from rules.rights import Right

LOOK_EVERY = timedelta(seconds=1)
PING_EVERY = timedelta(seconds=15)
MOST_STREAMS, MOST_OF_ONE = 200, 5
"""Of a process, and of one person: an open page is one."""
AGAIN_AFTER_SECONDS = 15
WRITE_AT_MOST = timedelta(seconds=10)
"""Whoever does not take what was sent for so long is not listening."""
PARTS = ("sum", "stages", "worst", "golden", "today", "deliveries", "sources", "scores")
"""The parts of the front page that are swapped, each a template of its own."""

log = structlog.get_logger("live")


class About(StrEnum):
    """What a page wants to hear of."""

    HEALTH = "health"
    """The parts of the front page that have changed."""
    ANOMALIES = "anomalies"
    """How many anomalies there are."""


class LiveQuery(HealthQuery, frozen=True, kw_only=True):
    """What is listened to: the front page with its parameters, or the number of anomalies."""

    about: About = About.HEALTH


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """How many anomalies there are."""

    noticed: int
    """Since midnight."""
    unclosed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a room looks at: the same for everybody in it."""

    query: LiveQuery
    shops: frozenset[Shop] | None
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a room has seen last."""

    as_of: str
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    noticed: Noticed | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Listener:
    """An open page, and what it has been sent."""

    request: web.Request
    userid: UserId
    called: asyncio.Event = field(default_factory=asyncio.Event)
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    noticed: Noticed | None = None

    @property
    def is_gone(self) -> bool:
        """Whether nobody is at the other end any more."""
        transport = self.request.transport
        return transport is None or transport.is_closing()

    def news(self, state: State) -> list[bytes]:
        """What it has not been sent yet, as events; from now on it has."""
        events: list[bytes] = []
        changed = {name: part for name, part in state.parts.items() if self.parts.get(name) != part}
        if changed:
            events.append(_event(About.HEALTH, {"as_of": state.as_of, "parts": changed}))
        if state.noticed != self.noticed:
            events.append(_event(About.ANOMALIES, state.noticed))
        self.parts, self.noticed = state.parts, state.noticed
        return events


class Room:
    """Those who look at the same thing."""

    def __init__(self, app: web.Application) -> None:
        self.app = app
        self.listeners: set[Listener] = set()
        self.state: State | None = None
        self.looking: asyncio.Task[None] | None = None

    def call(self) -> None:
        """Wake everybody in it."""
        for listener in self.listeners:
            listener.called.set()


class Looks(Protocol):
    """Where looks are put down; see `bot.viewing.Viewing`."""

    async def note(self, entry: AuditEntry) -> None: ...


class Live:
    """`GET /live`, for people with a session.

    `clock` is the service's; what is between a page and us takes its time on `machine`, the machine's.
    """

    def __init__(
        self,
        screen: HealthScreen,
        readers: Readers,
        chrome: Chrome,
        directory: Directory,
        clock: Clock,
        machine: Clock,
        trail: Looks,
    ) -> None:
        self._trail = trail
        self._screen = screen
        self._readers = readers
        self._chrome = chrome
        self._directory = directory
        self._clock = clock
        self._machine = machine
        self._rooms: dict[Subject, Room] = {}
        self._closing = False

    @property
    def listening(self) -> int:
        """How many pages listen."""
        return len(self._present())

    def routes(self) -> list[web.RouteDef]:
        """Its address."""
        return [web.get("/live", self.listen, allow_head=False)]

    async def close(self, app: web.Application) -> None:
        """End all streams: the service stops."""
        del app
        self._closing = True
        for room in self._rooms.values():
            room.call()

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Send what changes, until the page is closed, its reader has no right to it any more, or the service stops."""
        reader = self._readers.person(request)
        if reader is None:
            return problem(401, "log in first")
        if not reader.may(Right.LOOK):
            return problem(403, f"this takes the right {Right.LOOK}")
        try:
            query = read(LiveQuery, request.query)
        except FaultyQueryError as error:
            first, *_ = error.faults
            return problem(400, first.said(Language.EN), field=first.name)
        listener = Listener(request=request, userid=reader.member.userid)
        if (refused := self._refusal(listener)) is not None:
            return refused
        subject = Subject(query=query, shops=reader.shops, language=language_of(request))
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        async with self._in_room(subject, listener, reader) as room:
            try:
                await self._put_down(query, reader)
            except (StoreUnavailableError, OverloadedError) as error:
                return problem(503, str(error), headers={"Retry-After": str(AGAIN_AFTER_SECONDS)})
            with suppress(ConnectionError, TimeoutError):
                await response.prepare(request)
                await self._follow(subject, room, listener, response)
        return response

    async def _put_down(self, query: LiveQuery, reader: Reader) -> None:
        """That somebody listens, before they hear anything."""
        look = viewed(
            actor=reader.actor, way=Way.PAGE, what="live", subject=query.about, at=self._clock.now()
        )
        await self._trail.note(look)

    def _refusal(self, newcomer: Listener) -> web.Response | None:
        """What a stream too many is told; one whose page is closed does not count."""
        present = self._present()
        wait = {"Retry-After": str(AGAIN_AFTER_SECONDS)}
        if self._closing or len(present) >= MOST_STREAMS:
            return problem(503, "too many pages are listening", headers=wait)
        if sum(one.userid == newcomer.userid for one in present) >= MOST_OF_ONE:
            return problem(429, f"you have {MOST_OF_ONE} pages open that listen; close one", headers=wait)
        return None

    def _present(self) -> list[Listener]:
        return [one for room in self._rooms.values() for one in room.listeners if not one.is_gone]

    @asynccontextmanager
    async def _in_room(self, subject: Subject, listener: Listener, reader: Reader) -> AsyncGenerator[Room]:
        """The room of a subject, opened by the first who comes and closed by the last who leaves."""
        room = self._rooms.setdefault(subject, Room(listener.request.app))
        room.listeners.add(listener)
        if room.looking is None:
            room.looking = asyncio.create_task(self._keep_looking(subject, room, reader), name="live")
        try:
            yield room
        finally:
            room.listeners.discard(listener)
            if not room.listeners:
                self._rooms.pop(subject, None)
                room.looking.cancel()

    async def _keep_looking(self, subject: Subject, room: Room, reader: Reader) -> None:
        """Look at the subject once a second, with the eyes of whoever came first: all have the same shops."""
        while True:
            try:
                room.state = await self._look(subject, reader, room.app)
            except StoreUnavailableError:
                log.info("live.blind")
            except Exception:
                log.exception("live.failed")
            room.call()
            await self._machine.sleep(LOOK_EVERY)

    async def _look(self, subject: Subject, reader: Reader, app: web.Application) -> State:
        now, zone = self._clock.now(), self._directory.rules.current.calendar.zone
        view = await self._screen.load(Asked(reader=reader, path={}, query=subject.query, now=now, zone=zone))
        as_of = times.stamp(view.as_of, now, zone)
        if subject.query.about is About.ANOMALIES:
            return State(as_of=as_of, noticed=Noticed(noticed=view.noticed, unclosed=view.unclosed))
        words, language = self._screen.words, subject.language
        parts = {
            name: self._chrome.part(app, f"board/health/{name}.html", {"view": view}, words, language)
            for name in PARTS
        }
        return State(as_of=as_of, parts=parts)

    async def _follow(
        self, subject: Subject, room: Room, listener: Listener, response: web.StreamResponse
    ) -> None:
        """Pass on what the room sees. Raises ConnectionError and TimeoutError when nobody takes it."""
        spoke_at = self._machine.now()
        while not self._closing and not listener.is_gone:
            await within(self._machine, PING_EVERY, listener.called.wait())
            listener.called.clear()
            if self._closing:
                return
            reader = self._readers.person(listener.request)
            if reader is None or not reader.may(Right.LOOK) or reader.shops != subject.shops:
                await self._write(response, listener, _event("over", {}))
                return
            events = listener.news(room.state) if room.state is not None else []
            if not events and self._machine.now() - spoke_at >= PING_EVERY:
                events = [b": still here\n\n"]
            if events:
                spoke_at = self._machine.now()
                await self._write(response, listener, b"".join(events))

    async def _write(self, response: web.StreamResponse, listener: Listener, data: bytes) -> None:
        """Send it. Raises TimeoutError when it is not taken: the listener is dropped then."""
        sending = asyncio.ensure_future(response.write(data))
        if not await within(self._machine, WRITE_AT_MOST, sending):
            log.info("live.dropped")
            if listener.request.transport is not None:
                listener.request.transport.abort()
            raise TimeoutError
        sending.result()


def _event(name: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
