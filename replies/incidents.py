"""What does the card of an incident look like, and what is said of it in a line? From an impact to a face."""

from collections.abc import Iterator, Sequence

from replies import names, timewords
from replies.actions import REASON, SUBMIT_REASON, snooze_selector
from replies.cards import Button, Card, Form, Option, Row, Selector, Tap, Tone, Weight
from replies.causes import cause_of
from replies.impact import Affected, Impact, tally_of
from replies.lengths import shortened
from replies.masking import free
from replies.rows import clock, order_no, who
from rules.actions import Action
from rules.approvals import Upshot
from rules.events import UserId
from rules.losses import amount_of
from rules.reasons import Verdict, from_evidence

MOST_NAMED = 3
"""Orders with a row of their own on a card."""
MOST_NUMBERS = 20
"""Orders that a line names; the page has all of them."""
MOST_ROWS = 6
MOST_CAUSE = 10
"""Characters of a cause in a title."""
_PRIMARY, _DANGER = Weight.PRIMARY, Weight.DANGER


# --- what it is called ---------------------------------------------------------------


def heading(impact: Impact) -> str:
    """The same, and how many: `支付验证 · 支付宝 · 23 单`. The number is seen whatever the cause is called."""
    stage, cause = names.STAGES[impact.incident.stage], shortened(cause_of(impact.incident), MOST_CAUSE)
    return f"{stage} · {cause} · {len(impact.cases)} 单"


# --- its faces -------------------------------------------------------------------------


def incident_card(impact: Impact, note: str = "", results: Sequence[Affected] = ()) -> Card:
    """The card of an incident as it stands; `note` says who has just approved what, `results` what came of that."""
    shown = () if impact.is_closed else buttons(impact)
    return Card(
        source=f"盯单 · {impact.incident.priority}",
        tone=_tone(impact),
        title=heading(impact),
        subtitle=note or _standing(impact),
        rows=_rows(impact, results or impact.cases),
        text=_text(impact, results or impact.cases),
        selector=snooze_selector(shown),
        buttons=shown,
        link=impact.link,
    )


def incident_notice(impact: Impact, holders: Sequence[UserId]) -> Card:
    """An incident for those who can tap nothing: what is wrong, and who has the card with the buttons."""
    people = "、".join(who(userid, impact.any) for userid in holders)
    return Card(
        source=f"盯单 · {impact.incident.priority}",
        tone=_tone(impact),
        title=heading(impact),
        subtitle=_standing(impact),
        rows=_rows(impact, impact.cases),
        text=f"带按钮的卡片在{people}手里。点开看详情。" if people else "点开看详情。",
        link=impact.link,
    )


def incident_reason_form(impact: Impact) -> Form:
    """Why were they late? One reason for all of them that have none yet."""
    first = impact.any
    likely = from_evidence(first.order, first.anomaly.stage, first.anomaly.kind)
    return Form(
        source=f"盯单 · {impact.incident.priority}",
        title=f"记录原因 · {shortened(cause_of(impact.incident), MOST_CAUSE)}",
        subtitle=f"{impact.permits(Action.REASON)} 单还没有原因",
        selector=Selector(
            id=REASON,
            title="为什么晚了",
            options=tuple(Option(id=reason, text=name) for reason, name in names.REASONS.items()),
            selected=likely.reason,
        ),
        submit=SUBMIT_REASON,
    )


def buttons(impact: Impact) -> tuple[Button, ...]:
    """What can be done with all of it now; each says once what it does to every case that permits it."""
    send = len(impact.sendable)
    wanted = (
        (Button(tap=Tap.SEND, text=f"发送全部({send})", weight=_PRIMARY), send),
        (Button(tap=Tap.CLAIM, text="认领"), impact.permits(Action.CLAIM)),
        (Button(tap=Tap.ESCALATE, text="升级", weight=_DANGER), impact.permits(Action.ESCALATE)),
        (Button(tap=Tap.SNOOZE, text="稍后"), impact.permits(Action.SNOOZE)),
        (Button(tap=Tap.REASON, text="记录原因"), impact.permits(Action.REASON)),
        (Button(tap=Tap.REFRESH, text="刷新"), True),
    )
    return tuple(button for button, valid in wanted if valid)


