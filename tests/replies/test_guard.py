from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.guard import Objection, objections
from replies.library import Templates
from replies.situation import Situation
from rules.anomalies import end_merged
from rules.book import AutomaticAction
from rules.deadlines import Deadline
from rules.events import Attribute, ContactReport, Customer, EventType, RefundReport
from rules.settling import breach_again
from rules.stages import Kind, Stage, Status
from rules.tasks import TaskResult
from tests.replies.builders import NOW, Story, a_case, answered, at, cancelled, drafted, later, moved

MINUTE = timedelta(minutes=1)


def news(shown: Situation, now: Situation) -> list[str]:
    """What speaks against sending, now, what was drafted then."""
    return [objection.news for objection in objections(drafted(shown).claims, now)]


@pytest.mark.parametrize("stage", Stage)
def test_what_is_still_true_may_be_sent(stage: Stage) -> None:
    case = a_case(stage, done=AutomaticAction)
    assert news(case, case) == []
    assert news(case, later(case, timedelta(minutes=9))) == []


def test_an_order_that_moved_is_refused_with_the_news_and_nothing_else() -> None:
    case = a_case(facts={Attribute.CARRIER: "yto"}, done=[AutomaticAction.REMIND_CARRIER])
    undone = replace(moved(case), delivered={})
    found = objections(drafted(case).claims, undone)
    assert found == (Objection(fact="case", news="订单已于 14:02 由圆通揽收，原话已不符"),)


def test_how_it_ended_is_named() -> None:
    case = a_case()
    merged = replace(case, anomaly=end_merged(case.anomaly, NOW))
    failed = Story().stage(Stage.PICKUP, Status.FAILED, NOW)
    assert news(case, cancelled(case)) == ["订单已取消，原话已不符"]
    assert news(case, merged) == ["订单已合并，原话已不符"]
    assert news(case, later(case, MINUTE, *failed.events)) == ["订单已有变化，原话已不符"]


def test_good_news_is_refused_once_the_order_stands_still_again() -> None:
    case = a_case()
    assert news(moved(case), case) == ["订单又停住了，原话已不符"]


def test_good_news_may_be_sent_after_it_was_shown() -> None:
    over = moved(a_case())
    assert news(over, later(over, timedelta(minutes=5))) == []


def test_a_further_limit_passed_takes_nothing_back() -> None:
    case = a_case(Stage.PICKING, Kind.NOT_STARTED)
    breach = Deadline(
        stage=Stage.PICKING, parcel="", run=1, kind=Kind.NOT_COMPLETED, since=case.anomaly.since, due_at=NOW
    )
    breached = replace(case, anomaly=breach_again(case.anomaly, breach, case.book, NOW))
    assert news(case, breached) == []


def test_a_start_takes_back_that_nothing_was_started_though_the_case_goes_on() -> None:
    case = a_case(Stage.PICKING, Kind.NOT_STARTED, late=timedelta(hours=2))
    begun = Story().stage(Stage.PICKING, Status.STARTED, NOW)
    started = later(case, MINUTE, *begun.events)
    breach = Deadline(
        stage=Stage.PICKING, parcel="", run=1, kind=Kind.NOT_COMPLETED, since=case.anomaly.since, due_at=NOW
    )
    goes_on = replace(started, anomaly=breach_again(started.anomaly, breach, case.book, NOW))
    assert news(case, goes_on) == ["订单已有变化，原话已不符"]


# --- facts -----------------------------------------------------------------------------


def test_what_would_only_add_a_sentence_is_no_objection() -> None:
    case = a_case()
    more = replace(case, delivered=dict.fromkeys(AutomaticAction, NOW))
    asked = Story()
    asked.tell(EventType.CONTACTED, NOW, report=ContactReport(channel="kf"))
    asked.tell(EventType.REFUND_REQUESTED, NOW, report=RefundReport())
    asked.tell(
        EventType.CHANGED, NOW, customer=Customer(name="李女士"), attributes={Attribute.CARRIER: "yto"}
    )
    assert news(case, later(more, MINUTE, *asked.events)) == []


def test_an_action_that_turned_out_undelivered_is_not_claimed() -> None:
    case = a_case(done=[AutomaticAction.REMIND_CARRIER])
    assert news(case, replace(case, delivered={})) == ["「已催快递」已不成立，原话已不符"]


