"""How is a screen reached? Its page with a session, its twin with a session or a token; every look is checked alike."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog
from aiohttp import web

from bot.clock import Clock, stopwatch
from bot.web.board.chrome import Chrome
from bot.web.board.queries import FaultyQueryError, choices, read, typed
from bot.web.board.readers import Reader, Readers
from bot.web.board.screens import AmbiguousError, Asked, MissingError, Screen
from bot.web.problems import problem
from handlers.ports import StoreUnavailableError
from handlers.world import Directory
from replies.words import Language

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AnyScreen = Screen[Any, Any]

log = structlog.get_logger("board")


class Board:
    """All screens, by their addresses."""

    def __init__(
        self,
        screens: Iterable[AnyScreen],
        readers: Readers,
        chrome: Chrome,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self.screens = tuple(screens)
        self._readers = readers
        self._chrome = chrome
        self._directory = directory
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The addresses of pages, then those of their twins."""
        pages = [web.get(one.page, self._page(one)) for one in self.screens if one.page is not None]
        return [*pages, *(web.get(one.twin, self._twin(one)) for one in self.screens)]

    def _page(self, screen: AnyScreen) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            reader = self._readers.person(request)
            if reader is None:
                return self._chrome.stranger(request, path=request.path)
            if not reader.may(screen.right):
                return self._chrome.forbidden(request, reader, screen.right)
            return await self.show(screen, request, reader)

        return show

    async def show(
        self,
        screen: AnyScreen,
        request: web.Request,
        reader: Reader,
        *,
        status: int = 200,
        **also: object,
    ) -> web.Response:
        """The page of a screen for somebody who may see it, `also` with what came of a form of it."""
        try:
            view = await self._look(screen, request, reader)
        except FaultyQueryError as error:
            return self._rendered(screen, request, reader, None, error, also)
        except MissingError as error:
            return self._chrome.missing(request, reader, str(error))
        except StoreUnavailableError:
            return self._chrome.away(request, reader)
        return self._rendered(screen, request, reader, view, None, also, status=status)

    def _rendered(  # noqa: PLR0913 -- all of it stands on the page
        self,
        screen: AnyScreen,
        request: web.Request,
        reader: Reader,
        view: object,
        error: FaultyQueryError | None,
        also: Mapping[str, object],
        *,
        status: int = 200,
    ) -> web.Response:
        """The page; without `view` it says what could not be read, and keeps what was typed."""
        faults = {} if error is None else {fault.name: fault for fault in error.faults}
        context = {
            "view": view,
            "typed": typed(request.query),
            "faults": faults,
            "choices": partial(choices, screen.query),
            **also,
        }
        if screen.export is not None:
            context["cells"] = partial(self._chrome.tongue(request).cells, screen.export.columns)
        return self._chrome.render(
            request,
            f"board/{screen.name}.html",
            context,
            reader=reader,
            words=screen.words,
            tab=screen.tab or screen.name,
            status=status if error is None else 400,
        )

    def _twin(self, screen: AnyScreen) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            reader = self._readers.of(request)
            if reader is None:
                challenge = {"WWW-Authenticate": "Bearer"}
                return problem(401, "send the API token: Authorization: Bearer …", headers=challenge)
            if not reader.may(screen.right):
                return problem(403, f"this takes the right {screen.right}")
            try:
                view = await self._look(screen, request, reader)
            except FaultyQueryError as error:
                first, *_ = error.faults
                return problem(400, first.said(Language.EN), field=first.name)
            except MissingError as error:
                return problem(404, f"{error} is not known")
            except AmbiguousError as error:
                return problem(409, str(error), **error.choices)
            except StoreUnavailableError as error:
                return problem(503, str(error), headers={"Retry-After": "2"})
            return web.Response(body=msgspec.json.encode(view), content_type="application/json")

        return answer

    async def _look(self, screen: AnyScreen, request: web.Request, reader: Reader) -> msgspec.Struct:
        """What the screen shows to this reader; that they have looked is written down before they see it."""
        passed = stopwatch()
        asked = Asked(
            reader=reader,
            path=dict(request.match_info),
            query=read(screen.query, typed(request.query)),
            now=self._clock.now(),
            zone=self._directory.rules.current.calendar.zone,
        )
        view = await screen.load(asked)
        log.info("screen.shown", what=screen.name, ms=passed())
        return view
