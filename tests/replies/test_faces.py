import re
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from replies.cards import Card, Face, Form, News, Tap, Tone
from replies.drafts import Blocked
from replies.faces import case_card, copy_card, reason_form
from replies.rows import FRESH, MOST_ROWS
from replies.situation import Situation
from rules.actions import Action
from rules.anomalies import Ended
from rules.events import Attribute
from rules.orders import Shortage
from rules.reasons import Reason
from rules.stages import Kind, Stage
from rules.tasks import TaskKind, TaskResult
from tests.replies.builders import LI, NOW, a_book, a_case, answered, asked, by_hand, drafted, reached
from tests.replies.gallery import LONG_NO, gallery, of_task, shown, situations, split, unpaid, unpicked, usual

FACES = gallery()
CASES = situations()


def card(case: Situation) -> Card:
    face = shown(case)
    assert isinstance(face, Card)
    return face


def row(case: Situation, label: str) -> str | None:
    return next((row.value for row in card(case).rows if row.label == label), None)


def words(face: Face) -> str:
    """All that is visible."""
    if isinstance(face, Form):
        options = [option.text for option in face.selector.options]
        return "\n".join([face.source, face.title, face.subtitle, face.selector.title, *options])
    rows = [f"{row.label} {row.value}" for row in face.rows]
    if isinstance(face, News):
        points = [f"{point.title} {point.text}" for point in face.points]
        return "\n".join([face.source, face.title, face.subtitle, *rows, *points])
    return "\n".join([face.source, face.title, face.subtitle, *rows, face.text])


OF_ORDERS = [name for name in FACES if not name.startswith("incident")]


@pytest.mark.parametrize("name", OF_ORDERS)
def test_every_card_of_an_order_shows_its_full_number(name: str) -> None:
    number = LONG_NO if "long-number" in name else "DB20251222-883"
    assert number in words(FACES[name])


@pytest.mark.parametrize("name", FACES)
def test_no_card_shows_a_phone_number_and_those_of_several_orders_alone_count_them(name: str) -> None:
    assert not re.search(r"1[3-9]\d{9}", words(FACES[name]))
    assert bool(re.search(r"\d\s*单", words(FACES[name]))) == name.startswith(("overflow", "incident"))


@pytest.mark.parametrize("name", FACES)
def test_no_card_has_a_title_or_a_list_that_is_too_long(name: str) -> None:
    face = FACES[name]
    assert 0 < len(face.title) <= 26
    if isinstance(face, Card):
        assert len(face.rows) <= MOST_ROWS
        assert all(row.value and len(row.label) <= 5 for row in face.rows)
        assert len(face.buttons) <= 6


@pytest.mark.parametrize(
    ("stage", "kind", "title"),
    [
        (Stage.PAYMENT, Kind.NOT_COMPLETED, "付款未完成 9分"),
        (Stage.CONFIRM, Kind.NOT_COMPLETED, "审单未完成 24分"),
        (Stage.PICKING, Kind.NOT_STARTED, "拣货未开始 49分"),
        (Stage.PICKING, Kind.STOCK_SHORT, "库存不足 34分"),
        (Stage.PACKING, Kind.NOT_COMPLETED, "打包未完成 1小时34分"),
        (Stage.PICKUP, Kind.NO_UPDATE, "揽收停滞 3小时4分"),
        (Stage.TRANSIT, Kind.NO_UPDATE, "在途停滞 1天"),
    ],
)
def test_a_title_says_what_and_how_late(stage: Stage, kind: Kind, title: str) -> None:
    assert card(a_case(stage, kind)).title == title


def test_the_longest_title_fits() -> None:
    case = a_case(Stage.PICKING, Kind.NOT_COMPLETED, late=timedelta(days=400))
    for how in Ended:
        ended = replace(case, anomaly=replace(case.anomaly, ended_at=NOW, ended_how=how))
        assert len(case_card(ended, drafted(case)).title) <= 26


