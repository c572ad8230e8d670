from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from replies.facts import FACTS, Fact, facts_of, promised_time, today
from replies.situation import Situation
from replies.standing import case_basis, case_holds, ending
from rules.anomalies import Ended
from rules.book import AutomaticAction
from rules.calendar import SHANGHAI
from rules.events import Attribute, ContactReport, Customer, EventType, RefundReport, ShortReport
from rules.instants import from_ms, to_ms
from rules.stages import Kind, Stage, Status
from rules.tasks import TaskKind, TaskResult
from tests.replies.builders import (
    NOW,
    Story,
    a_book,
    a_case,
    answered,
    at,
    cancelled,
    fallback_book,
    later,
    moved,
)


def words(situation: Situation, name: str) -> str | None:
    fact = facts_of(situation)[name]
    return None if fact is None else fact.words


def test_the_table_explains_every_fact() -> None:
    case = facts_of(a_case())
    assert set(case) == set(FACTS)
    for name, kind in FACTS.items():
        assert kind.label, name
        assert kind.about.endswith("."), name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("李女士", "李女士"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Anna Li", "Anna Li"),
        ("小仙女123", None),
        ("13800138000", None),
        ("张**", None),
        ("https://evil.example", None),
        ("{{ order_no }}", None),
        ("一二三四五六七八九十一二三", None),
        ("", None),
    ],
)
def test_a_customer_is_named_only_by_what_reads_like_a_name(name: str, said: str | None) -> None:
    assert words(a_case(customer=Customer(name=name)), "customer_name") == said


def test_a_contact_counts_only_when_it_came_after_the_order_had_stopped() -> None:
    asked = Story().tell(EventType.CONTACTED, NOW, report=ContactReport(channel="kf"))
    before = Story().tell(EventType.CONTACTED, NOW - timedelta(hours=5), report=ContactReport(channel="kf"))
    assert words(later(a_case(), timedelta(minutes=1), *asked.events), "customer_called") == "14:02"
    assert words(a_case(extra=before.events), "customer_called") is None


def test_what_nobody_reported_is_not_known() -> None:
    unknown = {name for name, fact in facts_of(a_case()).items() if fact is None}
    assert unknown >= {"customer_name", "refund_asked", "carrier", "tracking_no", "parcel", "progress"}
    assert unknown >= {
        "carrier_reminded",
        "specialist_told",
        "stock_rechecking",
        "stock_found",
        "payment_seen",
    }


def test_an_action_is_a_fact_only_once_it_was_delivered() -> None:
    done = a_case(done=AutomaticAction)
    assert [words(done, name) for name in ("carrier_reminded", "specialist_told", "stock_rechecking")] == [
        "13:58",
        "13:58",
        "13:58",
    ]


@pytest.mark.parametrize(
    ("result", "known"),
    [
        (TaskResult.IN_STOCK, {"stock_found"}),
        (TaskResult.WRONG_BIN, {"stock_found"}),
        (TaskResult.SHORT, {"stock_missing"}),
        (None, {"stock_rechecking"}),
    ],
)
def test_a_re_check_is_under_way_until_it_has_a_result(result: TaskResult | None, known: set[str]) -> None:
    case = answered(a_case(Stage.PICKING, done=[AutomaticAction.RECHECK_STOCK]), result)
    found = {name for name in ("stock_found", "stock_missing", "stock_rechecking") if words(case, name)}
    assert found == known


def test_payment_facts_say_what_is_known_of_the_money() -> None:
    failed = Story().stage(Stage.PAYMENT, Status.FAILED, NOW, facts={Attribute.PAYMENT_REF: "P-1"})
    case = later(a_case(Stage.PAYMENT), timedelta(minutes=1), *failed.events)
    assert words(case, "payment_failed") == "14:02"
    assert words(case, "payment_seen") == "P-1"
    assert words(case, "paid_at") is None
    shipped = a_case(Stage.PICKUP, facts={Attribute.PAYMENT_REF: "P-1"})
    assert words(shipped, "paid_at") == "10:55"
    assert words(shipped, "payment_seen") is None


