"""How is a rule said? Limits, steps, conditions and what differs between two books, in either language."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, cast

from replies.labels import label
from replies.masking import free, plain
from replies.pages.times import span
from replies.replywords import readable, reply_said, titled
from replies.words import Language, Text
from rules.book import AutomaticAction, LadderAction, PaymentClock, Recipient
from rules.conditions import Op, OrderField
from rules.durations import parse_duration
from rules.stages import Kind, Stage
from rules.storms import Cause

NOTHING = "—"
MOST_VALUES = 8
"""So many values of a list are said; the rest are counted."""

KINDS: Mapping[str, Text] = {
    Kind.NOT_STARTED: Text("未开始", "not started"),
    Kind.NOT_COMPLETED: Text("未完成", "not completed"),
    Kind.NO_UPDATE: Text("没有消息", "no news"),
}
ACTIONS: Mapping[str, Text] = {
    AutomaticAction.POST_CARD: Text("群里发卡片", "card in the group"),
    AutomaticAction.PUSH_DUTY_MANAGER: Text("推送值班经理", "push to the duty manager"),
    AutomaticAction.RECHECK_STOCK: Text("请人复核库存", "have the stock re-checked"),
    AutomaticAction.REMIND_CARRIER: Text("催快递", "press the carrier"),
    AutomaticAction.FOLLOW_WAREHOUSE: Text("请仓库跟进", "follow up the warehouse"),
    AutomaticAction.FOLLOW_PAYMENT: Text("核对付款", "look for the money"),
}
STEPS: Mapping[str, Text] = {
    LadderAction.REMIND_OWNER: Text("提醒负责人", "remind the owner"),
    LadderAction.HAND_OVER: Text("移交", "hand over"),
    LadderAction.PUSH: Text("推送", "push"),
}
RECIPIENTS: Mapping[str, Text] = {
    Recipient.AGENT: Text("当班客服", "an agent on shift"),
    Recipient.LEAD: Text("当班组长", "a lead on shift"),
    Recipient.DUTY_MANAGER: Text("值班经理", "the duty manager"),
}
CLOCKS: Mapping[str, Text] = {
    PaymentClock.STARTED: Text("顾客开始支付", "when the customer starts to pay"),
    PaymentClock.CREATED: Text("下单", "when the order is placed"),
}
CAUSES: Mapping[str, Text] = {
    Cause.PAYMENT_CHANNEL: Text("支付渠道", "payment channel"),
    Cause.WAREHOUSE: Text("仓库", "warehouse"),
    Cause.CARRIER: Text("承运商", "carrier"),
    Cause.REGION: Text("地区", "region"),
    Cause.CARRIER_AND_REGION: Text("承运商加地区", "carrier and region"),
}
FIELDS: Mapping[str, Text] = {
    OrderField.TAGS: Text("标签", "tags"),
    OrderField.AMOUNT_FEN: Text("金额（元）", "amount (yuan)"),
    OrderField.SHOP: Text("店铺", "shop"),
    OrderField.CHANNEL: Text("渠道", "channel"),
    OrderField.WAREHOUSE: Text("仓库", "warehouse"),
    OrderField.REGION: Text("地区", "region"),
    OrderField.DISTRICT: Text("区县", "district"),
    OrderField.CARRIER: Text("承运商", "carrier"),
    OrderField.PAYMENT_CHANNEL: Text("支付渠道", "payment channel"),
    OrderField.SKU: Text("货号", "SKU"),
    OrderField.ITEM_CLASS: Text("品类", "item class"),
    OrderField.CURRENCY: Text("币种", "currency"),
}
OPS: Mapping[str, Text] = {
    Op.CONTAINS: Text("含有", "contains"),
    Op.EQUAL: Text("是", "is"),
    Op.UNEQUAL: Text("不是", "is not"),
    Op.IN: Text("是其中之一", "is one of"),
    Op.AT_LEAST: Text("≥", "≥"),
    Op.MORE: Text(">", ">"),
    Op.AT_MOST: Text("≤", "≤"),
    Op.LESS: Text("<", "<"),
}
AND, OR = Text("，且 ", " and "), Text("，或 ", " or ")
NOT, EVERY = Text("并非（{what}）", "not ({what})"), Text("全部订单", "every order")
REPEATED = Text("，之后每 {every} 再提醒", ", again every {every}")
AFTER = Text("{after} {what}", "{what} after {after}")
MORE = Text("等 {count} 项", "… {count} in all")
COMMA, SEMICOLON, COLON = Text("、", ", "), Text("；", "; "), Text("：", ": ")
BRACKETS = Text("（{what}）", "({what})")
KEYS: Mapping[str, Text] = {
    "timezone": Text("时区", "time zone"),
    "holiday_factor": Text("节假日倍数", "holiday factor"),
    "days_off": Text("另加的放假日", "further days off"),
    "workdays": Text("另加的上班日", "further workdays"),
    "hours": Text("营业时段", "opening hours"),
    "quiet_hours": Text("免打扰", "quiet hours"),
    "budget": Text("时间预算", "budget"),
    "contact": Text("联系上顾客", "contact"),
    "complaint": Text("投诉之前", "complaint"),
    "claim": Text("认领", "claim"),
    "act": Text("动作", "act"),
    "send": Text("送达", "send"),
    "max_age": Text("最多催多久", "maximum age"),
    "payment_clock": Text("支付从何时计", "payment counts from"),
    "normal": Text("正常用时", "normal time"),
    "limits": Text("时限", "limits"),
    "priority": Text("级别", "priority"),
    "actions": Text("自动做的事", "actions"),
    "group": Text("客服群", "group"),
    "ladder": Text("阶梯", "ladder"),
    "after": Text("多久之后", "after"),
    "do": Text("做什么", "does"),
    "to": Text("止", "to"),
    "from": Text("起", "from"),
    "storm": Text("事件", "storm"),
    "threshold": Text("几个起", "threshold"),
    "window": Text("多长时间里", "window"),
    "span": Text("收多久", "span"),
    "by": Text("凭什么", "by"),
    "lanes": Text("通道", "lane"),
    "match": Text("条件", "match"),
    "skip": Text("不盯", "skip"),
    "replies": Text("话术", "reply"),
    "shops": Text("店铺", "shops"),
    "text": Text("说的话", "words"),
    "stages": Text("环节", "stage"),
    "tasks": Text("任务", "tasks"),
    "standstill": Text("订单未动", "standstill"),
    "baseline": Text("以前", "baseline"),
    "feeds": Text("来源", "feeds"),
    "field": Text("哪一项", "field"),
    "op": Text("怎么比", "comparison"),
    "value": Text("值", "value"),
    "when": Text("哪一种", "kind"),
    "repeat": Text("之后每隔", "again every"),
    "name": Text("名字", "name"),
    "recipients": Text("找谁", "who is asked"),
    Recipient.AGENT: Text("客服", "agents"),
    Recipient.LEAD: Text("组长", "lead"),
    Recipient.DUTY_MANAGER: Text("值班经理", "duty manager"),
}
NOT_SAID = frozenset({"all", "any"})
"""What a way to a place leads through that nobody needs to hear."""
DAYS: Mapping[str, Text] = {
    "mon": Text("周一", "Mon"),
    "tue": Text("周二", "Tue"),
    "wed": Text("周三", "Wed"),
    "thu": Text("周四", "Thu"),
    "fri": Text("周五", "Fri"),
    "sat": Text("周六", "Sat"),
    "sun": Text("周日", "Sun"),
}
EVERY_DAY, TO = Text("每天", "every day"), Text("至", "–")
ALL_DAY, CLOSED = Text("全天", "around the clock"), Text("不营业", "closed")


def named(names: Mapping[str, Text], language: Language) -> dict[str, str]:
    """Every choice with what it is called."""
    return {str(value): text.said(language) for value, text in names.items()}


def length(text: Any, language: Language) -> str:
    """A duration of a file, such as `1h30m`, in words; what is none as it is."""
    try:
        return span(parse_duration(text), language)
    except ValueError:
        return plain(str(text))


def limit(value: Mapping[str, Any], language: Language) -> str:
    """`45分 未开始`."""
    what = _name(KINDS, value.get("when"), language)
    said = AFTER.said(language, after=length(value.get("after"), language), what=what)
    every = value.get("repeat")
    return said if every is None else said + REPEATED.said(language, every=length(every, language))


def step(value: Mapping[str, Any], language: Language) -> str:
    """`6分 移交 当班组长`."""
    to = value.get("to")
    what = _name(STEPS, value.get("do"), language)
    whom = "" if to is None else f" {_name(RECIPIENTS, to, language)}"
    return AFTER.said(language, after=length(value.get("after"), language), what=f"{what}{whom}")


def days(text: str, language: Language) -> str:
    """`mon-fri` as `周一至周五`."""
    if text == "mon-sun":
        return EVERY_DAY.said(language)
    ranges = (
        [_name(DAYS, day.strip().lower(), language) for day in part.split("-")] for part in text.split(",")
    )
    return COMMA.said(language).join(TO.said(language).join(one) for one in ranges)


def blocks(values: Sequence[str], language: Language) -> str:
    """The opening hours of a day."""
    if not values:
        return CLOSED.said(language)
    return (
        ALL_DAY.said(language)
        if [*values] == ["00:00-24:00"]
        else several([plain(str(one)) for one in values], language)
    )


def condition(value: Any, language: Language) -> str:
    """Which orders: `标签含有 618，且 金额（元）≥ 500`."""
    if not isinstance(value, dict):
        return EVERY.said(language) if value is None else free(str(value))
    known = cast(Mapping[str, Any], value)
    if "not" in known:
        return NOT.said(language, what=condition(known["not"], language))
    if "all" in known:
        return _joined(known["all"], AND, language) if known["all"] else EVERY.said(language)
    return _joined(known["any"], OR, language) if "any" in known else _comparison(known, language)


def yuan(fen: Any) -> str:
    """An amount of fen in yuan, without needless zeros; what is none as it is."""
    if not isinstance(fen, int):
        return str(fen)
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}{f'.{rest:02}'.rstrip('0') if rest else ''}"


def place(at: Sequence[str], language: Language) -> str:
    """Where something stands: `拣货 · 时限`, `通道 618 大促 · 止`."""
    said: list[str] = []
    keys = iter(at)
    for key in keys:
        if key == "stages" and (stage := next(keys, None)) is not None:
            said.append(_stage(stage, language))
        elif key == "hours" and (inner := next(keys, None)) is not None:
            said.append(f"{KEYS[key].said(language)} {days(inner, language)}")
        elif key in {"lanes", "ladder", "feeds"} and (inner := next(keys, None)) is not None:
            said.append(f"{KEYS[key].said(language)} {free(inner)}")
        elif key == "replies" and (inner := next(keys, None)) is not None:
            said.append(f"{KEYS[key].said(language)} {titled(inner, language)}")
        elif key not in NOT_SAID:
            said.append(KEYS[key].said(language) if key in KEYS else plain(key))
    return " · ".join(said)


def value(
    at: Sequence[str],
    known: Any,
    language: Language,
    zone: tzinfo,
    name: Callable[[str], str] = str,
) -> str:
    """What stands at a place; `name` says what somebody is called."""
    if known is None or known == []:
        return NOTHING
    key = at[-1]
    if isinstance(known, dict) and len(at) == 2 and at[0] == "lanes":
        return lane(cast(Mapping[str, Any], known), language, zone, name)
    if isinstance(known, dict) and len(at) == 2 and at[0] == "ladder":
        return step(cast(Mapping[str, Any], known), language)
    if isinstance(known, dict) and len(at) == 2 and at[0] == "replies":
        return reply_said(cast(Mapping[str, Any], known), language)
    if isinstance(known, list) and key == "replies":
        return several([titled(str(one), language) for one in cast(list[Any], known)], language)
    if key in _SAID:
        return _SAID[key](known, language)
    if key in {"from", "to"} and (moment := _moment(known)) is not None:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(known, list):
        called = name if key in {*Recipient} else str
        return several([free(called(str(one))) for one in cast(list[Any], known)], language)
    if isinstance(known, dict):
        return several(_each(cast(Mapping[str, Any], known), language, zone, name), language)
    return length(known, language) if isinstance(known, str) else str(known)


def lane(known: Mapping[str, Any], language: Language, zone: tzinfo, name: Callable[[str], str] = str) -> str:
    """A whole lane in a sentence."""
    rest = {key: one for key, one in known.items() if key not in {"name", "match", "stages"}}
    said = [condition(known.get("match"), language), *_each(rest, language, zone, name)]
    for stage, rules in cast(Mapping[str, Mapping[str, Any]], known.get("stages", {})).items():
        its_own = several(_each(rules, language, zone, name), language)
        said.append(f"{_stage(stage, language)}{COLON.said(language)}{its_own}")
    return SEMICOLON.said(language).join(said)


def _each(
    known: Mapping[str, Any], language: Language, zone: tzinfo, name: Callable[[str], str]
) -> list[str]:
    return [
        f"{place((key,), language)} {value((key,), one, language, zone, name)}" for key, one in known.items()
    ]


def several(values: Sequence[str], language: Language) -> str:
    """A list, cut where nobody reads on."""
    said = COMMA.said(language).join(values[:MOST_VALUES])
    return said if len(values) <= MOST_VALUES else f"{said} {MORE.said(language, count=len(values))}"


def _joined(parts: Sequence[Any], word: Text, language: Language) -> str:
    said = [
        BRACKETS.said(language, what=condition(part, language))
        if isinstance(part, dict) and part.keys() & {"all", "any"}
        else condition(part, language)
        for part in parts
    ]
    return word.said(language).join(said)


def _comparison(known: Mapping[str, Any], language: Language) -> str:
    field, op, to = known.get("field"), known.get("op"), known.get("value")
    values = cast(list[Any], to) if isinstance(to, list) else [to]
    said = [yuan(one) if field == OrderField.AMOUNT_FEN else free(str(one)) for one in values]
    return f"{_name(FIELDS, field, language)} {_name(OPS, op, language)} {several(said, language)}"


def _name(names: Mapping[str, Text], value: Any, language: Language) -> str:
    return names[value].said(language) if value in names else plain(str(value))


def _stage(name: str, language: Language) -> str:
    return label(Stage(name), language) if name in {*Stage} else plain(name)


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _of_names(names: Mapping[str, Text]) -> Callable[[Any, Language], str]:
    def said(known: Any, language: Language) -> str:
        values = cast(list[Any], known) if isinstance(known, list) else [known]
        return several([_name(names, one, language) for one in values], language)

    return said


def _limits(known: Any, language: Language) -> str:
    return several([limit(one, language) for one in known], language)


def _stages(known: Any, language: Language) -> str:
    return several([_stage(one, language) for one in known], language)


_SAID: Mapping[str, Callable[[Any, Language], str]] = {
    "limits": _limits,
    "match": condition,
    "skip": _stages,
    "actions": _of_names(ACTIONS),
    "payment_clock": _of_names(CLOCKS),
    "by": _of_names(CAUSES),
    "do": _of_names(STEPS),
    "text": readable,
}
