"""What can a reply say about a case, and what does each of these facts rest on?

The table at the end holds every fact that a template may name. A fact's words are for the customer; its
basis is what was known when they were chosen, and what the guard compares before they are sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from replies import names, timewords
from replies.masking import free, plain
from replies.situation import Situation
from replies.standing import ending, run_of
from rules.anomalies import Ended
from rules.book import AutomaticAction
from rules.events import Attribute
from rules.instants import instant
from rules.orders import MISSING_PARCEL
from rules.promises import SHORTEST_PROMISE, Slot
from rules.stages import Kind, Priority, Stage, Status
from rules.standing import present_name
from rules.tasks import TaskKind, TaskResult

AFTER_OPENING = timedelta(hours=1)
"""News that would fall into closed or quiet hours comes so long after them."""
UNPROMISED: Mapping[Slot, timedelta] = {}
LONGEST_NAME = 12
SHORT_PARCEL = 6
"""A longer parcel number is said by its last four characters, as couriers do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that is so. `dated` words name a time as one says it today, and turn false at midnight."""

    words: str
    basis: str
    dated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """A line of the table: `label` names it to agents, `about` explains it to writers of templates."""

    label: str
    about: str
    read: Callable[[Situation], Fact | None]
    holds: Callable[[str, Fact | None, datetime], bool]
    """Whether a claim that rests on this basis is true for the present fact."""
    task: TaskKind | None = None
    """Who is never asked to see to this never brings the fact about; None where it needs no such task."""


def facts_of(
    situation: Situation,
    promises: Mapping[Slot, timedelta] = UNPROMISED,
    names: Collection[str] | None = None,
) -> Mapping[str, Fact | None]:
    """The facts with these names, all by default; None: unknown, or not so. `promises` are those of the template."""
    read = {name: FACTS[name].read(situation) for name in names or FACTS}
    return {**read, **{slot.value: promised_time(situation, within) for slot, within in promises.items()}}


def today(situation: Situation) -> str:
    """The day on which dated words are true."""
    return f"{situation.book.calendar.local(situation.now):%Y-%m-%d}"


# --- the order and its customer -------------------------------------------------


def order_no(situation: Situation) -> Fact | None:
    """The order's number in full; the customer knows it."""
    return _said(plain(situation.order.key.order_no))


def customer_name(situation: Situation) -> Fact | None:
    """What the customer is called; left out unless it reads like a name."""
    name = free(situation.order.customer.name or "")
    reads_like_one = len(name) <= LONGEST_NAME and all(char.isalpha() or char in " ·" for char in name)
    return _said(name) if reads_like_one else None


def customer_called(situation: Situation) -> Fact | None:
    """When the customer asked us first, after the order had stopped."""
    contact = situation.order.contact
    asked = contact is not None and contact.at >= situation.anomaly.since
    return _at(contact.at if contact and asked else None, situation)


def refund_asked(situation: Situation) -> Fact | None:
    """When the customer asked for the money back."""
    refund = situation.order.refund
    return _at(None if refund is None else refund.at, situation)


def ordered_at(situation: Situation) -> Fact | None:
    """When the order was placed."""
    return _at(situation.order.created_at, situation)


def since(situation: Situation) -> Fact | None:
    """Since when nothing has moved: what the passed limit counts from. Always known."""
    return _at(situation.anomaly.since, situation)


# --- payment ---------------------------------------------------------------------


def pay_tried_at(situation: Situation) -> Fact | None:
    """When the customer tried to pay; unknown when only the order's creation is."""
    run = run_of(situation, Stage.PAYMENT)
    return _at(run.started_at or run.opened_at, situation)


def payment_failed(situation: Situation) -> Fact | None:
    """When the payment channel said that the attempt had failed, if that is the last we heard."""
    run, last = run_of(situation, Stage.PAYMENT), situation.order.last_operation
    failed = last is not None and last.action == f"{Stage.PAYMENT}.{Status.FAILED}"
    return _at(run.opened_at if failed else None, situation)


