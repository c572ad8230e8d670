"""What does a card say of a case, apart from the draft? Its title, where it stands, and its rows."""

from datetime import datetime, timedelta

from replies import names, timewords
from replies.actions import UNDER_WAY, is_lost
from replies.cards import Row, Tone
from replies.causes import cause_of
from replies.lengths import shortened
from replies.masking import coded, free, plain
from replies.situation import Situation
from replies.standing import kind_of
from rules.anomalies import Ended, State
from rules.book import AutomaticAction
from rules.contact import Channel
from rules.delivery import DeliveryState
from rules.events import Attribute, UserId
from rules.ladder import contact_by, in_time
from rules.orders import MISSING_PARCEL
from rules.outages import Outage
from rules.stages import Kind, Priority
from rules.standing import present_name

MOST_ROWS = 6
FRESH = timedelta(minutes=10)
"""Older data says how old it is."""
SHOWN_IN_A_ROW = 26
"""Characters of a value that a group card shows (智能机器人, page 101032)."""
SHORTEST_NOTE = 4

TONES = {
    State.OPEN: Tone.ALARM,
    State.CLAIMED: Tone.TAKEN,
    State.REPLIED: Tone.CALM,
    State.RECOVERED: Tone.CALM,
    State.CLOSED: Tone.CALM,
}


def order_no(situation: Situation) -> str:
    """The order's number in full."""
    return plain(situation.order.key.order_no)


def clock(at: datetime, situation: Situation) -> str:
    """A time as one says it now: `14:02`, `昨天 14:02`."""
    return timewords.moment(at, situation.now, situation.book.calendar.zone)


def who(userid: UserId | None, situation: Situation) -> str:
    """A member's name, fit to be shown."""
    return free(situation.name(userid))


def source(situation: Situation) -> str:
    """Who speaks, and how urgently."""
    return f"盯单 · {situation.anomaly.priority}"


def trouble(situation: Situation) -> str:
    """What is wrong: `揽收停滞`."""
    kind = kind_of(situation)
    word = names.KINDS[kind]
    return word if kind is Kind.STOCK_SHORT else names.WORK[situation.anomaly.stage] + word


def lateness(situation: Situation) -> str:
    """What, and how late: `揽收停滞 3小时12分`; the clock stops when the trouble is over."""
    until = situation.anomaly.ended_at or situation.now
    return f"{trouble(situation)} {timewords.duration(until - situation.anomaly.since)}"


def title(situation: Situation) -> str:
    """The same, with where the case stands before it once it is no longer open."""
    stands = _in_a_word(situation)
    late = lateness(situation)
    return f"{stands} · {late}" if stands else late


def _in_a_word(situation: Situation) -> str:
    anomaly, last = situation.anomaly, situation.last_round
    if anomaly.closed_at is not None:
        return "已关闭"
    if anomaly.ended_at is not None:
        return names.ENDED[anomaly.ended_how or Ended.MOVED]
    if last in UNDER_WAY:
        return "待发出" if in_hand(situation) else "已提交"
    if is_lost(situation):
        return "未送达"
    if last is DeliveryState.UNKNOWN and anomaly.reached_at is None:
        return "待核实"
    if anomaly.state is State.REPLIED:
        return "已联系" if anomaly.reached_at is not None else "免联系"
    return "" if anomaly.owner is None else "已认领"


# --- the line under the title ------------------------------------------------------


def subtitle(situation: Situation, note: str = "") -> str:
    """Who did what last, else where the case stands; and how old the data is when it is not fresh."""
    parts = [note] if note else [_standing(situation), *_also(situation)]
    if situation.outage is not None and situation.anomaly.closed_at is None:
        return " · ".join([*parts, _in_the_dark(situation.outage, situation)])
    anomaly = situation.anomaly
    if situation.incident is not None and anomaly.in_storm and anomaly.closed_at is None:
        parts.append(f"已并入事件（{cause_of(situation.incident)}）")
    observed_at = situation.order.observed_at
    is_old = observed_at is not None and situation.now - observed_at > FRESH
    if observed_at is not None and is_old and situation.anomaly.ended_at is None:
        parts.append(f"数据截至 {clock(observed_at, situation)}")
    return " · ".join(parts)


