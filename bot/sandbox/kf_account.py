"""What has happened at one 微信客服 account? Its sessions, its log, and who serves there (wecom.md §9.1)."""

import secrets
from collections.abc import Callable

from bot.sandbox.kf_log import KfLog
from bot.sandbox.kf_session import CodeKind, EventCodes, Session, SessionState
from bot.sandbox.world import Content, Message, Speaker, World

ORIGIN_CUSTOMER = 3
ORIGIN_SYSTEM = 4
ORIGIN_SERVICER = 5
Notify = Callable[[str, str], None]
"""Posts kf_msg_or_event: open_kfid, token."""


class KfAccount:
    def __init__(self, world: World, open_kfid: str, name: str, notify: Notify) -> None:
        self._world = world
        self._notify = notify
        self.open_kfid = open_kfid
        self.name = name
        self.log = KfLog(world)
        self.codes = EventCodes(world)
        self.msgids: set[str] = set()
        self.resting: set[str] = set()
        """Servicers who take no sessions now."""
        named = world.config.servicers
        self.servicers: set[str] | None = None if named is None else set(named)
        """None: every member."""
        self._sessions: dict[str, Session] = {}

    def session(self, customer: str) -> Session:
        session = self._sessions.setdefault(customer, Session())
        session.settle(self._world.now(), self._world.knobs.kf_hours)
        return session

    def has_heard(self, customer: str) -> bool:
        """Whether this customer has ever written or entered."""
        return customer in self._sessions

    def serves(self, userid: str) -> bool:
        return self._world.member(userid) == userid and (self.servicers is None or userid in self.servicers)

    def enter(self, customer: str, scene: str = "sandbox", scene_param: str = "") -> None:
        """The customer opens the chat: enter_session, with a welcome_code."""
        self.session(customer)
        code = self.codes.issue(CodeKind.WELCOME, customer)
        details = {"scene": scene, "scene_param": scene_param, "welcome_code": code}
        self.event("enter_session", external_userid=customer, **details)

    def write(self, customer: str, text: str) -> None:
        """The customer writes: the window opens anew, and the app is told to pull."""
        if not self.has_heard(customer):
            self.enter(customer)
        self.session(customer).heard(self._world.now())
        chat = self._world.customer_chat(customer)
        message = self._world.put(chat, Speaker.CUSTOMER, customer, Content(text=text))
        self._record(customer, ORIGIN_CUSTOMER, f"in_{message.id}", text)
        self.tell()

    def answer(self, userid: str, customer: str, text: str) -> Message:
        """A servicer writes in the client."""
        chat = self._world.customer_chat(customer)
        message = self._world.put(chat, Speaker.MEMBER, userid, Content(text=text))
        self._record(customer, ORIGIN_SERVICER, f"out_{message.id}", text, servicer_userid=userid)
        self.tell()
        return message

    def event(self, event_type: str, **details: object) -> None:
        """Log an event of the system; the app hears of it with the next `tell`."""
        event = {"event_type": event_type, "open_kfid": self.open_kfid, **details}
        msgid = f"ev_{secrets.token_hex(8)}"
        self.log.add({"msgid": msgid, "origin": ORIGIN_SYSTEM, "msgtype": "event", "event": event})

    def tell(self) -> None:
        """Tell the app to pull."""
        self._notify(self.open_kfid, self.log.new_token())

    def move(self, customer: str, state: SessionState, servicer: str = "") -> None:
        """Put the session into this state."""
        session = self.session(customer)
        session.state = state
        session.servicer = servicer if state is SessionState.HUMAN else ""
        self._world.changes.note()

    def _record(self, customer: str, origin: int, msgid: str, text: str, **more: object) -> None:
        head = {"open_kfid": self.open_kfid, "external_userid": customer}
        part = {"msgid": msgid, "origin": origin, "msgtype": "text", "text": {"content": text}}
        self.log.add(head | part | more)
