"""What shall go wrong next? The fault menu (promises.md §4), for HTTP calls and socket commands alike."""

import random
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    SERVER_ERROR = "5xx"
    """HTTP 502 with a page of HTML; nothing was done."""
    ERRCODE = "errcode"
    """A refusal with any number, such as -1, 45009 or 45033; nothing was done. Written as the number itself."""
    EXPIRED_ONCE = "42001_once"
    """The token that was sent is expired from now on."""
    EXPIRED_FOREVER = "42001_forever"
    """Every token is expired, fresh ones too."""
    ACCEPT_THEN_DROP = "accept_then_drop"
    """The call has its effect, and the connection breaks before the answer."""
    DELAY = "delay"
    """The call has its effect at once; the answer comes `seconds` later."""
    INVALIDUSER = "invaliduser"
    """`userids` count as invalid recipients; without them, everybody does."""
    SILENTLY_DROP = "silently_drop"
    """The answer is 0 and nobody gets anything."""
    MSG_SEND_FAIL = "msg_send_fail"
    """kf/send_msg: accepted, then a msg_send_fail event with `fail_type` follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    path: str
    """Such as `message/send`, `gettoken`, `kf/send_msg`, `aibot_send_msg`; `*` is all."""
    kind: FaultKind
    errcode: int = 0
    times: int | None = None
    """None: until the faults are cleared."""
    probability: float = 1.0
    seconds: float = 6.0
    userids: tuple[str, ...] = ()
    fail_type: int = 0

    @property
    def name(self) -> str:
        """As it is written on the menu."""
        return str(self.errcode) if self.kind is FaultKind.ERRCODE else str(self.kind)


class FaultMenu:
    """The faults that are set; the first one that fits a call and falls by the dice is served."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._faults: list[Fault] = []

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        if fault.kind is FaultKind.EXPIRED_ONCE:
            fault = replace(fault, times=fault.times or 1)
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """The fault of this call, if any; a served one counts down."""
        for index, fault in enumerate(self._faults):
            if fault.path in {path, "*"} and self._dice.random() < fault.probability:
                self._count_down(index, fault)
                return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times > 1:
            self._faults[index] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[index]
