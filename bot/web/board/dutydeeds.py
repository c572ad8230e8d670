"""What came of changing duty on the page? Leads and managers enter and take back what the chat can do as well."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.duty import DUTY_PAGE
from bot.web.board.readers import Reader
from bot.web.forms import form_of
from handlers.duty import Barred, Barrier, Made, make, undo
from handlers.scribe import Scribe
from handlers.trail import Doer, Way
from handlers.world import World
from replies.duty import called, objection, what
from replies.pages.duty import DUTY
from replies.words import Language, Words
from rules.changes import Flaw, FlawKind
from rules.dates import A_DAY
from rules.duty import Change, ChangeKind, moment
from rules.events import UserId
from rules.rights import Right

FIELDS = ("kind", "who", "heir", "start_day", "start_time", "end_day", "end_time")

log = structlog.get_logger("pages")


class DutyDeeds:
    """`POST /duty`"""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Its address, which is that of the page."""
        return [web.post(DUTY_PAGE, self._board.page(self._board.screen("duty"), self._do, Right.ROSTER))]

    async def _do(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        passed, language = stopwatch(), language_of(request)
        done = await (
            self._undo(form, reader, language)
            if form.get("do") == "undo"
            else self._make(form, reader, language)
        )
        log.info("page.handled", what="page.duty", done="refused" not in done, ms=passed())
        return done

    async def _make(self, form: Mapping[str, str], reader: Reader, language: Language) -> Mapping[str, Any]:
        t, roster = Words(language, DUTY), self._world.directory.roster
        wanted = self._wanted(form)
        if isinstance(wanted, str):
            return _refused(t("refused", why=t(wanted)), form)

        async def do(work: Transaction) -> Made | Flaw | Barred:
            scribe = Scribe(self._world, self._world.now(), Doer(actor=reader.actor, way=Way.PAGE))
            made = await make(work, scribe, wanted, reader.member)
            await scribe.flush(work)
            return made

        made = await self._store.run("duty", do)
        match made:
            case Made():
                said = {"number": called(made.change, language), "what": what(made.change, roster, language)}
                return {"told": t("made", **said)}
            case Flaw(kind=FlawKind.EMPTY):
                return _refused(t("refused", why=t("why_when")), form)
            case Flaw():
                return _refused(t("refused", why=objection(made, roster, language)), form)
            case Barred():
                return _refused(t("refused", why=t("why_forbidden")), form)

    def _wanted(self, form: Mapping[str, str]) -> Change | str:
        """The change that a form is about, or the key of what is missing."""
        try:
            kind = ChangeKind(form.get("kind", ""))
            start, end = _bounds(form)
        except (ValueError, OverflowError):
            return "why_when"
        who, heir = form.get("who", ""), form.get("heir", "")
        if not who or (kind is ChangeKind.SWAP and not heir):
            return "why_who"
        zone = self._world.directory.roster.zone
        return Change(
            kind=kind,
            userid=UserId(who),
            substitute=UserId(heir) if kind is ChangeKind.SWAP else None,
            start=moment(start, zone),
            end=moment(end, zone),
        )

    async def _undo(self, form: Mapping[str, str], reader: Reader, language: Language) -> Mapping[str, Any]:
        t, number = Words(language, DUTY), form.get("number", "")

        async def do(work: Transaction) -> Change | Barred:
            scribe = Scribe(self._world, self._world.now(), Doer(actor=reader.actor, way=Way.PAGE))
            undone = await undo(work, scribe, int(number), reader.member)
            await scribe.flush(work)
            return undone

        known = number.isascii() and number.isdecimal() and len(number) < 10
        undone = await self._store.run("duty", do) if known else Barred(why=Barrier.UNKNOWN, change=None)
        if isinstance(undone, Barred):
            return _refused(t("not_undone", why=t(f"why_{undone.why}")), {})
        said = what(undone, self._world.directory.roster, language)
        return {"told": t("undone", number=called(undone, language), what=said)}


def _bounds(form: Mapping[str, str]) -> tuple[datetime, datetime]:
    """From when until when, by the clock on the wall. Raises ValueError for what is no day or time."""
    first = date.fromisoformat(form.get("start_day", ""))
    last = date.fromisoformat(form.get("end_day") or form.get("start_day", ""))
    start = datetime.combine(first, time.fromisoformat(form.get("start_time") or "00:00"))
    end = form.get("end_time")
    return start, datetime.combine(last, time.fromisoformat(end)) if end else datetime.combine(
        last + A_DAY, time()
    )


def _refused(said: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    return {"status": 400, "refused": said, "form": {name: form.get(name, "") for name in FIELDS}}