def _in_the_dark(outage: Outage, situation: Situation) -> str:
    """Since when nothing is known of the order."""
    return f"{coded(outage.source)} 中断，数据截至 {clock(outage.heard_at, situation)}"


def _standing(situation: Situation) -> str:
    anomaly, last = situation.anomaly, situation.last_round
    if anomaly.closed_at is not None:
        how = "自动恢复并关闭" if anomaly.self_healed else "关闭"
        return f"{clock(anomaly.closed_at, situation)} {how}"
    if last in UNDER_WAY:
        stands = in_hand(situation) or "已提交"
        return f"{stands} · {_by(anomaly.sent_by, anomaly.sent_at, situation)}"
    if is_lost(situation):
        call = "" if anomaly.reached_at else "或改电话"
        return f"{'消息没发出' if last is DeliveryState.FAILED else '顾客没收到'}，请再次联系{call}"
    if last is DeliveryState.UNKNOWN and anomaly.reached_at is None:
        return "不确定顾客是否收到，请先核实，或改电话"
    return _of_state(situation)


def in_hand(situation: Situation) -> str:
    """Whose hand the latest message waits in: `待李四在企业微信确认`; empty when in nobody's."""
    if situation.last_round is not DeliveryState.PENDING or situation.in_hands_of is None:
        return ""
    how = "在侧边栏发出" if situation.last_channel is Channel.SIDEBAR else "在企业微信确认"
    return f"待{who(situation.in_hands_of, situation)}{how}"


def _of_state(situation: Situation) -> str:
    anomaly = situation.anomaly
    if anomaly.ended_at is not None:
        open_points = "、".join(names.CLOSING[part] for part in anomaly.missing)
        ended = names.ENDED[anomaly.ended_how or Ended.MOVED]
        return f"{clock(anomaly.ended_at, situation)} {ended}，待{open_points}"
    if anomaly.reached_at is not None:
        how = f"（{names.MEANS[anomaly.reached_how]}）" if anomaly.reached_how else ""
        return f"{_by(anomaly.reached_by or anomaly.sent_by, anomaly.reached_at, situation)} 已联系顾客{how}"
    if anomaly.waived_by is not None:
        return waiver(situation)
    if anomaly.owner is not None:
        by = _by(anomaly.owner, anomaly.claimed_at, situation)
        return by if _is_snoozed(situation) else f"{by} 认领"
    return "待认领"


def waiver(situation: Situation) -> str:
    """Who said that the customer need not be reached, and why: `张三：免联系（客户已知情）`."""
    why = needless(situation)
    return f"{who(situation.anomaly.waived_by, situation)}：免联系{f'（{why}）' if why else ''}"


def needless(situation: Situation) -> str:
    """Why the customer need not be reached; empty where that was not written down."""
    why, text = situation.anomaly.waived_why, situation.anomaly.waived_text
    return free(text or "") or (names.NEEDLESS[why] if why else "")


def _also(situation: Situation) -> list[str]:
    anomaly = situation.anomaly
    if anomaly.closed_at is not None:
        return []
    said = ["已升级"] if anomaly.escalated_at is not None else []
    said += ["已重开"] if anomaly.reopened_at is not None else []
    if anomaly.snoozed_until is not None and _is_snoozed(situation):
        said.append(f"稍后至 {clock(anomaly.snoozed_until, situation)}")
    return said


def _is_snoozed(situation: Situation) -> bool:
    until = situation.anomaly.snoozed_until
    return until is not None and until > situation.now


def _by(userid: UserId | None, at: datetime | None, situation: Situation) -> str:
    name = who(userid, situation)
    return name if at is None else f"{name} {clock(at, situation)}"


# --- rows ------------------------------------------------------------------------------


