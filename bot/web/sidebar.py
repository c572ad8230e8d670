"""What does an employee see beside their chat with a customer? The customer's orders, and 发送 with one tap.

WeCom's SDK runs in the page (98706) and needs two signatures from us; the rest is forms and three JSON calls.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
import msgspec
import structlog
from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import stopwatch
from bot.settings import Settings, Wecom
from bot.storage.store import Store, Transaction
from bot.viewing import Viewing
from bot.web.editing import Editing
from bot.web.forms import form_of
from bot.web.offer import Offer
from bot.web.problems import problem
from bot.web.sessions import Sessions
from bot.wecom.answers import NotSentError
from bot.wecom.signatures import Signatures, Signed
from handlers.desk import Told
from handlers.messages import LetterId
from handlers.outbox import Letter, Medium
from handlers.ports import StoreUnavailableError
from handlers.sidebar import CustomerFile, Handed, Intent, Result, Slip, file_of, intend, report
from handlers.trail import AuditEntry, Doer, Way, viewed
from handlers.world import World
from replies import names
from replies.actions import UNDER_WAY
from replies.drafts import Draft
from replies.faces import case_card
from replies.masking import free, plain
from replies.rows import in_hand
from rules.anomalies import AnomalyId
from rules.contact import NEVER_BY_US
from rules.delivery import DeliveryState
from rules.orders import Order, OrderState
from rules.rights import Right
from rules.roster import Member

PATH = "/wecom/sidebar"
OFFICIAL = "https://qyapi.weixin.qq.com"
ASSETS = f"{PATH}/static"
"""The page's own files stand below it, so that one rule of a proxy leads to all of it."""
CUSTOMER = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What an external_userid looks like."""
LONGEST_DETAIL = 100

log = structlog.get_logger("sidebar")


class _Asked(msgspec.Struct, kw_only=True):
    """What every call of the page carries."""

    token: str = ""


class SignatureAsked(_Asked, kw_only=True):
    """`POST /wecom/sidebar/signature`"""

    kind: Signed
    url: str


class SendAsked(_Asked, kw_only=True):
    """`POST /wecom/sidebar/send`"""

    case: str
    customer: str
    shown: str
    again: bool = False


class ResultAsked(_Asked, kw_only=True):
    """`POST /wecom/sidebar/result`"""

    letter: str
    result: Result
    detail: str = ""


Handler = Callable[[web.Request, Member], Awaitable[web.Response]]


class Sidebar:
    """The page in the chat's sidebar. `signatures` is None where there is no app."""

    def __init__(  # noqa: PLR0913 -- all by name, and each is a part of the service
        self,
        *,
        store: Store,
        world: World,
        sessions: Sessions,
        login: Offer,
        viewing: Viewing,
        editing: Editing,
        signatures: Signatures | None,
        settings: Settings,
    ) -> None:
        self._store = store
        self._world = world
        self._sessions = sessions
        self._login = login
        self._viewing = viewing
        self._editing = editing
        self._signatures = signatures
        self._wecom = settings.wecom
        self._public_url = settings.http.public_url
        self._policy = _policy(settings.wecom)

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """All addresses of the sidebar."""
        return [
            web.get(PATH, self._for_members(self._page)),
            web.post(PATH, self._for_members(self._say, Right.WORK)),
            web.static(ASSETS, Path(__file__).parent / "static"),
            web.post(f"{PATH}/signature", self._for_members(self._sign)),
            web.post(f"{PATH}/send", self._for_members(self._send, Right.WORK)),
            web.post(f"{PATH}/result", self._for_members(self._result, Right.WORK)),
        ]

    def _for_members(
        self, handler: Handler, right: Right = Right.LOOK
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            member = self._sessions.member(request)
            try:
                if member is not None and member.may(right):
                    return await handler(request, member)
                if member is not None:
                    return await self._refuse(request, member, right)
            except (StoreUnavailableError, OverloadedError) as error:
                return problem(503, str(error), headers={"Retry-After": "2"})
            if request.method == "GET":
                return self._to_login(request)
            return problem(401, "log in first")

        return answer

    async def _refuse(self, request: web.Request, member: Member, right: Right) -> web.Response:
        doer = Doer(actor=member.userid, way=Way.SIDEBAR)
        await self._viewing.note(doer.refused(right, request.path, self._world.now()))
        return problem(403, f"this takes the right {right}")

    def _to_login(self, request: web.Request) -> web.Response:
        """Whoever is not known is sent to log in with WeCom, where that is set up."""
        login = self._login.to(PATH)
        if login:
            return web.Response(status=303, headers={"Location": login})
        return self._show("stranger.html", request, {}, status=401)

    # --- the page ------------------------------------------------------------------

    async def _page(self, request: web.Request, member: Member) -> web.Response:
        return await self._render(request, member)

    async def _say(self, request: web.Request, member: Member) -> web.Response:
        """标记已发, 没发出: by a plain form."""
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        if not self._sessions.is_own_form(request, form.get("token", "")):
            return web.Response(status=403, text="这个表单不是从本页提交的，请重新打开页面。")
        result = next((one for one in Result if one == form.get("result")), None)
        if result is None:
            return await self._render(
                request, member, Told(done=False, text="这一步看不懂，请刷新页面再试。")
            )
        told = await self._report(LetterId(form.get("letter", "")), member, result)
        return await self._render(request, member, told)

    async def _render(self, request: web.Request, member: Member, told: Told | None = None) -> web.Response:
        asked = request.query.get("customer", "")
        customer = asked if CUSTOMER.fullmatch(asked) else ""

        async def load(work: Transaction) -> CustomerFile:
            return await file_of(work, self._world, member, customer)

        found = await self._store.run("sidebar", load) if customer else CustomerFile(slips=(), others=())
        if customer:
            await self._viewing.note(self._look(customer, member))
        context = {
            "member": member,
            "customer": customer,
            "slips": [self._slip(slip, member) for slip in found.slips],
            "others": [_line(order) for order in found.others],
            "told": told,
            "token": self._sessions.form_token(request),
            "corp_id": self._wecom.corp_id,
            "agent_id": self._wecom.agent_id,
            "ready": self._signatures is not None,
        }
        return self._show("sidebar.html", request, context)

    def _look(self, customer: str, member: Member) -> AuditEntry:
        return viewed(
            actor=member.userid, way=Way.SIDEBAR, what="customer", subject=customer, at=self._world.now()
        )

    def _slip(self, slip: Slip, member: Member) -> dict[str, Any]:
        situation, anomaly = slip.situation, slip.situation.anomaly
        text = slip.draft.text if isinstance(slip.draft, Draft) else ""
        mine = _is_mine(slip.message, member)
        offered = (
            bool(text)
            and member.may_act(anomaly.order.shop)
            and situation.last_round not in UNDER_WAY
            and situation.route.because not in NEVER_BY_US
            and not mine
        )
        return {
            "case": anomaly.id,
            "card": case_card(situation, slip.draft),
            "order_no": plain(anomaly.order.order_no),
            "state": anomaly.state.value,
            "text": text,
            "why": "" if text or isinstance(slip.draft, Draft) else slip.draft.why,
            "shown": self._editing.write(anomaly.id, text, slip.draft)
            if offered and isinstance(slip.draft, Draft)
            else "",
            "again": anomaly.send_round > 0
            or anomaly.reached_at is not None
            or anomaly.waived_by is not None,
            "in_hand": in_hand(situation),
            "mine": slip.message.id if mine and slip.message else "",
            "sent": slip.message.content["text"] if mine and slip.message else "",
        }

    # --- calls of the page -----------------------------------------------------------

    async def _sign(self, request: web.Request, member: Member) -> web.Response:
        """The signature of this very page, for `config` or `agentConfig`."""
        del member
        asked = await self._asked(request, SignatureAsked)
        if isinstance(asked, web.Response):
            return asked
        if not self._is_ours(request, asked.url):
            return problem(400, "only the address of this page is signed", field="url")
        if self._signatures is None:
            return problem(503, "set DINGDAN_WECOM__CORP_ID, __AGENT_ID and __SECRET")
        try:
            signed = await self._signatures.sign(asked.kind, asked.url, self._world.now())
        except NotSentError as error:
            log.warning("signature.missing", kind=asked.kind, error=str(error))
            return problem(503, f"WeCom gives no ticket: {error}")
        return web.json_response(
            {"timestamp": signed.timestamp, "nonceStr": signed.nonce, "signature": signed.signature}
        )

    async def _send(self, request: web.Request, member: Member) -> web.Response:
        """The employee is about to send: recorded first, and only then the client is given the words."""
        asked = await self._asked(request, SendAsked)
        if isinstance(asked, web.Response):
            return asked
        case = AnomalyId(asked.case)
        shown = self._editing.read(asked.shown, case)
        if shown is None or not CUSTOMER.fullmatch(asked.customer):
            return problem(400, "not what the page showed; open it anew", field="shown")
        intent = Intent(
            case=case,
            actor=member.userid,
            external_userid=asked.customer,
            text=shown[0],
            draft=shown[1],
            again=asked.again,
        )

        async def record(work: Transaction) -> Handed | Told:
            return await intend(work, self._world, intent)

        passed = stopwatch()
        done = await self._store.run("sidebar_send", record)
        handed = isinstance(done, Handed)
        log.info("sidebar.handed", case=case, outcome="done" if handed else "refused", ms=passed())
        if isinstance(done, Told):
            return web.json_response({"done": False, "told": done.text}, status=409)
        return web.json_response({"letter": done.letter, "message": msgspec.json.decode(done.payload)})

    async def _result(self, request: web.Request, member: Member) -> web.Response:
        """What the client said came of it."""
        asked = await self._asked(request, ResultAsked)
        if isinstance(asked, web.Response):
            return asked
        told = await self._report(LetterId(asked.letter), member, asked.result, free(asked.detail))
        return web.json_response({"done": told.done, "told": told.text})

    async def _report(self, letter: LetterId, member: Member, result: Result, detail: str = "") -> Told:
        async def write(work: Transaction) -> Told:
            return await report(work, self._world, letter, member.userid, result, detail[:LONGEST_DETAIL])

        told = await self._store.run("sidebar_result", write)
        log.info("sidebar.reported", letter=letter, result=result, outcome="done" if told.done else "refused")
        return told

    async def _asked(self, request: web.Request, kind: type[Any]) -> Any:
        """The decoded call, or the answer to one that is not our page's."""
        body = await request.read()
        try:
            if not self._sessions.is_own_form(request, msgspec.json.decode(body, type=_Asked).token):
                return problem(403, "not from this page; open it anew", field="token")
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            return problem(400, str(error))
        except msgspec.DecodeError:
            return problem(400, "send JSON")

    def _is_ours(self, request: web.Request, url: str) -> bool:
        """Whether an address is this page's, as the outside or this request knows it."""
        given = urlsplit(url)
        origins = {f"{request.scheme}://{request.host}", self._public_url or ""}
        return given.path == PATH and f"{given.scheme}://{given.netloc}" in origins

    def _show(
        self, name: str, request: web.Request, context: Mapping[str, Any], status: int = 200
    ) -> web.Response:
        page = aiohttp_jinja2.render_template(name, request, {**context, "assets": ASSETS}, status=status)
        page.headers["Content-Security-Policy"] = self._policy
        return page


def _policy(wecom: Wecom) -> str:
    """Scripts and calls of our own only. WeCom's own pages may frame it; so may the one that stands in for WeCom."""
    elsewhere = "" if wecom.api_base.startswith(OFFICIAL) else f" {wecom.api_base.rstrip('/')}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none';"
        f" frame-ancestors 'self' https://work.weixin.qq.com https://*.work.weixin.qq.com{elsewhere}"
    )


def _is_mine(message: Letter | None, member: Member) -> bool:
    """Whether the member has yet to say what became of what they sent from here."""
    return (
        message is not None
        and message.medium is Medium.SIDEBAR
        and message.in_hands_of == member.userid
        and message.state in {DeliveryState.PENDING, DeliveryState.UNKNOWN}
    )


def _line(order: Order) -> dict[str, str]:
    """An order that nothing is wrong with."""
    stage, state = order.progress()
    stands = {OrderState.CANCELLED: "已取消", OrderState.COMPLETED: "已签收"}
    return {
        "order_no": plain(order.key.order_no),
        "shop": plain(order.key.shop),
        "stage": stands.get(state) or names.STAGES[stage],
    }
