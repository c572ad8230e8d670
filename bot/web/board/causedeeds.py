"""What came of asking for the causes of a week now? One week is worked out at a time."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import structlog
from aiohttp import web

from bot.causes import LOOKS_BACK, find_causes
from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.causes import CAUSES_PAGE
from bot.web.board.chrome import language_of
from bot.web.board.readers import Reader
from bot.web.forms import form_of
from handlers.trail import Doer, Way
from handlers.world import World
from replies.pages.causes import CAUSES
from replies.words import Words
from rules.dates import A_WEEK, monday_of
from rules.rights import Right

log = structlog.get_logger("pages")


class CauseDeeds:
    """`POST /causes`"""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world
        self._turn = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Its address, which is that of the page."""
        return [
            web.post(CAUSES_PAGE, self._board.page(self._board.screen("causes"), self._find, Right.EXPORT))
        ]

    async def _find(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        words, rules, now = (
            Words(language_of(request), CAUSES),
            self._world.directory.rules,
            self._world.now(),
        )
        week = _day(str((await form_of(request)).get("week", "")))
        present = monday_of(now.astimezone(rules.current.calendar.zone).date())
        if week is None or not present - LOOKS_BACK * A_WEEK <= monday_of(week) <= present:
            return {"status": 400, "refused": words("too_old", weeks=LOOKS_BACK)}
        if self._turn.locked():
            return {"refused": words("under_way")}
        passed = stopwatch()
        async with self._turn:
            await find_causes(self._store.run, self._store, rules, monday_of(week), now)
        await self._put_down(reader, monday_of(week))
        log.info("page.handled", what="page.causes", done=True, ms=passed())
        return {"told": words("done")}

    async def _put_down(self, reader: Reader, week: date) -> None:
        doer = Doer(actor=reader.actor, way=Way.PAGE)
        entry = doer.did("causes.found", week.isoformat(), self._world.now())

        async def note(work: Transaction) -> None:
            await work.trail.note([entry])

        await self._store.run("causes", note)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
