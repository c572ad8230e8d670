"""Which open cases are there?"""

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.storage.caselist import UNCLOSED, CaseFilter
from bot.storage.views import Views
from bot.web.board.chrome import Chrome
from bot.web.board.readers import Readers
from handlers.world import Directory
from replies import names

FOLDER = Path(__file__).parent
ON_THE_BOARD = 200


class Pages:
    """The list of the cases that are open."""

    def __init__(
        self,
        views: Views,
        directory: Directory,
        readers: Readers,
        chrome: Chrome,
    ) -> None:
        self._views = views
        self._directory = directory
        self._readers = readers
        self._chrome = chrome

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """All addresses of pages."""
        return [
            web.get("/", self._board),
            web.static("/static", FOLDER / "static"),
        ]

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
