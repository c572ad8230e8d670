"""What came of deciding about a proposal? Accepted, it is a draft of the rules; rejected, it is quiet for some weeks."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.directory import RULES
from bot.storage.ids import new_id
from bot.storage.proposals import Kept, Verdict
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.proposals import PROPOSALS_PAGE, holiday_name
from bot.web.board.readers import Reader
from bot.web.board.screens import MissingError
from bot.web.forms import form_of
from handlers.drafts import Draft
from handlers.trail import Doer, Way
from handlers.world import World
from replies.labels import label
from replies.pages.proposals import PROPOSALS
from replies.words import Language, Words
from rules.amending import GoneError, with_factor, with_limit
from rules.bookfile import RuleBookFile, read_kept
from rules.bookplain import Plain
from rules.durations import format_duration
from rules.events import UserId
from rules.rights import Right

LONGEST_WHY = 200

log = structlog.get_logger("pages")


class _NotDoneError(Exception):
    """It cannot be done; its argument is the key of the words for why."""


class ProposalDeeds:
    """`POST /proposals`"""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Its address, which is that of the page."""
        screen = self._board.screen("proposals")
        return [web.post(PROPOSALS_PAGE, self._board.page(screen, self._decide, Right.RULES))]

    async def _decide(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        form = {name: str(value).strip() for name, value in (await form_of(request)).items()}
        language, passed = language_of(request), stopwatch()
        words = Words(language, PROPOSALS)
        accepts, why = form.get("do") == "accept", form.get("why", "")
        if not accepts and (form.get("do") != "reject" or not why or len(why) > LONGEST_WHY):
            return {"status": 400, "refused": words("needs_why", most=LONGEST_WHY)}

        async def do(work: Transaction) -> str | None:
            return await self._decided(work, form, reader, language, why=None if accepts else why)

        try:
            draft = await self._store.run("proposals", do)
        except _NotDoneError as error:
            return {"status": 409, "refused": words(str(error))}
        log.info("page.handled", what="page.proposals", accepted=accepts, ms=passed())
        return {"told": words("accepted" if accepts else "rejected"), "draft": draft}

    async def _decided(
        self, work: Transaction, form: Mapping[str, str], reader: Reader, language: Language, why: str | None
    ) -> str | None:
        """The id of the draft, where it was accepted. Raises MissingError, _NotDoneError."""
        week, place, now = form.get("week", ""), form.get("place", ""), self._world.now()
        kept = await work.proposals.find(week, place)
        if kept is None or not kept.suggested.is_new:
            raise MissingError(place)
        verdict, draft = Verdict.REJECTED, None
        if why is None:
            verdict, draft = Verdict.ACCEPTED, await self._draft(work, kept, reader, language)
        by, id_ = reader.actor, None if draft is None else draft.id
        if not await work.proposals.decide(week, place, verdict=verdict, by=by, at=now, why=why, draft=id_):
            raise _NotDoneError("decided_already")
        if draft is not None:
            await work.drafts.add(draft)
        doer = Doer(actor=by, way=Way.PAGE)
        detail = {"place": place, **({} if id_ is None else {"draft": id_})}
        await work.trail.note([doer.did(f"proposals.{verdict}", week, now, detail=detail)])
        return id_

    async def _draft(self, work: Transaction, kept: Kept, reader: Reader, language: Language) -> Draft:
        """The rules in force with the proposal in them, as a draft that somebody may rehearse, try and publish."""
        newest, now = await work.documents.newest(RULES), self._world.now()
        book = RuleBookFile() if newest is None else read_kept(newest.body)
        try:
            tree = _amended(book, kept)
        except GoneError:
            raise _NotDoneError("gone") from None
        return Draft(
            id=new_id(),
            kind=RULES,
            title=_title(kept, language),
            base=1 if newest is None else newest.version,
            body=json.dumps(tree, ensure_ascii=False),
            author=UserId(reader.actor),
            created_at=now,
            changed_at=now,
        )


def _amended(book: RuleBookFile, kept: Kept) -> Plain:
    limit, holiday = kept.suggested.limit, kept.suggested.holiday
    if limit is not None and limit.new is not None:
        return with_limit(book, limit.place, limit.old.limit, limit.new.limit)
    if holiday is not None and holiday.new is not None:
        return with_factor(book, holiday.new)
    raise _NotDoneError("gone")


def _title(kept: Kept, language: Language) -> str:
    """What the draft is called: the change, and that it was proposed."""
    words, limit, holiday = Words(language, PROPOSALS), kept.suggested.limit, kept.suggested.holiday
    if limit is not None and limit.new is not None:
        old, new = format_duration(limit.old.limit), format_duration(limit.new.limit)
        stage, kind = label(limit.place.stage, language), label(limit.place.kind, language)
        lane = f" {limit.place.lane}" if limit.place.lane else ""
        return words("draft_of_limit", week=kept.week, stage=stage, lane=lane, kind=kind, old=old, new=new)
    name = "" if holiday is None else holiday_name(holiday.name, language)
    return words(
        "draft_of_holiday",
        week=kept.week,
        name=name,
        old=holiday.old if holiday else "",
        new=holiday.new if holiday else "",
    )
