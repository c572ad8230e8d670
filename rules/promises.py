"""What did a reply promise, by when, and was it kept? Decided by the order's events alone, never by a click."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from rules.anomalies import AnomalyId
from rules.calendar import Calendar
from rules.events import Attribute, EventType, OrderEvent, OrderKey, ShortReport, UserId
from rules.fold import standing
from rules.instants import MILLISECOND
from rules.orders import WHOLE_ORDER, Order
from rules.stages import Stage
from rules.standing import present_name

WARNED_AFTER = Fraction(7, 10)
"""When this share of the time has passed, and nothing has kept the promise, people are told."""


class Slot(StrEnum):
    """What a text can promise a time for; each says which event keeps it."""

    NEWS_BY = "news_by"
    """The next news: kept by any news of the order."""
    DONE_BY = "done_by"
    """The stage in which the order stands still is done: kept by its completion."""
    SHIP_BY = "ship_by"
    """The goods are in the carrier's hands: kept when they have been picked up."""
    DELIVER_BY = "deliver_by"
    """The goods are with the customer: kept when they have been delivered."""


class PromiseState(StrEnum):
    """How a promise stands; it follows the events, also those that come late."""

    OPEN = "open"
    """Its time has not come, and nothing has kept it."""
    KEPT = "kept"
    """What was promised happened in time, or the order was cancelled before."""
    BROKEN = "broken"
    """Its time has passed, and what was promised had not happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A time that a text sent to a customer has stated. `told` names the text within its case."""

    order: OrderKey
    case: AnomalyId
    told: str
    slot: Slot
    stage: Stage
    """Where the order stood still, and of which parcel."""
    parcel: str
    template: str
    template_version: str
    carrier: str | None
    """Who carries the parcel, and where its goods lay, as far as it was known then."""
    warehouse: str | None
    agent: UserId | None
    """Who sent the text."""
    promised_at: datetime
    """When the text went out; what was known by then keeps nothing."""
    warn_at: datetime
    """When people are to be told that its time is coming."""
    due_at: datetime
    """The very time that the text states."""
    unsure: bool = False
    """Nobody knows whether the customer has the text: it is watched like any other, and counted in no rate."""
    warned_at: datetime | None = None
    """When people were told that its time is coming, and had the next text before them."""
    kept_at: datetime | None = None
    """When what was promised happened, be it too late."""
    broken_at: datetime | None = None
    """When it was found that its time had passed; it stays, whatever is heard later."""
    followed_by: str | None = None
    """The later text of the case that spoke to the customer instead."""

    @property
    def ref(self) -> str:
        """What tells it apart from all others of its order."""
        return f"{self.case}/{self.told}/{self.slot}"

    @property
    def state(self) -> PromiseState:
        """How it stands. News that comes late, and happened in time, makes kept what was broken."""
        if self.kept_at is not None:
            return PromiseState.KEPT if self.kept_at <= self.due_at else PromiseState.BROKEN
        return PromiseState.OPEN if self.broken_at is None else PromiseState.BROKEN

    @property
    def rings_at(self) -> datetime | None:
        """When it is to be looked at next; None when there is nothing left to find out by waiting."""
        if self.broken_at is not None or self.state is PromiseState.KEPT:
            return None
        return self.warn_at if self.warned_at is None else self.due_at

    @property
    def pending(self) -> bool:
        """Whether the customer is to hear from us again: nothing has happened, and its time is coming or has passed."""
        told = self.warned_at is not None or self.broken_at is not None
        return told and self.kept_at is None and self.followed_by is None


def warn_at(promised_at: datetime, due_at: datetime, calendar: Calendar, *, urgent: bool) -> datetime:
    """When people are to be told of a promise: in hours in which somebody is there, unless it is `urgent`."""
    length = (due_at - promised_at) // MILLISECOND
    at = promised_at + int(length * WARNED_AFTER) * MILLISECOND
    return at if urgent else min(calendar.wakes(at), due_at)


def judge(promise: Promise, order: Order, events: Collection[OrderEvent]) -> Promise:
    """The promise in the light of all that was reported of its order; `events` in any order."""
    at = happened_at(promise.slot, promise.stage, promise.parcel, promise.promised_at, order, events)
    return promise if at == promise.kept_at else replace(promise, kept_at=at)


def pledge_of(case: AnomalyId, promises: Iterable[Promise]) -> Promise | None:
    """What the customer of a case is to be told more of: of what is pending, the nearest."""
    pending = (promise for promise in promises if promise.case == case and promise.pending)
    return min(pending, key=lambda promise: promise.due_at, default=None)


def happened_at(
    slot: Slot, stage: Stage, parcel: str, since: datetime, order: Order, events: Collection[OrderEvent]
) -> datetime | None:
    """When what a slot promises happened that was not known at `since`; None while it has not.

    A cancelled order owes nothing any more: that ends every promise.
    """
    news = [_news_since(since, events)] if slot is Slot.NEWS_BY else [_done_at(slot, stage, parcel, order)]
    found = [at for at in (*news, order.cancelled_at) if at is not None]
    return max(min(found), since) if found else None


def _news_since(since: datetime, events: Collection[OrderEvent]) -> datetime | None:
    return min(
        (event.at for event in standing(events) if event.observed_at > since and _is_news(event)),
        default=None,
    )


def _is_news(event: OrderEvent) -> bool:
    """Whether it tells the customer something about the order that they did not do themselves."""
    if isinstance(event.report, ShortReport):
        return event.report.qty_short == 0
    return event.type in _NEWS


_NEWS = frozenset({EventType.STAGE, EventType.CANCELLED, EventType.RESUMED})


def _done_at(slot: Slot, stage: Stage, parcel: str, order: Order) -> datetime | None:
    """When the stage that a slot speaks of was done, for the parcel in question, or for all of them."""
    wanted = _STAGES.get(slot, stage)
    done = [order.run(wanted, name).completed_at for name in _parcels(wanted, stage, parcel, order)]
    known = [at for at in done if at is not None]
    return max(known) if len(known) == len(done) else None


def _parcels(wanted: Stage, stage: Stage, parcel: str, order: Order) -> Iterator[str]:
    if not wanted.per_parcel:
        yield WHOLE_ORDER
    elif stage.per_parcel:
        yield present_name(parcel, order)
    else:
        yield from order.parcel_names


_STAGES: Mapping[Slot, Stage] = {Slot.SHIP_BY: Stage.PICKUP, Slot.DELIVER_BY: Stage.TRANSIT}
"""The stage whose completion keeps a promise; for the others, that of the case."""


def carried_by(order: Order, stage: Stage, parcel: str) -> str | None:
    """Who carries what a case is about, as far as is known."""
    own = order.parcel_text(present_name(parcel, order), Attribute.CARRIER) if stage.per_parcel else None
    return own or order.text(Attribute.CARRIER)


LONGEST_PROMISE = timedelta(days=30)
SHORTEST_PROMISE = timedelta(minutes=15)
"""Nearer than this nobody could follow it up who reads the text now."""
