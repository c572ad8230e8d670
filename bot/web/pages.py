"""How does somebody come in by a link of their own, and which open cases are there?"""

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.clock import Clock
from bot.secrets import Passes
from bot.storage.caselist import UNCLOSED, CaseFilter
from bot.storage.views import Views
from bot.web.board.chrome import Chrome
from bot.web.board.readers import Readers
from bot.web.sessions import Sessions
from handlers.world import Directory
from replies import names

FOLDER = Path(__file__).parent
ON_THE_BOARD = 200


class Pages:
    """The personal links, and the list of those cases that are open."""

    def __init__(
        self,
        views: Views,
        directory: Directory,
        clock: Clock,
        readers: Readers,
        chrome: Chrome,
        sessions: Sessions,
        links: Passes,
    ) -> None:
        self._views = views
        self._directory = directory
        self._clock = clock
        self._readers = readers
        self._chrome = chrome
        self._sessions = sessions
        self._links = links

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """All addresses of pages."""
        return [
            web.get("/", self._board),
            web.get("/l/{link}", self._enter),
            web.static("/static", FOLDER / "static"),
        ]

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """A personal link: whoever holds it is who it was made for."""
        now = self._clock.now()
        given = self._links.read(request.match_info["link"], now)
        if given is None:
            return self._chrome.stranger(request, expired=True)
        response = web.Response(status=303, headers={"Location": f"/a/{given.case}" if given.case else "/"})
        self._sessions.begin(response, given, now)
        return response

    async def _board(self, request: web.Request) -> web.Response:
        reader = self._readers.person(request)
        if reader is None:
            return self._chrome.stranger(request, path=request.path)
        cases = await self._views.cases(CaseFilter(states=UNCLOSED), ON_THE_BOARD)
        local, name = self._directory.rules.current.calendar.local, self._directory.roster.name
        rows = [
            {"case": case, "stage": names.STAGES[case.stage], "kind": names.KINDS[case.kind],
             "owner": "" if case.owner is None else name(case.owner),
             "opened": f"{local(case.opened_at):%m-%d %H:%M}", "state": names.STATES[case.state]}
            for case in cases
            if reader.serves(case.order.shop)
        ]  # fmt: skip
        return aiohttp_jinja2.render_template("board.html", request, {"rows": rows, "member": reader.member})


def set_up_templates(app: web.Application) -> None:
    """Our own templates, escaped."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
