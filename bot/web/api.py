"""What can programs read that is no screen? The ledger as JSON, for whoever has a token or a session on the board."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec
from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import Clock
from bot.storage.views import Views
from bot.viewing import Viewing
from bot.web.board.readers import Reader, Readers
from bot.web.problems import problem
from handlers.ledger import Fate, Ledger
from handlers.ports import StoreUnavailableError
from handlers.trail import AuditEntry, Way, viewed
from handlers.world import Directory
from rules.rights import Scope

Json = Mapping[str, object]
Choice = TypeVar("Choice", bound=StrEnum)
Handler = Callable[[web.Request], Awaitable[web.Response]]
Reading = Callable[[web.Request, Reader], Awaitable[web.Response]]

MOST_ITEMS, USUAL_ITEMS = 500, 50
MOST_HOURS = 24
"""How far the ledger looks back."""


class Api:
    """`GET /api/ledger`."""

    def __init__(
        self, views: Views, directory: Directory, readers: Readers, viewing: Viewing, clock: Clock
    ) -> None:
        self._views = views
        self._directory = directory
        self._readers = readers
        self._viewing = viewing
        self._clock = clock

    def guarded(self, scope: Scope, reading: Reading) -> Handler:
        """What `reading` finds, for those only who may read, and put down before they see it."""

        async def answer(request: web.Request) -> web.Response:
            reader = self._readers.of(request)
            if reader is None:
                return problem(
                    401, "send the API token: Authorization: Bearer …", headers={"WWW-Authenticate": "Bearer"}
                )
            if not reader.reads(scope):
                return problem(403, f"this takes a token with the scope {scope}")
            try:
                shown = await reading(request, reader)
                if shown.status == 200:
                    await self._viewing.note(_look(request, reader, reading.__name__, self._clock.now()))
            except (StoreUnavailableError, OverloadedError) as error:
                return problem(503, str(error), headers={"Retry-After": "2"})
            return shown

        return answer

    async def ledger(self, request: web.Request, reader: Reader) -> web.Response:
        """What became of the alerts of the last hours."""
        hours = request.query.get("hours", str(MOST_HOURS))
        if not _is_number(hours, MOST_HOURS):
            return problem(400, f"hours is a number from 1 to {MOST_HOURS}", field="hours")
        ledger = await self._views.ledger(timedelta(hours=int(hours)), reader.shops)
        return _json(ledger_view(ledger, int(hours)))


def _look(request: web.Request, reader: Reader, what: str, at: datetime) -> AuditEntry:
    subject = request.match_info.get("order_no") or request.match_info.get("id") or what
    return viewed(actor=reader.actor, way=Way.API, what=what, subject=subject, at=at)


def ledger_view(ledger: Ledger, hours: int) -> Json:
    """The delivery ledger as JSON: every alert is in one of the fates."""
    fates = {fate.value: ledger.fates.get(fate, 0) for fate in Fate}
    return {"hours": hours, "alerts": ledger.alerts, **fates, "balances": ledger.balances}


def _is_number(text: str, most: int) -> bool:
    """Whether it is one from 1 to `most`."""
    return text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most


def _json(body: Json) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