def payment_seen(situation: Situation) -> Fact | None:
    """The payment channel's reference of a payment that is not confirmed yet: money may have moved."""
    pending = run_of(situation, Stage.PAYMENT).completed_at is None
    return _said(situation.order.text(Attribute.PAYMENT_REF) if pending else None)


def paid_at(situation: Situation) -> Fact | None:
    """When the payment was confirmed; only where that was reported, not concluded."""
    run = run_of(situation, Stage.PAYMENT)
    return _at(None if run.inferred else run.completed_at, situation)


def payment_asked(situation: Situation) -> Fact | None:
    """When somebody was asked to look for the money, while they have not said what they found."""
    return _under_way(TaskKind.FOLLOW_PAYMENT, situation)


def specialist_told(situation: Situation) -> Fact | None:
    """When the duty manager was told; 已安排专人 is true from then on."""
    return _done(AutomaticAction.PUSH_DUTY_MANAGER, situation)


# --- stock -----------------------------------------------------------------------


def short_at(situation: Situation) -> Fact | None:
    """When the warehouse said that goods of the order are short."""
    shortage = situation.order.shortage
    return _at(None if shortage is None else shortage.at, situation)


def stock_rechecking(situation: Situation) -> Fact | None:
    """When the stock re-check was given out, while it has no result."""
    return _under_way(TaskKind.RECHECK_STOCK, situation)


def stock_found(situation: Situation) -> Fact | None:
    """The re-check found the goods."""
    found = situation.stock_result in {TaskResult.IN_STOCK, TaskResult.WRONG_BIN}
    return Fact(words=names.RESULTS[TaskResult.IN_STOCK], basis=TaskResult.IN_STOCK) if found else None


def stock_missing(situation: Situation) -> Fact | None:
    """The re-check did not find the goods."""
    missing = situation.stock_result is TaskResult.SHORT
    return Fact(words=names.RESULTS[TaskResult.SHORT], basis=TaskResult.SHORT) if missing else None


def warehouse_asked(situation: Situation) -> Fact | None:
    """When whoever looks into the warehouse was asked how the order stands; true from then on."""
    return _done(AutomaticAction.FOLLOW_WAREHOUSE, situation)


# --- parcels ---------------------------------------------------------------------


def shipped_at(situation: Situation) -> Fact | None:
    """By when the case's parcel had left the warehouse."""
    return _at(run_of(situation, Stage.PACKING).completed_at, situation)


def parcel(situation: Situation) -> Fact | None:
    """Which parcel it is, where the order has several."""
    if len(situation.order.parcel_names) < 2 or not situation.anomaly.stage.per_parcel:
        return None
    name = present_name(situation.anomaly.parcel, situation.order)
    shown = plain(name)
    words = f"包裹 {shown}" if len(shown) <= SHORT_PARCEL else f"尾号 {shown[-4:]} 的包裹"
    if name == MISSING_PARCEL:
        words = "还没发出的包裹"
    return Fact(words=words, basis=name)


def carrier(situation: Situation) -> Fact | None:
    """What customers call the carrier."""
    code = _parcel_text(situation, Attribute.CARRIER)
    return None if code is None else _said(free(names.carrier(code) or ""))


def tracking_no(situation: Situation) -> Fact | None:
    """The tracking number."""
    return _said(plain(_parcel_text(situation, Attribute.TRACKING_NO) or ""))


def carrier_reminded(situation: Situation) -> Fact | None:
    """When whoever speaks to the carrier was asked to press it; 已安排催件 is true from then on."""
    return _done(AutomaticAction.REMIND_CARRIER, situation)


def carrier_said(situation: Situation) -> Fact | None:
    """What the carrier has answered to whoever pressed it, if it was an answer: 已派快递员."""
    said = situation.result_of(TaskKind.REMIND_CARRIER)
    if said is None or said is TaskResult.NO_ANSWER:
        return None
    return Fact(words=names.RESULTS[said], basis=said)


# --- what comes next ---------------------------------------------------------------


