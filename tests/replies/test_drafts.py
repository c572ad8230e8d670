import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from replies.drafts import SHOWN_IN_FULL, Blocked, Draft, draft
from replies.guard import objections
from replies.library import Templates
from replies.masking import plain
from replies.rows import title
from replies.situation import Situation
from rules.anomalies import Ended, end_merged
from rules.book import AutomaticAction
from rules.events import Attribute, ContactReport, Customer, EventType, RefundReport, ShortReport
from rules.orders import Order
from rules.stages import Kind, Stage, Status
from rules.tasks import ANSWERS, TaskKind, TaskResult
from tests.replies.builders import (
    NOW,
    TEMPLATES,
    Story,
    a_case,
    answered,
    blocked,
    cancelled,
    drafted,
    fallback_book,
    later,
    moved,
)

LONG_NO = "DB20251222-8830000000001"
LI = Customer(name="欧阳小芳女士")
USUAL = [
    (Stage.PAYMENT, Kind.NOT_COMPLETED),
    (Stage.CONFIRM, Kind.NOT_COMPLETED),
    (Stage.PICKING, Kind.NOT_STARTED),
    (Stage.PICKING, Kind.NOT_COMPLETED),
    (Stage.PACKING, Kind.NOT_COMPLETED),
    (Stage.PICKUP, Kind.NO_UPDATE),
    (Stage.TRANSIT, Kind.NO_UPDATE),
    (Stage.PICKING, Kind.STOCK_SHORT),
]
ANY = [(stage, kind) for stage in Stage for kind in Kind]


def any_case(stage: Stage, kind: Kind, **parts: Any) -> Situation:
    usual = (stage, kind) in USUAL or kind is Kind.STOCK_SHORT
    return a_case(stage, kind, book=None if usual else fallback_book(stage, kind), **parts)


def wordy(stage: Stage, kind: Kind, result: TaskResult | None = None) -> Situation:
    """A case of which everything is known, with long values, and yesterday's times."""
    facts = {Attribute.CARRIER: "danniao", Attribute.TRACKING_NO: "YT0000000000001"}
    day_before = timedelta(hours=23)
    case = any_case(
        stage, kind, order_no=LONG_NO, customer=LI, facts=facts, late=day_before, done=AutomaticAction
    )
    return answered(case, result)


def all_asked(case: Situation) -> Situation:
    story = Story(order_no=case.order.key.order_no)
    story.tell(EventType.CONTACTED, case.now, report=ContactReport(channel="phone"))
    story.tell(EventType.REFUND_REQUESTED, case.now, report=RefundReport(refund_fen=100))
    return later(case, timedelta(), *story.events)


@pytest.mark.parametrize(("stage", "kind"), ANY)
def test_any_trouble_that_a_rule_book_can_name_has_words(stage: Stage, kind: Kind) -> None:
    made = drafted(any_case(stage, kind))
    exact = kind if kind is Kind.STOCK_SHORT else f"{stage}_{kind}"
    assert made.template == (exact if (stage, kind) in USUAL or kind is Kind.STOCK_SHORT else stage)
    assert "DB20251222-883" in made.text


@pytest.mark.parametrize(
    ("stage", "kind", "text"),
    [
        (
            Stage.PAYMENT,
            Kind.NOT_COMPLETED,
            (
                "您好，您的订单 DB20251222-883 在 13:53 的付款还没确认到账，抱歉让您费心。"
                "若已扣款请勿再付，告诉我们就好；未扣款可在订单页再支付。今天 15:00 前告诉您结果。"
            ),
        ),
        (
            Stage.CONFIRM,
            Kind.NOT_COMPLETED,
            (
                "您好，您的订单 DB20251222-883 从 13:38 起在审核备货，比平时慢了些，抱歉让您久等。"
                "今天 15:30 前，我们会主动告诉您进展。"
            ),
        ),
        (
            Stage.PICKING,
            Kind.NOT_STARTED,
            (
                "您好，您的订单 DB20251222-883 从 13:13 起等仓库拣货，现在还没开始，抱歉让您久等。"
                "今天 16:30 前，我们会主动告诉您进展。"
            ),
        ),
        (
            Stage.PICKUP,
            Kind.NO_UPDATE,
            (
                "您好，您的订单 DB20251222-883 已于 10:58 出库，快递还没来揽收，抱歉让您久等。"
                "今天 16:30 前，我们会主动告诉您进展。"
            ),
        ),
        (
            Stage.TRANSIT,
            Kind.NO_UPDATE,
            (
                "您好，您的订单 DB20251222-883 从昨天 13:58 起物流没有更新，抱歉让您惦记。"
                "今天 16:30 前，我们会主动告诉您查到的情况。"
            ),
        ),
        (
            Stage.PICKING,
            Kind.STOCK_SHORT,
            (
                "您好，仓库 13:28 告知，您的订单 DB20251222-883 有商品缺货，还不能全部发出，很抱歉。"
                "等补货、换货或退款都可以，回复我们就好。今天 16:30 前，我们会告诉您进展。"
            ),
        ),
    ],
)
def test_a_draft_says_the_order_what_happened_when_and_when_to_expect_news(
    stage: Stage, kind: Kind, text: str
) -> None:
    assert drafted(a_case(stage, kind)).text == text


