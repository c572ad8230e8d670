"""What came of asking for a rehearsal, or of not wanting it any more? Both are forms of its pages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import structlog
from aiohttp import web

from bot.replaying import Named
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.readers import Reader
from bot.web.board.rehearsals import REHEARSAL_PAGE, REHEARSALS_PAGE, RehearsalFiles, may_see
from bot.web.board.screens import MissingError
from bot.web.forms import form_of
from handlers.rehearsals import Rehearsal
from handlers.trail import Doer, Way
from handlers.world import World
from replies.pages.rehearsals import REHEARSALS
from replies.words import Words
from rules.events import Shop
from rules.reports import RehearsalState
from rules.rights import Right

FIELDS = ("book", "against", "since", "until", "shop")
NOTHING = "none"
"""What the form says where the book is held against nothing."""

log = structlog.get_logger("pages")


class FaultyWishError(Exception):
    """The form asks for what cannot be played; the argument is the name of the field."""


class RehearsalDeeds:
    """`POST /rehearsals` and `POST /rehearsals/{id}`"""

    def __init__(self, board: Board, files: RehearsalFiles, store: Store, world: World) -> None:
        self._board = board
        self._files = files
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Their addresses, which are those of the pages."""
        listed, one = self._board.screen("rehearsals"), self._board.screen("rehearsal")
        return [
            web.post(REHEARSALS_PAGE, self._board.page(listed, self._ask, Right.REHEARSE)),
            web.post(REHEARSAL_PAGE, self._board.page(one, self._cancel, Right.REHEARSE)),
        ]

    async def _ask(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        form = {name: str(value).strip() for name, value in (await form_of(request)).items()}
        t = Words(language_of(request), REHEARSALS)
        try:
            wanted = self._wanted(form, reader, {one.book for one in await self._files.books()})
        except FaultyWishError as error:
            kept = {name: form.get(name, "") for name in FIELDS}
            return {"status": 400, "refused": t(f"faulty_{error}"), "form": kept, "at_fault": str(error)}

        async def add(work: Transaction) -> None:
            await work.rehearsals.add(wanted)
            detail = {"book": wanted.book, "against": wanted.against or ""}
            entry = Doer(actor=reader.actor, way=Way.PAGE).did(
                "rehearsal.asked", wanted.id, wanted.asked_at, detail=detail
            )
            await work.trail.note([entry])

        await self._store.run("rehearsal", add)
        log.info("page.handled", what="page.rehearsal", done=True)
        return {"see": REHEARSAL_PAGE.format(id=wanted.id)}

    def _wanted(self, form: Mapping[str, str], reader: Reader, books: set[str]) -> Rehearsal:
        """What a form asks for. Raises FaultyWishError."""
        book, against, shop = form.get("book", ""), form.get("against", ""), form.get("shop", "")
        for name, value in (("book", book), ("against", against)):
            if value not in books and not (name == "against" and value == NOTHING):
                raise FaultyWishError(name)
        if reader.shops is not None and Shop(shop) not in reader.shops:
            raise FaultyWishError("shop")
        since, until = _day(form, "since"), _day(form, "until")
        if since is not None and until is not None and until < since:
            raise FaultyWishError("until")
        return Rehearsal(
            id=self._world.new_id(),
            book=str(Named.read(book)),
            against=None if against == NOTHING else against,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            shop=Shop(shop) if shop else None,
            asked_by=reader.member.userid,
            asked_at=self._world.now(),
        )

    async def _cancel(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        name, now, t = request.match_info["id"], self._world.now(), Words(language_of(request), REHEARSALS)
        by = Doer(actor=reader.actor, way=Way.PAGE)

        async def cancel(work: Transaction) -> bool | None:
            found = await work.rehearsals.find(name)
            if found is None or not may_see(found, reader):
                return None
            over = found.over(RehearsalState.CANCELLED, now, by=reader.member.userid)
            if found.is_over or not await work.rehearsals.update(over):
                return False
            await work.trail.note([by.did("rehearsal.cancelled", name, now)])
            return True

        done = await self._store.run("rehearsal", cancel)
        if done is None:
            raise MissingError(name)
        return {"told": t("cancelled")} if done else {"refused": t("not_cancelled"), "status": 409}


def _day(form: Mapping[str, str], name: str) -> date | None:
    text = form.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FaultyWishError(name) from None