def test_a_concluded_payment_has_no_time() -> None:
    only_packed = Story().stage(Stage.PACKING, Status.COMPLETED, at("10:58"), "YT1")
    case = a_case(extra=only_packed.events)
    inferred = replace(
        case,
        order=structs.replace(
            case.order, runs=tuple(structs.replace(run, inferred=True) for run in case.order.runs)
        ),
    )
    assert words(inferred, "paid_at") is None
    assert words(inferred, "shipped_at") == "10:58"


def test_one_parcel_of_several_is_named() -> None:
    two = (
        Story()
        .stage(Stage.PACKING, Status.COMPLETED, at("10:50"), "YT0000000000001")
        .stage(Stage.PACKING, Status.COMPLETED, at("10:50"), "B2")
    )
    case = a_case(extra=two.events)
    named = replace(case, anomaly=replace(case.anomaly, parcel="YT0000000000001"))
    short = replace(case, anomaly=replace(case.anomaly, parcel="B2"))
    unknown = replace(case, anomaly=replace(case.anomaly, parcel="?"))
    said = [words(one, "parcel") for one in (named, short, unknown)]
    assert said == ["尾号 0001 的包裹", "包裹 B2", "还没发出的包裹"]
    assert words(a_case(Stage.PICKING), "parcel") is None


def test_a_parcels_carrier_goes_before_the_orders() -> None:
    facts = {Attribute.CARRIER: "zto", Attribute.TRACKING_NO: "ZT1"}
    named = Story().stage(Stage.PACKING, Status.UPDATED, at("10:58"), "ZT1", facts=facts)
    case = a_case(facts={Attribute.CARRIER: "yto"}, extra=named.events)
    assert words(case, "carrier") == "中通"
    assert words(case, "tracking_no") == "ZT1"
    assert words(a_case(facts={Attribute.CARRIER: "yto"}), "carrier") == "圆通"
    assert words(a_case(facts={Attribute.CARRIER: "c-7"}), "carrier") is None


# --- progress -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.PAYMENT, "已于 14:02 付款成功"),
        (Stage.CONFIRM, "已于 14:02 通过审核"),
        (Stage.PICKING, "已于 14:02 拣货完成"),
        (Stage.PACKING, "已于 14:02 打包出库"),
        (Stage.PICKUP, "已于 14:02 由快递揽收"),
        (Stage.TRANSIT, "已于 14:02 签收"),
    ],
)
def test_progress_says_what_moved_and_when(stage: Stage, said: str) -> None:
    assert words(moved(a_case(stage)), "progress") == said


def test_a_concluded_completion_is_told_without_a_time() -> None:
    news = Story().stage(Stage.TRANSIT, Status.UPDATED, NOW)
    assert words(later(a_case(), timedelta(minutes=1), *news.events), "progress") == "已由快递揽收"


def test_a_start_and_a_sign_of_life_are_progress_where_they_were_missing() -> None:
    begun = Story().stage(Stage.PICKING, Status.STARTED, NOW)
    case = later(a_case(Stage.PICKING), timedelta(minutes=1), *begun.events)
    assert words(case, "progress") == "已于 14:02 开始拣货"
    heard = Story().stage(Stage.TRANSIT, Status.UPDATED, NOW)
    case = later(a_case(Stage.TRANSIT), timedelta(minutes=1), *heard.events)
    assert words(case, "progress") == "已于 14:02 有了新的进展"


def test_a_failed_payment_is_no_progress_and_does_not_end_the_case() -> None:
    failed = Story().stage(Stage.PAYMENT, Status.FAILED, NOW)
    case = later(a_case(Stage.PAYMENT), timedelta(minutes=1), *failed.events)
    assert case.anomaly.ended_at is None
    assert words(case, "progress") is None
    assert words(case, "payment_failed") == "14:02"


def test_an_order_that_went_back_to_an_earlier_stage_has_made_no_progress() -> None:
    back = Story().stage(Stage.PICKING, Status.REOPENED, NOW)
    case = later(a_case(Stage.PACKING), timedelta(minutes=1), *back.events)
    assert case.anomaly.ended_how is Ended.MOVED
    assert words(case, "progress") is None


