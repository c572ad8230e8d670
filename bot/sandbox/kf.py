"""What may 微信客服 send, and what does it tell the app? wecom.md §9.1: send_msg, sync_msg, service_state."""

import re
import secrets
from collections.abc import Collection

from bot.sandbox import kf_messages
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.kf_account import KfAccount, Notify
from bot.sandbox.kf_session import CODE_OF, TRANSITIONS, CodeKind, Session, SessionState, check_window
from bot.sandbox.media import Media
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import Content, DropReason, Speaker, World
from bot.witness import Seen

MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
ON_EVENT = frozenset({"text", "msgmenu"})


class Kf:
    """The 微信客服 accounts of the corp."""

    def __init__(self, world: World, media: Media, notify: Notify) -> None:
        self._world = world
        self._media = media
        names = {world.config.open_kfid: world.config.shop_name} | dict(world.config.kf_accounts)
        self.accounts = {
            open_kfid: KfAccount(world, open_kfid, name, notify) for open_kfid, name in names.items()
        }

    @property
    def endpoints(self) -> Endpoints:
        return {
            "kf/send_msg": Endpoint(answer=self._send),
            "kf/send_msg_on_event": Endpoint(answer=self._send_on_event),
            "kf/sync_msg": Endpoint(answer=self._sync),
            "kf/service_state/get": Endpoint(answer=self._get_state),
            "kf/service_state/trans": Endpoint(answer=self._change_state, bare=True),
        }

    def account(self, open_kfid: str = "") -> KfAccount:
        """The account, the first one where none is named. Raises Misuse."""
        found = self.accounts.get(open_kfid or self._world.config.open_kfid)
        if found is None:
            raise Misuse("open_kfid", f"one of {', '.join(self.accounts)}")
        return found

    def session(self, external_userid: str, open_kfid: str = "") -> Session:
        return self.account(open_kfid).session(external_userid)

    def customer_says(self, external_userid: str, text: str, open_kfid: str = "") -> None:
        """A customer writes to the account. Raises Misuse."""
        self.account(open_kfid).write(external_userid, text)

    def asked_account(self, request: Node) -> KfAccount:
        """The account of a call. Raises Refused."""
        account = self.accounts.get(request.text("open_kfid", Errcode.BAD_KFID))
        if account is None:
            raise Refused(Errcode.KFID_UNKNOWN, "no such open_kfid")
        return account

    def _send(self, asked: Asked) -> Answer:
        request = asked.node()
        account = self.asked_account(request)
        customer = request.text("touser", Errcode.BAD_EXTERNAL_USERID)
        if asked.spoils(customer) or not self._world.customer(customer):
            raise Refused(Errcode.BAD_EXTERNAL_USERID, "no such customer")
        msgid = self._msgid(request, account.msgids)
        content = kf_messages.content(request, self._media)
        session = account.session(customer)
        check_window(session, self._world)
        account.msgids.add(msgid)
        session.answers += 1
        self._world.saw(Seen.CUSTOMER_ACCEPTED, msgid, customer)
        self._deliver(account, customer, msgid, content, asked)
        return ok(msgid=msgid)

    def _send_on_event(self, asked: Asked) -> Answer:
        """One message for one code: a greeting, or a tip on a change of the session."""
        request = asked.node()
        code = request.text("code")
        account = next((one for one in self.accounts.values() if one.codes.knows(code)), self.account())
        permission = account.codes.look(code)
        if asked.spoils(permission.customer):
            raise Refused(self._world.knobs.spent_event_code, "the event is over")
        short = permission.kind in {CodeKind.WELCOME, CodeKind.END}
        content = kf_messages.content(request, self._media, ON_EVENT if short else {"text"})
        msgid = self._msgid(request, account.msgids)
        account.codes.spend(code)
        account.msgids.add(msgid)
        self._deliver(account, permission.customer, msgid, content, asked)
        return ok(msgid=msgid)

    def _sync(self, asked: Asked) -> Answer:
        request = asked.node()
        return self.asked_account(request).log.page(request)

    def _get_state(self, asked: Asked) -> Answer:
        _, _, session = self._session_of(asked)
        servicer = {"servicer_userid": session.servicer} if session.servicer else {}
        return ok(service_state=int(session.state), **servicer)

    def _change_state(self, asked: Asked) -> Answer:
        account, customer, session = self._session_of(asked)
        request = asked.node()
        state = SessionState(request.choice("service_state", range(5), default=None))
        back = session.state is SessionState.HUMAN and state is SessionState.ASSISTANT
        if state not in TRANSITIONS[session.state] and not (back and self._world.knobs.kf_back_to_assistant):
            raise Refused(Errcode.TRANSITION_REFUSED, f"no way from {session.state} to {state}")
        servicer = request.optional_text("servicer_userid")
        if state is SessionState.HUMAN:
            self._check_servicer(account, servicer)
        account.move(customer, state, servicer)
        kind = CODE_OF.get(state)
        return ok(**({"msg_code": account.codes.issue(kind, customer)} if kind else {}))

    def _check_servicer(self, account: KfAccount, userid: str) -> None:
        if not account.serves(userid):
            raise Refused(Errcode.NOT_A_SERVICER, "servicer_userid is no servicer of this account")
        if userid in account.resting:
            raise Refused(Errcode.SERVICER_RESTS, "the servicer takes no sessions now")

    def _session_of(self, asked: Asked) -> tuple[KfAccount, str, Session]:
        request = asked.node()
        account = self.asked_account(request)
        customer = request.text("external_userid", Errcode.BAD_EXTERNAL_USERID)
        if asked.spoils(customer) or not account.has_heard(customer):
            raise Refused(Errcode.BAD_EXTERNAL_USERID, "this customer has never written")
        return account, customer, account.session(customer)

    def _msgid(self, request: Node, used: Collection[str]) -> str:
        if not request.has("msgid"):
            return secrets.token_hex(16)
        msgid = request.text("msgid")
        if not MSGID.fullmatch(msgid):
            request.refuse("msgid", Errcode.BAD_PARAMETER, "is 1 to 32 of 0-9 a-z A-Z _ -")
        if msgid in used:
            raise Refused(self._world.knobs.repeated_msgid, "msgid was used before")
        return msgid

    def _deliver(self, account: KfAccount, customer: str, msgid: str, content: Content, asked: Asked) -> None:
        chat = self._world.customer_chat(customer)
        if asked.has_fault(FaultKind.SILENTLY_DROP):
            self._world.drop(chat, content.text_for(), DropReason.FAULT)
        elif asked.fault and asked.has_fault(FaultKind.MSG_SEND_FAIL):
            self._world.drop(chat, content.text_for(), DropReason.FAULT)
            fail = {"fail_msgid": msgid, "fail_type": asked.fault.fail_type}
            account.event("msg_send_fail", external_userid=customer, **fail)
            account.tell()
        else:
            self._world.put(chat, Speaker.KF, account.open_kfid, content, msgid)
