"""Every card in every state: what the golden files show, and what general promises are tested on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from msgspec import structs

from replies import notices
from replies.cards import Card, Face, News, Point, Row, Tone
from replies.digests import overflow_card
from replies.drafts import Blocked, draft
from replies.faces import case_card, case_notice, copy_card, phone_card, reason_form
from replies.incidents import approved_note, incident_card, incident_notice, incident_reason_form
from replies.situation import Situation
from replies.taskfaces import Asking, task_card
from rules.actions import Action
from rules.anomalies import bounce, end_merged, reopen
from rules.approvals import Upshot
from rules.book import AutomaticAction
from rules.contact import Because, Route
from rules.delivery import DeliveryState
from rules.events import Attribute, Customer, Item
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason
from rules.stages import Kind, Stage, Status
from rules.tasks import TaskKind, TaskResult
from tests.replies.builders import (
    COPY,
    LI,
    MASS,
    NOW,
    SIDEBAR,
    TEMPLATES,
    WANG,
    ZHANG,
    Story,
    a_case,
    answered,
    asked,
    at,
    by_hand,
    cancelled,
    drafted,
    later,
    moved,
    reached,
    reasoned,
)
from tests.replies.incidents import a_member, affected, an_impact, many

LONG_NO = "DB20251222-8830000000000000000000000000000000000000000000000000001"
BOARD = "https://dingdan.example/"
LINK = "https://dingdan.example/cases/a1"
NEWS = News(
    source="盯单",
    tone=Tone.CALM,
    title="订单 DB20251222-883 的一天",
    subtitle="从下单到揽收",
    image="https://dingdan.example/static/stages.png",
    points=(
        Point(title="支付验证", text="10:02 完成"),
        Point(title="审单锁库", text="10:20 完成"),
        Point(title="仓库拣货"),
    ),
    rows=(Row(label="店铺", value="main"), Row(label="订单", value="DB20251222-883")),
    link=LINK,
)
FACTS = {
    Attribute.CARRIER: "yuantong",
    Attribute.TRACKING_NO: "YT0000000000001",
    Attribute.REGION: "浙江",
    Attribute.DISTRICT: "余杭",
    Attribute.WAREHOUSE: "杭州一仓",
}
HANDED_OUT = Story().stage(
    Stage.PACKING, Status.UPDATED, at("10:59"), operator="李四", note="出库交接，急件请打 13800138000"
)


def usual(**parts: object) -> Situation:
    """The case of the story: shipped, and nobody has come for it."""
    told = [AutomaticAction.POST_CARD, AutomaticAction.REMIND_CARRIER]
    return a_case(
        facts=FACTS,
        customer=Customer(name="李女士"),
        extra=HANDED_OUT.events,
        done=told,
        **parts,  # type: ignore[arg-type]
    )


def unpaid() -> Situation:
    told = [AutomaticAction.POST_CARD, AutomaticAction.PUSH_DUTY_MANAGER]
    return a_case(Stage.PAYMENT, done=told)


def unpicked(**parts: object) -> Situation:
    return a_case(
        Stage.PICKING,
        facts={Attribute.WAREHOUSE: "杭州一仓"},
        done=[AutomaticAction.RECHECK_STOCK],
        **parts,  # type: ignore[arg-type]
    )


def split() -> Situation:
    """Two parcels, of which one was not fetched."""
    parcels = (
        Story()
        .stage(Stage.PACKING, Status.COMPLETED, at("10:57"), "YT0000000000001")
        .stage(Stage.PACKING, Status.COMPLETED, at("10:57"), "YT0000000000002")
        .stage(Stage.PICKUP, Status.COMPLETED, at("11:30"), "YT0000000000002")
    )
    return a_case(extra=parcels.events)


def sending(case: Situation, state: DeliveryState) -> Situation:
    return replace(by_hand(case, Action.SEND), last_round=state)


def in_the_hand_of_li(case: Situation) -> Situation:
    """The message waits for an employee to send it on."""
    waiting = sending(case, DeliveryState.PENDING)
    return replace(waiting, last_channel=case.route.channel, in_hands_of=LI)


def shown(case: Situation, note: str = "") -> Face:
    return case_card(case, draft(case, TEMPLATES), note)


def noted(case: Situation, action: Action) -> Face:
    return shown(case, notices.note(action, case, ZHANG))


def waived(case: Situation) -> Situation:
    """The customer knows already, somebody says."""
    return by_hand(case, Action.WAIVE, waiver=Waiver(why=Needless.INFORMED))


def bounced(case: Situation) -> Situation:
    """The message that had reached the customer has not after all."""
    assert case.anomaly.reached_at is not None
    again = bounce(case.anomaly, case.anomaly.reached_at, case.now)
    return replace(case, anomaly=again, last_round=DeliveryState.BOUNCED)


def reopened(case: Situation) -> Situation:
    """The customer called after it was closed."""
    return replace(case, anomaly=reopen(case.anomaly, case.now))


def situations() -> Mapping[str, Situation]:
    """A case in every state, by name."""
    claimed = by_hand(usual(), Action.CLAIM)
    replied = reached(usual())
    merged = replace(claimed, anomaly=end_merged(claimed.anomaly, NOW))
    return {
        "open": usual(),
        "open-p1": unpaid(),
        "open-old": replace(usual(), now=NOW + timedelta(days=1)),
        "open-copy": usual(route=COPY),
        "open-no-address": usual(route=Route(channel=COPY.channel, because=Because.NO_ADDRESS)),
        "open-long-number": usual(order_no=LONG_NO),
        "open-linked": usual(link=LINK),
        "open-parcels": split(),
        "open-short": unpicked(kind=Kind.STOCK_SHORT),
        "claimed": claimed,
        "claimed-snoozed": by_hand(claimed, Action.SNOOZE),
        "claimed-escalated": by_hand(claimed, Action.ESCALATE),
        "claimed-reasoned": reasoned(claimed),
        "open-mass": usual(route=MASS),
        "open-sidebar": usual(route=SIDEBAR),
        "mass-pending": in_the_hand_of_li(usual(route=MASS)),
        "sidebar-pending": in_the_hand_of_li(usual(route=SIDEBAR)),
        "submitted": sending(usual(), DeliveryState.READY),
        "sending": sending(claimed, DeliveryState.SENDING),
        "failed": sending(usual(), DeliveryState.FAILED),
        "called": by_hand(sending(usual(), DeliveryState.FAILED), Action.MARK_DONE, means=Means.PHONE),
        "reopened": reopened(moved(reasoned(replied))),
        "bounced": bounced(replied),
        "unknown": sending(usual(), DeliveryState.UNKNOWN),
        "replied": replied,
        "waived": waived(usual()),
        "recovered": moved(claimed),
        "recovered-replied": moved(replied),
        "recovered-waived": moved(waived(usual())),
        "recovered-unknown": replace(moved(claimed), last_round=DeliveryState.UNKNOWN),
        "recovered-sending": replace(moved(sending(usual(), DeliveryState.SENDING))),
        "recovered-cancelled": cancelled(claimed),
        "recovered-merged": merged,
        "closed": moved(reasoned(replied)),
        "closed-linked": moved(reasoned(reached(usual(link=LINK)))),
        "closed-waived": moved(reasoned(waived(usual()), Reason.OTHER, "客户自提 13800138000")),
        "closed-healed": moved(unpicked()),
    }


def gallery() -> Mapping[str, Face]:
    """Every face, by name."""
    claimed, snoozed = by_hand(usual(), Action.CLAIM), by_hand(usual(), Action.SNOOZE)
    blocked = Blocked(template="pickup_no_update", version="v", missing=("shipped_at",), why="还缺出库时间")
    return {
        **{f"case-{name}": shown(case) for name, case in situations().items()},
        "case-open-blocked": case_card(usual(), blocked),
        "case-claimed-blocked": case_card(claimed, blocked),
        "case-replied-blocked": case_card(reached(usual()), blocked),
        "case-note-claim": noted(claimed, Action.CLAIM),
        "case-note-snooze": noted(snoozed, Action.SNOOZE),
        "case-note-long": shown(
            claimed, "阿卜杜热合曼·阿卜杜拉·买买提江 14:02 记录原因：其他（客户要求改地址，等待重新出单）"
        ),
        "copy": copy_card(claimed, drafted(claimed)),
        "phone": phone_card(sending(usual(), DeliveryState.FAILED), drafted(usual())),
        "phone-blocked": phone_card(sending(usual(link=LINK), DeliveryState.BOUNCED), blocked),
        "copy-long-number": copy_card(usual(order_no=LONG_NO, route=COPY), drafted(usual(order_no=LONG_NO))),
        "reason-form": reason_form(claimed),
        "reason-form-long-number": reason_form(usual(order_no=LONG_NO)),
        **{f"task-{name}": face for name, face in tasks().items()},
        "notice-open": case_notice(usual(link=LINK), [ZHANG, LI]),
        "notice-recovered": case_notice(moved(by_hand(usual(link=LINK), Action.CLAIM)), []),
        "notice-long-number": case_notice(usual(order_no=LONG_NO, link=LINK), [ZHANG]),
        **_incidents(),
        "news": NEWS,
        "case-later": shown(later(usual(), timedelta(minutes=7))),
        "overflow": overflow_card([usual(), unpicked()], 2, BOARD),
        "overflow-long-number": overflow_card([usual(order_no=LONG_NO), unpicked()], 2, BOARD),
        "overflow-many": overflow_card(
            [unpaid(), usual(), unpicked(), unpicked(kind=Kind.STOCK_SHORT), split()], 280, BOARD
        ),
    }


def tasks() -> Mapping[str, Face]:
    """The cards of tasks of every kind: asked, asked again, escalated, acknowledged, answered, over."""
    four = (Item(sku="SKU-1", qty=2), Item(sku="SKU-2"), Item(sku="SKU-3"), Item(sku="SKU-4"))
    full = replace(unpicked(), order=structs.replace(unpicked().order, items=four))
    found = answered(unpicked(link=LINK), TaskResult.WRONG_BIN)
    shelf, carrier = TaskKind.RECHECK_STOCK, TaskKind.REMIND_CARRIER
    warehouse, payment = TaskKind.FOLLOW_WAREHOUSE, TaskKind.FOLLOW_PAYMENT
    once = [Asking(who=LI, at=NOW - timedelta(hours=2))]
    often = [*once, *(Asking(who=LI, at=NOW - timedelta(minutes=minutes)) for minutes in (60, 30))]
    mine: dict[str, Any] = {"acknowledged_by": LI, "acknowledged_at": NOW}
    passed_on: dict[str, Any] = {"escalated_at": NOW, "times": 3, "owner": WANG}
    paid = {Attribute.PAYMENT_CHANNEL: "wxpay", Attribute.AMOUNT_FEN: 129900}
    return {
        "stock": of_task(asked(full), shelf),
        "stock-short": of_task(asked(unpicked(kind=Kind.STOCK_SHORT)), shelf),
        "stock-again": of_task(asked(unpicked(), times=2), shelf, once),
        "stock-done": of_task(found, shelf, note=notices.answered(found, shelf, LI)),
        "stock-done-before": of_task(found, shelf),
        "stock-done-by-event": of_task(answered(unpicked(), TaskResult.SHORT, by=None), shelf),
        "stock-over": of_task(moved(answered(unpicked(), TaskResult.MOVED)), shelf),
        "carrier": of_task(asked(usual(), carrier), carrier),
        "carrier-transit": of_task(asked(by_hand(a_case(Stage.TRANSIT), Action.CLAIM), carrier), carrier),
        "carrier-again": of_task(asked(usual(), carrier, times=3), carrier, often[:2]),
        "carrier-no-answer": of_task(answered(usual(), TaskResult.NO_ANSWER, carrier), carrier, once),
        "carrier-escalated": of_task(asked(usual(), carrier, **passed_on), carrier, often),
        "carrier-read": of_task(asked(usual(), carrier, **mine), carrier),
        "carrier-done": of_task(answered(usual(), TaskResult.DRIVER_ASSIGNED, carrier), carrier),
        "carrier-moved": of_task(answered(usual(), TaskResult.MOVED, carrier, by=None), carrier),
        "carrier-over": of_task(moved(answered(usual(), TaskResult.MOVED, carrier)), carrier),
        "warehouse": of_task(asked(a_case(Stage.PACKING), warehouse), warehouse),
        "warehouse-done": of_task(answered(a_case(Stage.PACKING), TaskResult.TODAY, warehouse), warehouse),
        "payment": of_task(asked(a_case(Stage.PAYMENT, facts=paid), payment), payment),
        "payment-done": of_task(answered(unpaid(), TaskResult.NOT_PAID, payment), payment),
    }


def of_task(situation: Situation, kind: TaskKind, before: Sequence[Asking] = (), note: str = "") -> Card:
    """The card of the situation's task."""
    return task_card(situation, situation.tasks[kind], before=before, note=note)


