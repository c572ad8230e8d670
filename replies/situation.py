"""What does a sentence or a card need to know? Everything, gathered at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.anomalies import Anomaly
from rules.book import AutomaticAction, RuleBook
from rules.contact import Channel, Route
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.incidents import Incident
from rules.orders import Order
from rules.outages import Outage
from rules.promises import Promise
from rules.roster import Roster
from rules.tasks import Task, TaskKind, TaskResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One case at one instant."""

    order: Order
    anomaly: Anomaly
    book: RuleBook
    """The version that the case was opened under."""
    roster: Roster
    """Who is asked about the case."""
    route: Route
    """How the customer can be reached now."""
    now: datetime
    delivered: Mapping[AutomaticAction, datetime] = field(default_factory=dict[AutomaticAction, datetime])
    """The automatic actions that have reached their addressee, and when. What is not here was not done."""
    tasks: Mapping[TaskKind, Task] = field(default_factory=dict[TaskKind, Task])
    """What somebody was asked to see to because of it."""
    last_round: DeliveryState | None = None
    """How the latest message to the customer stands; None when none was ordered."""
    last_channel: Channel | None = None
    """The way that it took, or takes."""
    incident: Incident | None = None
    """The incident that the case is part of."""
    in_hands_of: UserId | None = None
    """The employee who has to send it on, where its way goes through one."""
    pledge: Promise | None = None
    """What the customer was promised and is now to be told more of, since it has not happened."""
    outage: Outage | None = None
    """The outage of a source for which it is not known how the order stands; None where it is known."""
    link: str | None = None
    """The page of the case, where there is one to give."""

    def result_of(self, kind: TaskKind) -> TaskResult | None:
        """What somebody has answered to a task; None where nobody has."""
        task = self.tasks.get(kind)
        return None if task is None else task.answer

    @property
    def stock_result(self) -> TaskResult | None:
        """What looking on the shelf came to."""
        return self.result_of(TaskKind.RECHECK_STOCK)

    def name(self, userid: UserId | None) -> str:
        """A member's name; 系统 for None."""
        return "系统" if userid is None else self.roster.name(userid)