@pytest.mark.parametrize(
    ("name", "tone", "title", "subtitle"),
    [
        ("open", Tone.ALARM, "揽收停滞", "待认领 · 数据截至 10:59"),
        ("claimed", Tone.TAKEN, "已认领 · ", "张三 14:02 认领 · 数据截至 10:59"),
        ("claimed-snoozed", Tone.TAKEN, "已认领 · ", "张三 14:02 · 稍后至 14:12 · 数据截至 10:59"),
        ("claimed-escalated", Tone.TAKEN, "已认领 · ", "张三 14:02 认领 · 已升级 · 数据截至 10:59"),
        ("submitted", Tone.TAKEN, "已提交 · ", "已提交 · 张三 14:02 · 数据截至 10:59"),
        ("failed", Tone.TAKEN, "未送达 · ", "消息没发出，请再次联系或改电话 · 数据截至 10:59"),
        ("bounced", Tone.TAKEN, "未送达 · ", "顾客没收到，请再次联系或改电话 · 数据截至 10:59"),
        ("unknown", Tone.TAKEN, "待核实 · ", "不确定顾客是否收到，请先核实，或改电话 · 数据截至 10:59"),
        ("replied", Tone.CALM, "已联系 · ", "张三 14:02 已联系顾客（微信客服） · 数据截至 10:59"),
        ("called", Tone.CALM, "已联系 · ", "张三 14:02 已联系顾客（电话） · 数据截至 10:59"),
        ("reopened", Tone.CALM, "已恢复 · ", "14:03 已恢复，待联系顾客 · 已重开"),
        ("waived", Tone.CALM, "免联系 · ", "张三：免联系（客户已知情） · 数据截至 10:59"),
        ("recovered", Tone.CALM, "已恢复 · ", "14:03 已恢复，待联系顾客、记录原因"),
        ("recovered-cancelled", Tone.CALM, "已取消 · ", "14:03 已取消，待联系顾客、记录原因"),
        ("closed", Tone.CALM, "已关闭 · ", "14:03 关闭"),
        ("closed-healed", Tone.CALM, "已关闭 · ", "14:03 自动恢复并关闭"),
    ],
)
def test_colour_title_and_subtitle_say_the_state(name: str, tone: Tone, title: str, subtitle: str) -> None:
    face = card(CASES[name])
    assert (face.tone, face.subtitle) == (tone, subtitle)
    assert face.title.startswith(title)


def test_a_note_says_who_has_just_acted() -> None:
    claimed = CASES["claimed"]
    assert case_card(claimed, drafted(claimed), "张三 14:02 认领").subtitle.startswith("张三 14:02 认领")


def test_fresh_data_is_not_dated() -> None:
    case = usual()
    fresh = replace(case, order=structs.replace(case.order, observed_at=NOW - FRESH))
    unknown = replace(case, order=structs.replace(case.order, observed_at=None))
    assert card(fresh).subtitle == card(unknown).subtitle == "待认领"


def test_the_draft_is_shown_in_full() -> None:
    case = usual()
    assert card(case).text == drafted(case).text


def test_a_blocked_draft_says_what_is_missing_and_what_to_do() -> None:
    made = Blocked(template="x", version="v", missing=("shipped_at",), why="还缺出库时间")
    assert case_card(usual(), made).text == (
        "暂时没有可发的话：还缺出库时间。请自行联系顾客后点「已处理」；数据补齐后点「刷新」。"
    )
    assert case_card(reached(usual()), made).text == "还缺出库时间"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("closed", "张三 14:02 已联系顾客（微信客服）。原因：物流未取件，张三记录。"),
        ("closed-waived", "张三：免联系（客户已知情）。原因：其他（客户自提 138****8000），张三记录。"),
        ("closed-healed", "没有联系顾客。原因：打包延误，系统记录。"),
    ],
)
def test_a_closed_card_says_how_it_was_settled(name: str, text: str) -> None:
    face = card(CASES[name])
    assert face.text == text
    assert face.buttons == ()


def test_a_closed_card_without_a_reason_says_so_by_leaving_it_out() -> None:
    case = reached(usual())
    closed = replace(case, anomaly=replace(case.anomaly, closed_at=NOW))
    assert card(closed).text == "张三 14:02 已联系顾客（微信客服）。"


# --- rows --------------------------------------------------------------------------------


def test_the_rows_of_the_story() -> None:
    assert [(row.label, row.value) for row in card(usual()).rows] == [
        ("订单", "DB20251222-883"),
        ("阶段", "物流揽收 · 10:58 起"),
        ("截止", "14:08"),
        ("发送", "微信客服 · 顾客48小时内来过"),
        ("最后操作", "李四 出库交接，急件… /wms/hz1 10:59"),
        ("店铺", "main · 官网"),
    ]


def test_a_shortage_on_top_of_a_passed_limit_is_named() -> None:
    case = unpicked(kind=Kind.NOT_STARTED)
    short = Shortage(at=NOW, source="/wms", sku="SKU-1", qty=1)
    assert row(replace(case, order=structs.replace(case.order, shortages=(short,))), "阶段") == (
        f"{row(case, '阶段')} · 缺货"
    )
    assert "缺货" not in (row(CASES["open-short"], "阶段") or "")


def test_the_deadline_is_there_in_every_state_and_says_when_it_has_passed_or_whether_it_was_met() -> None:
    assert all(row(case, "截止") for case in CASES.values())
    assert row(replace(usual(), now=NOW + timedelta(minutes=7)), "截止") == "14:08 已过"
    assert row(CASES["replied"], "截止") == "14:08 按时联系"
    assert row(CASES["submitted"], "截止") == "14:08"
    late = reached(replace(usual(), now=NOW + timedelta(minutes=7)))
    assert row(late, "截止") == "14:08 联系晚了"