def progress(situation: Situation) -> Fact | None:
    """What moved at last, as the end of a sentence that begins with the order: 已于 14:01 由圆通揽收."""
    if ending(situation) is not Ended.MOVED:
        return None
    run = run_of(situation)
    if run.completed_at is not None:
        return _news(_completion(run.stage, situation), None if run.inferred else run.completed_at, situation)
    if situation.anomaly.kind is Kind.STOCK_SHORT:
        return None if situation.order.shortage else _said("所缺的商品已备齐")
    if situation.anomaly.kind is Kind.NOT_STARTED and run.started_at is not None:
        return _news(f"开始{names.WORK[run.stage]}", run.started_at, situation)
    heard = run.updated_at if situation.anomaly.kind is Kind.NO_UPDATE else None
    is_news = heard is not None and heard > situation.anomaly.since and run.number == situation.anomaly.run
    return _news("有了新的进展", heard, situation) if is_news else None


def promised_time(situation: Situation, within: timedelta) -> Fact:
    """By when something will be so that is promised now: a full or half hour of opening time."""
    calendar, urgent = situation.book.calendar, situation.anomaly.priority is Priority.P1
    due_at = calendar.due(situation.now, within, around_the_clock=urgent)
    by = timewords.half_hour_after(due_at, calendar.zone)
    last_minute = by - timedelta(minutes=1)
    awake = last_minute if urgent else calendar.wakes(last_minute)
    if awake != last_minute:
        by = timewords.half_hour_after(awake + AFTER_OPENING, calendar.zone)
    return Fact(
        words=timewords.promised(by, situation.now, calendar.zone),
        basis=instant(by).isoformat(),
        dated=timewords.is_relative(by, situation.now, calendar.zone),
    )


def promised(situation: Situation) -> Fact | None:
    """What was promised before and has not happened, with the time: 今天 14:30 前告诉您进展."""
    pledge, now, zone = situation.pledge, situation.now, situation.book.calendar.zone
    if pledge is None:
        return None
    return Fact(
        words=f"{timewords.promised(pledge.due_at, now, zone)} 前{names.PROMISED[pledge.slot]}",
        basis=f"{pledge.slot} {pledge.due_at.isoformat()}",
        dated=timewords.is_relative(pledge.due_at, now, zone),
    )


def lately(situation: Situation) -> Fact | None:
    """What has been done since that promise was made, if anything: 已于 13:20 拣货完成."""
    pledge = situation.pledge
    if pledge is None:
        return None
    done = [
        (run.completed_at, run)
        for run in situation.order.runs
        if run.completed_at is not None and run.completed_at > pledge.promised_at
    ]
    if not done:
        return None
    at, run = max(done, key=lambda one: (one[0], one[1].stage.place))
    return _news(_completion(run.stage, situation), None if run.inferred else at, situation)


# --- helpers -----------------------------------------------------------------------


def _said(text: str | None) -> Fact | None:
    return Fact(words=text, basis=text) if text else None


def _at(at: datetime | None, situation: Situation) -> Fact | None:
    if at is None:
        return None
    now, zone = situation.now, situation.book.calendar.zone
    return Fact(
        words=timewords.moment(at, now, zone),
        basis=instant(at).isoformat(),
        dated=timewords.is_relative(at, now, zone),
    )


def _done(action: AutomaticAction, situation: Situation) -> Fact | None:
    return _at(situation.delivered.get(action), situation)


def _under_way(kind: TaskKind, situation: Situation) -> Fact | None:
    """When a task was given out, while it has no result."""
    return None if situation.result_of(kind) else _done(AutomaticAction(kind), situation)


def _news(what: str, at: datetime | None, situation: Situation) -> Fact:
    time = _at(at, situation)
    if time is None:
        return Fact(words=f"已{what}", basis=what)
    return Fact(words=f"已于 {time.words} {what}", basis=f"{what} {time.basis}", dated=time.dated)


