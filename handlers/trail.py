"""Who has seen or done what, and by which way? The lines of the audit trail, which is only ever added to.

A line holds ids, counts and names of fields; never what a customer, or somebody of the team, has written.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from handlers.messages import LetterId
from rules.anomalies import Anomaly, AnomalyId
from rules.events import OrderKey

SYSTEM = "system"
"""The actor of what the service does by itself."""
VIEWED, REFUSED = "viewed.", "refused."
"""What the deeds of those begin with who only looked, and of those who were not let."""


class Way(StrEnum):
    """By which way somebody came."""

    CARD = "card"
    """A tap on a card."""
    COMMAND = "command"
    """Words to the bot or the app."""
    PAGE = "page"
    """Our own pages."""
    SIDEBAR = "sidebar"
    """The page in the sidebar of a chat."""
    API = "api"
    """A program."""
    FILE = "file"
    """A file that the settings name has changed."""
    SYSTEM = "system"
    """Nobody: what was heard from WeCom, or came by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line: somebody has looked at something, or changed it, or was not let.

    `before` and `after` are digests of what was changed. They are equal when nothing was, and both None where
    there is nothing that could be.
    """

    at: datetime
    actor: str
    """A userid, `token:<name>`, `file:<name>`, or `system`."""
    way: Way
    deed: str
    """Such as `claim`, `refused.claim`, `viewed.order`, `roster.imported`."""
    subject: str
    """The id of what it was done to: a case, an order, a page, a member."""
    order: OrderKey | None = None
    case: AnomalyId | None = None
    card: LetterId | None = None
    """The card that it was done from."""
    before: str | None = None
    after: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Whose doing a transaction is, and by which way."""

    actor: str
    way: Way
    card: LetterId | None = None


NOBODY = Doer(actor=SYSTEM, way=Way.SYSTEM)


def viewed(  # noqa: PLR0913 -- all by name, and all are columns
    *,
    actor: str,
    way: Way,
    what: str,
    subject: str,
    at: datetime,
    order: OrderKey | None = None,
    case: AnomalyId | None = None,
    detail: Mapping[str, str] | None = None,
) -> AuditEntry:
    """Somebody has looked at `what`, such as `order` or `anomalies`."""
    return AuditEntry(
        at=at,
        actor=actor,
        way=way,
        deed=f"{VIEWED}{what}",
        subject=subject,
        order=order,
        case=case,
        detail=detail or {},
    )


def digest_of(case: Anomaly) -> str:
    """The facts of a case as 64 hexadecimal digits (SHA-256); other facts have others."""
    return digest(msgspec.json.encode(case, order="deterministic"))


def digest(body: bytes) -> str:
    """The same of anything."""
    return hashlib.sha256(body).hexdigest()
