"""What are things called in Chinese? One word for each, wherever it is shown."""

from collections.abc import Mapping

from rules.actions import Action
from rules.anomalies import Closing, Ended, State
from rules.approvals import Upshot
from rules.contact import Because, Channel
from rules.events import EventType
from rules.inquiry import Ending
from rules.promises import Slot
from rules.reaching import Means, Needless
from rules.reasons import Reason
from rules.stages import Kind, Stage, Status
from rules.storms import Cause
from rules.tasks import TaskKind, TaskResult, TaskState

STAGES: Mapping[Stage, str] = {
    Stage.PAYMENT: "支付验证",
    Stage.CONFIRM: "审单锁库",
    Stage.PICKING: "仓库拣货",
    Stage.PACKING: "打包出库",
    Stage.PICKUP: "物流揽收",
    Stage.TRANSIT: "在途签收",
}

WORK: Mapping[Stage, str] = {
    Stage.PAYMENT: "付款",
    Stage.CONFIRM: "审单",
    Stage.PICKING: "拣货",
    Stage.PACKING: "打包",
    Stage.PICKUP: "揽收",
    Stage.TRANSIT: "在途",
}
"""The stages in two characters, for titles."""

KINDS: Mapping[Kind, str] = {
    Kind.NOT_STARTED: "未开始",
    Kind.NOT_COMPLETED: "未完成",
    Kind.NO_UPDATE: "停滞",
    Kind.STOCK_SHORT: "库存不足",
}

CAUSES: Mapping[Cause, str] = {
    Cause.PAYMENT_CHANNEL: "支付渠道",
    Cause.WAREHOUSE: "仓库",
    Cause.CARRIER: "承运商",
    Cause.REGION: "地区",
    Cause.CARRIER_AND_REGION: "承运商+地区",
}

STATES: Mapping[State, str] = {
    State.OPEN: "待认领",
    State.CLAIMED: "已认领",
    State.REPLIED: "已联系",
    State.RECOVERED: "已恢复",
    State.CLOSED: "已关闭",
}

REASONS: Mapping[Reason, str] = {
    Reason.PAYMENT_FAILED: "支付失败",
    Reason.OUT_OF_STOCK: "库存不足",
    Reason.PACKING_DELAYED: "打包延误",
    Reason.NOT_PICKED_UP: "物流未取件",
    Reason.OTHER: "其他",
}

TASKS: Mapping[TaskKind, str] = {
    TaskKind.RECHECK_STOCK: "复核库存",
    TaskKind.REMIND_CARRIER: "催快递",
    TaskKind.FOLLOW_WAREHOUSE: "跟进仓库",
    TaskKind.FOLLOW_PAYMENT: "核对付款",
}

RESULTS: Mapping[TaskResult, str] = {
    TaskResult.IN_STOCK: "有货",
    TaskResult.SHORT: "缺货",
    TaskResult.WRONG_BIN: "放错库位，已找到",
    TaskResult.PICKED_UP_SOON: "很快来取",
    TaskResult.DRIVER_ASSIGNED: "已派快递员",
    TaskResult.NO_ANSWER: "没有答复",
    TaskResult.WITHIN_HALF_HOUR: "半小时内完成",
    TaskResult.WITHIN_TWO_HOURS: "两小时内完成",
    TaskResult.TODAY: "今天内完成",
    TaskResult.PAID: "已到账",
    TaskResult.NOT_PAID: "未到账",
    TaskResult.REFUNDED: "已退款",
    TaskResult.MOVED: "订单已动",
    TaskResult.WITHDRAWN: "不用了",
}

TASK_STATES: Mapping[TaskState, str] = {
    TaskState.WAITING: "等答复",
    TaskState.OVERDUE: "逾期",
    TaskState.ACKNOWLEDGED: "在处理",
    TaskState.DONE: "已完成",
}

