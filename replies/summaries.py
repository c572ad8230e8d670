"""What does the bot answer to a question? An order, a list of cases, a day, a shift: each fits one screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from replies import names, timewords
from replies.causes import title_of
from replies.duty import called, what
from replies.lengths import SCREEN_BYTES, fitted, shortened
from replies.masking import free, plain
from rules.anomalies import Anomaly, State
from rules.deadlines import Band, band
from rules.duty import moment
from rules.editions import Rules
from rules.events import Attribute, Shop
from rules.golden import TEN, within
from rules.incidents import Incident
from rules.orders import Fact, Order, OrderState, Parcel, Run
from rules.rights import Role
from rules.roster import Roster
from rules.storms import IncidentId
from rules.tasks import Task

MOST_LISTED = 10
"""Cases of a list; the rest is on the board."""
MOST_TASKS = 5
"""Tasks of a list; the rest is on the board."""
MOST_PARCELS, MOST_CASES, MOST_PEOPLE = 6, 5, 10
"""Of an order, of an order, and of a role on shift."""
MOST_CHANGES = 8
"""Of one day; the rest is on the board."""
MOST_NAME = 16
"""Characters of a name."""
MOST_NOTE = 60
"""Characters of a note; the whole of it stands on the page."""
UNKNOWN = "未提供"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a summary is read with."""

    rules: Rules
    roster: Roster
    now: datetime

    def clock(self, at: datetime) -> str:
        """A time as one says it now."""
        return timewords.moment(at, self.now, self.rules.current.calendar.zone)

    def age(self, fact: Fact | None, shown: Callable[[str], str] = plain) -> str:
        """The value of a fact as `shown`, who gave it and how old it is; that nobody gave it, otherwise."""
        if fact is None:
            return UNKNOWN
        value = "、".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)
        ago = timewords.duration(max(self.now - fact.at, timedelta()))
        return f"{shown(value)}（{free(fact.source)}，{ago}前）"


def order_summary(order: Order, cases: Sequence[Anomaly], reading: Reading) -> str:
    """One order in full: where it stands, payment, stock, packing, parcels, and who touched it last."""
    lines = [
        f"订单 {plain(order.key.order_no)} · {plain(order.key.shop)}",
        f"现在：{_standing(order, reading)}",
        f"付款：{reading.age(order.facts.get(Attribute.PAYMENT_REF))}",
        f"库存：{_stock(order, reading)}",
        f"打包：{reading.age(order.facts.get(Attribute.PACK_PROGRESS), free)}",
        *_parcels(order, reading),
        f"最后操作：{_operation(order, reading)}",
        *_unclosed(cases, reading),
    ]
    return fitted(lines)


def task_lines(tasks: Sequence[Task], reading: Reading) -> list[str]:
    """What somebody is to answer, one line each, as given; none without any."""
    if not tasks:
        return []
    rows = [f"{plain(task.order.order_no)} {_task(task, reading)}" for task in tasks[:MOST_TASKS]]
    more = [f"…还有 {len(tasks) - MOST_TASKS} 个，请看看板"] if len(tasks) > MOST_TASKS else []
    return [f"等您答复的任务（{len(tasks)}）：", *rows, *more]


def case_list(
    title: str,
    cases: Sequence[Anomaly],
    reading: Reading,
    board: str,
    first: Sequence[str] = (),
    incidents: Mapping[IncidentId, Incident] | None = None,
) -> str:
    """Cases, one line each, the most urgent first; or that there are none. `board` says where the rest of many is.

    The lines `first` come before them. Those of one of the `incidents` have one line together.
    """
    if not cases:
        return fitted([*first, f"{title}：现在没有。"])
    ordered = sorted(cases, key=lambda case: (case.priority, case.opened_at))
    groups = _together(ordered, incidents or {})
    rows = [_line(group, incidents or {}, reading) for group in groups[:MOST_LISTED]]
    lines = [*first, f"{title}（{len(ordered)}）：", *rows]
    rest = sum(len(group) for group in groups[MOST_LISTED:])
    if not rest:
        return fitted(lines)
    more = f"…还有 {rest} 单\n{board}"
    return f"{fitted(lines, SCREEN_BYTES - len(more.encode()) - 1)}\n{more}"


def _together(cases: Sequence[Anomaly], incidents: Mapping[IncidentId, Incident]) -> list[Sequence[Anomaly]]:
    """The cases of each incident together, where its first one stands; every other one by itself."""
    groups: dict[str, list[Anomaly]] = {}
    for place, case in enumerate(cases):
        speaks = case.in_storm and case.incident in incidents
        groups.setdefault(case.incident or "" if speaks else str(place), []).append(case)
    return [*groups.values()]


def _line(group: Sequence[Anomaly], incidents: Mapping[IncidentId, Incident], reading: Reading) -> str:
    first = group[0]
    if len(group) == 1 or first.incident is None:
        return f"{plain(first.order.order_no)} {_case(first, reading)}"
    unreached = sum(case.state in {State.OPEN, State.CLAIMED} for case in group)
    return f"{title_of(incidents[first.incident])} · {len(group)} 单，{unreached} 单没联系顾客"


