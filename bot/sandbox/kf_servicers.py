"""What do the people behind 微信客服 do in their clients? The controls of servicers and customers (wecom.md §9.1)."""

from bot.sandbox.kf import Kf
from bot.sandbox.kf_account import KfAccount
from bot.sandbox.kf_session import CODE_OF, Session, SessionState
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import ChatKind, Speaker, World

RECEIVING, RESTING = 1, 2


class KfServicers:
    """Every method raises Misuse, and tells the app to pull."""

    def __init__(self, world: World, kf: Kf) -> None:
        self._world = world
        self._kf = kf

    def enter(self, customer: str, scene: str = "", scene_param: str = "", open_kfid: str = "") -> None:
        """A customer opens the chat without writing."""
        self._check_customer(customer)
        account = self._kf.account(open_kfid)
        account.enter(customer, scene or "sandbox", scene_param)
        account.tell()

    def pick(self, userid: str, customer: str, open_kfid: str = "") -> None:
        """A servicer takes a session out of the pool, or over from a colleague, or opens an ended one again."""
        account, session = self._session(customer, open_kfid)
        member = self._servicer(account, userid)
        old = session.servicer
        kind = {SessionState.HUMAN: 2, SessionState.ENDED: 4}.get(session.state, 1)
        account.move(customer, SessionState.HUMAN, member)
        self._changed(account, customer, kind, old=old, new=member)

    def end(self, userid: str, customer: str, open_kfid: str = "") -> None:
        """The servicer of the session ends it."""
        account, session = self._session(customer, open_kfid)
        member = self._servicer(account, userid)
        if session.state is not SessionState.HUMAN or session.servicer != member:
            raise Misuse("userid", f"{userid} does not serve {customer}; pick the session first")
        account.move(customer, SessionState.ENDED)
        self._changed(account, customer, 3, old=member, new="")

    def say(self, userid: str, customer: str, text: str, open_kfid: str = "") -> None:
        """The servicer of the session writes: origin 5 in the log."""
        account, session = self._session(customer, open_kfid)
        member = self._servicer(account, userid)
        if session.state is not SessionState.HUMAN or session.servicer != member:
            raise Misuse("userid", f"{userid} does not serve {customer}; pick the session first")
        account.answer(member, customer, text)

    def recall(self, customer: str, open_kfid: str = "") -> None:
        """The customer takes back what was written last."""
        account, _ = self._session(customer, open_kfid)
        chat = self._world.chats[f"{ChatKind.CUSTOMER}:{customer}"]
        written = [one for one in chat.messages if one.speaker is Speaker.CUSTOMER and not one.recalled]
        if not written:
            raise Misuse("customer", f"{customer} has nothing to take back")
        self._world.recall(written[-1].id)
        account.event("user_recall_msg", external_userid=customer, recall_msgid=f"in_{written[-1].id}")
        account.tell()

    def reject(self, customer: str, *, rejects: bool, open_kfid: str = "") -> None:
        """The customer switches messages of the account off or on."""
        account, _ = self._session(customer, open_kfid)
        event = {"external_userid": customer, "reject_switch": int(rejects)}
        account.event("reject_customer_msg_switch_change", **event)
        account.tell()

    def rest(self, userid: str, *, rests: bool, open_kfid: str = "") -> None:
        """A servicer stops or starts to take sessions."""
        account = self._kf.account(open_kfid)
        member = self._servicer(account, userid)
        account.resting.add(member) if rests else account.resting.discard(member)
        status = RESTING if rests else RECEIVING
        account.event("servicer_status_change", servicer_userid=member, status=status)
        account.tell()

    def _changed(self, account: KfAccount, customer: str, kind: int, *, old: str, new: str) -> None:
        state = SessionState.ENDED if kind == 3 else SessionState.HUMAN
        code = account.codes.issue(CODE_OF[state], customer)
        account.event(
            "session_status_change",
            external_userid=customer,
            change_type=kind,
            **({"old_servicer_userid": old} if old else {}),
            **({"new_servicer_userid": new} if new else {}),
            msg_code=code,
        )
        account.tell()

    def _session(self, customer: str, open_kfid: str) -> tuple[KfAccount, Session]:
        self._check_customer(customer)
        account = self._kf.account(open_kfid)
        if not account.has_heard(customer):
            raise Misuse("customer", f"{customer} has never written to {account.open_kfid}")
        return account, account.session(customer)

    def _servicer(self, account: KfAccount, userid: str) -> str:
        member = self._world.member(userid)
        if member is None or not account.serves(member):
            raise Misuse("userid", "a servicer of the account")
        return member

    def _check_customer(self, customer: str) -> None:
        if not self._world.customer(customer):
            raise Misuse("customer", f"one of {', '.join(self._world.config.customers or ())}")
