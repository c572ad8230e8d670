"""How is a screen reached? Its page with a session, its twin with a session or a token; every look is checked alike."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog
from aiohttp import web
from msgspec import structs

from bot.batching import OverloadedError
from bot.clock import Clock, stopwatch
from bot.viewing import Viewing
from bot.web.board.chrome import Chrome
from bot.web.board.queries import FaultyQueryError, Query, choices, read, typed
from bot.web.board.readers import Reader, Readers, scope_of
from bot.web.board.screens import AmbiguousError, Asked, MissingError, Screen
from bot.web.forms import form_of
from bot.web.problems import problem
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry, Doer, Way, viewed
from handlers.world import Directory
from replies.words import Language
from rules.rights import Right

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AnyScreen = Screen[Any, Any]
Deed = Callable[[web.Request, Reader], Awaitable[Mapping[str, Any]]]
"""Does what a form asks for; what came of it is at hand in the template. May raise as a screen's `load`, and MayNotError.

A `status` in it is that of the page, such as 400 for a form that asks for nothing that can be done; an address
under `see` is where the reader is sent instead.
"""
Answer = Callable[[web.Request, Reader], Awaitable[web.StreamResponse]]
NOTHING_DONE: Mapping[str, Any] = {}
_ID = re.compile("[0-9a-f]{32}")

log = structlog.get_logger("board")


class ForeignFormError(Exception):
    """The form was not sent from a page of ours."""


class MayNotError(Exception):
    """The reader has not got the right."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


