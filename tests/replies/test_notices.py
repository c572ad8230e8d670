import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from replies import notices
from replies.guard import objections
from rules.actions import Act, Action, Refused, Why, apply
from rules.anomalies import end_merged
from rules.delivery import DeliveryState
from rules.reaching import Means, Needless, Waiver
from rules.reasons import Reason, Verdict
from rules.stages import Stage, Status
from rules.tasks import TaskKind, TaskResult
from tests.replies.builders import (
    COPY,
    LI,
    NOW,
    SIDEBAR,
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
from tests.replies.gallery import LINK, situations, usual

CASES = situations()
NO = "DB20251222-883"


# --- taps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refused(why=Why.CLOSED, by=ZHANG, at=at("14:02")), "已由张三 14:02 处理完毕，不用再操作。"),
        (Refused(why=Why.CLOSED, at=at("14:02")), "已由系统 14:02 处理完毕，不用再操作。"),
        (Refused(why=Why.TAKEN, by=ZHANG, at=at("14:02")), "已由张三 14:02 认领。"),
        (Refused(why=Why.ALREADY, by=ZHANG, at=at("14:02")), "已由张三 14:02 处理，没有重复执行。"),
        (Refused(why=Why.ALREADY, by=ZHANG), "已由张三处理，没有重复执行。"),
        (
            Refused(why=Why.UNDER_WAY, by=ZHANG, at=at("14:02")),
            "已由张三 14:02 提交，正在发送，请稍后点「刷新」。",
        ),
        (Refused(why=Why.NOT_NOW), "现在不需要这一步，请以最新的卡片为准。"),
        (Refused(why=Why.NOT_NOW, at=at("14:02")), "14:02 已恢复，不需要这一步了。"),
        (Refused(why=Why.NEEDS_TEXT), f"「其他」要写明原因，请发送：/原因 {NO} 具体原因。"),
    ],
)
def test_a_tap_without_effect_names_who_was_first(refusal: Refused, said: str) -> None:
    assert notices.refused(refusal, usual()) == f"订单 {NO}：{said}"


def test_the_card_that_was_tapped_says_it_too() -> None:
    refusal = Refused(why=Why.ALREADY, by=ZHANG, at=at("14:02"))
    assert notices.first(refusal, usual()) == "已由张三 14:02 处理"


@pytest.mark.parametrize("why", Why)
def test_there_is_an_answer_for_every_refusal(why: Why) -> None:
    assert NO in notices.refused(Refused(why=why, by=LI, at=NOW), cancelled(usual()))


def test_two_agents_who_press_at_once_learn_who_won() -> None:
    won = by_hand(usual(), Action.CLAIM, ZHANG)
    lost = apply(won.anomaly, Act(action=Action.CLAIM, actor=LI, at=NOW))
    assert isinstance(lost, Refused)
    assert "已由张三 14:02 " in notices.refused(lost, won)


@pytest.mark.parametrize(
    ("action", "parts", "said"),
    [
        (Action.SEND, {}, "已提交 · 张三 14:02"),
        (Action.CLAIM, {}, "张三 14:02 认领"),
        (Action.ESCALATE, {}, "张三 14:02 升级"),
        (Action.SNOOZE, {"snooze": timedelta(minutes=30)}, "张三 14:02 稍后至 14:32"),
        (Action.MARK_DONE, {}, "张三 14:02 已联系顾客（自行联系）"),
        (Action.MARK_DONE, {"means": Means.PHONE}, "张三 14:02 已联系顾客（电话）"),
        (Action.WAIVE, {"waiver": Waiver(why=Needless.TEST)}, "张三 14:02 免联系（测试订单）"),
        (
            Action.WAIVE,
            {"waiver": Waiver(why=Needless.OTHER, text="在店里 13800138000")},
            "张三 14:02 免联系（在店里 138****8000）",
        ),
        (
            Action.REASON,
            {"verdict": Verdict(reason=Reason.OTHER, text="客户改址 13800138000")},
            "张三 14:02 记录：其他（客户改址 138****8000）",
        ),
        (Action.REASON, {"verdict": Verdict(reason=Reason.OUT_OF_STOCK)}, "张三 14:02 记录：库存不足"),
    ],
)
def test_a_card_notes_who_did_what_and_when(action: Action, parts: dict[str, object], said: str) -> None:
    after = by_hand(usual(), action, **parts)  # type: ignore[arg-type]
    assert notices.note(action, after, ZHANG) == said
    assert notices.confirmed(action, after, ZHANG) == f"订单 {NO}：{said}。"