def test_what_we_have_done_is_said_only_when_it_was_delivered() -> None:
    carrier = {Attribute.CARRIER: "yuantong"}
    told = a_case(facts=carrier, done=[AutomaticAction.REMIND_CARRIER])
    assert "已安排专人催圆通取件。" in drafted(told).text
    assert "催" not in drafted(a_case(facts=carrier)).text
    assert "已安排专人催快递取件。" in drafted(a_case(done=[AutomaticAction.REMIND_CARRIER])).text


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "我们正在复核库存。"),
        (TaskResult.IN_STOCK, "库存已复核，有货。"),
        (TaskResult.SHORT, "复核发现有商品缺货，还不能发出，抱歉让您久等。等补货、换货或退款都可以"),
    ],
)
def test_the_stock_re_check_feeds_the_draft(result: TaskResult | None, said: str) -> None:
    case = answered(a_case(Stage.PICKING, done=[AutomaticAction.RECHECK_STOCK]), result)
    assert said in drafted(case).text


def test_a_case_that_goes_on_because_goods_are_short_speaks_of_them() -> None:
    case = a_case(Stage.PICKING, Kind.NOT_STARTED)
    story = Story()
    story.tell(EventType.STOCK_SHORT, NOW, report=ShortReport(sku="SKU-1", qty_short=1))
    short = later(case, timedelta(minutes=1), *story.events)
    assert drafted(short).template == "picking_not_started"
    begun = Story().stage(Stage.PICKING, Status.UPDATED, short.now)
    goes_on = later(short, timedelta(minutes=1), *begun.events)
    assert goes_on.anomaly.ended_at is None
    assert drafted(goes_on).template == "stock_short"
    assert objections(drafted(short).claims, goes_on)
    assert not objections(drafted(goes_on).claims, goes_on)
    assert title(goes_on).startswith("库存不足")


def test_a_payment_that_was_seen_is_not_to_be_paid_again() -> None:
    seen = drafted(a_case(Stage.PAYMENT, facts={Attribute.PAYMENT_REF: "P-1"})).text
    assert "付款流水已查到，请不必重复支付。" in seen
    assert "再支付" not in seen


def test_a_customer_who_asked_first_is_owed_an_apology() -> None:
    text = drafted(all_asked(a_case())).text
    assert "本该我们先告诉您，抱歉让您久等。" in text
    assert "您的退款申请也已收到。" in text


def test_good_news_is_told_when_the_order_moved() -> None:
    made = drafted(moved(a_case(customer=Customer(name="李女士"), facts={Attribute.CARRIER: "yto"})))
    assert made.template == "recovered"
    assert made.text == (
        "李女士，好消息：您的订单 DB20251222-883 已于 14:02 由圆通揽收。之前让您久等了，很抱歉，谢谢您的耐心。"
    )
    assert made.promised_at is None


def test_a_cancelled_order_gets_no_good_news() -> None:
    made = drafted(cancelled(all_asked(a_case())))
    assert made.template == "cancelled"
    assert "已经取消" in made.text
    assert "好消息" not in made.text


def test_a_payment_that_failed_meanwhile_is_told_as_such() -> None:
    failed = Story().stage(Stage.PAYMENT, Status.FAILED, NOW)
    made = drafted(later(a_case(Stage.PAYMENT), timedelta(minutes=1), *failed.events))
    assert made.template == "payment_not_completed"
    assert "在 14:02 的付款没有成功" in made.text


def test_a_move_that_nobody_can_name_is_no_news_to_send() -> None:
    back = Story().stage(Stage.PICKING, Status.REOPENED, NOW)
    made = blocked(later(a_case(Stage.PACKING), timedelta(minutes=1), *back.events))
    assert (made.template, made.missing, made.why) == ("recovered", ("progress",), "还缺最新进展")


def test_a_merged_order_is_not_written_about() -> None:
    case = a_case()
    made = blocked(replace(case, anomaly=end_merged(case.anomaly, NOW)))
    assert made == Blocked(template="", version="", missing=(), why="订单已并入另一单号，请按新单号跟进")


# --- blocked -----------------------------------------------------------------------------


def with_no_shipping_time(case: Situation) -> Situation:
    runs = tuple(run for run in case.order.runs if run.stage is not Stage.PACKING)
    order: Order = structs.replace(case.order, runs=runs, skip=(Stage.PACKING,))
    return replace(case, order=order)


def test_a_missing_fact_blocks_the_draft_and_is_named() -> None:
    made = blocked(with_no_shipping_time(a_case()))
    assert made.template == "pickup_no_update"
    assert made.version == TEMPLATES["pickup_no_update"].version
    assert made.missing == ("shipped_at",)
    assert made.why == "还缺出库时间"