def test_doing_it_again_takes_nothing_back() -> None:
    case = a_case(done=[AutomaticAction.REMIND_CARRIER])
    again = replace(case, delivered={AutomaticAction.REMIND_CARRIER: NOW})
    assert news(case, again) == []


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (TaskResult.IN_STOCK, ["复核库存已有结果：有货，原话已不符"]),
        (TaskResult.SHORT, ["「复核缺货」现为缺货，原话已不符", "复核库存已有结果：缺货，原话已不符"]),
    ],
)
def test_a_result_ends_the_re_check_that_was_spoken_of(result: TaskResult, said: list[str]) -> None:
    case = a_case(Stage.PICKING, done=[AutomaticAction.RECHECK_STOCK])
    assert news(case, answered(case, result)) == said


def test_a_re_check_that_vanished_without_a_result_is_not_claimed() -> None:
    case = a_case(Stage.PICKING, done=[AutomaticAction.RECHECK_STOCK])
    assert news(case, replace(case, delivered={})) == ["「库存复核中」已不成立，原话已不符"]


def test_a_fact_that_changed_is_named_with_what_it_is_now() -> None:
    case = a_case(facts={Attribute.CARRIER: "yto"}, done=[AutomaticAction.REMIND_CARRIER])
    other = Story().tell(EventType.CHANGED, NOW, attributes={Attribute.CARRIER: "zto"})
    assert news(case, later(case, MINUTE, *other.events)) == ["「快递公司」现为中通，原话已不符"]


def test_a_payment_that_turns_up_stops_the_advice_to_pay_again() -> None:
    case = a_case(Stage.PAYMENT)
    seen = Story().tell(EventType.CHANGED, NOW, attributes={Attribute.PAYMENT_REF: "P-1"})
    assert news(case, later(case, MINUTE, *seen.events)) == ["「付款流水」现为P-1，原话已不符"]


def test_a_claim_that_nobody_can_check_any_more_is_refused() -> None:
    case = a_case()
    claims = {**drafted(case).claims, "weather": "sunny"}
    assert objections(claims, case) == (Objection(fact="weather", news="原话依据的「weather」已无从核对"),)


def test_midnight_makes_the_days_in_a_text_wrong() -> None:
    case = a_case(now=at("23:58"))
    assert news(case, later(case, timedelta(minutes=3))) == ["已过零点，原话里的日期已不符"]


def test_midnight_does_not_hurt_a_text_without_days() -> None:
    body = "---\ntitle: 试\nfacts: [order_no]\n---\n您的订单 {{ order_no }} 有点慢。"
    case = a_case(now=at("23:58"))
    claims = drafted(case, Templates({"pickup_no_update": body})).claims
    assert objections(claims, later(case, timedelta(minutes=3))) == ()


# --- the promise --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (at("16:15"), []),
        (at("16:15") + timedelta(milliseconds=1), ["离答应的今天 16:30不到15分钟，怕来不及"]),
        (at("16:30"), ["答应的今天 16:30已过，原话已不符"]),
        (at("17:00"), ["答应的今天 16:30已过，原话已不符"]),
    ],
)
def test_a_promise_is_not_sent_when_it_cannot_be_kept(when: datetime, said: list[str]) -> None:
    case = a_case()
    assert news(case, replace(case, now=when)) == said


@given(st.timedeltas(timedelta(), timedelta(days=3)))
def test_no_text_is_sent_with_a_promise_nearer_than_a_quarter_of_an_hour(wait: timedelta) -> None:
    case = a_case()
    made = drafted(case)
    now = replace(case, now=case.now + wait)
    if not objections(made.claims, now):
        assert made.promised_at is not None
        assert made.promised_at - now.now >= timedelta(minutes=15)


@given(st.sampled_from(list(Stage)), st.sets(st.sampled_from(list(AutomaticAction))), st.booleans())
def test_a_fresh_draft_is_never_refused(stage: Stage, done: set[AutomaticAction], over: bool) -> None:
    case = a_case(stage, done=done)
    now = moved(case) if over else case
    assert objections(drafted(now).claims, now) == ()
