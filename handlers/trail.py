"""Who has seen or done what, and by which way? The lines of the audit trail, which is only ever added to.

A line holds ids, counts and names of fields; never what a customer, or somebody of the team, has written.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from handlers.messages import LetterId
from rules.anomalies import Anomaly, AnomalyId
from rules.events import OrderKey
from rules.rights import Right
from rules.tasks import Task

SYSTEM = "system"
"""The actor of what the service does by itself."""
VIEWED, REFUSED = "viewed.", "refused."
"""What the deeds of those begin with who only looked, and of those whose act had no effect."""
TOUCH = "touch"
"""The deed of those who asked for a form, a newer face or the words: somebody has noticed the case."""


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
    TERMINAL = "terminal"
    """Somebody at the machine itself."""
    FILE = "file"
    """A file that the settings name has changed."""
    SYSTEM = "system"
    """Nobody: what was heard from WeCom, or came by itself."""


class Hindrance(StrEnum):
    """Why an act had no effect, beside what `rules.actions.Why` knows."""

    NOT_ON_ROSTER = "not_on_roster"
    """They may not act here, or not on this shop's cases."""
    NO_RIGHT = "no_right"
    """None of their roles permits it."""
    UNKNOWN_CARD = "unknown_card"
    """It was no card of ours, or it has changed too often since."""
    STALE_CARD = "stale_card"
    """The words have changed since they were shown."""
    STALE_DRAFT = "stale_draft"
    """Something that the words claim is not true any more."""
    BY_HAND = "by_hand"
    """No channel of ours reaches the customer."""
    OTHER_CUSTOMER = "other_customer"
    """The order is not that of the customer in front of them."""
    OTHER_HANDS = "other_hands"
    """The message is in somebody else's hands."""
    NOTHING_LEFT = "nothing_left"
    """Of the cases of an incident, none permits it any more."""
    NOTHING_CHOSEN = "nothing_chosen"
    """A form was sent off empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line: somebody has looked at something, or changed it, or was not let.

    `before` and `after` are digests of what was changed. They are equal when nothing was, and both None where
    there is nothing that could be.
    """

    at: datetime
    actor: str
    """A userid, `token:<name>`, `file:<name>`, `terminal` or `system`."""
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

    def did(  # noqa: PLR0913 -- all by name, and all are columns
        self,
        deed: str,
        subject: str,
        at: datetime,
        *,
        order: OrderKey | None = None,
        case: AnomalyId | None = None,
        before: str | None = None,
        after: str | None = None,
        detail: Mapping[str, str] | None = None,
    ) -> AuditEntry:
        """What they have done."""
        return AuditEntry(
            at=at,
            actor=self.actor,
            way=self.way,
            deed=deed,
            subject=subject,
            order=order,
            case=case,
            card=self.card,
            before=before,
            after=after,
            detail=detail or {},
        )

    def refused(self, right: Right, path: str, at: datetime) -> AuditEntry:
        """They have tried what takes a right that they have not got, at one of our addresses."""
        return self.did(f"{REFUSED}{right}", path, at, detail={"why": Hindrance.NO_RIGHT.value})


NOBODY = Doer(actor=SYSTEM, way=Way.SYSTEM)


class Trail(Protocol):
    """Who has seen and done what."""

    async def note(self, entries: Iterable[AuditEntry]) -> None:
        """Add lines; each call adds its own, whatever was noted before."""
        ...


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
    doer = Doer(actor=actor, way=way)
    return doer.did(f"{VIEWED}{what}", subject, at, order=order, case=case, detail=detail)


def digest_of(facts: Anomaly | Task) -> str:
    """The facts of a case, or of a task, as 64 hexadecimal digits (SHA-256); other facts have others."""
    return hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()
