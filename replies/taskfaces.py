"""What does the card of a task look like? Whom it asks, for what and until when; afterwards, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from replies import names
from replies.actions import ACKNOWLEDGE, RESULT, SUBMIT_RESULT
from replies.cards import Button, Card, Option, Row, Selector, Tone
from replies.facts import Fact, carrier, shipped_at, tracking_no
from replies.masking import coded, free
from replies.rows import MOST_ROWS, clock, lateness, order_no, shop, source, trouble, who
from replies.situation import Situation
from rules.anomalies import Ended
from rules.events import Attribute, UserId
from rules.stages import Stage
from rules.tasks import ACKNOWLEDGED_ALONE, ANSWERS, Task, TaskKind, TaskResult

MOST_ITEMS = 3
MOST_TIMES = 4
"""So many times of asking are told one by one, the latest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody was asked."""

    who: UserId
    at: datetime


def task_card(
    situation: Situation,
    task: Task,
    *,
    reader: UserId | None = None,
    before: Sequence[Asking] = (),
    note: str = "",
) -> Card:
    """A task, as it stands: `before` is who was asked already, oldest first; `note` says who has just done what.

    A card that the duty manager gets in the owner's place is addressed to its `reader`.
    """
    is_open = task.done_at is None and situation.anomaly.ended_at is None
    return Card(
        source=source(situation),
        tone=_tone(task, is_open=is_open),
        title=f"{'请' if is_open else ''}{_title(situation, task.kind)}",
        subtitle=note or _stands(situation, task, reader or task.owner, is_open=is_open),
        rows=_rows(situation, task, before),
        text=_text(situation, task, is_open=is_open),
        selector=_selector(task) if is_open else None,
        buttons=_buttons(task) if is_open else (),
        link=situation.link,
    )


def _tone(task: Task, *, is_open: bool) -> Tone:
    if not is_open or task.acknowledged_at is not None:
        return Tone.CALM
    return Tone.ALARM if task.escalated_at is not None else Tone.PLAIN


def _title(situation: Situation, kind: TaskKind) -> str:
    match kind:
        case TaskKind.RECHECK_STOCK:
            return f"复核库存 · {trouble(situation)}"
        case TaskKind.REMIND_CARRIER:
            return f"联系{_carrier(situation)} · {lateness(situation)}"
        case TaskKind.FOLLOW_WAREHOUSE:
            return f"跟进仓库 · {lateness(situation)}"
        case TaskKind.FOLLOW_PAYMENT:
            return f"核对付款 · {lateness(situation)}"


def _stands(situation: Situation, task: Task, reader: UserId, *, is_open: bool) -> str:
    """The line under the title: who is to answer until when, or who has."""
    if not is_open:
        return _outcome(situation, task)
    if task.acknowledged_by is not None and task.acknowledged_at is not None:
        return f"{who(task.acknowledged_by, situation)} {clock(task.acknowledged_at, situation)} 已知悉"
    person = who(reader, situation)
    if task.escalated_at is not None:
        return f"{person}，没有人答复，请跟进"
    verb = "完成" if task.kind is TaskKind.RECHECK_STOCK else "答复"
    return f"{person}，请在 {clock(task.due_at, situation)} 前{verb}"


def _outcome(situation: Situation, task: Task) -> str:
    anomaly, result = situation.anomaly, task.answer
    if result is not None and task.done_at is not None:
        by = who(task.done_by, situation) if task.done_by else "系统"
        return f"{by} {clock(task.done_at, situation)}：{names.RESULTS[result]}"
    if anomaly.ended_at is not None:
        return f"{clock(anomaly.ended_at, situation)} {names.ENDED[anomaly.ended_how or Ended.MOVED]}"
    return f"{clock(task.done_at or situation.now, situation)} 订单有新进展"


def _text(situation: Situation, task: Task, *, is_open: bool) -> str:
    if task.done_at is not None and task.answer is not None:
        return f"{_asked_for(task.kind)}：{names.RESULTS[task.answer]}"
    if not is_open:
        return "不用再复核了，谢谢。" if task.kind is TaskKind.RECHECK_STOCK else "不用再联系了，谢谢。"
    match task.kind:
        case TaskKind.RECHECK_STOCK:
            return "请到货架看看这些商品是否真的有货，选好结果后点「提交」。回复顾客的话会用到它。"
        case TaskKind.REMIND_CARRIER:
            at_door = situation.anomaly.stage is Stage.PICKUP
            what = "确认上门取件时间" if at_door else "查清包裹现在在哪"
            said = "上次没有答复，" if task.result is TaskResult.NO_ANSWER else ""
            return f"{said}请联系{_carrier(situation)}{what}，把对方的答复选好后点「提交」；先应下来点「知道了」。"
        case TaskKind.FOLLOW_WAREHOUSE:
            return "请看看这笔订单在仓库里卡在哪一步，选好几时能完成后点「提交」；先应下来点「知道了」。"
        case TaskKind.FOLLOW_PAYMENT:
            return "请核对支付流水，选好结果后点「提交」。顾客在等消息。"


def _asked_for(kind: TaskKind) -> str:
    return {
        TaskKind.RECHECK_STOCK: "复核结果",
        TaskKind.REMIND_CARRIER: "快递答复",
        TaskKind.FOLLOW_WAREHOUSE: "仓库答复",
        TaskKind.FOLLOW_PAYMENT: "核对结果",
    }[kind]


def _selector(task: Task) -> Selector:
    answers = ANSWERS[task.kind]
    options = tuple(Option(id=result, text=names.RESULTS[result]) for result in answers)
    return Selector(id=RESULT, title=_asked_for(task.kind), options=options, selected=answers[0])


def _buttons(task: Task) -> tuple[Button, ...]:
    can_acknowledge = task.kind in ACKNOWLEDGED_ALONE and task.acknowledged_at is None
    return (SUBMIT_RESULT, ACKNOWLEDGE) if can_acknowledge else (SUBMIT_RESULT,)


# --- rows --------------------------------------------------------------------------


def _rows(situation: Situation, task: Task, before: Sequence[Asking]) -> tuple[Row, ...]:
    """What is needed to see to it; who was asked already pushes the least telling ones out."""
    found = {**_particulars(situation, task.kind), "问过": _asked_before(before, situation)}
    known = [label for label in found if found[label]]
    for label in ("店铺", "停滞", "地区"):
        if len(known) > MOST_ROWS and label in known:
            known.remove(label)
    return tuple(Row(label=label, value=found[label]) for label in known)


def _asked_before(before: Sequence[Asking], situation: Situation) -> str:
    """`3 次 · 李四 14:00、15:00、王五 16:00`"""
    if not before:
        return ""
    said: list[str] = []
    last: UserId | None = None
    for asking in before[-MOST_TIMES:]:
        at = clock(asking.at, situation)
        said.append(at if asking.who == last else f"{who(asking.who, situation)} {at}")
        last = asking.who
    return f"{len(before)} 次 · {'、'.join(said)}"


def _particulars(situation: Situation, kind: TaskKind) -> Mapping[str, str]:
    match kind:
        case TaskKind.RECHECK_STOCK | TaskKind.FOLLOW_WAREHOUSE:
            return _of_the_warehouse(situation)
        case TaskKind.REMIND_CARRIER:
            return _of_the_parcel(situation)
        case TaskKind.FOLLOW_PAYMENT:
            return _of_the_payment(situation)


def _of_the_warehouse(situation: Situation) -> Mapping[str, str]:
    return {
        "订单": order_no(situation),
        "仓库": free(situation.order.text(Attribute.WAREHOUSE) or ""),
        "商品": _items(situation),
        "店铺": shop(situation),
        "停滞": f"{clock(situation.anomaly.since, situation)} 起",
    }


def _items(situation: Situation) -> str:
    """The goods in question: those reported short, else the order's."""
    order = situation.order
    if order.shortage is not None and order.shortage.sku:
        return f"{coded(order.shortage.sku)}（缺{order.shortage.qty}）"
    listed = "、".join(f"{coded(item.sku)}×{item.qty}" for item in order.items[:MOST_ITEMS])
    return f"{listed} 等{len(order.items)}种" if len(order.items) > MOST_ITEMS else listed


def _of_the_parcel(situation: Situation) -> Mapping[str, str]:
    order = situation.order
    places = (order.text(Attribute.REGION), order.text(Attribute.DISTRICT))
    return {
        "订单": order_no(situation),
        "快递": _words(carrier(situation)) or free(order.text(Attribute.CARRIER) or ""),
        "运单": _words(tracking_no(situation)),
        "出库": _words(shipped_at(situation)),
        "地区": " ".join(free(place) for place in places if place),
        "店铺": shop(situation),
    }


def _of_the_payment(situation: Situation) -> Mapping[str, str]:
    order = situation.order
    amount = order.value(Attribute.AMOUNT_FEN)
    return {
        "订单": order_no(situation),
        "渠道": free(order.text(Attribute.PAYMENT_CHANNEL) or ""),
        "流水": coded(order.text(Attribute.PAYMENT_REF) or ""),
        "金额": f"¥{amount // 100:,}.{amount % 100:02}" if isinstance(amount, int) else "",
        "店铺": shop(situation),
        "停滞": f"{clock(situation.anomaly.since, situation)} 起",
    }


def _carrier(situation: Situation) -> str:
    return _words(carrier(situation)) or "快递"


def _words(fact: Fact | None) -> str:
    return fact.words if fact else ""
