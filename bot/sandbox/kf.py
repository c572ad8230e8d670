"""What may 微信客服 send, and what does it tell the app? wecom.md §9.1: send_msg, sync_msg, service_state."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from bot.sandbox import contents
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.kf_log import KfLog
from bot.sandbox.world import Content, DropReason, Speaker, World
from bot.witness import Seen

MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
ORIGIN_CUSTOMER = 3
ORIGIN_SYSTEM = 4


class SessionState(IntEnum):
    NEW = 0
    ASSISTANT = 1
    """The smart assistant, that is the app."""
    POOL = 2
    """Waits for a human."""
    HUMAN = 3
    ENDED = 4
    """Nothing changes it but a message of the customer."""


_MAY_SEND = {SessionState.NEW, SessionState.ASSISTANT}
_TRANSITIONS = {
    SessionState.NEW: {SessionState.ASSISTANT, SessionState.POOL, SessionState.HUMAN, SessionState.ENDED},
    SessionState.ASSISTANT: {SessionState.POOL, SessionState.HUMAN, SessionState.ENDED},
    SessionState.POOL: {SessionState.HUMAN, SessionState.ENDED},
    SessionState.HUMAN: {SessionState.HUMAN, SessionState.ENDED},
    SessionState.ENDED: set[SessionState](),
}


@dataclass(slots=True, kw_only=True)
class Session:
    """One customer's conversation with the account."""

    wrote_at: datetime | None = None
    answers: int = 0
    """Sent since the customer last wrote."""
    state: SessionState = SessionState.NEW
    servicer: str = ""


