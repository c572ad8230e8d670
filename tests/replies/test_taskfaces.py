"""The cards of tasks: whom they ask, for what and until when; who was asked before; and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from replies import names
from replies.cards import Card, Face, Tap, Tone
from replies.situation import Situation
from replies.taskfaces import Asking, task_card
from rules.events import Attribute, UserId
from rules.stages import Kind, Stage
from rules.tasks import ACKNOWLEDGED_ALONE, ANSWERS, TaskKind, TaskResult
from tests.replies.builders import LI, NOW, WANG, a_case, answered, asked, moved
from tests.replies.gallery import of_task, tasks, unpicked, usual

FACES: Mapping[str, Face] = tasks()
KINDS = pytest.mark.parametrize("kind", list(TaskKind))


def face(name: str) -> Card:
    found = FACES[name]
    assert isinstance(found, Card)
    return found


def rows(card: Card) -> dict[str, str]:
    return {row.label: row.value for row in card.rows}


def a_situation(kind: TaskKind) -> Situation:
    stage = {TaskKind.REMIND_CARRIER: Stage.PICKUP, TaskKind.FOLLOW_PAYMENT: Stage.PAYMENT}
    return a_case(stage.get(kind, Stage.PICKING))


# --- what each of them asks for --------------------------------------------------------


def test_the_re_check_says_who_what_where_and_until_when() -> None:
    card = face("stock-short")
    assert (card.title, card.subtitle) == ("请复核库存 · 库存不足", "李四，请在 14:32 前完成")
    assert rows(card) == {
        "订单": "DB20251222-883",
        "仓库": "杭州一仓",
        "商品": "SKU-1（缺2）",
        "店铺": "main · 官网",
        "停滞": "13:28 起",
    }
    assert rows(face("stock"))["商品"] == "SKU-1×2、SKU-2×1、SKU-3×1 等4种"


def test_the_reminder_names_the_parcel_and_what_to_ask_the_carrier() -> None:
    card = face("carrier")
    assert card.title == "请联系圆通 · 揽收停滞 3小时4分"
    assert card.subtitle == "李四，请在 14:32 前答复"
    assert rows(card) == {
        "订单": "DB20251222-883",
        "快递": "圆通",
        "运单": "YT0000000000001",
        "出库": "10:58",
        "地区": "浙江 余杭",
        "店铺": "main · 官网",
    }
    assert "确认上门取件时间" in card.text
    assert "查清包裹现在在哪" in face("carrier-transit").text


def test_the_warehouse_is_asked_when_it_will_be_done_and_the_payment_whether_it_came() -> None:
    assert face("warehouse").title.startswith("请跟进仓库 · 打包未完成")
    payment = face("payment")
    assert payment.title.startswith("请核对付款 · 付款未完成")
    assert (rows(payment)["渠道"], rows(payment)["金额"]) == ("wxpay", "¥1,299.00")


@KINDS
def test_every_answer_can_be_chosen_and_the_first_is(kind: TaskKind) -> None:
    card = of_task(asked(a_situation(kind), kind), kind)
    assert card.selector is not None
    assert [option.id for option in card.selector.options] == list(ANSWERS[kind])
    assert card.selector.selected == ANSWERS[kind][0]
    taps = [button.tap for button in card.buttons]
    assert taps == [Tap.TASK_RESULT, *([Tap.ACKNOWLEDGE] if kind in ACKNOWLEDGED_ALONE else [])]


# --- how it goes on -----------------------------------------------------------------------


def test_who_was_asked_before_and_when_stands_on_the_next_card() -> None:
    assert rows(face("stock-again"))["问过"] == "1 次 · 李四 12:02"
    again = face("carrier-again")
    assert rows(again)["问过"] == "2 次 · 李四 12:02、13:02"
    assert "店铺" not in rows(again), "six rows are shown"


def test_only_the_latest_times_are_told_one_by_one() -> None:
    before = [
        Asking(who=who, at=NOW - timedelta(hours=5 - at)) for at, who in enumerate((LI, LI, WANG, LI, LI))
    ]
    situation = asked(usual(), TaskKind.REMIND_CARRIER)
    said = rows(of_task(situation, TaskKind.REMIND_CARRIER, before))["问过"]
    assert said == "5 次 · 李四 10:02、王五 11:02、李四 12:02、13:02"


def test_what_nobody_answered_is_the_manager_s_in_red() -> None:
    card = face("carrier-escalated")
    assert (card.tone, card.subtitle) == (Tone.ALARM, "王五，没有人答复，请跟进")
    assert rows(card)["问过"] == "3 次 · 李四 12:02、13:02、13:32"


def test_a_card_is_addressed_to_whoever_reads_it() -> None:
    situation = asked(usual(), TaskKind.REMIND_CARRIER)
    card = task_card(situation, situation.tasks[TaskKind.REMIND_CARRIER], reader=WANG)
    assert card.subtitle.startswith("王五，")


def test_what_is_seen_to_can_still_be_answered() -> None:
    card = face("carrier-read")
    assert (card.tone, card.subtitle) == (Tone.CALM, "李四 14:02 已知悉")
    assert [button.tap for button in card.buttons] == [Tap.TASK_RESULT]


def test_a_carrier_who_gave_no_answer_is_to_be_asked_once_more() -> None:
    card = face("carrier-no-answer")
    assert card.text.startswith("上次没有答复，请联系圆通")
    assert len(card.buttons) == 2


# --- what came of it ------------------------------------------------------------------------


@KINDS
def test_an_answer_leaves_nothing_to_press(kind: TaskKind) -> None:
    for result in ANSWERS[kind]:
        if result is TaskResult.NO_ANSWER:
            continue
        card = of_task(answered(a_situation(kind), result, kind), kind)
        assert card.text.endswith(names.RESULTS[result])
        assert card.subtitle == f"李四 14:02：{names.RESULTS[result]}"
        assert (card.buttons, card.selector) == ((), None)
        assert not card.title.startswith("请")


def test_what_an_event_answered_is_nobody_s_word() -> None:
    assert face("stock-done-by-event").subtitle == "系统 14:02：缺货"


@pytest.mark.parametrize(
    ("name", "thanks", "over"),
    [
        ("stock-over", "不用再复核了，谢谢。", "14:03 已恢复"),
        ("carrier-over", "不用再联系了，谢谢。", "14:03 已恢复"),
        ("carrier-moved", "不用再联系了，谢谢。", "14:02 订单有新进展"),
    ],
)
def test_what_nobody_needs_any_more_says_so(name: str, thanks: str, over: str) -> None:
    card = face(name)
    assert (card.text, card.subtitle, card.buttons) == (thanks, over, ())


def test_a_case_that_has_ended_asks_for_nothing_whatever_its_task_says() -> None:
    situation = moved(asked(unpicked(kind=Kind.NOT_STARTED)))
    assert of_task(situation, TaskKind.RECHECK_STOCK).buttons == ()


def test_what_is_not_known_has_no_row() -> None:
    bare = asked(a_case(Stage.PAYMENT), TaskKind.FOLLOW_PAYMENT)
    assert "金额" not in rows(of_task(bare, TaskKind.FOLLOW_PAYMENT))
    order = bare.order
    assert order.text(Attribute.PAYMENT_REF) is None
    assert "流水" not in rows(of_task(replace(bare, order=order), TaskKind.FOLLOW_PAYMENT))
    assert UserId("nobody") not in rows(of_task(bare, TaskKind.FOLLOW_PAYMENT)).values()
