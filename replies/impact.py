"""What does a sentence or a card need to know of an incident? All of its cases, gathered at one instant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from replies.actions import UNDER_WAY
from replies.drafts import Blocked, Draft
from replies.situation import Situation
from rules.actions import ALLOWED, Action
from rules.anomalies import Anomaly, State
from rules.approvals import OPEN, WELL, Upshot
from rules.incidents import Incident
from rules.ladder import contact_by
from rules.losses import Loss, amount_of, is_back, is_lost, loss_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A case of an incident, the words to its customer, and what came of the message that was approved last."""

    situation: Situation
    draft: Draft | Blocked
    upshot: Upshot | None = None
    """None when nobody has approved any."""
    why: str = ""
    """Why it came to nothing, in words for agents."""

    @property
    def words(self) -> Draft | None:
        """The draft, where there is one."""
        return self.draft if isinstance(self.draft, Draft) else None

    @property
    def is_unanswered(self) -> bool:
        """Whether a first message to the customer is still to be ordered."""
        case = self.situation.anomaly
        answered = case.reached_at or case.waived_by or case.send_round
        return (
            not answered
            and Action.SEND in ALLOWED[case.state]
            and self.situation.last_round not in UNDER_WAY
            and self.upshot is not Upshot.WAITING
        )

    @property
    def can_be_sent(self) -> bool:
        """Whether one approval sends it: there are words, and a channel of ours."""
        return self.is_unanswered and self.words is not None and self.situation.route.by_bot

    @property
    def must_be_copied(self) -> bool:
        """Whether a person has to take the words to the customer."""
        return self.is_unanswered and self.words is not None and not self.situation.route.by_bot


@dataclass(frozen=True, kw_only=True)
class Impact:
    """An incident at one instant, with its cases: those of most value first."""

    incident: Incident
    cases: Sequence[Affected]
    """One at least."""
    now: datetime
    link: str | None = None
    """Its page, where there is one to give."""

    @property
    def any(self) -> Situation:
        """One of its cases, of which its book, its roster and its zone are those of all."""
        return self.cases[0].situation

    @property
    def lead(self) -> Anomaly:
        """The case that the incident's letters are kept with; another one for who may not see that."""
        cases = {one.situation.anomaly.id: one.situation.anomaly for one in self.cases}
        return cases.get(self.incident.lead, self.any.anomaly)

    @cached_property
    def loss(self) -> Loss:
        """What it costs."""
        return loss_of((one.situation.anomaly, one.situation.order) for one in self.cases)

    @property
    def sendable(self) -> list[Affected]:
        """The cases whose customers one approval would write to now."""
        return [one for one in self.cases if one.can_be_sent]

    @property
    def reached(self) -> int:
        """How many customers have been reached."""
        return self._count(lambda one: one.situation.anomaly.reached_at is not None)

    @property
    def refunded(self) -> int:
        """How many orders were cancelled, or are asked money back for."""
        return self._count(lambda one: is_lost(one.situation.order))

    @property
    def back(self) -> int:
        """How many orders move again."""
        return self._count(lambda one: is_back(one.situation.anomaly))

    @property
    def unclaimed(self) -> int:
        """How many cases nobody has taken."""
        return self._count(lambda one: one.situation.anomaly.state is State.OPEN)

    @property
    def is_closed(self) -> bool:
        """Whether every case is closed."""
        return all(one.situation.anomaly.state is State.CLOSED for one in self.cases)

    @property
    def deadline(self) -> datetime | None:
        """When the first of the customers is to be reached who have not been; None when there is none."""
        waiting = (one.situation for one in self.cases if one.is_unanswered)
        return min((contact_by(one.anomaly, one.book) for one in waiting), default=None)

    def permits(self, action: Action) -> int:
        """How many cases something can be done with that nobody has done yet."""
        return len(self.permitting(action))

    def permitting(self, action: Action) -> list[Affected]:
        """Those cases; of messages, those that nobody has answered, whether the bot can send them or not."""
        undone: dict[Action, Callable[[Affected], bool]] = {
            Action.SEND: lambda one: one.is_unanswered,
            Action.CLAIM: lambda one: one.situation.anomaly.owner is None,
            Action.ESCALATE: lambda one: one.situation.anomaly.escalated_at is None,
            Action.SNOOZE: lambda one: one.is_unanswered,
            Action.REASON: lambda one: one.situation.anomaly.reason is None,
        }
        fits = undone[action]
        return [one for one in self.cases if action in ALLOWED[one.situation.anomaly.state] and fits(one)]

    def _count(self, fits: Callable[[Affected], bool]) -> int:
        return sum(1 for one in self.cases if fits(one))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of messages that were approved: how many of each."""

    sent: Sequence[Affected] = ()
    under_way: Sequence[Affected] = ()
    failed: Sequence[Affected] = ()


def by_value(one: Affected) -> tuple[int, str]:
    """Sorts what is worth most first."""
    return -(amount_of(one.situation.order) or 0), one.situation.order.key.order_no


def tally_of(cases: Sequence[Affected]) -> Tally:
    """What came of the approved among the cases."""
    approved = [one for one in cases if one.upshot is not None]
    return Tally(
        sent=[one for one in approved if one.upshot in WELL],
        under_way=[one for one in approved if one.upshot in OPEN],
        failed=[one for one in approved if one.upshot not in WELL | OPEN],
    )
