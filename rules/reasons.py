"""Why was an order late? The five reasons, and which one the evidence points to."""

from dataclasses import dataclass
from enum import StrEnum

from rules.events import Attribute
from rules.orders import Order
from rules.stages import Kind, Stage


class Reason(StrEnum):
    """The reasons an agent can choose from."""

    PAYMENT_FAILED = "payment_failed"
    """支付失败"""
    OUT_OF_STOCK = "out_of_stock"
    """库存不足"""
    PACKING_DELAYED = "packing_delayed"
    """打包延误"""
    NOT_PICKED_UP = "not_picked_up"
    """物流未取件"""
    OTHER = "other"
    """其他; always with a text."""


class ReasonSource(StrEnum):
    """Who gave the reason."""

    AGENT = "agent"
    """Chosen or written by a named person."""
    EVIDENCE = "evidence"
    """Concluded by the system, for a case that healed before anybody touched it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A reason; `text` is None except for OTHER, which always has one."""

    reason: Reason
    text: str | None = None


_BY_STAGE = {
    Stage.PAYMENT: Verdict(reason=Reason.PAYMENT_FAILED),
    Stage.CONFIRM: Verdict(reason=Reason.OTHER, text="审单锁库超时"),
    Stage.PICKING: Verdict(reason=Reason.PACKING_DELAYED),
    Stage.PACKING: Verdict(reason=Reason.PACKING_DELAYED),
    Stage.PICKUP: Verdict(reason=Reason.NOT_PICKED_UP),
    Stage.TRANSIT: Verdict(reason=Reason.OTHER, text="在途停滞"),
}


def from_evidence(order: Order, stage: Stage, kind: Kind, *, not_on_shelf: bool = False) -> Verdict:
    """The reason that what is known of the order points to; `not_on_shelf` when somebody has looked, in vain."""
    unlocked = stage is Stage.CONFIRM and order.value(Attribute.STOCK_LOCKED) is False
    if kind is Kind.STOCK_SHORT or order.shortage is not None or unlocked or not_on_shelf:
        return Verdict(reason=Reason.OUT_OF_STOCK)
    return _BY_STAGE[stage]
