"""What do agents hear of an order that stands still although its customer was reached? What to do next."""

from collections.abc import Mapping

from replies.facts import carrier
from replies.rows import lateness, order_no, who
from replies.situation import Situation
from replies.standing import kind_of
from rules.events import UserId
from rules.stages import Kind, Stage

_NEXT: Mapping[Stage, str] = {
    Stage.PAYMENT: "请核对付款结果，没到账就请顾客换个方式付",
    Stage.CONFIRM: "请催审单锁库",
    Stage.PICKING: "请催仓库拣货",
    Stage.PACKING: "请催仓库打包出库",
    Stage.PICKUP: "请催{carrier}上门揽收",
    Stage.TRANSIT: "请向{carrier}查清包裹在哪",
}
_SHORT = "请和仓库确认几时到货，或问顾客要不要换、要不要退"


def standstill(situation: Situation, to: UserId | None = None) -> str:
    """To the owner, or to whoever may take care of it; `to` is the lead who was called after the reminders."""
    anomaly = situation.anomaly
    reached = "已联系顾客" if anomaly.reached_at is not None else "不用联系顾客"
    about = f"订单 {order_no(situation)}（{lateness(situation)}）{reached}，可订单还没动"
    if to is not None:
        return (
            f"{about}，提醒过 {anomaly.nudges - 1} 次，已通知{who(to, situation)}：{next_step(situation)}。"
        )
    told = "" if anomaly.owner is None else f"{who(anomaly.owner, situation)}，"
    again = "" if anomaly.reached_at is None else "；有了进展，或者还要等，都再告诉顾客一声"
    return f"{told}{about}：{next_step(situation)}{again}。"


def next_step(situation: Situation) -> str:
    """Whom to ask, by where the order stands."""
    if kind_of(situation) is Kind.STOCK_SHORT:
        return _SHORT
    known = carrier(situation)
    return _NEXT[situation.anomaly.stage].format(carrier=known.words if known else "快递")
