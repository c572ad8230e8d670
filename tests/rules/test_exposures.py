"""Which orders a change concerns, told for both parts alike, and what became of them by their time."""

from dataclasses import replace
from typing import Any

import pytest

from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.bookfile import parse_rule_book
from rules.editions import Edition, Trial
from rules.events import Attribute, OrderEvent, OrderKey, OrderNo, Shop
from rules.experiments import Part, Split
from rules.exposures import JUDGED_AFTER, LATEST, Exposure, after_look, exposed, may_say_else
from rules.golden import TEN
from rules.measures import RESOLVED_AFTER
from rules.orders import Order
from rules.reasons import ReasonSource
from rules.stages import Stage, Status
from tests.builders import (
    HOUR,
    TICK,
    an_anomaly,
    an_order,
    at,
    cancelled,
    contacted,
    created,
    refund,
    staged,
    until,
)

Book = dict[str, Any]
NINE = at("09:00")


def one_of(part: Part) -> OrderKey:
    """An order that is in that part of a trial with a tenth of the orders."""
    keys = (OrderKey(Shop("main"), OrderNo(f"DB{number}")) for number in range(1_000))
    return next(key for key in keys if Split(name="x", share=0.1).part_of(key) is part)


def an_edition(tried: Book) -> Edition:
    """The default rules, with others tried beside them."""
    trial = Trial(experiment="x", split=Split(name="x", share=0.1), book=a_book(tried))
    return Edition(book=a_book({}), trial=trial)


def a_book(book: Book) -> RuleBook:
    return parse_rule_book(book).compile(2)


def picking(key: OrderKey) -> Order:
    """An order whose picking is waited for since nine."""
    return an_order(stage=Stage.PICKING, key=key)


def reply(name: str, **of: Any) -> Book:
    """A book that differs from the default one in nothing but its words."""
    return {"replies": [{"name": name, "text": "亲", **of}], "lanes": [{"name": "618"}]}


LATER: list[Book] = [{"after": "9m", "do": "push", "to": "duty_manager"}]
SOONER: Book = {"stages": {"picking": {"limits": [{"when": "not_started", "after": "30m"}]}}}


@pytest.mark.parametrize("part", [Part.TRIED, Part.CONTROL])
def test_an_order_with_other_limits_is_exposed_in_either_part_and_judged_at_the_same_time(part: Part) -> None:
    found = exposed(picking(one_of(part)), an_edition(SOONER), NINE)
    assert found is not None
    assert (found.part, found.at) == (part, NINE)
    assert found.judge_at == found.look_at == at("11:00") + JUDGED_AFTER


def test_who_is_outside_is_not_exposed_and_without_a_trial_nobody_is() -> None:
    assert exposed(picking(one_of(Part.OUTSIDE)), an_edition(SOONER), NINE) is None
    assert exposed(picking(one_of(Part.TRIED)), replace(an_edition(SOONER), trial=None), NINE) is None


@pytest.mark.parametrize(
    "tried",
    [
        {"stages": {"picking": {"actions": ["post_card"]}}},
        {"stages": {"picking": {"priority": "P1"}}},
        {"stages": {"picking": {"group": "night"}}},
        {"lanes": [{"name": "all", "recipients": {"duty_manager": ["zhao"]}}]},
        {"ladder": LATER},
        {"quiet_hours": ["23:00-07:00"]},
        {"tasks": {"recheck_stock": {"within": "10m"}}},
        reply("picking"),
        reply("picking_not_started"),
        reply("picking_not_completed", shops=["main"]),
        reply("followup_picking", lanes=["618"]),
        reply("stock_short"),
        reply("recovered"),
        reply("cancelled"),
    ],
)
def test_what_follows_a_limit_makes_a_difference_too(tried: Any) -> None:
    assert exposed(picking(one_of(Part.TRIED)), an_edition(tried), NINE) is not None


@pytest.mark.parametrize(
    "tried",
    [
        {"stages": {"pickup": {"limits": [{"when": "no_update", "after": "1h"}]}}},
        {"storm": {"threshold": 5}},
        {"lanes": [{"name": "none", "match": {"all": [{"field": "tags", "op": "contains", "value": "x"}]}}]},
        reply("packing"),
        reply("picking_no_update"),
        reply("followup_packing"),
        reply("picking", shops=["other"]),
    ],
)
def test_what_makes_no_difference_for_it_as_it_stands_does_not_concern_it(tried: Any) -> None:
    assert exposed(picking(one_of(Part.TRIED)), an_edition(tried), NINE) is None


def test_words_for_another_lane_do_not_concern_it() -> None:
    lanes: Book = {
        "lanes": [{"name": "618", "match": {"all": [{"field": "shop", "op": "==", "value": "x"}]}}]
    }
    tried = {**reply("picking", lanes=["618"]), **lanes}
    assert exposed(picking(one_of(Part.TRIED)), an_edition(tried), NINE) is None


def test_words_that_only_stand_in_another_order_make_no_difference() -> None:
    texts = [reply(name)["replies"][0] for name in ("picking", "stock_short")]
    edition = an_edition({"replies": texts[::-1]})
    assert (
        exposed(picking(one_of(Part.TRIED)), replace(edition, book=a_book({"replies": texts})), NINE) is None
    )


def test_an_order_of_which_nothing_is_waited_for_is_not_exposed() -> None:
    nothing = Order(key=one_of(Part.TRIED))
    assert exposed(nothing, an_edition({"ladder": LATER}), NINE) is None


