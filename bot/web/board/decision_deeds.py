"""What came of writing into the decision log? A new entry, or one that ends another; nothing is ever changed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.decisions import DECISION_PAGE, DECISIONS_PAGE, may_see
from bot.web.board.evidence import asked_by, cause_of
from bot.web.board.queries import FaultyQueryError
from bot.web.board.readers import Reader
from bot.web.forms import form_of
from handlers.decisions import NEW, NotOpen, decide
from handlers.trail import Doer, Way
from handlers.world import World
from replies.pages.decisions import DECISIONS
from replies.words import Words
from rules.dates import begin_of, end_of
from rules.decisions import LONGEST, About, Decision, DecisionNo, Ending, Expected
from rules.events import UserId
from rules.rights import Right

LONGEST_TEXT = 500
MOST_FEN = 10**12
FIELDS = ("text", "owner", "day", "about", "cause", "version", "expected", "look_on", "compensation", "ends")

log = structlog.get_logger("pages")
Chosen = TypeVar("Chosen", About, Expected)


class WrongEntryError(Exception):
    """A field cannot be what it is; `key` is that of the words for it, and of the field."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class DecisionDeeds:
    """`POST /decisions`, and `POST /decisions/{number}`, which closes the entry."""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the two pages."""
        log_page, entry = self._board.screen("decisions"), self._board.screen("decision")
        return [
            web.post(DECISIONS_PAGE, self._board.page(log_page, self._decide, Right.DECIDE)),
            web.post(DECISION_PAGE, self._board.page(entry, self._close, Right.DECIDE)),
        ]

    async def _decide(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        return await self._write(request, reader, form, self._entry)

    async def _close(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        form["ends"] = request.match_info["number"]
        return await self._write(request, reader, form, self._ending)

    async def _write(
        self, request: web.Request, reader: Reader, form: Mapping[str, str], read: Any
    ) -> Mapping[str, Any]:
        words, passed = Words(language_of(request), DECISIONS), stopwatch()
        kept = {name: form.get(name, "") for name in FIELDS}
        now = self._world.now()
        try:
            entry: Decision = read(form, reader, now)
        except WrongEntryError as error:
            return {"status": 400, "refused": words(error.key), "kept": kept, "at_fault": error.key}

        async def write(work: Transaction) -> Decision | NotOpen:
            ended = None if entry.ends is None else await work.decisions.find(entry.ends)
            if ended is not None and not may_see(ended, reader):
                return NotOpen(by=None)
            return await decide(work, entry, Doer(actor=reader.actor, way=Way.PAGE), now)

        done = await self._store.run("decision", write)
        log.info("page.handled", what="page.decision", done=isinstance(done, Decision), ms=passed())
        if isinstance(done, NotOpen):
            by = "" if done.by is None else str(done.by.number)
            return {"status": 409, "refused": words("wrong_ended", by=by), "kept": kept}
        return {"told": words("written", number=done.number)}

    def _entry(self, form: Mapping[str, str], reader: Reader, now: datetime) -> Decision:
        """What the form of the log says. Raises WrongEntryError."""
        zone = self._world.directory.roster.zone
        today = now.astimezone(zone).date()
        day = _day(form, "day", today)
        if not today - LONGEST <= day <= today:
            raise WrongEntryError("wrong_day")
        look_on = _day(form, "look_on", day + timedelta(days=14))
        if not day < look_on <= day + LONGEST:
            raise WrongEntryError("wrong_look_on")
        about = _choice(About, form, "about")
        cause = _cause(form) if about is About.CAUSE else ""
        expected = _choice(Expected, form, "expected") if form.get("expected") else None
        if expected is Expected.REASON_SHARE and (not cause or asked_by(cause).reason is None):
            raise WrongEntryError("wrong_expected")
        ends = form.get("ends", "")
        return Decision(
            number=NEW,
            at=now,
            author=reader.member.userid,
            decided_at=begin_of(day, zone),
            owner=self._owner(form, reader),
            text=_text(form),
            about=about,
            cause=cause,
            rules_version=self._version(form) if about is About.RULES else None,
            expected=expected,
            look_at=end_of(look_on, zone),
            compensation_fen=_fen(form) if about is About.CAUSE else None,
            ends=_number(ends) if ends else None,
            ending=Ending.SUPERSEDED if ends else None,
        )

    def _ending(self, form: Mapping[str, str], reader: Reader, now: datetime) -> Decision:
        """What the form of an entry says. Raises WrongEntryError."""
        zone = self._world.directory.roster.zone
        return Decision(
            number=NEW,
            at=now,
            author=reader.member.userid,
            decided_at=begin_of(now.astimezone(zone).date(), zone),
            owner=reader.member.userid,
            text=_text(form),
            about=About.OTHER,
            ends=_number(form["ends"]),
            ending=Ending.CLOSED,
        )

    def _owner(self, form: Mapping[str, str], reader: Reader) -> UserId:
        owner = UserId(form.get("owner") or reader.member.userid)
        if owner not in self._world.directory.roster.members:
            raise WrongEntryError("wrong_owner")
        return owner

    def _version(self, form: Mapping[str, str]) -> int:
        version = _number(form.get("version", ""), "wrong_version")
        if version not in self._world.directory.rules.versions:
            raise WrongEntryError("wrong_version")
        return version


def _text(form: Mapping[str, str]) -> str:
    text = form.get("text", "").strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise WrongEntryError("wrong_text")
    return text


def _day(form: Mapping[str, str], name: str, usual: date) -> date:
    try:
        return date.fromisoformat(form[name]) if form.get(name) else usual
    except ValueError:
        raise WrongEntryError(f"wrong_{name}") from None


def _choice(kind: type[Chosen], form: Mapping[str, str], name: str) -> Chosen:
    try:
        return kind(form.get(name, ""))
    except ValueError:
        raise WrongEntryError(f"wrong_{name}") from None


def _cause(form: Mapping[str, str]) -> str:
    try:
        cause = cause_of(asked_by(form.get("cause", "")))
    except FaultyQueryError:
        raise WrongEntryError("wrong_cause") from None
    if not cause:
        raise WrongEntryError("wrong_cause")
    return cause


def _fen(form: Mapping[str, str]) -> int | None:
    """Yuan with up to two decimals; None where nothing was approved."""
    typed = form.get("compensation", "").strip()
    if not typed:
        return None
    try:
        fen = Decimal(typed) * 100
    except InvalidOperation:
        raise WrongEntryError("wrong_compensation") from None
    if not (fen.is_finite() and fen == fen.to_integral_value() and 0 <= fen <= MOST_FEN):
        raise WrongEntryError("wrong_compensation")
    return int(fen)


def _number(typed: str, key: str = "wrong_ended") -> DecisionNo:
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 18):
        raise WrongEntryError(key)
    return DecisionNo(int(typed))
