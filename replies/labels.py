"""What is each thing of an enumeration called on a page? In either language."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from replies import names
from replies.evolving import EVOLVING
from replies.words import Language, Text
from rules.actions import Action
from rules.anomalies import Closing, Ended, Sorting, State
from rules.approvals import Upshot
from rules.contact import Because, Channel
from rules.course import Outcome
from rules.deadlines import Band
from rules.delivery import DeliveryState
from rules.events import Attribute, EventType
from rules.history import What
from rules.orders import OrderState
from rules.promises import PromiseState, Slot
from rules.reaching import Means, Needless
from rules.reasons import Reason
from rules.rights import Right, Role
from rules.signs import Sign
from rules.stages import Kind, Priority, Stage, Status
from rules.storms import Cause
from rules.tasks import TaskKind, TaskResult, TaskState

Enumeration = TypeVar("Enumeration", bound=StrEnum)


def _pairs(chinese: Mapping[Enumeration, str], english: Mapping[Enumeration, str]) -> dict[StrEnum, Text]:
    """Raises KeyError for a name that has no English."""
    return {value: Text(name, english[value]) for value, name in chinese.items()}


_TEXTS: tuple[Mapping[StrEnum, Text], ...] = (
    _pairs(
        names.SLOTS,
        {
            Slot.NEWS_BY: "news",
            Slot.DONE_BY: "done",
            Slot.SHIP_BY: "with the carrier",
            Slot.DELIVER_BY: "delivered",
        },
    ),
    {
        PromiseState.OPEN: Text("还没到时间", "Open"),
        PromiseState.KEPT: Text("兑现", "Kept"),
        PromiseState.BROKEN: Text("没兑现", "Broken"),
    },
    _pairs(
        names.STAGES,
        {
            Stage.PAYMENT: "Payment",
            Stage.CONFIRM: "Confirmation",
            Stage.PICKING: "Picking",
            Stage.PACKING: "Packing",
            Stage.PICKUP: "Pickup",
            Stage.TRANSIT: "In transit",
        },
    ),
    _pairs(
        names.KINDS,
        {
            Kind.NOT_STARTED: "not started",
            Kind.NOT_COMPLETED: "not completed",
            Kind.NO_UPDATE: "no news",
            Kind.STOCK_SHORT: "stock short",
        },
    ),
    _pairs(
        names.CAUSES,
        {
            Cause.PAYMENT_CHANNEL: "Payment channel",
            Cause.WAREHOUSE: "Warehouse",
            Cause.CARRIER: "Carrier",
            Cause.REGION: "Region",
            Cause.CARRIER_AND_REGION: "Carrier and region",
        },
    ),
    _pairs(
        names.UPSHOTS,
        {
            Upshot.WAITING: "about to be done",
            Upshot.UNDER_WAY: "on its way",
            Upshot.SENT: "Delivered",
            Upshot.DONE: "Done",
            Upshot.FAILED: "not delivered",
            Upshot.UNKNOWN: "unclear",
            Upshot.BY_HAND: "to be copied",
            Upshot.STALE: "words had changed, not sent",
            Upshot.BLOCKED: "no words yet",
            Upshot.REFUSED: "not repeated",
        },
    ),
    _pairs(
        names.STATES,
        {
            State.OPEN: "Unclaimed",
            State.CLAIMED: "Claimed",
            State.REPLIED: "Replied",
            State.RECOVERED: "Recovered",
            State.CLOSED: "Closed",
        },
    ),
    _pairs(
        names.REASONS,
        {
            Reason.PAYMENT_FAILED: "Payment failed",
            Reason.OUT_OF_STOCK: "Out of stock",
            Reason.PACKING_DELAYED: "Packing delayed",
            Reason.NOT_PICKED_UP: "Not picked up",
            Reason.OTHER: "Other",
        },
    ),
    _pairs(
        names.ENDED,
        {
            Ended.MOVED: "moved on",
            Ended.CANCELLED: "cancelled",
            Ended.REFUNDED: "cancelled (refund asked)",
            Ended.MERGED: "merged",
        },
    ),
    _pairs(
        names.CLOSING,
        {Closing.CONTACT: "reach the customer", Closing.END: "the order moves", Closing.REASON: "a reason"},
    ),
    _pairs(
        names.ACTIONS,
        {
            Action.SEND: "send the reply",
            Action.CLAIM: "claim",
            Action.ESCALATE: "escalate",
            Action.SNOOZE: "snooze",
            Action.REASON: "give the reason",
            Action.MARK_DONE: "mark as reached",
            Action.WAIVE: "waive the contact",
        },
    ),
    _pairs(
        names.STATUSES,
        {
            Status.STARTED: "started",
            Status.UPDATED: "progress",
            Status.COMPLETED: "completed",
            Status.FAILED: "failed",
            Status.REOPENED: "reopened",
        },
    ),
    _pairs(
        names.EVENTS,
        {
            EventType.CREATED: "placed",
            EventType.STAGE: "stage news",
            EventType.CHANGED: "changed",
            EventType.CANCELLED: "cancelled",
            EventType.RESUMED: "resumed",
            EventType.REFUND_REQUESTED: "refund requested",
            EventType.STOCK_SHORT: "stock reported",
            EventType.CONTACTED: "customer wrote",
            EventType.RETRACTED: "retracted",
        },
    ),
    _pairs(
        names.CHANNELS,
        {
            Channel.KF: "WeChat customer service",
            Channel.MASS: "mass message",
            Channel.SIDEBAR: "chat sidebar",
            Channel.COPY: "hand",
        },
    ),
    _pairs(
        names.MEANS,
        {
            Means.KF: "WeChat customer service",
            Means.MASS: "mass message",
            Means.SIDEBAR: "chat sidebar",
            Means.MARKETPLACE: "inside the marketplace",
            Means.COPY: "in person",
            Means.PHONE: "phone",
        },
    ),
    _pairs(
        names.NEEDLESS,
        {
            Needless.INFORMED: "the customer knows already",
            Needless.UNWANTED: "not to be disturbed",
            Needless.TEST: "a test order",
            Needless.OTHER: "other",
        },
    ),
    _pairs(
        names.BECAUSE,
        {
            Because.WINDOW_OPEN: "the customer wrote within 48 hours",
            Because.MARKETPLACE: "a marketplace order, answered there",
            Because.DRILL: "a drill, no customer gets anything",
            Because.NO_ADDRESS: "no conversation is known",
            Because.WINDOW_CLOSED: "the customer has not written for 48 hours",
            Because.QUOTA_SPENT: "five messages since the customer's last one",
            Because.NOT_CONNECTED: "WeChat customer service is not set up",
            Because.MASS_SPENT: "the customer has had all mass messages for now",
            Because.MASS_REFUSED: "the mass message did not get through",
            Because.SIDEBAR_REFUSED: "the sidebar did not get through",
            Because.WITH_COLLEAGUE: "a colleague has the conversation",
            Because.IN_QUEUE: "the conversation waits for a colleague",
            Because.SESSION_ENDED: "the conversation has ended",
            Because.CUSTOMER_REFUSES: "the customer refuses the account's messages",
            Because.ACCOUNT_SHUT: "the account may not write",
        },
    ),
    {
        Sign.ALIVE: Text("正常", "Alive"),
        Sign.QUIET: Text("本来就静", "Quiet by nature"),
        Sign.DELAYED: Text("滞后", "Behind"),
        Sign.LATE: Text("迟了", "Late"),
        Sign.OUT: Text("中断", "Out"),
    },
    {
        What.OPENED: Text("发现异常", "Noticed"),
        What.BREACHED: Text("又超一道时限", "A further limit passed"),
        What.HELD: Text("数据中断，暂缓", "Held: a source is silent"),
        What.RELEASED: Text("不再暂缓", "Held no longer"),
        What.INCIDENT_OPENED: Text("成为事件", "Made an incident"),
        What.JOINED: Text("并入事件", "Joined an incident"),
        What.WAVE: Text("事件又来一波", "Another wave of its incident"),
        What.REMINDED: Text("提醒", "Reminded"),
        What.HANDED_OVER: Text("转交", "Handed over"),
        What.PUSHED: Text("通知到人", "Called in person"),
        What.NUDGED: Text("提醒：订单还没动", "Reminded: the order has not moved"),
        What.LADDER_ENDED: Text("不再催办", "Nobody is told any more"),
        What.CLAIMED: Text("认领", "Claimed"),
        What.SENT: Text("提交回复", "Reply submitted"),
        What.REACHED: Text("已联系顾客", "Customer reached"),
        What.NOT_DELIVERED: Text("回复未送达", "Reply not delivered"),
        What.PROMISE_KEPT: Text("承诺兑现", "Promise kept"),
        What.PROMISE_NEAR: Text("承诺将到期", "Promise nearly due"),
        What.PROMISE_BROKEN: Text("承诺没兑现", "Promise broken"),
        What.ESCALATED: Text("升级", "Escalated"),
        What.SNOOZED: Text("稍后", "Snoozed"),
        What.REASON_GIVEN: Text("记录原因", "Reason given"),
        What.WAIVED: Text("免联系", "Contact waived"),
        What.CONTACTED: Text("顾客先来询问", "Customer asked first"),
        What.ENDED: Text("订单动了", "The order moved"),
        What.ALIVE_AGAIN: Text("又停住了", "Standing still again"),
        What.REOPENED: Text("重新打开", "Reopened"),
        What.CLOSED: Text("关闭", "Closed"),
        What.REFUSED: Text("操作未生效", "No effect"),
        What.TASK_REMINDED: Text("任务再问一次", "Task asked again"),
        What.TASK_ESCALATED: Text("任务转给值班经理", "Task escalated"),
        What.TASK_ACKNOWLEDGED: Text("任务在处理", "Task acknowledged"),
        What.TASK_DONE: Text("任务完成", "Task done"),
        What.PASSED_ON: Text("联系不上", "Not reached"),
        What.LETTER_LOST: Text("没有送出去", "Not delivered"),
    },
    _pairs(
        names.TASKS,
        {
            TaskKind.RECHECK_STOCK: "Re-check stock",
            TaskKind.REMIND_CARRIER: "Press the carrier",
            TaskKind.FOLLOW_WAREHOUSE: "Follow up the warehouse",
            TaskKind.FOLLOW_PAYMENT: "Look for the money",
        },
    ),
    _pairs(
        names.RESULTS,
        {
            TaskResult.IN_STOCK: "in stock",
            TaskResult.SHORT: "short",
            TaskResult.WRONG_BIN: "wrong bin, found",
            TaskResult.PICKED_UP_SOON: "picked up soon",
            TaskResult.DRIVER_ASSIGNED: "driver assigned",
            TaskResult.NO_ANSWER: "no answer",
            TaskResult.WITHIN_HALF_HOUR: "done within 30 min",
            TaskResult.WITHIN_TWO_HOURS: "done within 2 h",
            TaskResult.TODAY: "done today",
            TaskResult.PAID: "paid",
            TaskResult.NOT_PAID: "not paid",
            TaskResult.REFUNDED: "refunded",
            TaskResult.MOVED: "the order moved",
            TaskResult.WITHDRAWN: "not needed any more",
        },
    ),
    _pairs(
        names.TASK_STATES,
        {
            TaskState.WAITING: "Waiting",
            TaskState.OVERDUE: "Overdue",
            TaskState.ACKNOWLEDGED: "Being seen to",
            TaskState.DONE: "Done",
        },
    ),
    {
        Band.IN_TIME: Text("正常", "In time"),
        Band.GREY: Text("偏慢", "Slow"),
        Band.LATE: Text("超时", "Late"),
        Band.DONE: Text("完成", "Done"),
    },
    {
        OrderState.OPEN: Text("进行中", "Under way"),
        OrderState.CANCELLED: Text("已取消", "Cancelled"),
        OrderState.COMPLETED: Text("已完成", "Completed"),
    },
    {
        Attribute.CHANNEL: Text("渠道", "channel"),
        Attribute.AMOUNT_FEN: Text("金额", "amount"),
        Attribute.CURRENCY: Text("币种", "currency"),
        Attribute.TAGS: Text("标签", "tags"),
        Attribute.WAREHOUSE: Text("仓库", "warehouse"),
        Attribute.REGION: Text("地区", "region"),
        Attribute.DISTRICT: Text("区县", "district"),
        Attribute.PAYMENT_CHANNEL: Text("付款渠道", "paid by"),
        Attribute.PAYMENT_REF: Text("付款流水号", "payment reference"),
        Attribute.STOCK_LOCKED: Text("锁库", "stock locked"),
        Attribute.PACK_PROGRESS: Text("打包进度", "packing"),
        Attribute.CARRIER: Text("快递", "carrier"),
        Attribute.TRACKING_NO: Text("运单号", "tracking no."),
        Attribute.PARCELS: Text("包裹数", "parcels"),
    },
    {
        Outcome.COMPLETED: Text("已完成", "Completed"),
        Outcome.INFERRED: Text("推断完成", "Concluded"),
        Outcome.FAILED: Text("失败", "Failed"),
        Outcome.REOPENED: Text("重新打开", "Reopened"),
        Outcome.RESET: Text("随前面重来", "Begun anew"),
    },
    {
        Sorting.NEWEST: Text("最新的在前", "Newest first"),
        Sorting.DUE: Text("超时最久的在前", "Longest overdue first"),
    },
    {Priority.P1: Text("P1", "P1"), Priority.P2: Text("P2", "P2"), Priority.P3: Text("P3", "P3")},
    {
        DeliveryState.READY: Text("待发出", "To be sent"),
        DeliveryState.SENDING: Text("发送中", "Being sent"),
        DeliveryState.PENDING: Text("等同事确认", "Waits for a colleague"),
        DeliveryState.SENT: Text("已送达", "Sent"),
        DeliveryState.FAILED: Text("失败", "Failed"),
        DeliveryState.UNKNOWN: Text("结果不明", "Unknown"),
        DeliveryState.BOUNCED: Text("退回", "Bounced"),
        DeliveryState.FOLDED: Text("并入汇总", "In a digest"),
    },
    {
        Role.AGENT: Text("客服", "agent"),
        Role.LEAD: Text("组长", "lead"),
        Role.MANAGER: Text("经理", "manager"),
        Role.OPERATIONS: Text("运营", "operations"),
        Role.ADMIN: Text("管理员", "admin"),
    },
    {
        Right.LOOK: Text("查看", "look"),
        Right.WORK: Text("处理异常", "work on cases"),
        Right.CLAIM_MANY: Text("批量认领", "claim several"),
        Right.EXPORT: Text("导出", "export"),
        Right.REVEAL: Text("查看完整个人信息", "reveal personal data"),
        Right.ROSTER: Text("改别人的班", "change others' duty"),
        Right.TIE: Text("归单", "tie events"),
        Right.DECIDE: Text("记决策", "log decisions"),
        Right.ANSWER: Text("代填任务结果", "answer tasks of others"),
        Right.REHEARSE: Text("排练", "rehearse rules"),
        Right.AUDIT: Text("查看审计", "read the audit trail"),
        Right.APPROVE: Text("同意话术", "approve replies"),
        Right.RULES: Text("改规则", "change the rules"),
        Right.PUBLISH: Text("发布规则", "publish rules"),
    },
)

_LABELS: Mapping[tuple[type[StrEnum], str], Text] = {
    (type(value), value.value): text for texts in (*_TEXTS, *EVOLVING) for value, text in texts.items()
}


def label(value: StrEnum, language: Language) -> str:
    """What it is called. Raises KeyError for an enumeration that no page shows."""
    return _LABELS[type(value), value.value].said(language)


def labels(values: Iterable[StrEnum], language: Language) -> dict[str, str]:
    """The names of several, by their values, in the given order: the choices of a form."""
    return {value.value: label(value, language) for value in values}
