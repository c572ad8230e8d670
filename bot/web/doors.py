"""How does somebody come in by a link, and go out again?

A personal link stands in a chat that only its owner reads, and is good for a day. One that a terminal shows is good
once: it is spent in the transaction that puts down who came in.
"""

import re

from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import Clock
from bot.passes import Spent
from bot.secrets import LISTS, Pass, Passes
from bot.viewing import Viewing
from bot.web.board.chrome import Chrome
from bot.web.board.readers import Reader
from bot.web.forms import form_of
from bot.web.sessions import Sessions
from handlers.ports import StoreUnavailableError
from handlers.trail import Doer, Way

_INCIDENT = re.compile(r"i/[0-9a-f]{32}")
"""What a link may lead to beside its case and our lists: the page of an incident."""


class Doors:
    """`GET /l/{link}`, `GET` and `POST /logout`."""

    def __init__(
        self, sessions: Sessions, links: Passes, spent: Spent, viewing: Viewing, chrome: Chrome, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._links = links
        self._spent = spent
        self._viewing = viewing
        self._chrome = chrome
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The addresses. Nobody but who opens a link uses it up: a client that only asks about it gets no answer."""
        return [
            web.get("/l/{link}", self._enter, allow_head=False),
            web.get("/logout", self._is_out, allow_head=False),
            web.post("/logout", self._leave),
        ]

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """Whoever holds a link is who it was made for."""
        now = self._clock.now()
        given = self._links.read(request.match_info["link"], now)
        try:
            if given is None or not await self._let_in(given):
                return self._chrome.stranger(request, expired=True)
        except (StoreUnavailableError, OverloadedError):
            return self._chrome.away(request, None)
        response = web.Response(
            status=303, headers={"Location": _leads_to(given, request.query.get("to", ""))}
        )
        self._sessions.begin(response, given, now)
        return response

    async def _let_in(self, given: Pass) -> bool:
        """Put down that somebody comes in; False for those who may not, or not again."""
        if given.userid not in self._sessions.directory.roster.members:
            return False
        by = {"by": "link once" if given.nonce else "link"}
        entry = _as_person(given).did("session.begun", given.userid, self._clock.now(), detail=by)
        if given.nonce:
            return await self._spent.spend(given, entry)
        await self._viewing.note(entry)
        return True

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        """End a session: a copy of its cookie is worth nothing either."""
        session, member = self._sessions.known(request), self._sessions.member(request)
        if session is not None and member is not None:
            form = await form_of(request)
            if not self._sessions.is_own_form(request, str(form.get("token", ""))):
                return self._chrome.foreign_form(request, Reader(member=member))
            entry = _as_person(session).did("session.ended", session.userid, self._clock.now())
            try:
                await self._spent.spend(session, entry)
            except StoreUnavailableError:
                return self._chrome.away(request, Reader(member=member))
        response = web.Response(status=303, headers={"Location": "/logout"})
        self._sessions.forget(response)
        return response

    async def _is_out(self, request: web.Request) -> web.StreamResponse:
        return self._chrome.left(request)


def _as_person(given: Pass) -> Doer:
    return Doer(actor=given.userid, way=Way.PAGE)


def _leads_to(given: Pass, to: str) -> str:
    """The case that a link is about, else an incident or a list of ours, else the board; whatever else stands there."""
    if given.case:
        return f"/a/{given.case}"
    if _INCIDENT.fullmatch(to):
        return f"/{to}"
    return next((address for listing, address in LISTS.items() if listing == to), "/")
