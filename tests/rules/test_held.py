"""A case that an outage holds: nobody hears of it until it is known how its order stands."""

from dataclasses import replace

import pytest

from rules.anomalies import Anomaly, State, let_go
from rules.consequences import (
    Climb,
    EndTasks,
    PostCard,
    PushCard,
    RefreshCards,
    TellRecovery,
    consequences,
    is_raised,
)
from rules.deadlines import deadlines
from rules.events import OrderEvent
from rules.ladder import next_step
from rules.orders import Order
from rules.settling import breach_again, open_anomaly, settle
from rules.stages import Stage, Status
from tests.builders import MINUTE, a_book, a_roster, an_anomaly, an_order, at, contacted, staged, until

BOOK, ROSTER = a_book(), a_roster()
LATE = at("09:46")
HELD = an_anomaly(held_by="o1")


def order_with(*news: OrderEvent) -> Order:
    return an_order(*until(Stage.PICKING, "09:00"), *news)


def follows(before: Anomaly | None, after: Anomaly) -> list[type]:
    decided = consequences(before, after, order_with(), BOOK, ROSTER, LATE)
    return [type(one) for one in decided]


def test_a_limit_that_passes_in_the_dark_opens_a_case_that_nobody_hears_of() -> None:
    (breach, *_) = deadlines(order_with(), BOOK, {})
    case = open_anomaly(HELD.id, order_with(), breach, BOOK, LATE, held_by="o1")
    assert (case.held_by, case.state) == ("o1", State.OPEN)
    assert follows(None, case) == []
    assert next_step(case, BOOK) is None


def test_a_further_limit_in_the_dark_stops_the_ladder_of_a_case_that_people_know() -> None:
    known = an_anomaly()
    (breach, *_) = deadlines(order_with(), BOOK, {})
    again = breach_again(known, breach, BOOK, LATE, held_by="o1")
    assert not is_raised(known, again)
    assert follows(known, again) == [Climb]
    assert follows(again, replace(again, breaches=3)) == []


def test_what_is_let_go_is_raised_like_a_limit_that_has_just_passed() -> None:
    raised = let_go(HELD, at("11:00"))
    assert (raised.held_by, raised.raised_at) == (None, at("11:00"))
    assert is_raised(HELD, raised)
    found = follows(HELD, raised)
    assert PostCard in found
    assert Climb in found
    assert not is_raised(HELD, replace(raised, ended_at=at("11:00")))


def test_an_order_that_moved_meanwhile_heals_and_only_those_hear_of_it_who_had_known() -> None:
    order = order_with(staged(Stage.PICKING, Status.STARTED, "09:40"))
    healed = settle(HELD, order, BOOK, at("11:00"))
    assert healed.self_healed
    assert healed.held_by == "o1"
    assert follows(HELD, healed) == [RefreshCards]
    twice = replace(HELD, breaches=2)
    assert follows(twice, settle(twice, order, BOOK, at("11:00"))) == [EndTasks, RefreshCards, TellRecovery]


@pytest.mark.parametrize(("called", "held"), [("09:40", True), ("09:50", False)])
def test_a_customer_who_asks_is_reason_enough_to_raise_it(called: str, held: bool) -> None:
    after = settle(HELD, order_with(contacted(called)), BOOK, at("09:50"))
    assert (after.held_by is not None) is held
    if not held:
        assert after.touched_at == at(called)
        assert {PostCard, PushCard} & set(follows(HELD, after))


def test_a_healed_one_comes_back_and_is_held_no_more_when_the_customer_asks() -> None:
    order = order_with(staged(Stage.PICKING, Status.STARTED, "09:40"))
    healed = settle(HELD, order, BOOK, at("11:00"))
    called = order_with(staged(Stage.PICKING, Status.STARTED, "09:40"), contacted("11:30"))
    back = settle(healed, called, BOOK, at("11:00") + 30 * MINUTE)
    assert back.closed_at is None
    assert back.held_by is None
