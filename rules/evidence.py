"""What can be told of a cause at the meeting? Whom it hit, what it costs and in which range, and how it went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.anomalies import Outline
from rules.dates import A_DAY
from rules.events import Attribute
from rules.intervals import Interval, wilson
from rules.losses import amount_of, is_lost, loss_of, lost_amount
from rules.orders import Order
from rules.standing import carrier_of

AN_HOUR = timedelta(hours=1)
BY_HOUR = 3 * A_DAY
"""A span that is no longer is shown hour by hour, a longer one day by day."""


class Hit(NamedTuple):
    """A case and its order."""

    case: Outline
    order: Order


# --- which ones ------------------------------------------------------------------------


class Facet(StrEnum):
    """By what the orders of a cause are told apart."""

    CARRIER = "carrier"
    """Who carries the parcel."""
    REGION = "region"
    """Where it goes."""
    DISTRICT = "district"
    """Where in the region."""
    WAREHOUSE = "warehouse"
    """Where it comes from."""
    PAYMENT_CHANNEL = "payment_channel"
    """What the customer pays by."""
    SKU_CLASS = "sku_class"
    """What kind of goods is in it."""
    PROMOTION = "promotion"
    """The lane or a tag that it was sold under."""


def fits(hit: Hit, asked: Mapping[Facet, str]) -> bool:
    """Whether all of what is asked holds; what is not known does not."""
    return all(value in _values(facet, hit) for facet, value in asked.items())


def _values(facet: Facet, hit: Hit) -> tuple[str, ...]:
    case, order = hit
    match facet:
        case Facet.CARRIER:
            found = [carrier_of(case, order)]
        case Facet.SKU_CLASS:
            found = [item.klass for item in order.items]
        case Facet.PROMOTION:
            tags = order.value(Attribute.TAGS)
            found = [case.lane, *(tags if isinstance(tags, tuple) else ())]
        case Facet.REGION | Facet.DISTRICT | Facet.WAREHOUSE | Facet.PAYMENT_CHANNEL:
            found = [order.text(Attribute(facet.value))]
    return tuple(value.strip() for value in found if value)


# --- whom it hit -----------------------------------------------------------------------

_Mark = tuple[str, ...]


def customers(orders: Iterable[Order]) -> list[tuple[Order, ...]]:
    """The orders of each customer, in the order in which they come; whoever shares a mark is one and the same.

    Known by the shop's own reference, by WeChat, or by phone; of an order without any of these it is nobody else.
    """
    of_mark: dict[_Mark, int] = {}
    groups: dict[int, dict[_Mark, Order]] = {}
    for number, order in enumerate(orders):
        marks = tuple(_marks(order))
        same = sorted({of_mark[mark] for mark in marks if mark in of_mark})
        group = same[0] if same else number
        groups.setdefault(group, {})
        for other in same[1:]:
            moved = groups.pop(other)
            groups[group] |= moved
            of_mark.update(dict.fromkeys((mark for one in moved.values() for mark in _marks(one)), group))
        groups[group].setdefault(marks[-1], order)
        of_mark.update(dict.fromkeys(marks, group))
    return [tuple(group.values()) for group in groups.values()]


def _marks(order: Order) -> Iterator[_Mark]:
    """By what its customer is known; the order itself comes last."""
    customer = order.customer
    if customer.ref:
        yield "ref", order.key.shop, customer.ref
    if customer.external_userid:
        yield "wechat", customer.external_userid
    if customer.phone is not None and customer.phone.sealed:
        yield "phone", customer.phone.sealed
    yield "order", *order.key


# --- what it costs ---------------------------------------------------------------------


class Cost(StrEnum):
    """What a loss is made of."""

    REFUNDS = "refunds"
    """What is asked back, and the amounts of cancelled orders. Least: without the refunds whose amount nobody said."""
    COMPENSATION = "compensation"
    """What decisions about this very cause have approved for its customers."""
    AT_RISK = "at_risk"
    """Orders that still stand still, as many of them as get lost: that share has an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount and between what it lies, in fen."""

    low: int = 0
    likely: int = 0
    high: int = 0

    def plus(self, other: "Amount") -> "Amount":
        """Both together: the range is wider than it need be, for hardly ever are both at one end."""
        return Amount(
            low=self.low + other.low, likely=self.likely + other.likely, high=self.high + other.high
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a cause costs, and what that is reckoned from."""

    parts: Mapping[Cost, Amount]
    orders: int
    lost: int
    """Cancelled, or asked money back for."""
    unsaid: int
    """Of these, how many whose refund has no amount: they are taken to be asked back in full."""
    at_risk: int
    """Still standing still."""
    at_risk_fen: int
    unpriced: int
    """Lost or at risk and without a known amount: counted as nothing."""
    share: Interval
    """Between these lies the share of the orders that get lost, as far as can be told from those that were."""

    def with_compensation(self, fen: int) -> "Bill":
        """The same with what was approved for its customers."""
        return replace(self, parts={**self.parts, Cost.COMPENSATION: Amount(low=fen, likely=fen, high=fen)})

    @property
    def total(self) -> Amount:
        """All of it."""
        total = Amount()
        for part in self.parts.values():
            total = total.plus(part)
        return total


def bill_of(hits: Sequence[Hit]) -> Bill:
    """What the cases cost, but for what was approved; an order with several of them counts once."""
    loss = loss_of(hits)
    gone = [order for order in {hit.order.key: hit.order for hit in hits}.values() if is_lost(order)]
    unsaid = [order for order in gone if _is_unsaid(order)]
    share = wilson(loss.lost, loss.orders) or Interval(0.0, 0.0)
    certain = sum(lost_amount(order) for order in gone if not _is_unsaid(order))
    return Bill(
        parts={
            Cost.REFUNDS: Amount(low=certain, likely=loss.lost_fen, high=loss.lost_fen),
            Cost.COMPENSATION: Amount(),
            Cost.AT_RISK: Amount(
                low=round(loss.at_risk_fen * share.low),
                likely=loss.expected_fen - loss.lost_fen,
                high=round(loss.at_risk_fen * share.high),
            ),
        },
        orders=loss.orders,
        lost=loss.lost,
        unsaid=len(unsaid),
        at_risk=loss.at_risk,
        at_risk_fen=loss.at_risk_fen,
        unpriced=loss.unpriced,
        share=share,
    )


def _is_unsaid(order: Order) -> bool:
    """Whether it is asked money back for, and nobody said how much."""
    return order.cancelled_at is None and order.refund is not None and order.refund.fen is None


def worth_of(orders: Iterable[Order]) -> int:
    """What orders are worth together, in fen; those without a known amount count as nothing."""
    return sum(amount_of(order) or 0 for order in orders)


# --- how it went -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """So many cases were noticed within the hour or the day that begins then."""

    at: datetime
    count: int


def course_of(times: Iterable[datetime], since: datetime, until: datetime) -> list[Slot]:
    """The hours of a short span, or the days of a longer one, from `since` on and before `until`, empty ones as well."""
    length = AN_HOUR if until - since <= BY_HOUR else A_DAY
    counts = [0] * -(-(until - since) // length)
    for at in times:
        counts[(at - since) // length] += 1
    return [Slot(since + number * length, count) for number, count in enumerate(counts)]


def peak_of(course: Sequence[Slot]) -> Slot | None:
    """The first of the fullest; None where all are empty."""
    fullest = max(course, key=lambda slot: slot.count, default=None)
    return fullest if fullest is not None and fullest.count else None