ENDED: Mapping[Ended, str] = {
    Ended.MOVED: "已恢复",
    Ended.CANCELLED: "已取消",
    Ended.REFUNDED: "已取消（要求退款）",
    Ended.MERGED: "已合并",
}

CLOSING: Mapping[Closing, str] = {
    Closing.CONTACT: "联系顾客",
    Closing.END: "订单恢复",
    Closing.REASON: "记录原因",
}

CHANNELS: Mapping[Channel, str] = {
    Channel.KF: "微信客服",
    Channel.MASS: "企业群发",
    Channel.SIDEBAR: "聊天侧边栏",
    Channel.COPY: "复制发送",
}

BECAUSE: Mapping[Because, str] = {
    Because.WINDOW_OPEN: "顾客48小时内来过",
    Because.MARKETPLACE: "平台订单，站内回复",
    Because.DRILL: "演练，不发给任何顾客",
    Because.NO_ADDRESS: "没有客服会话",
    Because.WINDOW_CLOSED: "顾客超48小时未来信",
    Because.QUOTA_SPENT: "已连发5条，待顾客回复",
    Because.NOT_CONNECTED: "未接入微信客服",
    Because.MASS_SPENT: "顾客的群发次数已用完",
    Because.MASS_REFUSED: "群发没有成功",
    Because.SIDEBAR_REFUSED: "侧边栏没有发成",
    Because.WITH_COLLEAGUE: "同事正在客服接待",
    Because.IN_QUEUE: "客服会话排队中",
    Because.SESSION_ENDED: "客服会话已结束",
    Because.CUSTOMER_REFUSES: "顾客拒收客服消息",
    Because.ACCOUNT_SHUT: "客服账号不能发送",
}

MEANS: Mapping[Means, str] = {
    Means.KF: "微信客服",
    Means.MASS: "企业群发",
    Means.SIDEBAR: "聊天侧边栏",
    Means.MARKETPLACE: "平台站内",
    Means.COPY: "自行联系",
    Means.PHONE: "电话",
}

NEEDLESS: Mapping[Needless, str] = {
    Needless.INFORMED: "客户已知情",
    Needless.UNWANTED: "无需打扰",
    Needless.TEST: "测试订单",
    Needless.OTHER: "其他",
}

ENDINGS: Mapping[Ending, str] = {
    Ending.SENT: "",
    Ending.NOT_A_FRIEND: "顾客已不是这位同事的客户",
    Ending.CAPPED: "顾客近期能收的群发已用完",
    Ending.UNCONFIRMED: "同事一直没有确认，已撤回",
    Ending.STOPPED: "群发在企业微信里被取消了",
    Ending.WITHDRAWN: "原话已不属实，已撤回",
    Ending.REFUSED: "企业微信没有发出",
    Ending.NEVER_THERE: "企业微信没有收下",
    Ending.UNKNOWN: "",
}
"""How it ended with a message that a colleague had to send on, for the agents."""

UPSHOTS: Mapping[Upshot, str] = {
    Upshot.WAITING: "马上处理",
    Upshot.UNDER_WAY: "发送中",
    Upshot.SENT: "已送达",
    Upshot.DONE: "已完成",
    Upshot.FAILED: "没发出",
    Upshot.UNKNOWN: "待核实",
    Upshot.BY_HAND: "需复制发送",
    Upshot.STALE: "内容已变，没有发",
    Upshot.BLOCKED: "暂无可发的话",
    Upshot.REFUSED: "没有重复执行",
}
"""What came of what was approved for many cases together, in one of them."""

ACTIONS: Mapping[Action, str] = {
    Action.SEND: "提交回复",
    Action.CLAIM: "认领",
    Action.ESCALATE: "升级",
    Action.SNOOZE: "稍后处理",
    Action.REASON: "记录原因",
    Action.MARK_DONE: "已联系顾客",
    Action.WAIVE: "免联系",
}

STATUSES: Mapping[Status, str] = {
    Status.STARTED: "开始",
    Status.UPDATED: "有进展",
    Status.COMPLETED: "完成",
    Status.FAILED: "失败",
    Status.REOPENED: "重新打开",
}