def test_a_manager_sees_who_was_told_before() -> None:
    assert row(unpaid(), "已通知") == "客服 13:58 · 值班经理 13:58"
    assert row(unpaid(), "店铺") is None
    told = replace(usual(), delivered={})
    assert row(told, "已通知") is None
    assert row(CASES["replied"], "已通知") is None
    assert row(CASES["claimed-escalated"], "已通知") == "客服 13:58"


def test_a_parcel_is_named_where_there_are_several() -> None:
    assert row(split(), "包裹") == "YT0000000000001（共2个）"
    missing = replace(split(), anomaly=replace(split().anomaly, parcel="?"))
    assert row(missing, "包裹") == "未报单号（共2个）"
    assert len(card(split()).rows) == MOST_ROWS


def test_an_order_that_nobody_has_touched_has_no_last_operation() -> None:
    case = usual()
    assert row(replace(case, order=structs.replace(case.order, last_operation=None)), "最后操作") is None


def test_a_last_operation_without_a_note_is_named_by_what_it_was() -> None:
    assert row(a_case(), "最后操作") == "系统 打包完成 /wms/hz1 10:58"


def test_a_shop_without_a_channel_is_shown_alone() -> None:
    case = usual()
    facts = {name: fact for name, fact in case.order.facts.items() if name is not Attribute.CHANNEL}
    assert row(replace(case, order=structs.replace(case.order, facts=facts)), "店铺") == "main"


# --- the other cards ---------------------------------------------------------------------------


def test_the_copy_card_asks_for_the_copy_and_for_the_report() -> None:
    claimed = CASES["claimed"]
    face = copy_card(claimed, drafted(claimed))
    assert face.text == drafted(claimed).text
    assert face.subtitle == "请复制下面的话发给顾客，发完点「已处理」"
    assert [button.text for button in face.buttons] == ["已处理", "升级", "稍后", "记录原因"]
    assert face.selector is not None


def test_a_further_contact_by_hand_is_reported_as_such() -> None:
    first, again = copy_card(usual(), drafted(usual())), copy_card(reached(usual()), drafted(usual()))
    assert (first.buttons[0].text, first.buttons[0].tap) == ("已处理", Tap.MARK_DONE)
    assert (again.buttons[0].text, again.buttons[0].tap) == ("已处理", Tap.DONE_AGAIN)


@pytest.mark.parametrize(
    ("case", "likely"),
    [
        (unpaid(), Reason.PAYMENT_FAILED),
        (unpicked(kind=Kind.STOCK_SHORT), Reason.OUT_OF_STOCK),
        (answered(unpicked(), TaskResult.SHORT), Reason.OUT_OF_STOCK),
        (answered(unpicked(), TaskResult.IN_STOCK), Reason.PACKING_DELAYED),
        (unpicked(), Reason.PACKING_DELAYED),
        (usual(), Reason.NOT_PICKED_UP),
        (a_case(Stage.TRANSIT), Reason.OTHER),
    ],
)
def test_the_reason_form_is_pre_selected_from_the_evidence(case: Situation, likely: Reason) -> None:
    form = reason_form(case)
    assert [option.text for option in form.selector.options] == [
        "支付失败",
        "库存不足",
        "打包延误",
        "物流未取件",
        "其他",
    ]
    assert [option.id for option in form.selector.options] == list(Reason)
    assert form.selector.selected == likely
    assert (form.submit.text, form.submit.tap) == ("提交", Tap.SUBMIT_REASON)


def test_names_of_people_and_shops_are_cleaned() -> None:
    hostile = "<a href=x>[点](y)</a> 13800138000"
    case = a_case(facts={Attribute.CHANNEL: hostile, Attribute.WAREHOUSE: hostile, Attribute.REGION: hostile})
    dirty = replace(case, roster=replace(case.roster, members={}))
    owned = by_hand(dirty, Action.CLAIM, LI)
    tasks = (of_task(asked(owned, kind), kind) for kind in TaskKind)
    for face in (shown(owned), *tasks):
        assert not re.search(r"[<>]|\]\(|\n\n", words(face).replace("\n", " "))
    assert "138****8000" in words(shown(owned))


def test_a_budget_of_another_length_moves_the_deadline() -> None:
    case = replace(usual(), book=a_book(budget={"contact": "30m"}))
    assert row(case, "截止") == "14:28"


def test_a_later_limit_gives_the_time_again() -> None:
    case = usual()
    again = replace(case, anomaly=replace(case.anomaly, raised_at=NOW))
    assert row(again, "截止") == "14:12"


def test_an_unusual_order_number_is_shown_as_it_is() -> None:
    number = "A_1*B*[c] 13800138000"
    case = a_case(order_no=number)
    assert row(case, "订单") == number
