"""How rules are said: short, in both languages, and as it is where it is none."""

from typing import Any

import pytest

from replies import rulewords
from replies.facts import FACTS
from replies.replywords import fact_called, other_called
from replies.words import Language
from rules.book import AutomaticAction, LadderAction, PaymentClock, Recipient
from rules.calendar import SHANGHAI
from rules.conditions import Op, OrderField
from rules.stages import Kind
from rules.storms import Cause

ZH, EN = Language.ZH, Language.EN
IS_618 = {"field": "tags", "op": "contains", "value": "618"}
RICH = {"field": "amount_fen", "op": ">=", "value": 50000}


def test_every_choice_has_a_name() -> None:
    pairs: list[tuple[Any, Any]] = [
        (rulewords.ACTIONS, AutomaticAction), (rulewords.STEPS, LadderAction), (rulewords.RECIPIENTS, Recipient),
        (rulewords.CLOCKS, PaymentClock), (rulewords.CAUSES, Cause), (rulewords.FIELDS, OrderField), (rulewords.OPS, Op),
    ]  # fmt: skip
    for names, kind in pairs:
        assert set(names) == set(kind)
    assert set(rulewords.KINDS) == set(Kind) - {Kind.STOCK_SHORT}
    assert rulewords.named(rulewords.STEPS, ZH) == {
        "remind_owner": "提醒负责人",
        "hand_over": "移交",
        "push": "推送",
    }


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (None, "全部订单", "every order"),
        ({"all": []}, "全部订单", "every order"),
        (
            {"all": [IS_618, RICH]},
            "标签 含有 618，且 金额（元） ≥ 500",
            "tags contains 618 and amount (yuan) ≥ 500",
        ),
        ({"any": [IS_618, {"all": [RICH]}]}, "标签 含有 618，或 （金额（元） ≥ 500）", None),
        ({"not": IS_618}, "并非（标签 含有 618）", "not (tags contains 618)"),
        ({"field": "sku", "op": "in", "value": ["a", "b"]}, "货号 是其中之一 a、b", "SKU is one of a, b"),
        ({"field": "moon", "op": "is", "value": None}, "moon is None", None),
        ("all", "all", "all"),
    ],
)
def test_conditions(condition: Any, zh: str, en: str | None) -> None:
    assert rulewords.condition(condition, ZH) == zh
    assert en is None or rulewords.condition(condition, EN) == en


@pytest.mark.parametrize(
    ("fen", "yuan"), [(50000, "500"), (1, "0.01"), (1050, "10.5"), (-250, "-2.5"), ("x", "x")]
)
def test_amounts(fen: Any, yuan: str) -> None:
    assert rulewords.yuan(fen) == yuan


def test_limits_and_steps() -> None:
    assert (
        rulewords.limit({"when": "no_update", "after": "24h", "repeat": "24h"}, ZH)
        == "1天 没有消息，之后每 1天 再提醒"
    )
    assert rulewords.limit({"when": "not_started", "after": "45m"}, EN) == "not started after 45 min"
    assert rulewords.limit({"after": "soon"}, EN) == "None after soon"
    assert rulewords.step({"after": "6m", "do": "hand_over", "to": "lead"}, ZH) == "6分 移交 当班组长"
    assert rulewords.step({"after": "3m", "do": "remind_owner"}, EN) == "remind the owner after 3 min"


@pytest.mark.parametrize(
    ("at", "zh"),
    [
        (("stages", "picking", "limits"), "仓库拣货 · 时限"),
        (("stages", "moon"), "moon"),
        (("lanes", "618", "to"), "通道 618 · 止"),
        (("lanes",), "通道"),
        (("ladder", "2", "after"), "阶梯 2 · 多久之后"),
        (("hours", "mon-fri"), "营业时段 周一至周五"),
        (("hours",), "营业时段"),
        (("lanes", "618", "match", "all", "1", "value"), "通道 618 · 条件 · 1 · 值"),
        (("moon",), "moon"),
    ],
)
def test_places(at: tuple[str, ...], zh: str) -> None:
    assert rulewords.place(at, ZH) == zh


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (("max_age",), "24h", "1天"),
        (("holiday_factor",), 1.5, "1.5"),
        (("days_off",), [], "—"),
        (("days_off",), None, "—"),
        (("stages", "picking", "actions"), ["post_card", "moon"], "群里发卡片、moon"),
        (("stages", "picking", "limits"), [{"when": "not_started", "after": "90m"}], "1小时30分 未开始"),
        (("payment_clock",), "created", "下单"),
        (("lanes", "618", "skip"), ["payment", "moon"], "支付验证、moon"),
        (("lanes", "618", "to"), "2026-06-19T00:00:00+08:00", "2026-06-19 00:00"),
        (("lanes", "618", "to"), "2026-06-19", "2026-06-19"),
        (("lanes", "618", "match"), IS_618, "标签 含有 618"),
        (("lanes",), ["a", "b"], "a、b"),
        (("ladder", "1"), {"after": "3m", "do": "remind_owner"}, "3分 提醒负责人"),
        (("ladder", "1", "to"), "lead", "lead"),
        (("feeds", "/wms"), {"heartbeat": "5m", "expect": "learned"}, "heartbeat 5分、expect learned"),
        (("lanes", "618"), {"name": "618", "match": IS_618, "group": "hz", "stages": {"picking": {"normal": "10m"}}},
         "标签 含有 618；客服群 hz；仓库拣货：正常用时 10分"),
    ],
)  # fmt: skip
def test_values(at: tuple[str, ...], value: Any, said: str) -> None:
    assert rulewords.value(at, value, ZH, SHANGHAI) == said


