"""What the card of an incident promises: how many, until when, what it costs, and buttons that have an effect."""

from dataclasses import replace
from datetime import timedelta

import pytest

from replies import incidents
from replies.cards import Tap, Tone
from rules.actions import Action
from rules.approvals import Upshot
from rules.delivery import DeliveryState
from rules.reasons import Reason, Verdict
from rules.stages import Stage
from rules.storms import Cause
from tests.replies.builders import (
    COPY,
    LI,
    NOW,
    WANG,
    ZHANG,
    by_hand,
    cancelled,
    later,
    moved,
    reached,
    reasoned,
)
from tests.replies.gallery import waived
from tests.replies.incidents import a_member, affected, an_impact, many

LINK = "https://dingdan.example/i/i1"


def rows_of(card: object) -> dict[str, str]:
    return {row.label: row.value for row in card.rows}  # type: ignore[attr-defined]


def test_the_card_says_what_where_and_how_many() -> None:
    card = incidents.incident_card(an_impact(many(23), link=LINK))

    assert card.title == "支付验证 · 支付宝 · 23 单"
    assert card.source == "盯单 · P1"
    assert card.tone is Tone.ALARM
    assert card.link == LINK
    assert rows_of(card)["截止"] == "14:10 前联系顾客"
    assert rows_of(card)["进展"] == "已联系 0 · 退款 0 · 恢复 0"


@pytest.mark.parametrize(
    ("cause", "value", "said"),
    [
        (Cause.PAYMENT_CHANNEL, "alipay", "支付宝"),
        (Cause.PAYMENT_CHANNEL, "银行卡", "银行卡"),
        (Cause.WAREHOUSE, "杭州一仓", "杭州一仓"),
        (Cause.CARRIER, "yuantong", "圆通"),
        (Cause.CARRIER_AND_REGION, "yuantong+浙江", "圆通 · 浙江"),
        (Cause.CARRIER_AND_REGION, "whoever+浙江", "whoever · 浙江"),
        (Cause.REGION, "浙江", "浙江"),
        (Cause.WAREHOUSE, "<b>仓</b>13800138000", "仓138****8000"),
    ],
)
def test_a_cause_is_called_as_people_call_it(cause: Cause, value: str, said: str) -> None:
    assert incidents.cause_of(an_impact(many(2), cause=cause, value=value).incident) == said


def test_the_orders_of_most_value_have_a_row_and_the_rest_their_numbers() -> None:
    card = incidents.incident_card(an_impact(many(23)))

    named = [row for row in card.rows if row.value.startswith("DB20251222")]
    assert [(row.label, row.value) for row in named] == [
        ("¥1289", "DB20251222-001 王先生 6分"),
        ("¥1279", "DB20251222-002 陈女士 6分"),
        ("¥1269", "DB20251222-003 赵先生 6分"),
    ]
    assert "其余 20 单：DB20251222-004、" in card.text
    assert card.text.endswith("DB20251222-023")


def test_of_many_the_page_has_the_rest() -> None:
    card = incidents.incident_card(an_impact(many(30)))

    assert card.text.endswith("DB20251222-023 等，全部见详情页")


def test_a_large_amount_and_an_unknown_one_fit_the_label() -> None:
    dear, unpriced = a_member(1, amount_fen=12_345_600), a_member(2)
    assert [row.label for row in incidents.incident_card(an_impact([dear, unpriced])).rows][-2:] == [
        "¥12万",
        "订单",
    ]


def test_the_loss_is_what_was_lost_and_that_share_of_what_is_at_risk() -> None:
    paid_back = [cancelled(one, timedelta()) for one in many(1)]
    card = incidents.incident_card(an_impact([*paid_back, *many(4)[1:]]))

    # ¥1,289 lost, one of four; ¥3,807 at risk: a quarter of it is ¥951.75
    assert rows_of(card)["损失"] == "预估 ¥2,240.75，已退 ¥1,289"
    assert rows_of(incidents.incident_card(an_impact(many(2))))["损失"] == "未恢复 ¥2,568"
    assert "损失" not in rows_of(incidents.incident_card(an_impact([a_member(1), a_member(2)])))


