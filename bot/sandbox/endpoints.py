"""What is one call of the server API, and who answers it? Each subject names its endpoints in these words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.fields import Node

Answer = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call that has passed the door."""

    agent_id: int = 0
    """The app whose access_token it came with; 0 where the credential is a key."""
    query: Mapping[str, str]
    body: bytes = b""
    content_type: str = ""
    fault: Fault | None = None

    def node(self) -> Node:
        """The JSON body. Raises Refused."""
        return Node.read(self.body)

    def has_fault(self, kind: FaultKind) -> bool:
        return self.fault is not None and self.fault.kind is kind

    def spoils(self, userid: str) -> bool:
        """Whether the `invaliduser` fault takes this recipient."""
        if self.fault is None or self.fault.kind is not FaultKind.INVALIDUSER:
            return False
        return not self.fault.userids or userid in self.fault.userids

    def required(self, name: str, errcode: int = Errcode.BAD_PARAMETER) -> str:
        """A parameter of the address. Raises Refused."""
        value = self.query.get(name, "")
        if not value:
            raise Refused(errcode, f"{name} missing", field=name)
        return value

    def number(self, name: str, default: int, errcode: int = Errcode.BAD_PARAMETER) -> int:
        """A whole number of the address; `default` when absent. Raises Refused."""
        value = self.query.get(name, "")
        if not value:
            return default
        if not (value.isascii() and value.isdigit()):
            raise Refused(errcode, f"{name} must be a number", field=name)
        return int(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Raises Refused."""

    answer: Callable[[Asked], Answer]
    verb: str = "POST"
    keyed: bool = False
    """Whether a `key` of its own stands in the place of the access_token (§7)."""
    bare: bool = False
    """Whether a plain ok is all that it answers, so that `silently_drop` says ok and does nothing."""


Endpoints = Mapping[str, Endpoint]
"""Path below /cgi-bin/ -> endpoint."""


def ok(**fields: object) -> Answer:
    return {"errcode": 0, "errmsg": "ok", **fields}