def _tone(impact: Impact) -> Tone:
    if not any(one.is_unanswered for one in impact.cases):
        return Tone.CALM
    return Tone.ALARM if impact.unclaimed else Tone.TAKEN


def _standing(impact: Impact) -> str:
    """Where it stands: who approved last, and how many nobody has taken; that it is over, when it is."""
    incident, parts = impact.incident, list[str]()
    if incident.approved_by is not None and incident.approved_at is not None:
        parts.append(
            f"{who(incident.approved_by, impact.any)} {clock(incident.approved_at, impact.any)} 批准发送"
        )
    if impact.unclaimed:
        parts.append(f"{impact.unclaimed} 单待认领")
    if impact.is_closed:
        parts.append("已全部了结")
    return " · ".join(parts) or f"{clock(incident.opened_at, impact.any)} 起，都有人跟进"


# --- its rows ----------------------------------------------------------------------------


def _rows(impact: Impact, results: Sequence[Affected]) -> tuple[Row, ...]:
    """Until when, how far it has come, what it costs; then the orders that are worth most."""
    told = _figures(impact, results)
    return (*told, *(Row(label=_worth(one), value=_named(one)) for one in _top(impact, told)))


def _figures(impact: Impact, results: Sequence[Affected]) -> list[Row]:
    found = {
        "截止": _deadline(impact),
        "进展": f"已联系 {impact.reached} · 退款 {impact.refunded} · 恢复 {impact.back}",
        "结果": _results(results),
        "损失": _loss(impact),
    }
    return [Row(label=label, value=value) for label, value in found.items() if value]


def _top(impact: Impact, told: Sequence[Row]) -> Sequence[Affected]:
    """The orders that have a row of their own."""
    return impact.cases[: min(MOST_NAMED, MOST_ROWS - len(told))]


def _deadline(impact: Impact) -> str:
    at = impact.deadline
    if at is None:
        return ""
    return f"{clock(at, impact.any)} 前联系顾客{'，已过' if at < impact.now else ''}"


def _results(cases: Sequence[Affected]) -> str:
    """How many came to what, of what was approved."""
    tally = tally_of(cases)
    said = {_done(tally.sent): tally.sent, "未成": tally.failed, "处理中": tally.under_way}
    return " · ".join(f"{word} {len(some)}" for word, some in said.items() if some)


def _done(cases: Sequence[Affected]) -> str:
    messages = any(one.upshot is Upshot.SENT for one in cases)
    return names.UPSHOTS[Upshot.SENT if messages else Upshot.DONE]


def _loss(impact: Impact) -> str:
    """What is expected to be lost, and of that what is lost already."""
    loss = impact.loss
    if not loss.expected_fen:
        return f"未恢复 {yuan(loss.at_risk_fen)}" if loss.at_risk_fen else ""
    return f"预估 {yuan(loss.expected_fen)}，已退 {yuan(loss.lost_fen)}"


def _worth(one: Affected) -> str:
    """The amount of an order in the five characters that a row's label has."""
    amount = amount_of(one.situation.order)
    if amount is None:
        return "订单"
    whole = amount // 100
    return f"¥{whole}" if whole < 10_000 else f"¥{whole // 10_000}万"


def _named(one: Affected) -> str:
    """An order's number, its customer and how long it has stood still."""
    situation = one.situation
    until = situation.anomaly.ended_at or situation.now
    parts = (
        order_no(situation),
        free(situation.order.customer.name or ""),
        timewords.duration(until - situation.anomaly.since),
    )
    return " ".join(part for part in parts if part)


def yuan(fen: int) -> str:
    """An amount for a narrow place: `¥1,299`, `¥0.50`."""
    return f"¥{fen // 100:,}" if fen % 100 == 0 else f"¥{fen // 100:,}.{fen % 100:02}"


