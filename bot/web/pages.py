"""What can a person do on our own pages? Work on a case, as whoever the bot gave the link to."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.caselist import CaseFilter
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from bot.web.editing import Editing
from bot.web.login import Login
from bot.web.sessions import Sessions
from handlers.desk import LONGEST_TEXT, Deed, Sheet, Told, perform, sheet_of
from handlers.records import Entry
from handlers.world import World
from replies import names, timeline
from replies.drafts import Draft
from replies.faces import case_card
from replies.masking import free
from replies.situation import Situation
from rules.actions import ALLOWED, Action
from rules.anomalies import AnomalyId, State
from rules.reasons import Reason, Verdict
from rules.roster import Member

FOLDER = Path(__file__).parent
ON_THE_BOARD = 200
UNCLOSED = tuple(state for state in State if state is not State.CLOSED)
LONGEST_REASON = 100

log = structlog.get_logger("pages")

Page = Callable[[web.Request, Member], Awaitable[web.Response]]


class Pages:
    """The pages of cases, and the list of those that are open."""

    def __init__(
        self,
        store: Store,
        world: World,
        views: Views,
        sessions: Sessions,
        editing: Editing,
        login: Login,
    ) -> None:
        self._store = store
        self._world = world
        self._views = views
        self._sessions = sessions
        self._editing = editing
        self._login = login

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """All addresses of pages."""
        return [
            web.get("/", self._for_members(self._board)),
            web.get("/a/{case}", self._for_members(self._case)),
            web.post("/a/{case}", self._for_members(self._do)),
            web.static("/static", FOLDER / "static"),
        ]

    def _for_members(self, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A page for people on the roster; forms must be our own."""

        async def show(request: web.Request) -> web.StreamResponse:
            member = self._sessions.member(request)
            if member is None:
                return _render(
                    "stranger.html", request, {"login": self._login.offer(request.path)}, status=401
                )
            if request.method == "POST":
                form = await request.post()
                if not self._sessions.is_own_form(request, str(form.get("token", ""))):
                    return web.Response(status=403, text="这个表单不是从本页提交的，请重新打开页面。")
            return await page(request, member)

        return show

    async def _board(self, request: web.Request, member: Member) -> web.Response:
        cases = await self._views.cases(CaseFilter(states=UNCLOSED), ON_THE_BOARD)
        local = self._world.directory.rules.current.calendar.local
        rows = [
            {"case": case, "stage": names.STAGES[case.stage], "kind": names.KINDS[case.kind],
             "owner": self._name(case.owner), "opened": f"{local(case.opened_at):%m-%d %H:%M}",
             "state": names.STATES[case.state]}
            for case in cases
            if member.serves(case.order.shop)
        ]  # fmt: skip
        return _render("board.html", request, {"rows": rows, "member": member})

    async def _case(self, request: web.Request, member: Member) -> web.Response:
        return await self._sheet(request, member)

    async def _do(self, request: web.Request, member: Member) -> web.Response:
        """A form of the page: show the edited text once more, or do what is asked."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("do") == "preview":
            return await self._sheet(request, member, edited=_one_text(form.get("text", "")))
        deed = self._deed(AnomalyId(request.match_info["case"]), member, form)
        told = (
            Told(done=False, text="这一步看不懂，请刷新页面再试。")
            if deed is None
            else await self._perform(deed)
        )
        return await self._sheet(request, member, told=told)

    def _deed(self, case: AnomalyId, member: Member, form: Mapping[str, str]) -> Deed | None:
        """What a form asks for; None when it makes no sense."""
        match form.get("do"):
            case "send" | "again" as do:
                shown = self._editing.read(form.get("shown", ""), case)
                if shown is None:
                    return None
                text, draft = shown
                again = do == "again"
                return Deed(
                    case=case, actor=member.userid, action=Action.SEND, text=text, draft=draft, again=again
                )
            case "reason":
                verdict = _verdict(form)
                return verdict and Deed(case=case, actor=member.userid, action=Action.REASON, verdict=verdict)
            case "done_again":
                return Deed(case=case, actor=member.userid, action=Action.MARK_DONE, again=True)
            case "claim" | "mark_done" | "waive" | "escalate" as do:
                return Deed(case=case, actor=member.userid, action=Action(do))
            case _:
                return None

    async def _perform(self, deed: Deed) -> Told:
        async def do(work: Transaction) -> Told:
            return await perform(work, self._world, deed)

        passed = stopwatch()
        told = await self._store.run("page", do)
        outcome = "done" if told.done else "refused"
        log.info("page.handled", what=f"page.{deed.action}", case=deed.case, outcome=outcome, ms=passed())
        return told

    async def _sheet(
        self, request: web.Request, member: Member, *, told: Told | None = None, edited: str | None = None
    ) -> web.Response:
        case = AnomalyId(request.match_info["case"])

        async def load(work: Transaction) -> Sheet | None:
            return await sheet_of(work, self._world, case)

        sheet = await self._store.run("sheet", load)
        if sheet is None or not member.serves(sheet.situation.order.key.shop):
            return _render("stranger.html", request, {"missing": True}, status=404)
        return _render("case.html", request, self._on_page(request, member, sheet, told, edited))

    def _on_page(
        self, request: web.Request, member: Member, sheet: Sheet, told: Told | None, edited: str | None
    ) -> dict[str, Any]:
        situation, anomaly = sheet.situation, sheet.situation.anomaly
        text = sheet.draft.text if isinstance(sheet.draft, Draft) else ""
        shown = edited if edited is not None else text
        return {
            "member": member,
            "card": case_card(situation, sheet.draft),
            "anomaly": anomaly,
            "may": {action.value for action in ALLOWED[anomaly.state]} if member.may_act(anomaly.order.shop) else set(),
            "text": shown,
            "preview": edited is not None,
            "shown": self._editing.write(anomaly.id, shown, sheet.draft) if isinstance(sheet.draft, Draft) else "",
            "longest": LONGEST_TEXT,
            "by_hand": not situation.route.by_bot,
            "sent": sheet.sent,
            "reasons": names.REASONS,
            "history": [self._line(entry, situation) for entry in sheet.history],
            "told": told,
            "token": self._sessions.form_token(request),
        }  # fmt: skip

    def _line(self, entry: Entry, situation: Situation) -> dict[str, str]:
        at = situation.book.calendar.local(entry.at)
        detail = entry.detail.get("detail") or entry.detail.get("why", "")
        return {
            "at": f"{at:%m-%d %H:%M:%S}",
            "what": timeline.WORDS[entry.what],
            "actor": self._name(entry.actor),
            "detail": timeline.particulars(entry.what, detail, situation.roster, situation.book),
        }

    def _name(self, userid: Any) -> str:
        return "" if userid is None else self._world.directory.roster.name(userid)


def _verdict(form: Mapping[str, str]) -> Verdict | None:
    reason = next((one for one in Reason if one == form.get("reason")), None)
    words = free(form.get("words", ""))[:LONGEST_REASON] or None
    return None if reason is None else Verdict(reason=reason, text=words if reason is Reason.OTHER else None)


def _one_text(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[:LONGEST_TEXT]


def _render(name: str, request: web.Request, context: Mapping[str, Any], status: int = 200) -> web.Response:
    return aiohttp_jinja2.render_template(name, request, dict(context), status=status)


def set_up_templates(app: web.Application) -> None:
    """Our own templates, escaped."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