class Board:
    """All screens, by their addresses."""

    def __init__(
        self,
        screens: Iterable[AnyScreen],
        readers: Readers,
        chrome: Chrome,
        viewing: Viewing,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self.screens = tuple(screens)
        self._readers = readers
        self._chrome = chrome
        self._viewing = viewing
        self._directory = directory
        self._clock = clock

    def screen(self, name: str) -> AnyScreen:
        """The screen of that name."""
        return next(one for one in self.screens if one.name == name)

    def routes(self) -> list[web.RouteDef]:
        """The addresses of pages, then those of their twins."""
        pages = [web.get(one.page, self.page(one)) for one in self.screens if one.page is not None]
        return [*pages, *(web.get(one.twin, self._twin(one)) for one in self.screens)]

    @web.middleware
    async def lost(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Where there is nothing, a colleague reads a page of ours that says so; programs get the bare 404."""
        nowhere = isinstance(request.match_info.http_exception, web.HTTPNotFound)
        page = nowhere and not request.path.startswith("/api/")
        reader = self._readers.person(request) if page else None
        return (
            await handler(request) if reader is None else self._chrome.missing(request, reader, request.path)
        )

    def page(self, screen: AnyScreen, deed: Deed | None = None, right: Right | None = None) -> Handler:
        """The page of a screen, for people; after a form of it was sent, with what came of the deed.

        `right` is what the deed takes beside the screen's own.
        """
        needed = (screen.right,) if right is None else (screen.right, right)

        async def show(request: web.Request) -> web.StreamResponse:
            reader = self._readers.person(request)
            if reader is None:
                return self._chrome.stranger(request, path=request.path)
            missing = next((one for one in needed if not reader.may(one)), None)
            try:
                if missing is not None:
                    return await self._forbidden(request, reader, missing)
                return await self._shown(screen, request, reader, deed)
            except FaultyQueryError as error:
                return self._rendered(screen, request, reader, None, error)
            except MayNotError as error:
                return await self._forbidden(request, reader, error.right)
            except (MissingError, ForeignFormError) as error:
                return self._refused(request, reader, error)
            except (StoreUnavailableError, OverloadedError):
                return self._chrome.away(request, reader)

        return show

    def guarded(self, right: Right, answer: Answer) -> Handler:
        """What is no page, for people who have the right."""

        async def show(request: web.Request) -> web.StreamResponse:
            reader = self._readers.person(request)
            if reader is None:
                return self._chrome.stranger(request, path=request.path)
            try:
                if not reader.may(right):
                    return await self._forbidden(request, reader, right)
                return await answer(request, reader)
            except MissingError as error:
                return self._refused(request, reader, error)
            except (StoreUnavailableError, OverloadedError):
                return self._chrome.away(request, reader)

        return show

    async def _forbidden(self, request: web.Request, reader: Reader, right: Right) -> web.Response:
        """Whoever tried to do something without the right to is put down."""
        if request.method == "POST":
            doer = Doer(actor=reader.actor, way=Way.PAGE)
            await self._viewing.note(doer.refused(right, _attempted(request), self._clock.now()))
        return self._chrome.forbidden(request, reader, right)

    async def _shown(
        self, screen: AnyScreen, request: web.Request, reader: Reader, deed: Deed | None
    ) -> web.Response:
        done = NOTHING_DONE if deed is None else await self._do(deed, request, reader)
        if "see" in done:
            return _see(done["see"])
        try:
            view = await self._look(screen, request, reader, Way.PAGE)
        except AmbiguousError as error:
            return _see(error.page)
        onward = screen.onward(view)
        if onward is not None:
            return _see(onward)
        return self._rendered(screen, request, reader, view, None, done)

    def _refused(
        self, request: web.Request, reader: Reader, error: MissingError | ForeignFormError | MayNotError
    ) -> web.Response:
        match error:
            case MissingError():
                return self._chrome.missing(request, reader, str(error))
            case MayNotError():
                return self._chrome.forbidden(request, reader, error.right)
            case ForeignFormError():
                return self._chrome.foreign_form(request, reader)

    async def _do(self, deed: Deed, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """What a form of our own asks for. Raises ForeignFormError, and what the deed raises."""
        form = await form_of(request)
        if not self._chrome.sessions.is_own_form(request, str(form.get("token", ""))):
            raise ForeignFormError
        return await deed(request, reader)

    def _rendered(
        self,
        screen: AnyScreen,
        request: web.Request,
        reader: Reader,
        view: object,
        error: FaultyQueryError | None,
        done: Mapping[str, Any] = NOTHING_DONE,
    ) -> web.Response:
        """The page; without `view` it says what could not be read, and keeps what was typed."""
        faults = {} if error is None else {fault.name: fault for fault in error.faults}
        context = {
            **screen.tools,
            "view": view,
            "typed": typed(request.query),
            "faults": faults,
            "choices": partial(choices, screen.query),
            **done,
        }
        if screen.export is not None:
            context["cells"] = partial(
                self._chrome.tongue(request, screen.words).cells, screen.export.columns
            )
        return self._chrome.render(
            request,
            f"board/{screen.name}.html",
            context,
            reader=reader,
            words=screen.words,
            tab=screen.tab or screen.name,
            status=done.get("status", 200) if error is None else 400,
        )

    def _twin(self, screen: AnyScreen) -> Handler:
        scope = scope_of(screen.twin)

        async def answer(request: web.Request) -> web.StreamResponse:
            reader = self._readers.of(request)
            if reader is None:
                challenge = {"WWW-Authenticate": "Bearer"}
                return problem(401, "send the API token: Authorization: Bearer …", headers=challenge)
            if not reader.reads(scope):
                return problem(403, f"this takes a token with the scope {scope}")
            if not reader.may(screen.right):
                return problem(403, f"this takes the right {screen.right}")
            try:
                view = await self._look(screen, request, reader, Way.API)
            except FaultyQueryError as error:
                first, *_ = error.faults
                return problem(400, first.said(Language.EN), field=first.name)
            except MissingError as error:
                return problem(404, f"{error} is not known")
            except AmbiguousError as error:
                return problem(409, str(error), **error.choices)
            except (StoreUnavailableError, OverloadedError) as error:
                return problem(503, str(error), headers={"Retry-After": "2"})
            return web.Response(body=msgspec.json.encode(view), content_type="application/json")

        return answer

    async def _look(
        self, screen: AnyScreen, request: web.Request, reader: Reader, way: Way
    ) -> msgspec.Struct:
        """What the screen shows to this reader; that they have looked is written down before they see it."""
        passed = stopwatch()
        asked = Asked(
            reader=reader,
            path=dict(request.match_info),
            query=read(screen.query, typed(request.query)),
            now=self._clock.now(),
            zone=self._directory.rules.current.calendar.zone,
            whole=way is Way.API,
        )
        view = await screen.load(asked)
        await self._viewing.note(_entry(screen, view, asked, way))
        log.info("screen.shown", what=screen.name, ms=passed())
        return view


def _attempted(request: web.Request) -> str:
    """The address; only its pattern where a part of it is no id of ours: somebody may have typed a phone number."""
    resource = request.match_info.route.resource
    if resource is None or all(map(_ID.fullmatch, request.match_info.values())):
        return request.path
    return resource.canonical


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})


def _entry(screen: AnyScreen, view: object, asked: Asked[Any], way: Way) -> AuditEntry:
    """The line of a look. Of what was asked for it holds the names alone: somebody may have typed a phone number."""
    about = screen.about(view)
    return viewed(
        actor=asked.reader.actor,
        way=way,
        what=screen.name,
        subject=about.case or (about.order.order_no if about.order else screen.name),
        at=asked.now,
        order=about.order,
        case=about.case,
        detail={"filters": ",".join(_given(asked.query))},
    )


def _given(query: Query) -> list[str]:
    """The parameters that are not at their defaults."""
    return [name for name, value in structs.asdict(query).items() if value != getattr(type(query)(), name)]
