"""Which limits, actions and steps apply to an order? The rule book, ready for use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rules.calendar import Calendar
from rules.events import UserId
from rules.measures import Baseline
from rules.orders import Order
from rules.signs import FeedRules
from rules.stages import Kind, Priority, Stage
from rules.standstill import StandstillRules
from rules.storms import StormRules
from rules.tasks import DEFAULT_TASKS, TaskKind, TaskRules


class AutomaticAction(StrEnum):
    """What happens by itself when a limit is passed."""

    POST_CARD = "post_card"
    """A card with the draft in the agents' group."""
    PUSH_DUTY_MANAGER = "push_duty_manager"
    """A card to the duty manager, at once."""
    RECHECK_STOCK = "recheck_stock"
    """A task: look whether the goods are really on the shelf."""
    REMIND_CARRIER = "remind_carrier"
    """A reminder to the carrier's contact."""
    FOLLOW_WAREHOUSE = "follow_warehouse"
    """A task: look how the order stands in the warehouse."""
    FOLLOW_PAYMENT = "follow_payment"
    """A task: look whether the money has come."""


class LadderAction(StrEnum):
    """What a step of the ladder does."""

    REMIND_OWNER = "remind_owner"
    """Remind whoever has claimed the anomaly, or the group when nobody has."""
    HAND_OVER = "hand_over"
    """Give the anomaly to somebody else."""
    PUSH = "push"
    """Send the card to somebody in person."""


class Recipient(StrEnum):
    """To whom a step leads."""

    AGENT = "agent"
    """An agent on shift: who speaks to the customer already, else who has the fewest cases."""
    LEAD = "lead"
    """A team lead on shift."""
    DUTY_MANAGER = "duty_manager"
    """A manager on shift, else the fallback."""


class PaymentClock(StrEnum):
    """From when the payment limit counts."""

    STARTED = "started"
    """The customer's attempt to pay; an abandoned basket is no anomaly."""
    CREATED = "created"
    """The order's creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of a stage: which neglect, for how long; `repeat` is how often it speaks again, if it does."""

    when: Kind
    after: timedelta
    repeat: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """What is expected of one stage."""

    normal: timedelta
    limits: tuple[Limit, ...]
    priority: Priority
    actions: tuple[AutomaticAction, ...]
    group: str

    @property
    def durations(self) -> tuple[timedelta, ...]:
        """Every stretch of time that is waited for here."""
        repeats = (limit.repeat for limit in self.limits if limit.repeat is not None)
        return self.normal, *(limit.after for limit in self.limits), *repeats

    @property
    def around_the_clock(self) -> bool:
        """P1 clocks tick outside opening hours as well."""
        return self.priority is Priority.P1


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """What happens when nobody has answered for `after`; `to` is None when the step is for the owner."""

    after: timedelta
    do: LadderAction
    to: Recipient | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long we give ourselves."""

    contact: timedelta
    """From detection until the customer is reached: the shares below, one after the other."""
    complaint: timedelta
    """From detection until customers usually complain."""
    claim: timedelta
    """From detection until somebody has taken the case."""
    act: timedelta
    """From the claim until something is done about it; then the owner is reminded once, and later relieved."""
    send: timedelta
    """From the order to send until the message has arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that applies to one kind of order: the book's stages with one lane's changes laid over them."""

    lane: str | None
    stages: Mapping[Stage, StageRules]
    skip: frozenset[Stage]
    payment_clock: PaymentClock
    people: Mapping[Recipient, tuple[UserId, ...]] = field(
        default_factory=dict[Recipient, tuple[UserId, ...]]
    )
    """Who is asked in place of all others who could be, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Orders that are treated differently, for a time."""

    matches: Callable[[Order], bool]
    start: datetime | None
    end: datetime | None
    plan: Plan

    def takes(self, order: Order) -> bool:
        """Whether the order belongs here: created within the lane's time, and matching."""
        if self.start is not None or self.end is not None:
            if order.created_at is None:
                return False
            if self.start is not None and order.created_at < self.start:
                return False
            if self.end is not None and order.created_at >= self.end:
                return False
        return self.matches(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The text of a reply template, front matter and all, and the orders that it is for. Empty: it is for all."""

    name: str
    shops: frozenset[str]
    lanes: frozenset[str]
    text: str

    def takes(self, shop: str, lane: str | None) -> bool:
        """Whether it is for the orders of a shop that go by a lane."""
        return (not self.shops or shop in self.shops) and (not self.lanes or lane in self.lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """One version of the rules."""

    version: int
    calendar: Calendar
    budget: Budget
    max_age: timedelta
    """A breach that was noticed later than this after its limit gets no card; of a case this old nobody is told."""
    ladder: tuple[LadderStep, ...]
    default: Plan
    lanes: tuple[Lane, ...]
    storm: StormRules = field(default_factory=StormRules)
    tasks: Mapping[TaskKind, TaskRules] = field(default_factory=lambda: DEFAULT_TASKS)
    standstill: StandstillRules = field(default_factory=StandstillRules)
    baseline: Baseline = field(default_factory=Baseline)
    feeds: FeedRules = field(default_factory=FeedRules)
    replies: tuple[Reply, ...] = ()

    def replies_for(self, shop: str, lane: str | None) -> Mapping[str, str]:
        """The texts, by name, that take the place of built-in ones; of several for the same orders the first."""
        taking = (reply for reply in reversed(self.replies) if reply.takes(shop, lane))
        return {reply.name: reply.text for reply in taking}

    def plan_for(self, order: Order) -> Plan:
        """The plan of the first lane that takes the order, else the default one."""
        for lane in self.lanes:
            if lane.takes(order):
                return lane.plan
        return self.default
