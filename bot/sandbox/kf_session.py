"""How far has the conversation with a customer come? States, windows and one-time codes of 微信客服 (wecom.md §9.1)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.world import World


class SessionState(IntEnum):
    NEW = 0
    ASSISTANT = 1
    """The smart assistant, that is the app."""
    POOL = 2
    """Waits for a human."""
    HUMAN = 3
    ENDED = 4
    """Nothing changes it but a message of the customer."""


class CodeKind(StrEnum):
    """For what kf/send_msg_on_event may be called once."""

    WELCOME = "welcome"
    """20 s after enter_session."""
    POOL = "pool"
    """48 h after the session went into the pool."""
    HUMAN = "human"
    """48 h after a human took it."""
    END = "end"
    """20 s after its end."""


MAY_SEND = frozenset({SessionState.NEW, SessionState.ASSISTANT})
TRANSITIONS = {
    SessionState.NEW: {SessionState.ASSISTANT, SessionState.POOL, SessionState.HUMAN, SessionState.ENDED},
    SessionState.ASSISTANT: {SessionState.POOL, SessionState.HUMAN, SessionState.ENDED},
    SessionState.POOL: {SessionState.HUMAN, SessionState.ENDED},
    SessionState.HUMAN: {SessionState.HUMAN, SessionState.ENDED},
    SessionState.ENDED: set[SessionState](),
}
CODE_OF = {
    SessionState.POOL: CodeKind.POOL,
    SessionState.HUMAN: CodeKind.HUMAN,
    SessionState.ENDED: CodeKind.END,
}
_SECONDS = 20
_CODE_LIFE = {
    CodeKind.WELCOME: timedelta(seconds=_SECONDS),
    CodeKind.POOL: timedelta(hours=48),
    CodeKind.HUMAN: timedelta(hours=48),
    CodeKind.END: timedelta(seconds=_SECONDS),
}


@dataclass(slots=True, kw_only=True)
class Session:
    """One customer's conversation with one account."""

    wrote_at: datetime | None = None
    answers: int = 0
    """Sent since the customer last wrote."""
    state: SessionState = SessionState.NEW
    servicer: str = ""

    def is_open(self, now: datetime, hours: float) -> bool:
        """Whether the customer has written within the window."""
        return self.wrote_at is not None and now < self.wrote_at + timedelta(hours=hours)

    def settle(self, now: datetime, hours: float) -> None:
        """A session ends by itself once its window has closed."""
        if self.state is not SessionState.NEW and not self.is_open(now, hours):
            self.state, self.servicer = SessionState.ENDED, ""

    def heard(self, now: datetime) -> None:
        """The customer has written."""
        if self.state is SessionState.ENDED:
            self.state = SessionState.NEW
        self.wrote_at, self.answers = now, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCode:
    kind: CodeKind
    customer: str
    at: datetime


class EventCodes:
    """Permissions for one message on an event."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[str, EventCode] = {}

    def issue(self, kind: CodeKind, customer: str) -> str:
        code = secrets.token_urlsafe(24)
        self._open[code] = EventCode(kind=kind, customer=customer, at=self._world.now())
        return code

    def knows(self, code: str) -> bool:
        return code in self._open

    def look(self, code: str) -> EventCode:
        """What this code is still good for. Raises Refused."""
        found = self._open.get(code)
        if found is None or found.at + _CODE_LIFE[found.kind] <= self._world.now():
            raise Refused(self._world.knobs.spent_event_code, "code is used, expired or unknown")
        return found

    def spend(self, code: str) -> None:
        self._open.pop(code, None)


def check_window(session: Session, world: World) -> None:
    """Whether kf/send_msg is allowed now. Raises Refused."""
    if not session.is_open(world.now(), world.knobs.kf_hours):
        raise Refused(Errcode.KF_TOO_LATE, "the customer has not written within 48 h")
    if session.state not in MAY_SEND:
        raise Refused(Errcode.SESSION_FORBIDS, f"session state {int(session.state)} forbids sending")
    if session.answers >= world.knobs.kf_messages:
        raise Refused(Errcode.KF_COUNT, "5 messages were sent since the customer last wrote")