def test_a_blank_fact_is_a_missing_one() -> None:
    own = Templates(
        {"pickup_no_update": "---\ntitle: 试\nfacts: [order_no, carrier]\n---\n{{ order_no }}{{ carrier }}"}
    )
    assert blocked(a_case(facts={Attribute.CARRIER: " \u200b "}), own).missing == ("carrier",)


def test_a_hole_that_only_shows_in_rendering_blocks_too() -> None:
    text = """---
title: 试
facts: [order_no]
claims: [carrier, tracking_no]
---
{{ order_no }}{% if carrier == "圆通" %}{{ tracking_no }}{% endif %}"""
    made = blocked(a_case(facts={Attribute.CARRIER: "yto"}), Templates({"pickup_no_update": text}))
    assert made.missing == ("tracking_no",)


def test_a_text_beyond_all_bounds_is_not_drafted() -> None:
    made = blocked(a_case(order_no="长" * 3000))
    assert made.why == "模板出错：output stream limit reached"


# --- length ----------------------------------------------------------------------------------


def all_wordy() -> Iterator[Situation]:
    for stage, kind in USUAL:
        for result in (None, *ANSWERS[TaskKind.RECHECK_STOCK]):
            yield wordy(stage, kind, result)
            yield all_asked(wordy(stage, kind, result))
            yield moved(all_asked(wordy(stage, kind, result)))
            yield cancelled(all_asked(wordy(stage, kind, result)))


def test_every_draft_fits_on_a_group_card_in_full() -> None:
    texts = [made.text for case in all_wordy() if isinstance(made := draft(case, TEMPLATES), Draft)]
    assert len(texts) > 100
    too_long = {text for text in texts if len(text) > SHOWN_IN_FULL}
    assert not too_long
    assert all(LONG_NO in text for text in texts)


def test_a_long_text_does_without_courtesies_but_not_without_facts() -> None:
    made = drafted(all_asked(wordy(Stage.PICKUP, Kind.NO_UPDATE)))
    assert "欧阳" not in made.text
    assert "催菜鸟速递取件" in made.text
    assert not {"customer_name", "customer_called"} & made.claims.keys()


def test_brevity_never_makes_a_text_untrue() -> None:
    text = (
        """---
title: 试
facts: [order_no]
spare: [customer_called, refund_asked, customer_name]
---
{{ order_no }}{% if customer_called %}您来问过{% else %}您还没来问过{% endif %}
{% case refund_asked %}{% when nil %}没有退款{% else %}有退款{% endcase %}
{% if customer_name %}{{ customer_name }}{% endif %}"""
        + "。" * SHOWN_IN_FULL
    )
    made = drafted(all_asked(a_case(customer=LI)), Templates({"pickup_no_update": text}))
    assert "您来问过" in made.text
    assert "有退款" in made.text
    assert "欧阳" not in made.text


def test_a_very_long_order_number_is_said_in_full_all_the_same() -> None:
    number = "N" * 100
    assert number in drafted(a_case(order_no=number)).text


# --- properties -----------------------------------------------------------------------------------

HOSTILE = st.text(min_size=1, max_size=40) | st.sampled_from(
    ["{{ order_no }}", "{% raw %}", "[x](http://e)", "<a href=x>y</a>", "13800138000", "a\nb", "  "]
)


@settings(max_examples=300)
@given(
    number=HOSTILE,
    name=HOSTILE,
    carrier=HOSTILE,
    case=st.sampled_from(USUAL),
    done=st.sets(st.sampled_from(list(AutomaticAction))),
    wait=st.timedeltas(timedelta(), timedelta(days=2)),
)
@example(number="{ {", name="0", carrier="0", case=USUAL[0], done=set(), wait=timedelta())
def test_no_draft_has_a_hole_markup_a_phone_number_or_a_past_promise(
    number: str,
    name: str,
    carrier: str,
    case: tuple[Stage, Kind],
    done: set[AutomaticAction],
    wait: timedelta,
) -> None:
    first = a_case(
        *case,
        order_no=f"N-{number}",
        customer=Customer(name=name),
        facts={Attribute.CARRIER: carrier},
        done=done,
    )
    now = replace(first, now=first.now + wait)
    made = draft(now, TEMPLATES)
    assert isinstance(made, Draft)
    assert not re.search(r"\s\s", made.text)
    shown, text = (said.replace(" ", "") for said in (plain(f"N-{number}"), made.text))
    assert shown in text, "but for spaces between wide characters, which no text has"
    assert not re.search(r"[{}<>\n\r]|\]\(|，，|。。|1[3-9]\d{9}", text.replace(shown, "N"))
    assert made.promised_at is not None
    assert made.promised_at - now.now >= timedelta(minutes=30)


def test_ended_kinds_all_have_an_answer() -> None:
    case = a_case()
    for how in Ended:
        ended = replace(case, anomaly=replace(case.anomaly, ended_at=NOW, ended_how=how))
        assert isinstance(draft(ended, TEMPLATES), Draft | Blocked)