def test_an_escalation_names_who_was_called() -> None:
    after = by_hand(usual(), Action.ESCALATE)
    said = notices.confirmed(Action.ESCALATE, after, ZHANG, told=WANG)
    assert said == f"订单 {NO}：张三 14:02 升级，已通知王五。"


def test_a_note_that_knows_no_more_says_no_more() -> None:
    assert notices.note(Action.SNOOZE, usual(), ZHANG) == "张三 14:02 稍后处理"
    assert notices.note(Action.REASON, usual(), None) == "系统 14:02 记录原因"


def test_a_stale_text_is_not_sent_and_says_why() -> None:
    case = usual()
    now = moved(case)
    said = notices.stale_draft(objections(drafted(case).claims, now), now)
    assert said == (f"订单 {NO}：没有发送，内容已更新，请再确认。订单已于 14:02 由圆通揽收，原话已不符。")


def test_strangers_and_old_cards_get_an_answer_that_names_no_order() -> None:
    assert "不在值班名单" in notices.not_on_roster()
    assert "卡片已失效" in notices.card_expired()
    assert "查不到您是谁" in notices.unrecognised()


# --- delivery -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DeliveryState.SENT, "回复已发给顾客。"),
        (
            DeliveryState.FAILED,
            "回复没有发出（超过48小时）。请点「再次联系」或「改电话」，自行联系后点「已处理」。",
        ),
        (DeliveryState.BOUNCED, "回复没有送到顾客（超过48小时）。请点「再次联系」或「改电话」。"),
        (
            DeliveryState.UNKNOWN,
            "不确定顾客是否收到，为免重复没有再发。请先问顾客：收到了点「已处理」，没收到点「再次联系」或「改电话」。",
        ),
        (DeliveryState.SENDING, "回复正在发送，请稍后点「刷新」。"),
        (None, "回复正在发送，请稍后点「刷新」。"),
    ],
)
def test_the_sender_learns_how_the_message_fared(state: DeliveryState | None, said: str) -> None:
    case = replace(by_hand(usual(), Action.SEND), last_round=state)
    assert notices.send_result(case, "超过48小时") == f"张三，订单 {NO}：{said}"


def test_a_result_without_a_cause_has_no_empty_brackets() -> None:
    case = replace(by_hand(usual(), Action.SEND), last_round=DeliveryState.FAILED)
    assert "（" not in notices.send_result(case)


# --- ladder -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "late", "left"),
    [
        (at("14:05"), "3小时7分", "还剩 3分（截止 14:08）"),
        (at("14:08"), "3小时10分", "还剩 1秒（截止 14:08）"),
        (at("14:12"), "3小时14分", "已超 3分（截止 14:08）"),
    ],
)
def test_a_reminder_gives_the_time_left_and_the_deadline(when: datetime, late: str, left: str) -> None:
    said = notices.reminder(replace(usual(), now=when))
    assert said == f"订单 {NO}（揽收停滞 {late}）还没人认领，{left}。"


def test_a_reminder_calls_the_owner_by_name() -> None:
    said = notices.reminder(CASES["claimed"])
    assert said == f"张三，订单 {NO}（揽收停滞 3小时4分）还没联系顾客，还剩 6分（截止 14:08）。"