def test_what_is_done_is_counted() -> None:
    first, second, third = many(3)
    card = incidents.incident_card(an_impact([reached(first), moved(second), cancelled(third)]))

    assert rows_of(card)["进展"] == "已联系 1 · 退款 1 · 恢复 1"


# --- buttons -----------------------------------------------------------------------


def buttons_of(*cases: object) -> dict[Tap, str]:
    return {one.tap: one.text for one in incidents.buttons(an_impact(list(cases)))}  # type: ignore[arg-type]


def test_there_are_six_buttons_at_most_and_the_first_says_for_how_many() -> None:
    assert buttons_of(*many(23)) == {
        Tap.SEND: "发送全部(23)",
        Tap.CLAIM: "认领",
        Tap.ESCALATE: "升级",
        Tap.SNOOZE: "稍后",
        Tap.REASON: "记录原因",
        Tap.REFRESH: "刷新",
    }


def test_only_what_the_bot_can_send_is_counted_and_what_must_be_copied_is_said() -> None:
    impact = an_impact([*many(2), a_member(3, route=COPY)])

    card = incidents.incident_card(impact)

    assert card.buttons[0].text == "发送全部(2)"
    assert "另有 1 单要复制发送。" in card.text
    assert "示例（DB20251222-001）：" in card.text


def test_what_is_answered_or_waits_is_not_sent_again() -> None:
    first, second, third, fourth = many(4)
    sending = replace(by_hand(second, Action.SEND), last_round=DeliveryState.SENDING)
    cases = [reached(first), sending, affected(third, Upshot.WAITING), waived(fourth)]

    assert Tap.SEND not in buttons_of(*cases)
    card = incidents.incident_card(an_impact(cases))
    assert card.tone is Tone.CALM
    assert "截止" not in rows_of(card)


def test_a_button_that_would_have_no_effect_is_not_there() -> None:
    done = [reasoned(by_hand(reached(one), Action.ESCALATE)) for one in many(2)]

    assert set(buttons_of(*done)) == {Tap.REFRESH}


def test_the_card_of_closed_cases_has_none() -> None:
    closed = [moved(reasoned(reached(one))) for one in many(2)]

    card = incidents.incident_card(an_impact(closed))

    assert card.buttons == ()
    assert card.selector is None


def test_a_deadline_that_has_passed_is_said_to_have() -> None:
    impact = an_impact([later(one, timedelta(minutes=15)) for one in many(2)])

    card = incidents.incident_card(replace(impact, now=NOW + timedelta(minutes=15)))

    assert rows_of(card)["截止"] == "14:10 前联系顾客，已过"


# --- approved ---------------------------------------------------------------------


def test_the_card_says_who_approved_and_what_came_of_it_by_order() -> None:
    first, second, third, fourth = (by_hand(one, Action.CLAIM) for one in many(4))
    impact = an_impact(
        [
            affected(reached(first), Upshot.SENT),
            affected(second, Upshot.FAILED, "顾客拒收"),
            affected(third, Upshot.BY_HAND),
            affected(fourth, Upshot.UNDER_WAY),
        ],
        approved_by=ZHANG,
        approved_at=NOW,
    )

    card = incidents.incident_card(impact)

    assert card.subtitle == "张三 14:02 批准发送"
    assert rows_of(card)["结果"] == "已送达 1 · 未成 2 · 处理中 1"
    assert "没有成：DB20251222-002（顾客拒收）、DB20251222-003（需复制发送）" in card.text


def test_an_answer_to_a_tap_says_what_came_of_it_for_each() -> None:
    impact = an_impact([by_hand(one, Action.CLAIM) for one in many(3)])
    results = [affected(one.situation, Upshot.DONE) for one in impact.cases[:2]]
    refused = affected(impact.cases[2].situation, Upshot.REFUSED, "已由李四 14:01 认领")

    card = incidents.incident_card(impact, "张三 14:02 认领 3 单", [*results, refused])

    assert card.subtitle == "张三 14:02 认领 3 单"
    assert rows_of(card)["结果"] == "已完成 2 · 未成 1"
    assert "没有成：DB20251222-003（已由李四 14:01 认领）" in card.text
    assert card.tone is Tone.TAKEN