def test_a_parcel_that_is_on_its_way_again_after_a_failure_is_no_progress_either() -> None:
    failed = Story().stage(Stage.PICKUP, Status.FAILED, NOW)
    case = later(a_case(Stage.PICKUP), timedelta(minutes=1), *failed.events)
    assert words(case, "progress") is None


def test_goods_that_are_there_after_all_are_progress() -> None:
    found = Story().tell(EventType.STOCK_SHORT, NOW, report=ShortReport(sku="SKU-1", qty_short=0))
    case = a_case(Stage.PICKING, Kind.STOCK_SHORT)
    assert words(later(case, timedelta(minutes=1), *found.events), "progress") == "所缺的商品已备齐"
    still_short = replace(case, anomaly=replace(case.anomaly, ended_at=NOW, ended_how=Ended.MOVED))
    assert words(still_short, "progress") is None


def test_a_cancelled_order_has_made_no_progress() -> None:
    refund = Story().tell(EventType.REFUND_REQUESTED, NOW, report=RefundReport())
    case = later(a_case(), timedelta(), *refund.events)
    assert words(case, "refund_asked") == "14:02"
    assert words(cancelled(case), "progress") is None


# --- the promise ----------------------------------------------------------------------


TWO_HOURS = timedelta(hours=2)


def promised(situation: Situation, within: timedelta = TWO_HOURS) -> str:
    fact = promised_time(situation, within)
    assert fact is not None
    return fact.words


@pytest.mark.parametrize(
    ("now", "within", "said"),
    [
        (at("14:02"), timedelta(hours=2), "今天 16:30"),
        (at("14:00"), timedelta(hours=2), "今天 16:00"),
        (at("14:02"), timedelta(minutes=30), "今天 15:00"),
        (at("22:10"), timedelta(hours=2), "明天 00:30"),
    ],
)
def test_news_is_promised_for_a_full_or_half_hour(now: datetime, within: timedelta, said: str) -> None:
    assert promised(replace(a_case(), now=now), within) == said


def test_nobody_is_promised_news_while_the_shop_is_closed() -> None:
    book = a_book(hours={"mon-sun": ["09:00-18:00"]})
    case = replace(a_case(), book=book)
    assert promised(replace(case, now=at("15:40"))) == "今天 18:00"
    assert promised(replace(case, now=at("17:20"))) == "明天 10:30"
    assert promised(replace(case, now=at("20:00"))) == "明天 11:00"


def test_nobody_is_promised_news_in_quiet_hours() -> None:
    case = replace(a_case(), book=a_book(quiet_hours=["22:00-08:00"]))
    assert promised(replace(case, now=at("19:40"))) == "今天 22:00"
    assert promised(replace(case, now=at("20:40"))) == "明天 09:00"
    assert promised(replace(case, now=at("05:40"))) == "今天 09:00"


def test_p1_promises_at_night_too() -> None:
    case = replace(a_case(Stage.PAYMENT), book=a_book(quiet_hours=["22:00-08:00"]), now=at("23:10"))
    assert promised(case, timedelta(minutes=30)) == "明天 00:00"


@given(st.integers(0, 10**10), st.sampled_from(["30m", "1h", "2h"]))
def test_no_promise_is_past_near_or_outside_of_opening_hours(offset: int, within: str) -> None:
    book = a_book(hours={"mon-fri": ["09:00-18:00"], "sat": ["10:00-12:00"]}, quiet_hours=["12:00-13:30"])
    case = replace(a_case(), book=book, now=from_ms(to_ms(at("00:00")) + offset))
    fact = promised_time(case, timedelta(minutes={"30m": 30, "1h": 60, "2h": 120}[within]))
    assert fact is not None
    by = datetime.fromisoformat(fact.basis)
    last_minute = by - timedelta(minutes=1)
    assert by - case.now >= timedelta(minutes=30)
    assert book.calendar.is_open(last_minute)
    assert book.calendar.wakes(last_minute) == last_minute
    assert by.astimezone(SHANGHAI).minute in {0, 30}


