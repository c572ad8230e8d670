"""What can somebody do on the page of an anomaly? All that its card offers, and edit the words to the customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.case import CASE_PAGE
from bot.web.board.casefile import claims_shown
from bot.web.board.chrome import language_of
from bot.web.board.readers import Reader
from bot.web.editing import Editing
from bot.web.forms import form_of
from handlers.desk import LONGEST_TEXT, Deed, Sheet, Told, perform, sheet_of
from handlers.world import World
from replies.actions import reason_of, snooze_of
from replies.drafts import Draft
from replies.masking import free
from replies.pages.case import (
    CASE,
    LONGEST_REASON,
    done_in_english,
    hindered_in_english,
    refused_in_english,
)
from replies.pages.times import stamp
from replies.words import Language, Words
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.events import UserId
from rules.reaching import BY_WORD, Needless, Waiver
from rules.reasons import Reason, Verdict
from rules.rights import Right

log = structlog.get_logger("pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A form that asks for nothing that can be done: why, by its key in the words, and the name of the field."""

    key: str
    name: str = ""
    values: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the page says of the form that was sent."""

    done: bool
    text: str


class Deeds:
    """`POST /a/{id}`"""

    def __init__(self, board: Board, store: Store, world: World, editing: Editing) -> None:
        self._board = board
        self._store = store
        self._world = world
        self._editing = editing

    def routes(self) -> list[web.RouteDef]:
        """The address of the forms: that of the page."""
        screen = self._board.screen("case")
        return [web.post(CASE_PAGE, self._board.page(screen, self._act, Right.WORK))]

    async def _act(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """Show the edited words once more, or do what is asked; the page says what came of it."""
        case, language = AnomalyId(request.match_info["id"]), language_of(request)
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        if form.get("do") == "preview":
            return await self._preview(case, form, language)
        deed = self._deed(case, reader, form)
        if isinstance(deed, Wrong):
            return _kept(deed, form, language)
        told = await self._perform(deed)
        return {"told": said_of(told, deed.action, language, self._world)}

    async def _preview(
        self, case: AnomalyId, form: Mapping[str, str], language: Language
    ) -> Mapping[str, Any]:
        """The edited words as they will go, with what the draft that they are made from states."""
        text = _one_text(form.get("text", ""))
        wrong = _wrong_text(text)
        if wrong is not None:
            return _kept(wrong, form, language)

        async def load(work: Transaction) -> Sheet | None:
            return await sheet_of(work, self._world, case)

        sheet = await self._store.run("sheet", load)
        if sheet is None or not isinstance(sheet.draft, Draft):
            return {}
        shown = self._editing.write(case, text, sheet.draft)
        claims = claims_shown(sheet.draft, sheet.situation)
        return {"preview": text, "shown": shown, "claims_of_preview": claims}

    def _deed(self, case: AnomalyId, reader: Reader, form: Mapping[str, str]) -> Deed | Wrong:
        """What a form asks for."""
        actor = reader.member.userid
        match form.get("do"):
            case "send" | "again" as do:
                shown = self._editing.read(form.get("shown", ""), case)
                if shown is None:
                    return Wrong(key="wrong_form")
                text, draft = shown
                again = do == "again"
                return Deed(case=case, actor=actor, action=Action.SEND, text=text, draft=draft, again=again)
            case "reason" | "waive" as do:
                return _explained(Deed(case=case, actor=actor, action=Action(do)), form)
            case "mark_done" | "done_again" as do:
                return self._by_hand(case, actor, form, again=do == "done_again")
            case "snooze":
                return Deed(
                    case=case, actor=actor, action=Action.SNOOZE, snooze=snooze_of(form.get("minutes"))
                )
            case "claim" | "escalate" as do:
                return Deed(case=case, actor=actor, action=Action(do))
            case _:
                return Wrong(key="wrong_form")

    def _by_hand(
        self, case: AnomalyId, actor: UserId, form: Mapping[str, str], *, again: bool
    ) -> Deed | Wrong:
        """Somebody has spoken to the customer; what they had before them to copy is promised by it."""
        deed = Deed(case=case, actor=actor, action=Action.MARK_DONE, again=again)
        if "shown" in form:
            shown = self._editing.read(form["shown"], case)
            if shown is None:
                return Wrong(key="wrong_form")
            deed = replace(deed, draft=shown[1])
        return deed if again else _explained(deed, form)

    async def _perform(self, deed: Deed) -> Told:
        async def do(work: Transaction) -> Told:
            return await perform(work, self._world, deed)

        passed = stopwatch()
        told = await self._store.run("page", do)
        outcome = "done" if told.done else "refused"
        log.info("page.handled", what=f"page.{deed.action}", case=deed.case, outcome=outcome, ms=passed())
        return told


def _kept(wrong: Wrong, form: Mapping[str, str], language: Language) -> Mapping[str, Any]:
    """The page says what is wrong, and keeps what was typed."""
    said = Said(done=False, text=Words(language, CASE)(wrong.key, **wrong.values))
    return {"status": 400, "told": said, "kept": form, "at_fault": wrong.name}


def said_of(told: Told, action: Action, language: Language, world: World) -> Said:
    """What came of a deed: in Chinese as the group reads it, in English in our own words."""
    if language is Language.ZH:
        return Said(done=told.done, text=told.text)
    if told.refused is not None:
        zone = world.directory.rules.current.calendar.zone
        by = "" if told.refused.by is None else free(world.directory.roster.name(told.refused.by))
        at = "" if told.refused.at is None else stamp(told.refused.at, world.now(), zone)
        return Said(done=False, text=refused_in_english(told.refused, by, at))
    if told.hindrance is not None:
        return Said(done=False, text=hindered_in_english(told.hindrance))
    return Said(done=True, text=done_in_english(action))


def _explained(deed: Deed, form: Mapping[str, str]) -> Deed | Wrong:
    """The deed with what has to be said of it: why it was late, why nobody need be reached, by what means they were."""
    match deed.action:
        case Action.REASON:
            verdict = verdict_of(form)
            return verdict if isinstance(verdict, Wrong) else replace(deed, verdict=verdict)
        case Action.WAIVE:
            waiver = _waiver(form)
            return waiver if isinstance(waiver, Wrong) else replace(deed, waiver=waiver)
        case _:
            means = next((one for one in BY_WORD if one == form.get("means")), None)
            return Wrong(key="wrong_means", name="means") if means is None else replace(deed, means=means)


def verdict_of(form: Mapping[str, str]) -> Verdict | Wrong:
    """The reason that was chosen; 其他 needs words, and not too many."""
    reason = reason_of(form.get("reason"))
    if reason is None:
        return Wrong(key="wrong_reason", name="reason")
    words = _own_words(form, "words") if reason is Reason.OTHER else None
    return words if isinstance(words, Wrong) else Verdict(reason=reason, text=words)


def _waiver(form: Mapping[str, str]) -> Waiver | Wrong:
    """Why the customer need not be reached; 其他 needs words here as well."""
    why = next((one for one in Needless if one == form.get("needless")), None)
    if why is None:
        return Wrong(key="wrong_needless", name="needless")
    words = _own_words(form, "needless_words") if why is Needless.OTHER else None
    return words if isinstance(words, Wrong) else Waiver(why=why, text=words)


def _own_words(form: Mapping[str, str], name: str) -> str | Wrong:
    words = form.get(name, "").strip()
    if not free(words):
        return Wrong(key="wrong_words", name=name)
    if len(words) > LONGEST_REASON:
        return Wrong(key="wrong_words_length", name=name, values={"most": LONGEST_REASON, "has": len(words)})
    return free(words)


def _wrong_text(text: str) -> Wrong | None:
    if not text:
        return Wrong(key="wrong_text", name="text")
    if len(text) > LONGEST_TEXT:
        return Wrong(key="wrong_text_length", name="text", values={"most": LONGEST_TEXT, "has": len(text)})
    return None


def _one_text(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