def test_a_stage_that_only_one_of_the_books_waits_for_makes_a_difference() -> None:
    tried: Book = {
        "lanes": [{"name": "all", "match": {"all": []}, "skip": ["picking", "packing", "pickup", "transit"]}]
    }
    assert exposed(picking(one_of(Part.CONTROL)), an_edition(tried), NINE) is not None


def test_what_waits_for_days_is_judged_after_three() -> None:
    tried: Book = {"stages": {"picking": {"limits": [{"when": "not_started", "after": "9d"}]}}}
    found = exposed(picking(one_of(Part.TRIED)), an_edition(tried), NINE)
    assert found is not None
    assert found.judge_at == NINE + LATEST


def test_what_was_due_long_ago_is_judged_two_hours_from_now() -> None:
    found = exposed(picking(one_of(Part.TRIED)), an_edition(SOONER), NINE + 30 * HOUR)
    assert found is not None
    assert found.judge_at == NINE + 30 * HOUR + JUDGED_AFTER


AT_HZ1 = {Attribute.WAREHOUSE: "hz1"}


@pytest.mark.parametrize(
    ("news", "may"),
    [
        (staged(Stage.PICKING, Status.STARTED, "09:10"), True),
        (staged(Stage.PICKING, Status.COMPLETED, "09:10"), True),
        (created("08:00", attributes=AT_HZ1), True),
        (cancelled("09:10"), True),
        (contacted("09:10"), False),
        (refund("09:10"), False),
    ],
)
def test_only_news_of_where_it_stands_or_what_it_is_may_make_a_difference(
    news: OrderEvent, may: bool
) -> None:
    told = until(Stage.PICKING, "09:00")
    assert may_say_else(an_order(*told), an_order(*told, news)) is may


def test_facts_that_are_told_again_make_none() -> None:
    once, again = (created(clock, attributes=AT_HZ1) for clock in ("08:00", "08:10"))
    assert not may_say_else(an_order(once), an_order(once, again))


# --- what became of it --------------------------------------------------------------

KEY = one_of(Part.TRIED)
EXPOSURE = Exposure(
    order=KEY, experiment="x", part=Part.TRIED, at=NINE, judge_at=at("13:00"), look_at=at("13:00")
)


def a_case(opened: str = "10:00", **facts: Any) -> Anomaly:
    case = replace(an_anomaly(), order=KEY, opened_at=at(opened), raised_at=at(opened))
    return replace(case, **facts)


def looked(order: Order | None = None, *cases: Anomaly) -> Exposure:
    return after_look(EXPOSURE, order or Order(key=KEY), cases, twice=False)


def test_an_order_of_which_nobody_heard_was_not_reached_and_nobody_was_alerted_for_nothing() -> None:
    assert looked() == replace(
        EXPOSURE, reached=False, quiet=True, refunded=False, complained=False, look_at=None
    )


def test_reached_is_who_was_reached_within_ten_minutes_of_a_case_of_its_time() -> None:
    assert looked(None, a_case(first_reached_at=at("10:00") + TEN)).reached is True
    assert looked(None, a_case(first_reached_at=at("10:00") + TEN + TICK)).reached is False
    assert looked(None, a_case("08:59", first_reached_at=at("09:00"))).reached is False
    assert looked(None, a_case("13:01", first_reached_at=at("13:02"))).reached is False


def test_a_case_that_healed_by_itself_was_an_alert_for_nothing() -> None:
    healed = a_case(closed_at=at("10:30"), reason_source=ReasonSource.EVIDENCE)
    assert looked(None, healed).quiet is False
    assert looked(None, replace(healed, closed_at=at("13:01"))).quiet is True
    assert looked(None, replace(healed, reason_source=ReasonSource.AGENT)).quiet is True


def test_a_refund_counts_from_the_exposure_until_the_order_is_judged() -> None:
    for clock, counts in (
        ("08:59", False),
        ("09:00", False),
        ("09:01", True),
        ("13:00", True),
        ("13:01", False),
    ):
        order = an_order(created("08:00"), refund(clock), key=KEY)
        assert looked(order).refunded is counts, clock


def test_a_customer_who_asks_before_we_have_reached_them_complains() -> None:
    def asks(clock: str) -> Order:
        return an_order(created("08:00"), contacted(clock), key=KEY)

    assert looked(asks("08:30")).complained is False
    assert looked(asks("09:30")).complained is True
    assert looked(asks("13:30")).complained is False
    assert looked(asks("10:30"), a_case(first_reached_at=at("10:05"))).complained is False
    assert looked(asks("10:03"), a_case(first_reached_at=at("10:05"))).complained is True


def test_the_first_word_is_known_by_the_case_though_another_one_came_later() -> None:
    answered = a_case(called_at=at("10:02"), first_reached_at=at("10:05"))
    assert looked(None, answered).complained is True
    assert looked(None, replace(answered, called_at=at("10:06"))).complained is False
    assert looked(None, replace(answered, first_reached_at=None)).complained is True


def test_what_comes_back_is_seen_three_days_later() -> None:
    first = after_look(EXPOSURE, Order(key=KEY), [], twice=True)
    assert first.resolved is None
    assert first.look_at == EXPOSURE.judge_at + RESOLVED_AFTER
    assert after_look(first, Order(key=KEY), [], twice=True) == replace(first, resolved=True, look_at=None)
    back = after_look(first, Order(key=KEY), [a_case(reopenings=1)], twice=True)
    assert back == replace(first, resolved=False, look_at=None)
    assert after_look(first, Order(key=KEY), [a_case("08:00", reopenings=1)], twice=True).resolved is True


def test_when_it_is_looked_at_makes_no_difference() -> None:
    late = looked(None, a_case("13:05", closed_at=at("13:30"), reason_source=ReasonSource.EVIDENCE))
    assert late == looked()