def test_a_hand_over_names_both() -> None:
    said = notices.handed_over(CASES["claimed"], LI, ZHANG)
    assert said == f"订单 {NO}（揽收停滞 3小时4分）张三还没联系顾客，已转给李四，还剩 6分（截止 14:08）。"
    assert "没人认领，已转给李四" in notices.handed_over(usual(), LI, None)


def test_the_group_learns_who_was_called() -> None:
    said = notices.pushed(CASES["claimed"], WANG)
    assert said == f"订单 {NO}（揽收停滞 3小时4分）还没联系顾客，已通知王五，还剩 6分（截止 14:08）。"


# --- recoveries, reasons, stock ------------------------------------------------------------------


def test_recoveries_are_told_in_one_digest_with_every_full_number() -> None:
    second = moved(a_case(Stage.PICKING, order_no="B-2"))
    third = cancelled(a_case(order_no="C-3"))
    assert notices.recoveries([moved(usual()), second, third]) == (
        f"这些订单又动了：\n订单 {NO}：已于 14:02 由圆通揽收\n订单 B-2：已于 14:02 拣货完成\n订单 C-3：已取消"
    )


def test_a_single_recovery_is_a_single_line() -> None:
    failed = Story().stage(Stage.PICKUP, Status.FAILED, NOW)
    vague = later(usual(), timedelta(minutes=1), *failed.events)
    assert notices.recoveries([moved(usual())]) == f"订单 {NO}：已于 14:02 由圆通揽收"
    assert notices.recoveries([vague]) == f"订单 {NO}：状态有变化", "a failure is not called a recovery"
    assert notices.recoveries([usual()]) == f"订单 {NO}：状态有变化"


def test_a_long_digest_is_cut_and_says_so() -> None:
    many = [moved(a_case(order_no=f"N-{number}")) for number in range(25)]
    lines = notices.recoveries(many).splitlines()
    assert len(lines) == 1 + notices.MOST_RECOVERIES + 1
    assert lines[-1] == "另有 5 笔，请看看板"


def test_other_asks_for_words_and_says_how_to_give_them() -> None:
    assert notices.ask_reason_text(usual()) == f"订单 {NO}：请说明原因，发送：/原因 {NO} 具体原因"
    assert notices.ask_reason_text(usual(link=LINK)).endswith(f"；也可以在网页填写：{LINK}")


@pytest.mark.parametrize(
    ("kind", "result", "said"),
    [
        (TaskKind.RECHECK_STOCK, TaskResult.SHORT, "复核库存：缺货"),
        (TaskKind.REMIND_CARRIER, TaskResult.DRIVER_ASSIGNED, "催快递：已派快递员"),
        (TaskKind.FOLLOW_WAREHOUSE, TaskResult.TODAY, "跟进仓库：今天内完成"),
        (TaskKind.FOLLOW_PAYMENT, TaskResult.NOT_PAID, "核对付款：未到账"),
        (TaskKind.FOLLOW_PAYMENT, None, "核对付款：还没有结果"),
    ],
)
def test_what_came_of_a_task_is_told_with_who_said_so(
    kind: TaskKind, result: TaskResult | None, said: str
) -> None:
    line = notices.task_answered(answered(usual(), result, kind), kind, LI)
    assert line == f"订单 {NO}：李四 14:02 {said}。"


def test_who_sees_to_a_task_or_finished_it_stands_on_its_card() -> None:
    assert notices.acknowledged(usual(), WANG) == "王五 14:02 已知悉"
    assert notices.answered(usual(), TaskKind.RECHECK_STOCK, LI) == "李四 14:02 复核完成"
    assert notices.answered(usual(), TaskKind.REMIND_CARRIER, LI) == "李四 14:02 已答复"