class Kf:
    """The 微信客服 account. `notify` posts kf_msg_or_event with the token it is given."""

    def __init__(self, world: World, notify: Callable[[str], None]) -> None:
        self._world = world
        self._notify = notify
        self._log = KfLog(world)
        self._sessions: dict[str, Session] = {}
        self._msgids: set[str] = set()

    def session(self, external_userid: str) -> Session:
        return self._sessions.setdefault(external_userid, Session())

    def customer_says(self, external_userid: str, text: str) -> None:
        """A customer writes: the window opens anew, and the app is told to pull."""
        session = self.session(external_userid)
        if session.wrote_at is None:
            self._event("enter_session", external_userid, scene="sandbox", scene_param="")
        if session.state is SessionState.ENDED:
            session.state = SessionState.NEW
        session.wrote_at, session.answers = self._world.now(), 0
        chat = self._world.customer_chat(external_userid)
        message = self._world.put(chat, Speaker.CUSTOMER, external_userid, Content(text=text))
        self._log.add(
            external_userid,
            {
                "msgid": f"in_{message.id}",
                "origin": ORIGIN_CUSTOMER,
                "msgtype": "text",
                "text": {"content": text},
            },
        )
        self._notify(self._log.new_token())

    @property
    def endpoints(self) -> Endpoints:
        return {
            "kf/send_msg": Endpoint(answer=self._send),
            "kf/sync_msg": Endpoint(answer=self._sync),
            "kf/service_state/get": Endpoint(answer=self._get_state),
            "kf/service_state/trans": Endpoint(answer=self._change_state),
        }

    def _send(self, asked: Asked) -> Answer:
        request, fault = asked.node(), asked.fault
        self._check_account(request)
        customer = self._customer(request, fault)
        msgid = self._msgid(request)
        text = self._text(request)
        self._check_window(self.session(customer))
        self._msgids.add(msgid)
        self.session(customer).answers += 1
        self._world.saw(Seen.CUSTOMER_ACCEPTED, msgid, customer)
        self._deliver(customer, msgid, text, fault)
        return ok(msgid=msgid)

    def _sync(self, asked: Asked) -> Answer:
        request = asked.node()
        self._check_account(request)
        return self._log.page(request)

    def _get_state(self, asked: Asked) -> Answer:
        session = self._session_of(asked.node())
        return ok(service_state=int(session.state)) | (
            {"servicer_userid": session.servicer} if session.servicer else {}
        )

    def _change_state(self, asked: Asked) -> Answer:
        request = asked.node()
        session = self._session_of(request)
        state = SessionState(request.choice("service_state", range(5), default=None))
        if state not in _TRANSITIONS[session.state]:
            raise Refused(Errcode.TRANSITION_REFUSED, f"no way from {session.state} to {state}")
        servicer = request.optional_text("servicer_userid")
        if state is SessionState.HUMAN and not self._world.member(servicer):
            raise Refused(Errcode.NOT_A_SERVICER, "servicer_userid must be a member")
        session.state = state
        session.servicer = servicer if state is SessionState.HUMAN else ""
        self._world.changes.note()
        return ok()

    def _check_account(self, request: Node) -> None:
        if request.text("open_kfid", Errcode.BAD_KFID) != self._world.config.open_kfid:
            raise Refused(Errcode.KFID_UNKNOWN, "no such open_kfid")

    def _customer(self, request: Node, fault: Fault | None) -> str:
        customer = request.text("touser", Errcode.BAD_EXTERNAL_USERID)
        invalid = fault and fault.kind is FaultKind.INVALIDUSER
        if invalid or not self._world.customer(customer):
            raise Refused(Errcode.BAD_EXTERNAL_USERID, "no such customer")
        return customer

    def _session_of(self, request: Node) -> Session:
        self._check_account(request)
        customer = request.text("external_userid", Errcode.BAD_EXTERNAL_USERID)
        if customer not in self._sessions:
            raise Refused(Errcode.BAD_EXTERNAL_USERID, "this customer has never written")
        return self._sessions[customer]

    def _msgid(self, request: Node) -> str:
        if not request.has("msgid"):
            return secrets.token_hex(16)
        msgid = request.text("msgid")
        if not MSGID.fullmatch(msgid):
            request.refuse("msgid", Errcode.BAD_PARAMETER, "is 1 to 32 of 0-9 a-z A-Z _ -")
        if msgid in self._msgids:
            raise Refused(self._world.knobs.repeated_msgid, "msgid was used before")
        return msgid

    def _text(self, request: Node) -> str:
        if request.values.get("msgtype") != "text":
            raise Refused(Errcode.BAD_MSGTYPE, "msgtype must be text")
        return contents.text(request.node("text", Errcode.EMPTY_TEXT))

    def _check_window(self, session: Session) -> None:
        if session.state not in _MAY_SEND:
            raise Refused(Errcode.SESSION_FORBIDS, f"session state {int(session.state)} forbids sending")
        window = timedelta(hours=self._world.knobs.kf_hours)
        if session.wrote_at is None or session.wrote_at + window <= self._world.now():
            raise Refused(Errcode.KF_TOO_LATE, "the customer has not written within 48 h")
        if session.answers >= self._world.knobs.kf_messages:
            raise Refused(Errcode.KF_COUNT, "5 messages were sent since the customer last wrote")

    def _deliver(self, customer: str, msgid: str, text: str, fault: Fault | None) -> None:
        chat = self._world.customer_chat(customer)
        if fault and fault.kind is FaultKind.SILENTLY_DROP:
            self._world.drop(chat, text, DropReason.FAULT)
        elif fault and fault.kind is FaultKind.MSG_SEND_FAIL:
            self._world.drop(chat, text, DropReason.FAULT)
            self._event("msg_send_fail", customer, fail_msgid=msgid, fail_type=fault.fail_type)
            self._notify(self._log.new_token())
        else:
            self._world.put(chat, Speaker.KF, self._world.config.open_kfid, Content(text=text), msgid)

    def _event(self, event_type: str, customer: str, **details: object) -> None:
        event = {
            "event_type": event_type,
            "open_kfid": self._world.config.open_kfid,
            "external_userid": customer,
            **details,
        }
        self._log.add(
            customer,
            {
                "msgid": f"ev_{secrets.token_hex(8)}",
                "origin": ORIGIN_SYSTEM,
                "msgtype": "event",
                "event": event,
            },
        )