def _completion(stage: Stage, situation: Situation) -> str:
    by = carrier(situation)
    return {
        Stage.PAYMENT: "付款成功",
        Stage.CONFIRM: "通过审核",
        Stage.PICKING: "拣货完成",
        Stage.PACKING: "打包出库",
        Stage.PICKUP: f"由{by.words if by else '快递'}揽收",
        Stage.TRANSIT: "签收",
    }[stage]


def _parcel_text(situation: Situation, attribute: Attribute) -> str | None:
    """A fact of the case's parcel, else of the order."""
    order = situation.order
    return order.parcel_text(present_name(situation.anomaly.parcel, order), attribute)


# --- the table -----------------------------------------------------------------------


def _unchanged(claimed: str, fact: Fact | None, now: datetime) -> bool:  # noqa: ARG001
    return fact is not None and fact.basis == claimed


def _once_true(claimed: str, fact: Fact | None, now: datetime) -> bool:  # noqa: ARG001
    """What was done stays done: doing it again takes nothing back."""
    return fact is not None


def _can_be_kept(claimed: str, fact: Fact | None, now: datetime) -> bool:  # noqa: ARG001
    return datetime.fromisoformat(claimed) - now >= SHORTEST_PROMISE


def _kind(
    label: str,
    read: Callable[[Situation], Fact | None],
    holds: Callable[[str, Fact | None, datetime], bool] = _unchanged,
    task: TaskKind | None = None,
) -> FactKind:
    return FactKind(label=label, about=read.__doc__ or "", read=read, holds=holds, task=task)


def _slot(label: str, about: str) -> FactKind:
    """What a template promises; known as soon as it says within which time."""
    return FactKind(label=label, about=about, read=lambda _: None, holds=_can_be_kept)


FACTS: Mapping[str, FactKind] = {
    "order_no": _kind("订单号", order_no),
    "customer_name": _kind("顾客称呼", customer_name),
    "customer_called": _kind("顾客先来询问", customer_called, _once_true),
    "refund_asked": _kind("退款申请", refund_asked, _once_true),
    "ordered_at": _kind("下单时间", ordered_at),
    "since": _kind("停滞起点", since),
    "pay_tried_at": _kind("尝试付款时间", pay_tried_at),
    "payment_failed": _kind("付款失败", payment_failed),
    "payment_seen": _kind("付款流水", payment_seen),
    "paid_at": _kind("付款时间", paid_at),
    "payment_asked": _kind("付款核对中", payment_asked, _once_true, TaskKind.FOLLOW_PAYMENT),
    "specialist_told": _kind("专人跟进", specialist_told, _once_true),
    "short_at": _kind("缺货时间", short_at),
    "stock_rechecking": _kind("库存复核中", stock_rechecking, _once_true, TaskKind.RECHECK_STOCK),
    "stock_found": _kind("复核有货", stock_found, task=TaskKind.RECHECK_STOCK),
    "stock_missing": _kind("复核缺货", stock_missing, task=TaskKind.RECHECK_STOCK),
    "warehouse_asked": _kind("已问仓库", warehouse_asked, _once_true, TaskKind.FOLLOW_WAREHOUSE),
    "shipped_at": _kind("出库时间", shipped_at),
    "parcel": _kind("包裹", parcel),
    "carrier": _kind("快递公司", carrier),
    "tracking_no": _kind("运单号", tracking_no),
    "carrier_reminded": _kind("已催快递", carrier_reminded, _once_true, TaskKind.REMIND_CARRIER),
    "carrier_said": _kind("快递答复", carrier_said, task=TaskKind.REMIND_CARRIER),
    "progress": _kind("最新进展", progress),
    "promised": _kind("说好的时间", promised),
    "lately": _kind("说好之后的进展", lately),
    Slot.NEWS_BY.value: _slot("下次告知时间", "By when the customer hears from us again."),
    Slot.DONE_BY.value: _slot("办好的时间", "By when the stage that stands still is done."),
    Slot.SHIP_BY.value: _slot("交给快递的时间", "By when the carrier has the goods."),
    Slot.DELIVER_BY.value: _slot("送达时间", "By when the customer has the goods."),
}
"""Every fact a template may name."""