def test_whoever_answers_on_a_page_is_told_what_came_of_it() -> None:
    kind, task = TaskKind.REMIND_CARRIER, asked(usual(), TaskKind.REMIND_CARRIER)
    assert notices.task_told(task, kind, LI) == f"订单 {NO}：催快递，李四 14:02 已知悉。"
    said = notices.task_told(answered(usual(), TaskResult.PICKED_UP_SOON, kind), kind, LI)
    assert said == f"订单 {NO}：李四 14:02 催快递：很快来取。"
    assert notices.not_asked(task, task.tasks[kind]) == f"订单 {NO}：催快递请的是李四，您不能代为答复。"


def test_a_task_that_everybody_ignores_is_everybody_s() -> None:
    line = notices.task_ignored(usual(), TaskKind.REMIND_CARRIER, [LI])
    assert line.startswith(f"订单 {NO}（揽收停滞 ")
    assert line.endswith("）请李四催快递，没有答复，也没有别人可以问，请看到的同事跟进。")


# --- who could not be reached -----------------------------------------------------------------------


def test_a_group_is_told_whom_nobody_can_stand_in_for() -> None:
    said = notices.nobody_reached(usual(), [WANG, LI])
    assert "联系不上王五、李四，也没有别人可以代替" in said
    assert NO in said


def test_a_lead_is_told_how_a_group_can_be_written_to() -> None:
    assert "请在群「退货」里 @机器人 说一句话" in notices.greet_in_group("退货")
    assert "（93000 群机器人的地址失效）" in notices.webhook_gone("退货", "93000 群机器人的地址失效")
    assert "DINGDAN_WEBHOOK__KEY" in notices.webhook_gone("退货", "")


def test_a_group_is_told_who_has_yet_to_speak_to_the_bot() -> None:
    assert notices.greet_the_bot("王五").startswith("王五还没和机器人单独说过话")


# --- all of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_line_about_one_order_shows_its_full_number_and_counts_none(name: str) -> None:
    case = CASES[name]
    number = str(case.order.key.order_no)
    lines = [
        notices.send_result(case),
        notices.reminder(case),
        notices.handed_over(case, LI, ZHANG),
        notices.pushed(case, WANG),
        notices.nobody_reached(case, [WANG]),
        notices.recoveries([case]),
        notices.ask_reason_text(case),
        notices.task_answered(case, TaskKind.RECHECK_STOCK, ZHANG),
        notices.task_told(case, TaskKind.REMIND_CARRIER, ZHANG),
        notices.task_ignored(case, TaskKind.REMIND_CARRIER, [ZHANG]),
        notices.stale_draft((), case),
        *(notices.confirmed(action, case, ZHANG) for action in Action),
        *(notices.refused(Refused(why=why), case) for why in Why),
    ]
    for line in lines:
        assert number in line
        assert not re.search(r"\d\s*单|1[3-9]\d{9}|None", line)


def test_names_of_members_cannot_smuggle_anything_in() -> None:
    case = usual()
    bad = replace(case.roster.members[ZHANG], name="[张三](http://evil.example)")
    evil = replace(case, roster=replace(case.roster, members={**case.roster.members, ZHANG: bad}))
    claimed = by_hand(evil, Action.CLAIM)
    said = notices.reminder(claimed)
    assert said.startswith("张三，订单")
    assert "evil" not in notices.note(Action.CLAIM, claimed, ZHANG)


def test_a_merged_case_is_named_as_such() -> None:
    case = usual()
    merged = replace(case, anomaly=end_merged(case.anomaly, NOW))
    assert notices.recoveries([merged]) == f"订单 {NO}：已合并"
    assert reasoned(reached(case)).anomaly.reason is not None


def test_who_cannot_be_written_to_by_the_bot_is_written_to_beside_the_chat_or_by_copying() -> None:
    beside, copied = notices.must_copy(usual(route=SIDEBAR)), notices.must_copy(usual(route=COPY))
    assert NO in beside
    assert NO in copied
    assert "侧边栏里发送" in beside
    assert "复制" not in beside
    assert "请复制这段话自行发送" in copied
    assert "侧边栏" not in copied