# --- what drafts rest on ------------------------------------------------------------------


def test_dated_words_are_those_that_midnight_makes_false() -> None:
    def dated(situation: Situation) -> bool:
        fact = facts_of(situation)["since"]
        assert isinstance(fact, Fact)
        return fact.dated

    assert dated(a_case())
    assert not dated(replace(a_case(), now=NOW + timedelta(days=3)))
    assert today(replace(a_case(), now=at("23:59"))) == "2025-12-22"
    assert today(replace(a_case(), now=at("23:59").astimezone(UTC) + timedelta(minutes=2))) == "2025-12-23"


def test_the_case_holds_while_its_trouble_stands_even_when_further_limits_pass() -> None:
    case = a_case(Stage.PICKING, Kind.NOT_STARTED)
    claimed = case_basis(case)
    assert claimed == "picking/1/not_started/standing"
    assert case_holds(claimed, later(case, timedelta(hours=3)))
    begun = Story().stage(Stage.PICKING, Status.STARTED, NOW)
    assert not case_holds(claimed, later(case, timedelta(minutes=1), *begun.events))
    assert not case_holds(claimed, moved(case))
    assert not case_holds(claimed, cancelled(case))


def test_an_order_that_moved_counts_as_moved_before_its_case_was_settled() -> None:
    before = a_case()
    unsettled = replace(moved(before), anomaly=before.anomaly)
    assert ending(unsettled) is Ended.MOVED
    assert ending(replace(cancelled(before), anomaly=before.anomaly)) is Ended.CANCELLED
    assert not case_holds(case_basis(before), unsettled)


def test_good_news_holds_until_the_trouble_is_back() -> None:
    over = moved(a_case())
    claimed = case_basis(over)
    assert claimed == "pickup/1/no_update/moved"
    assert case_holds(claimed, replace(over, now=over.now + timedelta(hours=1)))
    assert not case_holds(claimed, a_case())


def test_an_end_that_says_no_how_is_a_move() -> None:
    case = a_case()
    assert ending(replace(case, anomaly=replace(case.anomaly, ended_at=NOW))) is Ended.MOVED


def test_a_new_run_of_the_stage_is_another_case() -> None:
    book = fallback_book(Stage.PICKING, Kind.NOT_COMPLETED)
    case = a_case(Stage.PICKING, book=book)
    again = Story().stage(Stage.PICKING, Status.REOPENED, NOW - timedelta(minutes=40))
    reopened = a_case(Stage.PICKING, book=book, extra=again.events)
    assert case_holds(case_basis(case), case)
    assert not case_holds(case_basis(case), reopened)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(TaskKind.FOLLOW_WAREHOUSE, "warehouse_asked"), (TaskKind.FOLLOW_PAYMENT, "payment_asked")],
)
def test_that_somebody_was_asked_is_said_only_once_they_were(kind: TaskKind, name: str) -> None:
    asked_for = answered(a_case(Stage.PACKING), None, kind)
    assert words(asked_for, name) is None, "nobody has got it yet"
    assert words(replace(asked_for, delivered={AutomaticAction(kind): NOW}), name) == "14:02"


def test_the_money_is_looked_for_until_somebody_says_what_they_found() -> None:
    done = a_case(Stage.PAYMENT, done=[AutomaticAction.FOLLOW_PAYMENT])
    assert words(done, "payment_asked") is not None
    assert words(answered(done, TaskResult.NOT_PAID, TaskKind.FOLLOW_PAYMENT), "payment_asked") is None


@pytest.mark.parametrize(
    ("result", "said"),
    [(TaskResult.DRIVER_ASSIGNED, "已派快递员"), (TaskResult.NO_ANSWER, None), (None, None)],
)
def test_what_the_carrier_said_is_a_fact_if_it_was_an_answer(
    result: TaskResult | None, said: str | None
) -> None:
    assert words(answered(a_case(), result, TaskKind.REMIND_CARRIER), "carrier_said") == said