def rows(situation: Situation) -> tuple[Row, ...]:
    """The six most telling facts, in the order in which they are read."""
    found = {
        "订单": order_no(situation),
        "包裹": _parcel(situation),
        "阶段": _stage(situation),
        "截止": _deadline(situation),
        "发送": _route(situation),
        "最后操作": _last_operation(situation),
        "店铺": shop(situation),
        "已通知": _told(situation),
    }
    known = [label for label in found if found[label]]
    for label in ("已通知", "店铺", "发送") if not _is_urgent(situation) else ("店铺", "发送", "已通知"):
        if len(known) > MOST_ROWS and label in known:
            known.remove(label)
    return tuple(Row(label=label, value=found[label]) for label in known)


def shop(situation: Situation) -> str:
    """The shop, and the sales channel where it is known."""
    channel = situation.order.text(Attribute.CHANNEL)
    parts = [plain(situation.order.key.shop), free(channel or "")]
    return " · ".join(part for part in parts if part)


def _parcel(situation: Situation) -> str:
    parcels = situation.order.parcel_names
    if len(parcels) < 2 or not situation.anomaly.stage.per_parcel:
        return ""
    name = present_name(situation.anomaly.parcel, situation.order)
    return f"{'未报单号' if name == MISSING_PARCEL else plain(name)}（共{len(parcels)}个）"


def _stage(situation: Situation) -> str:
    anomaly = situation.anomaly
    if anomaly.ended_at is not None:
        ended = names.ENDED[anomaly.ended_how or Ended.MOVED]
        return f"{names.STAGES[anomaly.stage]} · {clock(anomaly.ended_at, situation)} {ended}"
    also = " · 缺货" if situation.order.shortage and kind_of(situation) is not Kind.STOCK_SHORT else ""
    return f"{names.STAGES[anomaly.stage]} · {clock(anomaly.since, situation)} 起{also}"


def _deadline(situation: Situation) -> str:
    """By when the customer is, or was, to be reached: a clock time, for a card in a group cannot tick."""
    anomaly, at = situation.anomaly, contact_by(situation.anomaly, situation.book)
    in_good_time = in_time(anomaly, situation.book)
    if in_good_time is not None:
        return f"{clock(at, situation)} {'按时联系' if in_good_time else '联系晚了'}"
    waits = anomaly.state in {State.OPEN, State.CLAIMED} and situation.last_round not in UNDER_WAY
    return clock(at, situation) + (" 已过" if waits and at < situation.now else "")


def _route(situation: Situation) -> str:
    if situation.anomaly.state is State.CLOSED:
        return ""
    return way(situation)


def way(situation: Situation) -> str:
    """The channel to the customer, whose hand it goes through, and why it is taken: `企业群发（李四）· 未接入微信客服`."""
    route = situation.route
    employee = f"（{who(route.employee, situation)}）" if route.employee else ""
    return f"{names.CHANNELS[route.channel]}{employee} · {names.BECAUSE[route.because]}"


def _last_operation(situation: Situation) -> str:
    last = situation.order.last_operation
    if last is None:
        return ""
    person, system = free(last.operator or "") or "系统", free(last.system)
    when = clock(last.at, situation)
    room = SHOWN_IN_A_ROW - len(person) - len(system) - len(when) - 3
    what = shortened(free(last.note or ""), max(room, SHORTEST_NOTE)) or names.operation(last.action)
    return f"{person} {what} {system} {when}"


def _told(situation: Situation) -> str:
    if situation.anomaly.state not in {State.OPEN, State.CLAIMED}:
        return ""
    whom = {AutomaticAction.POST_CARD: "客服", AutomaticAction.PUSH_DUTY_MANAGER: "值班经理"}
    told = {name: situation.delivered.get(action) for action, name in whom.items()}
    return " · ".join(f"{name} {clock(at, situation)}" for name, at in told.items() if at is not None)


def _is_urgent(situation: Situation) -> bool:
    """Whether a manager reads the card, who wants to know what was tried before."""
    return situation.anomaly.priority is Priority.P1 or situation.anomaly.escalated_at is not None
