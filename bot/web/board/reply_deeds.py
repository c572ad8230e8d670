"""What else can somebody do about a draft's replies? Agree to what another has written, and see what is typed at once."""

import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.bookfaults import checked
from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import Chrome
from bot.web.board.queries import NoQuery
from bot.web.board.readers import Reader
from bot.web.board.ruleforms import Part, read_part
from bot.web.board.rules import DRAFT_PAGE, RuleFiles
from bot.web.board.ruletools import TOOLS
from bot.web.board.screens import Asked, MissingError
from bot.web.forms import form_of
from handlers import rulebooks
from handlers.drafts import Draft
from handlers.rulebooks import RULES, Changed, Unapproved
from handlers.trail import Doer, Way
from handlers.world import World
from replies.pages.rules import RULES_WORDS
from rules.bookfile import RuleBookFile, read_kept
from rules.events import Shop
from rules.rights import Right

APPROVAL, SHOWN = f"{DRAFT_PAGE}/approval", f"{DRAFT_PAGE}/words"
PART = "board/rules/words.html"

log = structlog.get_logger("pages")


class ReplyDeeds:
    """`POST /rules/drafts/{id}/approval` and `POST /rules/drafts/{id}/words`."""

    def __init__(self, board: Board, chrome: Chrome, rules: RuleFiles, store: Store, world: World) -> None:
        self._board = board
        self._chrome = chrome
        self._rules = rules
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Both lead on from the page of a draft."""
        draft = self._board.screen("rules_draft")
        return [
            web.post(APPROVAL, self._board.page(draft, self._approve, Right.APPROVE)),
            web.post(SHOWN, self._board.guarded(Right.RULES, self._show)),
        ]

    async def _approve(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """Agree to the very revision that was on the page; whatever comes of it, the page of the draft says it."""
        form, passed = await form_of(request), stopwatch()
        draft = await self._found(request)
        outcome = "changed"
        if str(form.get("revision", "")) == str(draft.revision):
            outcome = await self._approved(draft, reader)
        log.info("page.handled", what="rules.approve", outcome=outcome, ms=passed())
        return {"see": f"{DRAFT_PAGE.format(id=draft.id)}?part={Part.OVERVIEW}&approval={outcome}"}

    async def _approved(self, draft: Draft, reader: Reader) -> str:
        """What came of agreeing to a draft; one that has faults would have to be changed first."""
        book, _ = checked(json.loads(draft.body))
        if book is None:
            return "faulty"
        if not await self._is_theirs(book, reader):
            return "shops"
        now, by = self._world.now(), Doer(actor=reader.actor, way=Way.PAGE)
        match await self._store.run("rules", lambda work: rulebooks.approve(work, draft, by, now)):
            case Draft():
                return "done"
            case Changed():
                return "changed"
            case Unapproved():
                return "own"

    async def _is_theirs(self, book: RuleBookFile, reader: Reader) -> bool:
        """Whether the reader serves every shop whose customers would hear something else."""
        async with self._store.reading() as connection:
            newest = await Transaction(connection).documents.newest(RULES)
        known = [] if newest is None else read_kept(newest.body).replies
        changed = [one for one in (*known, *book.replies) if (one in known) is not (one in book.replies)]
        return all(
            all(reader.serves(Shop(shop)) for shop in one.shops) if one.shops else reader.member.serves_all
            for one in changed
        )

    async def _show(self, request: web.Request, reader: Reader) -> web.StreamResponse:
        """What the form says so far, worded; nothing of it is kept."""
        form = await form_of(request)
        if not self._chrome.sessions.is_own_form(request, str(form.get("token", ""))):
            return self._chrome.foreign_form(request, reader)
        draft = await self._found(request)
        number = _number(request.query.get("reply", ""))
        tree = read_part(Part.REPLY, number, form, json.loads(draft.body))
        asked = Asked(
            reader=reader,
            path={"id": draft.id},
            query=NoQuery(),
            now=self._world.now(),
            zone=self._world.directory.rules.current.calendar.zone,
        )
        lines, shown = await self._rules.typed(draft, tree, number, asked)
        context = {**TOOLS, "lines": lines, "shown": shown}
        return self._chrome.render(request, PART, context, reader=reader, words=RULES_WORDS)

    async def _found(self, request: web.Request) -> Draft:
        async with self._store.reading() as connection:
            draft = await Transaction(connection).drafts.find(request.match_info["id"])
        if draft is None or draft.kind != RULES or draft.ended_at is not None:
            raise MissingError(f"draft {request.match_info['id']}")
        return draft


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else 0