def day(cases: Sequence[Anomaly], unclosed: int, reading: Reading) -> str:
    """Today in numbers; `cases` are those that were opened today."""
    handled = [case for case in cases if not case.self_healed]
    reached = [case for case in handled if case.first_reached_at is not None]
    quick = within(cases, TEN, reading.now)
    return "\n".join([
        f"今天（截至 {reading.clock(reading.now)}）：",
        f"发现异常 {len(cases)}，其中自行恢复 {len(cases) - len(handled)}",
        f"已联系顾客 {len(reached)}；十分钟内 {quick.part} / {quick.of}",
        f"还没关闭 {unclosed}",
    ])  # fmt: skip


def duty(roster: Roster, shop: Shop, reading: Reading) -> str:
    """Who is on shift now, by role, and what was changed about today."""
    words = {Role.AGENT: "客服", Role.LEAD: "组长", Role.MANAGER: "值班经理"}
    lines = ["现在值班："]
    for role, word in words.items():
        on_shift = roster.on_shift(role, shop, reading.now)
        people = "、".join(
            shortened(free(roster.name(userid)), MOST_NAME) for userid in on_shift[:MOST_PEOPLE]
        )
        more = f" 等 {len(on_shift)} 人" if len(on_shift) > MOST_PEOPLE else ""
        lines.append(f"{word}：{people or '无人'}{more}")
    last = roster.last_resort(reading.now)
    if last is not None:
        lines.append(f"无人值班时找：{free(roster.name(last))}")
    changed = _changed_today(roster, reading)
    lines += ["今天改过：", *changed[:MOST_CHANGES]] if changed else []
    more = len(changed) - MOST_CHANGES
    return fitted([*lines, f"…还有 {more} 项"] if more > 0 else lines)


def _changed_today(roster: Roster, reading: Reading) -> list[str]:
    """What is changed about the duty of today, with the number of each change."""
    midnight = moment(datetime.combine(reading.now.astimezone(roster.zone).date(), time()), roster.zone)
    today = [
        change
        for change in roster.changes
        if change.start < midnight + timedelta(days=1) and midnight < change.end
    ]
    return [f"{what(change, roster)}（{called(change)}）" for change in today]


def _standing(order: Order, reading: Reading) -> str:
    skip = reading.rules.for_order(order.key).plan_for(order).skip
    stage, state = order.progress(skip)
    match state:
        case OrderState.CANCELLED:
            return "已取消"
        case OrderState.COMPLETED:
            return "已完成"
        case OrderState.OPEN:
            run = next(run for run in order.present_runs() if run.stage is stage and run.completed_at is None)
            return names.STAGES[stage] + _how(run, order, reading)


_BANDS = {Band.LATE: "，已超时", Band.GREY: "，超过正常时长", Band.IN_TIME: "", Band.DONE: ""}


def _how(run: Run, order: Order, reading: Reading) -> str:
    heard = run.updated_at
    since = f"（最近消息 {reading.clock(heard)}）" if heard else "（还没有消息）"
    return since + _BANDS[band(order, run, reading.rules.for_order(order.key), reading.now)]


def _stock(order: Order, reading: Reading) -> str:
    if order.shortage is not None:
        return f"缺货（{free(order.shortage.source)} {reading.clock(order.shortage.at)}）"
    fact = order.facts.get(Attribute.STOCK_LOCKED)
    if fact is None:
        return UNKNOWN
    locked = "已锁定" if fact.value else "未锁定"
    return f"{locked}（{free(fact.source)}，{reading.clock(fact.at)}）"


def _parcels(order: Order, reading: Reading) -> list[str]:
    lines = [_parcel(parcel, reading) for parcel in order.parcels]
    more = [f"…还有 {len(lines) - MOST_PARCELS} 个包裹"] if len(lines) > MOST_PARCELS else []
    return lines[:MOST_PARCELS] + more


def _unclosed(cases: Sequence[Anomaly], reading: Reading) -> list[str]:
    lines = [f"异常：{_case(case, reading)}" for case in cases if case.closed_at is None]
    more = [f"…还有 {len(lines) - MOST_CASES} 笔异常"] if len(lines) > MOST_CASES else []
    return lines[:MOST_CASES] + more


def _parcel(parcel: Parcel, reading: Reading) -> str:
    code = parcel.facts.get(Attribute.CARRIER)
    company = free(names.carrier(str(code.value)) or str(code.value)) if code else ""
    return f"包裹：{company} {reading.age(parcel.facts.get(Attribute.TRACKING_NO))}".replace("：  ", "：")


def _operation(order: Order, reading: Reading) -> str:
    last = order.last_operation
    if last is None:
        return UNKNOWN
    note = f"，{shortened(free(last.note), MOST_NOTE)}" if last.note else ""
    who = free(last.operator) if last.operator else "系统"
    return f"{who} {names.operation(last.action)} {reading.clock(last.at)}（{free(last.system)}）{note}"


def _task(task: Task, reading: Reading) -> str:
    again = f"，已问 {task.times} 次" if task.times > 1 else ""
    sees = "，在处理" if task.acknowledged_at is not None else ""
    return f"{names.TASKS[task.kind]}，截止 {reading.clock(task.due_at)}{again}{sees}"


def _case(case: Anomaly, reading: Reading) -> str:
    late = timewords.duration((case.ended_at or reading.now) - case.since)
    owner = f" {free(reading.roster.name(case.owner))}" if case.owner else ""
    word = names.KINDS[case.kind]
    state = names.STATES[State(case.state)]
    return f"{case.priority} {names.WORK[case.stage]}{word} {late} {state}{owner}"
