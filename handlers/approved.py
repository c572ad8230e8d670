"""What were people shown of an incident, and what have they approved for all of it? Kept until each case has a result."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from handlers.messages import LetterId
from handlers.outbox import Medium
from handlers.trail import Way
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.approvals import Result
from rules.events import OrderKey, UserId
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCard:
    """The card of an incident in front of somebody, and the drafts it stands for: what a tap on 发送全部 sends."""

    id: LetterId
    incident: IncidentId
    medium: Medium
    to: str
    content: Mapping[str, str] = field(default_factory=dict[str, str])
    """For each case that was unanswered, its draft as JSON of `outbox.content_of`; `{}` where there was none."""
    version: int = 1
    """Counts what was shown."""
    response_code: str | None = None
    """A member card's right to be changed once, until it is used."""
    code_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What somebody has approved for one case of an incident, and what came of it. `id` is that of the approval."""

    id: LetterId
    case: AnomalyId
    incident: IncidentId
    order: OrderKey
    action: Action
    actor: UserId
    way: Way
    card: LetterId | None
    at: datetime
    content: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of SEND the draft as it was shown, empty when there was none; of SNOOZE the `minutes`, of REASON the `reason`."""
    result: Result | None = None
    why: str = ""
    """Why nothing came of it, in words for agents."""
    first_by: UserId | None = None
    """Who was first."""
    first_at: datetime | None = None
    done_at: datetime | None = None
    told_at: datetime | None = None
    """When the agents were told what came of the approval as a whole."""


class IncidentCards(Protocol):
    """The cards of incidents that people have in front of them."""

    async def find(self, card: LetterId) -> IncidentCard | None:
        """One card."""
        ...

    async def put(self, *cards: IncidentCard) -> None:
        """Remember what cards show now."""
        ...

    async def keep_codes(self, codes: Mapping[LetterId, str], until: datetime) -> None:
        """Give cards, those that are there, the right to be changed once."""
        ...

    async def changeable(self, incidents: Collection[IncidentId], now: datetime) -> list[IncidentCard]:
        """The cards of the incidents that can be changed without anybody tapping them, oldest first."""
        ...


class Approvals(Protocol):
    """What was approved for the cases of incidents."""

    async def put(self, approved: Iterable[Approved]) -> None:
        """Write what is new, and what has come to something."""
        ...

    async def of(self, approval: LetterId) -> list[Approved]:
        """All that one approval is for, in the order of their cases."""
        ...

    async def of_cases(self, cases: Collection[AnomalyId]) -> dict[AnomalyId, list[Approved]]:
        """All that was approved for the cases, oldest first."""
        ...
