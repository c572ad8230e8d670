"""What does each card look like? From a situation to the one form that every surface is given."""

from collections.abc import Sequence

from replies import names
from replies.actions import (
    CALLED,
    REASON,
    SUBMIT_REASON,
    buttons,
    case_buttons,
    copied_button,
    snooze_selector,
    without_draft,
)
from replies.cards import Button, Card, Form, Option, Row, Selector, Tap, Tone
from replies.drafts import Blocked, Draft
from replies.masking import free
from replies.rows import (
    TONES,
    clock,
    order_no,
    rows,
    shop,
    source,
    subtitle,
    title,
    trouble,
    waiver,
    way,
    who,
)
from replies.situation import Situation
from rules.anomalies import State
from rules.contact import Channel
from rules.events import UserId
from rules.ladder import contact_by
from rules.reasons import Verdict, from_evidence
from rules.tasks import TaskResult


def case_card(situation: Situation, draft: Draft | Blocked, note: str = "") -> Card:
    """The card of a case, in its present state; a P1 push shows the same.

    `note` says who has just done what; without it the card says where the case stands. While a message is
    on its way, or has been sent, `draft` is the one that was sent.
    """
    shown = buttons(situation)
    if isinstance(draft, Blocked):
        shown = without_draft(shown, situation)
    return Card(
        source=source(situation),
        tone=TONES[situation.anomaly.state],
        title=title(situation),
        subtitle=subtitle(situation, note),
        rows=rows(situation),
        text=_text(situation, draft, shown),
        selector=snooze_selector(shown),
        buttons=shown,
        link=situation.link,
    )


def case_notice(situation: Situation, holders: Sequence[UserId]) -> Card:
    """A case for those who can tap nothing: what is wrong, and who has the card with the buttons."""
    people = "、".join(who(userid, situation) for userid in holders)
    return Card(
        source=source(situation),
        tone=TONES[situation.anomaly.state],
        title=title(situation),
        subtitle=subtitle(situation),
        rows=rows(situation),
        text=f"带按钮的卡片在{people}手里。点开看详情。" if people else "点开看详情。",
        link=situation.link,
    )


def copy_card(situation: Situation, draft: Draft, note: str = "") -> Card:
    """The text to take to the customer by hand, after 发送回复 on a channel that the bot cannot write to."""
    shown = (copied_button(situation), *case_buttons(situation, taken=True))
    in_sidebar = situation.route.channel is Channel.SIDEBAR
    return Card(
        source=source(situation),
        tone=Tone.TAKEN,
        title=f"{'请在侧边栏发送' if in_sidebar else '请复制发送'} · {trouble(situation)}",
        subtitle=note
        or (_in_sidebar(situation) if in_sidebar else "请复制下面的话发给顾客，发完点「已处理」"),
        rows=(
            Row(label="订单", value=order_no(situation)),
            Row(label="店铺", value=shop(situation)),
            Row(label="发送", value=way(situation)),
            Row(label="截止", value=clock(contact_by(situation.anomaly, situation.book), situation)),
        ),
        text=draft.text,
        selector=snooze_selector(shown),
        buttons=shown,
        link=situation.link,
    )


def phone_card(situation: Situation, draft: Draft | Blocked) -> Card:
    """What to tell the customer by phone, after 改电话; who has called says so here."""
    shown = (CALLED, *case_buttons(situation, taken=True))
    phone = situation.order.customer.phone
    found = {
        "订单": order_no(situation),
        "电话": phone.shown if phone else "",
        "店铺": shop(situation),
        "截止": clock(contact_by(situation.anomaly, situation.book), situation),
    }
    return Card(
        source=source(situation),
        tone=Tone.TAKEN,
        title=f"请打电话 · {trouble(situation)}",
        subtitle="说完点「已处理」，没打通点「稍后」" + ("" if phone is None else "；完整号码在详情页"),
        rows=tuple(Row(label=label, value=value) for label, value in found.items() if value),
        text=draft.text if isinstance(draft, Draft) else f"请向顾客说明情况（{draft.why}）。",
        selector=snooze_selector(shown),
        buttons=shown,
        link=situation.link,
    )


def _in_sidebar(situation: Situation) -> str:
    """Who can send it with one tap; whoever can not, copies the words."""
    employee = situation.route.employee
    person = who(employee, situation) if employee else "加了顾客的同事"
    return f"请{person}在聊天侧边栏发送，或复制发送后点「已处理」"


def likely_reason(situation: Situation) -> Verdict:
    """The reason as it was given before, else what the evidence and those whom we asked point to."""
    anomaly, not_on_shelf = situation.anomaly, situation.stock_result is TaskResult.SHORT
    evidence = from_evidence(situation.order, anomaly.stage, anomaly.kind, not_on_shelf=not_on_shelf)
    return anomaly.reason or evidence


def reason_form(situation: Situation) -> Form:
    """Why was it late? Pre-selected from the evidence, or as it was given before, so that two taps are enough."""
    return Form(
        source=source(situation),
        title=f"记录原因 · {trouble(situation)}",
        subtitle=f"订单 {order_no(situation)}",
        selector=Selector(
            id=REASON,
            title="为什么晚了",
            options=tuple(Option(id=reason, text=name) for reason, name in names.REASONS.items()),
            selected=likely_reason(situation).reason,
        ),
        submit=SUBMIT_REASON,
    )


def _text(situation: Situation, draft: Draft | Blocked, shown: tuple[Button, ...]) -> str:
    if situation.anomaly.state is State.CLOSED:
        return _summary(situation)
    if isinstance(draft, Draft):
        return draft.text
    if Tap.MARK_DONE not in {button.tap for button in shown}:
        return draft.why
    return f"暂时没有可发的话：{draft.why}。请自行联系顾客后点「已处理」；数据补齐后点「刷新」。"


def _summary(situation: Situation) -> str:
    """How the case was settled."""
    anomaly = situation.anomaly
    contact = "没有联系顾客"
    if anomaly.reached_at is not None:
        person = who(anomaly.reached_by or anomaly.sent_by, situation)
        how = f"（{names.MEANS[anomaly.reached_how]}）" if anomaly.reached_how else ""
        contact = f"{person} {clock(anomaly.reached_at, situation)} 已联系顾客{how}"
    elif anomaly.waived_by is not None:
        contact = waiver(situation)
    if anomaly.reason is None:
        return f"{contact}。"
    said = names.REASONS[anomaly.reason.reason]
    if anomaly.reason.text:
        said = f"{said}（{free(anomaly.reason.text)}）"
    by = who(anomaly.reason_by, situation)
    return f"{contact}。原因：{said}，{by}记录。"
