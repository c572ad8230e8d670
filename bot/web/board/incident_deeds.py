"""What can somebody approve on the page of an incident? All that its card offers, for the words that the page showed."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.deeds import Said, Wrong, verdict_of
from bot.web.board.incidents import INCIDENT_PAGE
from bot.web.board.readers import Reader
from bot.web.board.screens import MissingError
from bot.web.editing import Editing
from bot.web.forms import form_of
from handlers.approvals import Wish
from handlers.incident_desk import Done, IncidentDeed, perform
from handlers.outbox import content_of
from handlers.world import World
from replies.actions import snooze_of
from replies.pages.incidents import INCIDENTS
from replies.words import Language, Words
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.rights import Right
from rules.storms import IncidentId

log = structlog.get_logger("pages")


class IncidentDeeds:
    """`POST /i/{id}`"""

    def __init__(self, board: Board, store: Store, world: World, editing: Editing) -> None:
        self._board = board
        self._store = store
        self._world = world
        self._editing = editing

    def routes(self) -> list[web.RouteDef]:
        """The address of the forms: that of the page."""
        screen = self._board.screen("incident")
        return [web.post(INCIDENT_PAGE, self._board.page(screen, self._act, Right.WORK))]

    async def _act(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """Approve what is asked; the page says for how many, and shows what comes of it."""
        form, words = await form_of(request), Words(language_of(request), INCIDENTS)
        given = {name: str(value) for name, value in form.items()}
        wish = self._wish(given, [str(one) for one in form.getall("shown", [])])
        if isinstance(wish, Wrong):
            said = Said(done=False, text=words(wish.key, **wish.values))
            return {"status": 400, "told": said, "kept": given, "at_fault": wish.name}
        incident = IncidentId(request.match_info["id"])
        deed = IncidentDeed(incident=incident, actor=reader.member.userid, shops=reader.shops, wish=wish)
        done = await self._perform(deed)
        if done is None:
            raise MissingError(f"incident {incident}")
        return {"told": _said(done, wish.action, words)}

    async def _perform(self, deed: IncidentDeed) -> Done | None:
        async def do(work: Transaction) -> Done | None:
            return await perform(work, self._world, deed)

        passed = stopwatch()
        done = await self._store.run("page", do)
        log.info(
            "page.handled",
            what=f"incident.{deed.wish.action}",
            incident=deed.incident,
            cases=0 if done is None else done.cases,
            ms=passed(),
        )
        return done

    def _wish(self, form: Mapping[str, str], shown: Sequence[str]) -> Wish | Wrong:
        """What a form asks for."""
        match form.get("do"):
            case "send":
                return self._message(shown)
            case "reason":
                verdict = verdict_of(form)
                return verdict if isinstance(verdict, Wrong) else Wish(action=Action.REASON, verdict=verdict)
            case "snooze":
                minutes = int(snooze_of(form.get("minutes")).total_seconds()) // 60
                return Wish(action=Action.SNOOZE, snooze_minutes=minutes)
            case "claim" | "escalate" as do:
                return Wish(action=Action(do))
            case _:
                return Wrong(key="wrong_form")

    def _message(self, shown: Sequence[str]) -> Wish | Wrong:
        """The very words that the page showed, each as it was signed for its case."""
        words: dict[AnomalyId, Mapping[str, str]] = {}
        for one in shown:
            case, _, sealed = one.partition(":")
            read = self._editing.read(sealed, AnomalyId(case))
            if read is None:
                return Wrong(key="wrong_form")
            words[AnomalyId(case)] = content_of(read[1])
        return Wish(action=Action.SEND, shown=words) if words else Wrong(key="nothing_chosen")


def _said(done: Done, action: Action, words: Words) -> Said:
    """What was approved: in Chinese as the group reads it, in English in our own words."""
    if words.language is Language.ZH:
        return Said(done=done.cases > 0, text=done.text)
    if not done.cases:
        return Said(done=False, text=words("nothing_left"))
    return Said(done=True, text=words(f"approved_{action}", count=done.cases))
