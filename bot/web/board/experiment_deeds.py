"""What can somebody do about experiments on the pages? Start one from a draft, let it grow, stop it, take it back."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.bookfaults import checked, refused
from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.experiments import LIST_PAGE, PAGE
from bot.web.board.readers import Reader
from bot.web.forms import Form, form_of
from handlers import experiments
from handlers.experiments import Objection, Wish
from handlers.rulebooks import RULES
from handlers.trail import Doer, Way
from handlers.world import World
from replies.lengths import shortened
from replies.pages.experiments import AT_FAULT, EXPERIMENTS
from replies.words import Language, Words
from rules.bookfile import read_kept
from rules.rights import Right
from rules.trials import GOALS, Experiment

MOST_TITLE, WHOLE = 60, 100
Done = Mapping[str, Any]

log = structlog.get_logger("pages")


class ExperimentDeeds:
    """`POST /experiments` and `POST /experiments/{id}`."""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the forms, which are those of the pages."""
        deeds = (("experiments", LIST_PAGE, self._start), ("experiment", PAGE, self._act))
        return [
            web.post(page, self._board.page(self._board.screen(name), deed, Right.PUBLISH))
            for name, page, deed in deeds
        ]

    async def _start(self, request: web.Request, reader: Reader) -> Done:
        form, language = await form_of(request), language_of(request)
        by = Doer(actor=reader.actor, way=Way.PAGE)

        async def do(work: Transaction) -> Experiment | Objection:
            wish = await _wish(work, form, self._world)
            if isinstance(wish, Objection):
                return wish
            return await experiments.start(work, self._world, wish, by)

        started = await self._done("start", do)
        if isinstance(started, Objection):
            return {**_refused(started, language), "kept": _kept(form)}
        return {"see": PAGE.format(id=started.id)}

    async def _act(self, request: web.Request, reader: Reader) -> Done:
        form, language = await form_of(request), language_of(request)
        id_, by = request.match_info["id"], Doer(actor=reader.actor, way=Way.PAGE)
        wanted, percent = str(form.get("do", "")), str(form.get("percent", ""))

        async def do(work: Transaction) -> Experiment | Objection:
            match wanted:
                case "grow":
                    share = int(percent) if percent.isascii() and percent.isdecimal() else 0
                    return await experiments.grow(work, self._world, id_, share, by)
                case "stop":
                    return await experiments.stop(work, self._world, id_, by)
                case "undo":
                    return await experiments.undo(work, self._world, id_, by)
                case _:
                    return Objection.OVER

        done = await self._done(wanted, do)
        if isinstance(done, Objection):
            return _refused(done, language)
        what = "adopt" if wanted == "grow" and done.percent == WHOLE else wanted
        return {"told": Words(language, EXPERIMENTS)(f"done_{what}", percent=done.percent)}

    async def _done(
        self, what: str, do: Callable[[Transaction], Awaitable[Experiment | Objection]]
    ) -> Experiment | Objection:
        passed = stopwatch()
        done = await self._store.run("experiment", do)
        outcome = done.value if isinstance(done, Objection) else "done"
        log.info("page.handled", what=f"experiment.{what}", outcome=outcome, ms=passed())
        return done


async def _wish(work: Transaction, form: Form, world: World) -> Wish | Objection:
    """What a form asks for: the draft that it names, as it is written now."""
    draft = await work.drafts.find(str(form.get("draft", "")))
    if draft is None or draft.kind != RULES or draft.ended_at is not None:
        return Objection.NO_DRAFT
    base = await work.documents.find(RULES, draft.base)
    book, _ = checked(json.loads(draft.body))
    if (
        base is None
        or book is None
        or refused(book, read_kept(base.body), world.directory.roster, world.now())
    ):
        return Objection.FAULTY
    asked = {str(one) for one in form.getall("goals", [])}
    return Wish(
        title=shortened(str(form.get("title", "")).strip() or draft.title, MOST_TITLE),
        book=book.model_dump_json(by_alias=True),
        base=draft.base,
        goals=[goal for goal in GOALS if goal in asked],
        draft=draft.id,
    )


def _kept(form: Form) -> Mapping[str, Any]:
    """What was chosen and typed, so that nobody types it again."""
    return {
        "draft": str(form.get("draft", "")),
        "title": str(form.get("title", "")),
        "goals": [str(one) for one in form.getall("goals", [])],
    }


def _refused(why: Objection, language: Language) -> Done:
    """Why nothing was done, with the field and the mend."""
    text = Words(language, EXPERIMENTS)(f"why_{why}")
    return {"status": 400, "refused": text, "at_fault": AT_FAULT.get(why, "")}
