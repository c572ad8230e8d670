"""What does the employee's client do for a page in its sidebar? The bridge that @wecom/jssdk calls (wecom.md §9.3)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.sandbox.config import SidebarAnswer
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.sandbox.friends import Friends
from bot.sandbox.jsapi import JsapiTickets
from bot.sandbox.media import CORP, Media
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import Content, MessageKind, Speaker, World

Reply = Mapping[str, object]
TOOLBARS = frozenset({"single_chat_tools", "group_chat_tools", "single_kf_tools"})
SENDING = TOOLBARS | {"chat_attachment"}


@dataclass(slots=True, kw_only=True)
class Frame:
    """One employee who looks at one customer's chat, with a page beside it."""

    key: str
    userid: str
    customer: str
    page_origin: str
    """Where the page really lives, such as http://127.0.0.1:8000."""
    granted: frozenset[str] = frozenset()
    """What agentConfig has allowed to this load of the page."""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Name and answer of each call of the bridge."""


class ClientFrames:
    def __init__(self, world: World, friends: Friends, tickets: JsapiTickets, media: Media) -> None:
        self._world = world
        self._friends = friends
        self._tickets = tickets
        self._media = media
        self._methods: dict[str, Callable[[Frame, Node], Reply]] = {
            "preVerifyJSAPI": self._config,
            "agentConfig": self._agent_config,
            "getContext": self._context,
            "getCurExternalContact": self._contact,
            "sendChatMessage": self._send,
        }
        self.frames: dict[str, Frame] = {}

    def open(self, userid: str, customer: str, page_origin: str) -> Frame:
        """Open the customer's chat in the employee's client. Raises Misuse."""
        member = self._world.member(userid)
        if member is None:
            raise Misuse("userid", f"one of {', '.join(self._world.members())}")
        if not self._world.customer(customer):
            raise Misuse("external_userid", f"one of {', '.join(self._world.known_customers())}")
        frame = Frame(
            key=secrets.token_urlsafe(16), userid=member, customer=customer, page_origin=page_origin
        )
        self.frames[frame.key] = frame
        return frame

    def invoke(self, frame: Frame, name: str, params: Node, url: str) -> Reply | None:
        """Answer one call of the page at `url`; None: the answer never comes."""
        values = dict(params.values) | {"url": url}
        method = self._methods.get(name, _no_such_method)
        try:
            self._check_knob(name)
            reply = {"err_msg": f"{name}:ok", "err_code": 0} | dict(method(frame, Node(values=values)))
        except Refused as refusal:
            reply = {"err_msg": f"{name}:{refusal.errmsg}", "err_code": refusal.errcode}
        frame.calls.append((name, str(reply["err_msg"])))
        self._world.changes.note()
        silent = self._world.knobs.sidebar_answer in {SidebarAnswer.SILENT, SidebarAnswer.SENT_IN_SILENCE}
        return None if silent and name == "sendChatMessage" else reply

    def _check_knob(self, name: str) -> None:
        if name != "sendChatMessage":
            return
        match self._world.knobs.sidebar_answer:
            case SidebarAnswer.NO_PERMISSION:
                raise Refused(-1, "no permission")
            case SidebarAnswer.CANCEL | SidebarAnswer.SILENT:
                raise Refused(-1, "cancel")
            case SidebarAnswer.OK | SidebarAnswer.SENT_IN_SILENCE:
                pass

    def _config(self, frame: Frame, params: Node) -> Reply:
        """The SDK calls ww.config so; it must be signed with the corp's ticket.

        Once agentConfig has gone through, the SDK puts that call's signature in the place of this one's.
        """
        self._check_corp(params.optional_text("verifyAppId"))
        url, signed = (
            params.text("url"),
            _signed(params, "verifyTimestamp", "verifyNonceStr", "verifySignature"),
        )
        good = self._tickets.signs_config(url, **signed)
        if frame.granted:
            good = good or self._tickets.signs_agent_config(self._world.config.agent_id, url, **signed)
        if not good:
            raise Refused(Errcode.BAD_JSAPI_SIGNATURE, "fail invalid signature")
        return {}

    def _agent_config(self, frame: Frame, params: Node) -> Reply:
        """It must be signed with the app's ticket; the member must be in the app's range."""
        self._check_corp(params.optional_text("corpid"))
        agent = params.optional_text("agentid")
        signed = _signed(params, "timestamp", "nonceStr", "signature")
        good = agent.isdigit() and self._tickets.signs_agent_config(int(agent), params.text("url"), **signed)
        if not good:
            raise Refused(Errcode.BAD_JSAPI_SIGNATURE, "fail invalid signature")
        if not self._world.sees(frame.userid):
            raise Refused(Errcode.MEMBER_OUT_OF_SCOPE, "fail no permission")
        frame.granted = frozenset(params.texts("jsApiList", most=100))
        return {}

    def _check_corp(self, corp_id: str) -> None:
        if corp_id != self._world.config.corp_id:
            raise Refused(Errcode.BAD_CORP_ID, "fail invalid corpid")

    def _context(self, frame: Frame, _params: Node) -> Reply:
        self._check_granted(frame, "getContext")
        return {"entry": self._world.knobs.sidebar_entry, "shareTicket": ""}

    def _contact(self, frame: Frame, _params: Node) -> Reply:
        self._check_granted(frame, "getCurExternalContact")
        self._check_entry(TOOLBARS)
        return {"userId": frame.customer}

    def _send(self, frame: Frame, params: Node) -> Reply:
        self._check_granted(frame, "sendChatMessage")
        self._check_entry(SENDING)
        if not self._friends.may_write(frame.userid):
            raise Refused(-1, "no permission")
        content = self._content(params)
        self._friends.chatted(frame.userid, frame.customer)
        chat = self._world.customer_chat(frame.customer)
        self._world.put(chat, Speaker.MEMBER, frame.userid, content)
        return {}

    def _check_granted(self, frame: Frame, name: str) -> None:
        if name not in frame.granted:
            raise Refused(-1, "no permission")

    def _check_entry(self, entries: frozenset[str]) -> None:
        if self._world.knobs.sidebar_entry not in entries:
            raise Refused(-1, "without context of external contact")

    def _content(self, params: Node) -> Content:
        kind = params.optional_text("msgtype")
        match kind:
            case "text":
                return Content(text=params.node("text").text("content", most_bytes=4000))
            case "image" | "video" | "file":
                media_id = params.node(kind).text("mediaid")
                return Content(kind=MessageKind(kind), text=self._media.name(media_id, kind, CORP))
            case "news":
                part = params.node("news")
                return Content(
                    kind=MessageKind.LINK,
                    title=part.text("title"),
                    text=part.optional_text("desc"),
                    url=part.text("link"),
                )
            case "miniprogram":
                part = params.node("miniprogram")
                if not part.text("page").endswith(".html"):
                    raise Refused(-1, "fail page must end with .html")
                return Content(
                    kind=MessageKind.MINIPROGRAM, title=part.text("title"), text=part.text("appid")
                )
            case _:
                raise Refused(-1, "fail msgtype")


def _signed(params: Node, timestamp: str, nonce: str, signature: str) -> dict[str, str]:
    names = {"timestamp": timestamp, "nonce": nonce, "signature": signature}
    return {part: params.optional_text(name) for part, name in names.items()}


def _no_such_method(_frame: Frame, _params: Node) -> Reply:
    raise Refused(-1, "function not exist")