# --- its text ----------------------------------------------------------------------------


def _text(impact: Impact, results: Sequence[Affected]) -> str:
    """What went wrong, one of the messages as it would go, and the numbers of the orders without a row."""
    top = _top(impact, _figures(impact, results))
    parts = (_troubles(results), _sample(impact), _others(impact.cases[len(top) :]))
    return "\n".join(part for part in parts if part)


def _troubles(cases: Sequence[Affected]) -> str:
    failed = tally_of(cases).failed
    return f"没有成：{'、'.join(told(one) for one in failed[:MOST_NUMBERS])}" if failed else ""


def told(one: Affected) -> str:
    """An order and what came of what was approved for it: `DB1（顾客拒收）`."""
    why = one.why or names.UPSHOTS[one.upshot or Upshot.WAITING]
    return f"{order_no(one.situation)}（{free(why)}）"


def _sample(impact: Impact) -> str:
    """One of the messages. Each customer gets their own; the page shows all of them."""
    for one in impact.sendable:
        if one.words is not None:
            copied = sum(1 for other in impact.cases if other.must_be_copied)
            also = f"另有 {copied} 单要复制发送。" if copied else ""
            return f"示例（{order_no(one.situation)}）：{one.words.text}{also}"
    return ""


def _others(rest: Sequence[Affected]) -> str:
    return f"其余 {len(rest)} 单：{numbers(rest)}" if rest else ""


def numbers(cases: Sequence[Affected]) -> str:
    """The orders' numbers in full, as many as a line takes: the page has the rest."""
    named = "、".join(order_no(one.situation) for one in cases[:MOST_NUMBERS])
    return f"{named} 等，全部见详情页" if len(cases) > MOST_NUMBERS else named


# --- lines -------------------------------------------------------------------------------


def approved_note(
    impact: Impact, action: Action, by: UserId, count: int, verdict: Verdict | None = None
) -> str:
    """Who has just approved what for how many orders, for the card."""
    person = f"{who(by, impact.any)} {clock(impact.now, impact.any)}"
    if action is Action.SEND:
        return f"{person} 批准发送 {count} 单"
    also = f"：{names.REASONS[verdict.reason]}" if verdict is not None else ""
    return f"{person} {names.ACTIONS[action]} {count} 单{also}"


def nothing_left(impact: Impact, action: Action) -> str:
    """To an approval that no case permits any more: who was first, where one person was."""
    incident = impact.incident
    first = {
        Action.SEND: (incident.approved_by, incident.approved_at, "批准发送"),
        Action.CLAIM: (incident.owner, incident.claimed_at, "认领"),
    }
    by, at, what = first.get(action, (None, None, ""))
    if by is None or at is None:
        return "这些订单都已处理过，没有重复执行"
    return f"已由{who(by, impact.any)} {clock(at, impact.any)} {what}，没有重复执行"


def approved_line(impact: Impact, note: str) -> str:
    """The same as a line of its own."""
    return f"{heading(impact)}：{note}。"


def results_line(impact: Impact, cases: Sequence[Affected]) -> str:
    """What came of the messages that one approval has ordered, each failure by its order."""
    return f"{heading(impact)}：{'；'.join(_results_of(cases))}。{_see(impact)}"


def _results_of(cases: Sequence[Affected]) -> Iterator[str]:
    tally = tally_of(cases)
    yield f"批准的 {len(cases)} 单中 {len(tally.sent)} 单已送达"
    if tally.failed:
        yield f"没发出 {len(tally.failed)} 单：{'、'.join(told(one) for one in tally.failed[:MOST_NUMBERS])}"
    if tally.under_way:
        yield f"还没有结果 {len(tally.under_way)} 单：{numbers(tally.under_way)}"


def _see(impact: Impact) -> str:
    return f"详情 {impact.link}" if impact.link else ""


def instead(note: str) -> str:
    """To a tap whose card could not be changed in time; `note` is what the card would have said."""
    return f"{note or '卡片没能更新，请过一分钟再点'}。"