def test_whom_a_lane_names_is_called_by_name() -> None:
    named, people = (
        {"liusi": "刘四", "zhao": "赵六"}.__getitem__,
        {"lead": ["liusi"], "duty_manager": ["zhao"]},
    )
    assert rulewords.value(("lanes", "618", "recipients", "lead"), ["liusi"], ZH, SHANGHAI, named) == "刘四"
    assert (
        rulewords.value(("lanes", "618"), {"name": "618", "recipients": people}, ZH, SHANGHAI, named)
        == "全部订单；找谁 组长 刘四、值班经理 赵六"
    )
    assert rulewords.place(("lanes", "618", "recipients", "duty_manager"), ZH) == "通道 618 · 找谁 · 值班经理"


def test_a_lane_in_english_and_a_long_list() -> None:
    assert (
        rulewords.lane({"name": "618", "match": IS_618, "group": "hz"}, EN, SHANGHAI)
        == "tags contains 618; group hz"
    )
    either = {"all": [IS_618, {"any": [IS_618, IS_618]}]}
    assert (
        rulewords.lane({"match": either, "stages": {"picking": {"group": "hz"}}}, EN, SHANGHAI)
        == "tags contains 618 and (tags contains 618 or tags contains 618); Picking: group hz"
    )
    assert rulewords.several([str(number) for number in range(10)], ZH) == "0、1、2、3、4、5、6、7 等 10 项"


def test_days_and_hours() -> None:
    assert rulewords.days("mon-sun", ZH) == "每天"
    assert rulewords.days("sat,sun", ZH) == "周六、周日"
    assert rulewords.days("mon-fri", EN) == "Mon–Fri"
    assert rulewords.blocks([], ZH) == "不营业"
    assert rulewords.blocks(["00:00-24:00"], ZH) == "全天"
    assert rulewords.blocks(["09:00-12:00", "13:00-18:00"], ZH) == "09:00-12:00、13:00-18:00"


# --- replies ----------------------------------------------------------------------------

WORDS = """---
title: 催件
facts: [order_no, news_by]
claims: [carrier, parcel]
promises: {news_by: 2h}
---
您好，
{% if carrier %}{{ carrier }}{% elsif parcel %}有包裹{% else %}快递{% endif %}还没来，
{% unless parcel %}{{ order_no }}{% endunless %}{{ news_by }} 前告诉您。
"""


def test_a_reply_is_told_as_people_read_it_and_never_as_json() -> None:
    said = rulewords.value(("replies", "pickup", "text"), WORDS, ZH, SHANGHAI)
    assert said == (
        "催件\n您好，〔有快递公司时：〔快递公司〕〕〔有包裹时：有包裹〕〔否则：快递〕还没来，"
        "〔没有包裹时：〔订单号〕〕〔下次告知时间〕 前告诉您。\n凭：订单号、快递公司、包裹\n答应：下次告知时间 2小时"
    )
    whole: dict[str, Any] = {"name": "pickup", "shops": ["a"], "text": WORDS}
    assert rulewords.value(("replies", "pickup · a"), whole, ZH, SHANGHAI) == said
    english = rulewords.value(("replies", "pickup", "text"), WORDS, EN, SHANGHAI)
    assert "[with carrier: [carrier]]" in english
    assert "Promises: next news by 2 h" in english
    assert rulewords.value(("replies", "x", "text"), "您好", ZH, SHANGHAI) == "您好"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (("replies", "pickup_no_update · a · 618", "text"), "话术 物流揽收 · 停滞 · a · 618 · 说的话", "reply Pickup · no news · a · 618 · words"),
        (("replies", "pickup"), "话术 物流揽收 · 其他情形", "reply Pickup · anything else"),
        (("replies", "followup_transit", "shops"), "话术 在途签收 · 说好的时间快到 · 店铺", "reply In transit · a promise runs out · shops"),
        (("replies", "stock_short"), "话术 缺货", "reply Goods short"),
        (("replies", "nothing"), "话术 nothing", "reply nothing"),
    ],
)  # fmt: skip
def test_a_reply_is_called_by_what_it_is_for(at: tuple[str, ...], zh: str, en: str) -> None:
    assert (rulewords.place(at, ZH), rulewords.place(at, EN)) == (zh, en)


def test_replies_in_another_order_are_called_so_too() -> None:
    said = rulewords.value(("replies",), ["pickup", "recovered"], ZH, SHANGHAI)
    assert said == "物流揽收 · 其他情形、又动了"


def test_every_fact_has_a_name_in_either_language() -> None:
    for name in FACTS:
        assert fact_called(name, ZH) == FACTS[name].label
        assert fact_called(name, EN).isascii()
    assert (fact_called("who", ZH), other_called("carrier", ZH), other_called("mian", EN)) == (
        "who",
        "快递公司",
        "mian",
    )
    text = WORDS.replace("2h", "bald")
    assert "答应：下次告知时间 bald" in rulewords.value(("replies", "x", "text"), text, ZH, SHANGHAI)