def _incidents() -> Mapping[str, Face]:
    """The card of an incident, from its first minute to its end."""
    few, storm = an_impact(many(3), link=LINK), an_impact(many(23), link=LINK)
    first, second, third, *others = (by_hand(one, Action.CLAIM) for one in many(23))
    approved = an_impact(
        [
            affected(sending(first, DeliveryState.FAILED), Upshot.FAILED, "顾客拒收客服消息"),
            affected(replace(second, route=COPY), Upshot.BY_HAND),
            affected(sending(third, DeliveryState.SENDING), Upshot.UNDER_WAY),
            *(affected(reached(one), Upshot.SENT) for one in others),
        ],
        link=LINK,
        approved_by=ZHANG,
        approved_at=NOW,
    )
    long = an_impact(
        [a_member(1, order_no=LONG_NO, amount_fen=9_900, name="阿卜杜热合曼·阿卜杜拉·买买提江"), a_member(2)],
        value="某某银行信用卡分期付款通道（华东二区）",
        link=LINK,
    )
    return {
        "incident": incident_card(few),
        "incident-storm": incident_card(storm),
        "incident-note": incident_card(storm, approved_note(storm, Action.CLAIM, ZHANG, 23)),
        "incident-approved": incident_card(approved),
        "incident-closed": incident_card(
            an_impact([moved(reasoned(reached(one))) for one in many(3)], link=LINK)
        ),
        "incident-long": incident_card(long),
        "incident-notice": incident_notice(few, [ZHANG, LI]),
        "incident-reason-form": incident_reason_form(storm),
        "incident-reason-form-long": incident_reason_form(long),
    }