EVENTS: Mapping[EventType, str] = {
    EventType.CREATED: "下单",
    EventType.STAGE: "进展",
    EventType.CHANGED: "资料更新",
    EventType.CANCELLED: "取消",
    EventType.RESUMED: "恢复",
    EventType.REFUND_REQUESTED: "申请退款",
    EventType.STOCK_SHORT: "上报库存",
    EventType.CONTACTED: "顾客来信",
    EventType.RETRACTED: "撤回",
}

SLOTS: Mapping[Slot, str] = {
    Slot.NEWS_BY: "给消息",
    Slot.DONE_BY: "办好",
    Slot.SHIP_BY: "交给快递",
    Slot.DELIVER_BY: "送到",
}
"""What was promised, after its time: 14:30 前给消息."""
PROMISED: Mapping[Slot, str] = {**SLOTS, Slot.NEWS_BY: "告诉您进展"}
"""The same to the customer."""

MEDIA: Mapping[str, str] = {
    "group": "群",
    "app": "应用",
    "single": "机器人私聊",
    "reply": "机器人应答",
    "webhook": "群消息推送",
    "kf": "微信客服",
    "mass": "企业群发",
    "sidebar": "聊天侧边栏",
}
"""The ways that letters travel, by their names in the outbox."""

_CARRIERS: Mapping[str, str] = {
    "yuantong": "圆通", "yto": "圆通", "zhongtong": "中通", "zto": "中通",
    "shentong": "申通", "sto": "申通", "yunda": "韵达", "yd": "韵达",
    "shunfeng": "顺丰", "sf": "顺丰", "sfexpress": "顺丰", "jd": "京东快递", "jingdong": "京东快递",
    "ems": "EMS", "youzheng": "邮政", "youzhengguonei": "邮政", "chinapost": "邮政",
    "jtexpress": "极兔", "jitu": "极兔", "debangkuaidi": "德邦", "debang": "德邦", "dbl": "德邦",
    "danniao": "菜鸟速递", "cainiao": "菜鸟速递", "fengwang": "丰网", "kuayue": "跨越速运",
}  # fmt: skip


_PAYMENTS: Mapping[str, str] = {
    "alipay": "支付宝", "wechat": "微信支付", "wechatpay": "微信支付", "wxpay": "微信支付", "weixin": "微信支付",
    "unionpay": "银联", "applepay": "Apple Pay", "jdpay": "京东支付", "douyinpay": "抖音支付",
}  # fmt: skip


def payment_channel(code: str) -> str:
    """What a payment channel is called; its code, where that is not known."""
    return _PAYMENTS.get(code.strip().casefold().replace("_", "").replace("-", ""), code)


def carrier(code: str) -> str | None:
    """What customers call a carrier; None for a code that would mean nothing to them."""
    known = _CARRIERS.get(code.strip().casefold())
    return known or (code.strip() if any("\u4e00" <= char <= "\u9fff" for char in code) else None)


def cause(kind: Cause, value: str) -> str:
    """What cases have in common, as people call it: `支付宝`, `圆通 · 浙江`."""
    first, *rest = value.split("+") if kind is Cause.CARRIER_AND_REGION else [value]
    if kind is Cause.PAYMENT_CHANNEL:
        first = payment_channel(first)
    elif kind in {Cause.CARRIER, Cause.CARRIER_AND_REGION}:
        first = carrier(first) or first
    return " · ".join(part for part in (first, *rest) if part)


_OPERATIONS: Mapping[str, str] = {
    **{event.value: name for event, name in EVENTS.items()},
    **{f"{stage}.{status}": WORK[stage] + STATUSES[status] for stage in Stage for status in Status},
}


def operation(action: str) -> str:
    """What was done, from the name that an order's last operation goes by: `揽收有进展`, `下单`."""
    return _OPERATIONS.get(action, action)
