"""How is an order doing, and how are many of them doing together?"""

from datetime import datetime
from typing import NamedTuple

from rules.book import Plan, RuleBook
from rules.calendar import Calendar
from rules.deadlines import Band, band_after, clocks, turns
from rules.events import Attribute
from rules.orders import Order, OrderState
from rules.record import Record
from rules.stages import Stage


class Outlook(Record, frozen=True, kw_only=True):
    """Where an open order stands, and when its band changes if nothing is heard of it any more.

    GREY strictly after `grey_at`, LATE strictly after `late_at`, which may come first; late prevails.
    """

    stage: Stage
    """The earliest one that is not done: see `Order.progress`."""
    warehouse: str
    """Empty when no source has named one; so is `carrier`."""
    carrier: str
    grey_at: datetime | None
    """When the first of its clocks leaves its normal time; None when none ticks."""
    late_at: datetime | None
    """When the first of its clocks passes a limit; None when none is left to pass."""

    def band_at(self, now: datetime) -> Band:
        """The worst band of the stages that are waited for at `now`."""
        return band_after(self.grey_at, self.late_at, now)


class Tally(NamedTuple):
    """How many open orders are in which band."""

    in_time: int = 0
    grey: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.in_time + self.grey + self.late

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.in_time + other.in_time, self.grey + other.grey, self.late + other.late)


BEST = 100


def score(tally: Tally) -> int:
    """The share of the orders that do well, 0 to 100, rounded down: 100 only when all are in time, or there are none.

    One that is in time counts in full, a grey one half, a late one not at all.
    """
    if not tally.total:
        return BEST
    return BEST * (2 * tally.in_time + tally.grey) // (2 * tally.total)


def outlook(order: Order, book: RuleBook) -> Outlook | None:
    """How an open order is doing; None for one that is cancelled or completed."""
    plan = book.plan_for(order)
    stage, state = order.progress(plan.skip)
    return outlook_in(stage, order, plan, book.calendar) if state is OrderState.OPEN else None


def outlook_in(stage: Stage, order: Order, plan: Plan, calendar: Calendar) -> Outlook:
    """The same of an order of which it is known already that it is open, in which stage and by which plan."""
    grey_at: datetime | None = None
    late_at: datetime | None = None
    for clock in clocks(order, plan):
        grey, late = turns(clock, plan.stages[clock.run.stage], calendar)
        grey_at = grey if grey_at is None else min(grey_at, grey)
        late_at = late if late_at is None or (late is not None and late < late_at) else late_at
    return Outlook(
        stage=stage,
        warehouse=order.text(Attribute.WAREHOUSE) or "",
        carrier=order.text(Attribute.CARRIER) or "",
        grey_at=grey_at,
        late_at=late_at,
    )
