"""What does an incident cost, as far as is known? Estimated from the amounts of its orders, and what it is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from rules.anomalies import Anomaly, Ended, Outline
from rules.events import Attribute
from rules.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What was lost, and what may be: orders that came through cost nothing. Amounts are in fen."""

    orders: int
    """All of them."""
    lost: int = 0
    """The orders that were cancelled, or whose customer asks for money back."""
    lost_fen: int = 0
    at_risk: int = 0
    """The orders that still stand still."""
    at_risk_fen: int = 0
    unpriced: int = 0
    """Of these and those, how many have no known amount: they count as nothing."""

    @property
    def share(self) -> Fraction:
        """The share of the orders that was lost so far: as many of those at risk are expected to be."""
        return Fraction(self.lost, self.orders) if self.orders else Fraction(0)

    @property
    def expected_fen(self) -> int:
        """What was lost, and the share of what is at risk, rounded up to whole fen."""
        return self.lost_fen + -(-self.at_risk_fen * self.share.numerator // self.share.denominator)


def loss_of(cases: Iterable[tuple[Outline, Order]]) -> Loss:
    """What the cases of one incident cost; an order with several of them counts once."""
    by_order: dict[tuple[str, str], tuple[list[Outline], Order]] = {}
    for case, order in cases:
        by_order.setdefault(order.key, ([], order))[0].append(case)
    lost = lost_fen = at_risk = at_risk_fen = unpriced = 0
    for its_cases, order in by_order.values():
        if is_lost(order):
            lost, lost_fen = lost + 1, lost_fen + lost_amount(order)
        elif any(case.ended_at is None for case in its_cases):
            at_risk, at_risk_fen = at_risk + 1, at_risk_fen + (amount_of(order) or 0)
        else:
            continue
        unpriced += amount_of(order) is None
    return Loss(
        orders=len(by_order),
        lost=lost,
        lost_fen=lost_fen,
        at_risk=at_risk,
        at_risk_fen=at_risk_fen,
        unpriced=unpriced,
    )


def is_lost(order: Order) -> bool:
    """Whether the order was cancelled, or its customer asks for money back."""
    return order.refund is not None or order.cancelled_at is not None


def lost_amount(order: Order) -> int:
    """What of the order is lost, in fen: what is asked back, else all of it."""
    asked = None if order.refund is None or order.cancelled_at is not None else order.refund.fen
    return (amount_of(order) or 0) if asked is None else asked


def amount_of(order: Order) -> int | None:
    """What the order is worth, in fen; None when nobody said."""
    value = order.value(Attribute.AMOUNT_FEN)
    return value if isinstance(value, int) else None


def refunded_unreached(case: Anomaly, order: Order) -> bool:
    """Whether the customer asked for money back before anybody had reached them."""
    asked = order.refund
    return asked is not None and (case.reached_at is None or asked.at <= case.reached_at)


def is_back(case: Anomaly) -> bool:
    """Whether the order moves again."""
    return case.ended_how is Ended.MOVED
