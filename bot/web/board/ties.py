"""How does somebody tie an event to an order? With a form of the page of the unmatched ones."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import structlog
from aiohttp import web

from bot.web.board.chrome import Chrome
from bot.web.board.queries import FaultyQueryError, place_of
from bot.web.board.readers import Reader, Readers
from bot.web.forms import form_of
from bot.web.sessions import Sessions
from handlers.ports import StoreUnavailableError, Work
from handlers.trail import Doer, Way
from handlers.unmatched import Hitch, Tied, tie
from handlers.world import World
from rules.events import EventKey, OrderKey, OrderNo, Shop
from rules.rights import Right

PAGE = "/unmatched"
FIELDS = ("tie_event", "tie_shop", "tie_order")
OUTCOME = frozenset({*FIELDS, "hitch", "tied"})

log = structlog.get_logger("board")


class Ties:
    """`POST /unmatched/tie`."""

    def __init__(self, world: World, readers: Readers, sessions: Sessions, chrome: Chrome) -> None:
        self._world = world
        self._readers = readers
        self._sessions = sessions
        self._chrome = chrome

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.post(f"{PAGE}/tie", self._tie)]

    async def _tie(self, request: web.Request) -> web.StreamResponse:
        reader = self._readers.person(request)
        if reader is None:
            return self._chrome.stranger(request, path=PAGE)
        if not reader.may(Right.TIE):
            return await self._forbidden(request, reader)
        form = {name: str(value).strip() for name, value in (await form_of(request)).items()}
        if not self._sessions.is_own_form(request, form.get("token", "")):
            return self._chrome.foreign_form(request, reader)
        try:
            outcome = await self._perform(reader, form)
        except StoreUnavailableError:
            return self._chrome.away(request, reader)
        if isinstance(outcome, Tied):
            log.info("event.tied", events=outcome.events)
            return _back(form, {"tied": outcome.order.order_no, "tie_shop": outcome.order.shop})
        return _back(form, {**_typed(form), "hitch": outcome})

    async def _forbidden(self, request: web.Request, reader: Reader) -> web.Response:
        entry = Doer(actor=reader.actor, way=Way.PAGE).refused(Right.TIE, request.path, self._world.now())

        async def note(work: Work) -> None:
            await work.trail.note([entry])

        try:
            await self._world.store.run("tie", note)
        except StoreUnavailableError:
            return self._chrome.away(request, reader)
        return self._chrome.forbidden(request, reader, Right.TIE)

    async def _perform(self, reader: Reader, form: Mapping[str, str]) -> Tied | Hitch:
        event = _event(form)
        to = OrderKey(Shop(form.get("tie_shop", "")), OrderNo(form.get("tie_order", "")))
        if event is None or not reader.serves(to.shop):
            return Hitch.GONE if event is None else Hitch.NO_ORDER
        doer = Doer(actor=reader.member.userid, way=Way.PAGE)

        async def do(work: Work) -> Tied | Hitch:
            return await tie(work, self._world, event, to, doer, reader.shops)

        return await self._world.store.run("tie", do)


def _event(form: Mapping[str, str]) -> EventKey | None:
    try:
        return EventKey(*(place_of(form.get("tie_event"), tuple[str, str]) or ("", "")))
    except FaultyQueryError:
        return None


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "") for name in FIELDS}


def _back(form: Mapping[str, str], told: Mapping[str, str]) -> web.Response:
    """To the page as it was, with what came of it."""
    before = [
        (name, value)
        for name, value in parse_qsl(form.get("at", "").partition("?")[2])
        if name not in OUTCOME
    ]
    return web.Response(status=303, headers={"Location": f"{PAGE}?{urlencode([*before, *told.items()])}"})