def test_where_all_is_taken_it_says_since_when() -> None:
    card = incidents.incident_card(an_impact([by_hand(one, Action.CLAIM) for one in many(2)]))

    assert card.subtitle == "14:01 起，都有人跟进"


def test_the_line_of_results_names_each_failure_and_what_is_still_open() -> None:
    first, second, third = many(3)
    cases = [affected(first, Upshot.SENT), affected(second, Upshot.FAILED), affected(third, Upshot.UNDER_WAY)]
    impact = an_impact(cases, link=LINK)

    assert incidents.results_line(impact, impact.cases) == (
        "支付验证 · 支付宝 · 3 单：批准的 3 单中 1 单已送达；没发出 1 单：DB20251222-002（没发出）；"
        f"还没有结果 1 单：DB20251222-003。详情 {LINK}"
    )
    assert incidents.results_line(an_impact(cases[:1] * 2), [cases[0]] * 2) == (
        "支付验证 · 支付宝 · 2 单：批准的 2 单中 2 单已送达。"
    )


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action.SEND, "张三 14:02 批准发送 2 单"),
        (Action.CLAIM, "张三 14:02 认领 2 单"),
        (Action.REASON, "张三 14:02 记录原因 2 单：支付失败"),
    ],
)
def test_an_approval_is_told_by_name_and_number(action: Action, said: str) -> None:
    impact = an_impact(many(2))
    verdict = Verdict(reason=Reason.PAYMENT_FAILED) if action is Action.REASON else None

    note = incidents.approved_note(impact, action, ZHANG, 2, verdict)

    assert note == said
    assert incidents.approved_line(impact, note) == f"支付验证 · 支付宝 · 2 单：{said}。"


def test_a_tap_whose_card_stays_as_it_is_is_answered_all_the_same() -> None:
    assert incidents.instead("张三 14:02 认领 2 单") == "张三 14:02 认领 2 单。"
    assert incidents.instead("") == "卡片没能更新，请过一分钟再点。"


def test_who_comes_later_is_told_who_was_first() -> None:
    impact = an_impact(
        many(2), approved_by=ZHANG, approved_at=NOW, owner=LI, claimed_at=NOW - timedelta(minutes=1)
    )

    assert incidents.nothing_left(impact, Action.SEND) == "已由张三 14:02 批准发送，没有重复执行"
    assert incidents.nothing_left(impact, Action.CLAIM) == "已由李四 14:01 认领，没有重复执行"
    assert incidents.nothing_left(impact, Action.SNOOZE) == "这些订单都已处理过，没有重复执行"
    assert incidents.nothing_left(an_impact(many(2)), Action.SEND) == "这些订单都已处理过，没有重复执行"


# --- other faces ------------------------------------------------------------------------


def test_a_notice_says_who_has_the_card() -> None:
    impact = an_impact(many(2), link=LINK)

    assert incidents.incident_notice(impact, [LI, WANG]).text == "带按钮的卡片在李四、王五手里。点开看详情。"
    assert incidents.incident_notice(impact, []).text == "点开看详情。"
    assert incidents.incident_notice(impact, []).buttons == ()


def test_the_form_asks_for_one_reason_for_all() -> None:
    form = incidents.incident_reason_form(an_impact([*many(2), reasoned(a_member(3))]))

    assert form.title == "记录原因 · 支付宝"
    assert form.subtitle == "2 单还没有原因"
    assert form.selector.selected == Reason.PAYMENT_FAILED


def test_hostile_names_are_defused_and_numbers_stay_whole() -> None:
    hostile = "<script>alert(1)</script>{{x}} 13800138000\u202e" + "长" * 300
    cases = [a_member(1, name=hostile), a_member(2, name=hostile, stage=Stage.PAYMENT)]

    card = incidents.incident_card(an_impact(cases, value=hostile))

    said = " ".join([card.title, card.subtitle, card.text, *(row.value for row in card.rows)])
    assert "<script>" not in said
    assert "13800138000" not in said
    assert "\u202e" not in said
    assert "DB20251222-001" in said
