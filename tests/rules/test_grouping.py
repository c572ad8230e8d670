"""Which cases belong together: what they share, how many there must be, and who is left alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.anomalies import Anomaly, AnomalyId
from rules.events import Attribute, OrderKey, OrderNo
from rules.grouping import fronts_of, may_join
from rules.incidents import Incident
from rules.orders import Fact, Order, Parcel
from rules.stages import Kind, Priority, Stage
from rules.storms import Cause, Front, IncidentId, StormRules
from tests.builders import MINUTE, SHOP, an_anomaly, at
from tests.rules.stormdays import Day, Watch

RULES = StormRules()
NOON = at("12:00")
EVERYTHING = StormRules(by=tuple(Cause))


def an_order(number: str = "1", **facts: str) -> Order:
    return Order(
        key=OrderKey(SHOP, OrderNo(number)),
        facts={Attribute(name): Fact(value=value, source="/erp", at=NOON) for name, value in facts.items()},
    )


def stuck(number: str, stage: Stage = Stage.PICKING, **facts: str) -> tuple[Anomaly, Order]:
    order = an_order(number, **facts)
    return replace(an_anomaly(stage), id=AnomalyId(number), order=order.key), order


def come(watch: Watch, numbers: str, now: datetime, stage: Stage = Stage.PICKING, **facts: str) -> None:
    """Cases, one for each letter, in one batch."""
    watch.notice([stuck(number, stage, **facts or {"warehouse": "hz1"}) for number in numbers], now)


def members(watch: Watch) -> dict[str, str]:
    """The cases of each incident, by what these have in common."""
    found: dict[str, str] = {}
    for id_, case in sorted(watch.cases.items()):
        if case.incident is not None:
            value = watch.incidents[case.incident].value
            found[value] = found.get(value, "") + id_
    return found


# --- what cases share --------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "shared"),
    [
        (Stage.PAYMENT, {"payment_channel": "wechat"}),
        (Stage.CONFIRM, {"warehouse": "hz1"}),
        (Stage.PICKING, {"warehouse": "hz1"}),
        (Stage.PACKING, {"warehouse": "hz1"}),
        (Stage.PICKUP, {"warehouse": "hz1", "carrier": "sf", "region": "浙江", "carrier+region": "sf+浙江"}),
        (Stage.TRANSIT, {"carrier": "sf", "region": "浙江", "carrier+region": "sf+浙江"}),
    ],
)
def test_a_stage_stands_still_by_what_can_hold_it_up(stage: Stage, shared: dict[str, str]) -> None:
    case, order = stuck("1", stage, payment_channel="wechat", warehouse="hz1", carrier="sf", region="浙江")

    found = fronts_of(case, order, "default", EVERYTHING)

    assert {front.cause.value: front.value for front in found} == shared
    assert {(front.group, front.stage) for front in found} == {("default", stage)}


def test_short_goods_are_short_in_a_warehouse_whatever_the_stage() -> None:
    case, order = stuck("1", Stage.PAYMENT, payment_channel="wechat", warehouse="hz1")
    short = replace(case, kind=Kind.STOCK_SHORT)

    assert [front.cause for front in fronts_of(short, order, "default", RULES)] == [Cause.WAREHOUSE]


def test_what_is_blank_or_half_known_is_no_cause() -> None:
    case, order = stuck("1", Stage.TRANSIT, carrier="sf", region=" ")

    assert fronts_of(case, order, "default", RULES) == ()
    assert [one.value for one in fronts_of(case, order, "default", EVERYTHING)] == ["sf"]
    assert fronts_of(case, order, "default", StormRules(by=())) == ()


def test_a_parcel_has_a_carrier_of_its_own() -> None:
    case, order = stuck("1", Stage.TRANSIT, carrier="sf", region="浙江")
    fact = Fact(value="yto", source="/wms", at=NOON)
    parcel = Parcel(name="1", facts={Attribute.CARRIER: fact})
    order = Order(key=order.key, facts=order.facts, parcels=(parcel,))

    assert fronts_of(replace(case, parcel="1"), order, "default", RULES)[0].value == "yto+浙江"


def test_a_value_is_the_one_that_a_database_gives_back() -> None:
    case, order = stuck("1", warehouse="h\0z")

    assert fronts_of(case, order, "default", RULES)[0].value == "h\ufffdz"


# --- how many there must be -----------------------------------------------------------


def test_what_comes_in_one_batch_has_no_card_of_its_own() -> None:
    watch = Watch()
    come(watch, "abcdefghijklmnopqrstuvw", NOON)

    assert members(watch) == {"hz1": "abcdefghijklmnopqrstuvw"}
    assert not watch.cards


def test_two_have_a_card_each_and_the_third_makes_an_incident_of_all() -> None:
    watch = Watch()
    come(watch, "a", NOON)
    come(watch, "b", NOON + MINUTE)
    assert not watch.incidents
    come(watch, "c", NOON + 5 * MINUTE)
    come(watch, "d", NOON + 6 * MINUTE)

    (incident,) = watch.incidents.values()
    assert members(watch) == {"hz1": "abcd"}
    assert (incident.lead, incident.size) == ("c", 4)
    assert watch.cards == {"a": 1, "b": 1}


def test_what_was_noticed_longer_ago_than_a_window_does_not_count() -> None:
    watch = Watch()
    come(watch, "a", NOON)
    come(watch, "b", NOON + MINUTE)
    come(watch, "c", NOON + 5 * MINUTE + timedelta(milliseconds=1))

    assert not watch.incidents


@pytest.mark.parametrize(
    "over",
    [
        {"closed_at": NOON},
        {"ended_at": NOON},
        {"silent": True},
        {"held_by": "outage"},
        {"incident": IncidentId("i"), "joined_at": NOON},
    ],
)
def test_what_is_over_or_spoken_for_does_not_count(over: dict[str, object]) -> None:
    watch = Watch()
    come(watch, "ab", NOON)
    watch.cases[AnomalyId("a")] = gone = replace(watch.cases[AnomalyId("a")], **over)  # pyright: ignore[reportArgumentType] -- as the cases above name them
    come(watch, "c", NOON + MINUTE)

    assert not may_join(gone)
    assert not watch.incidents


def test_a_case_that_came_back_stays_on_its_own() -> None:
    """Its customer has called since: whoever answers is to see that very order."""
    back = replace(an_anomaly(), incident=IncidentId("i"), joined_at=NOON, reopened_at=NOON + MINUTE)

    assert not may_join(back)


# --- which one ----------------------------------------------------------------------


def test_bystanders_of_another_stage_or_value_are_left_alone() -> None:
    watch = Watch()
    come(watch, "abc", NOON)
    come(watch, "x", NOON, warehouse="gz2")
    come(watch, "y", NOON, Stage.PACKING)
    come(watch, "z", NOON, Stage.PAYMENT, payment_channel="wechat")

    assert members(watch) == {"hz1": "abc"}
    assert watch.cards == {"x": 1, "y": 1, "z": 1}


def test_the_cause_with_the_most_cases_has_them_all() -> None:
    watch = Watch()
    here = {"warehouse": "hz1", "carrier": "sf", "region": "浙江"}
    watch.notice(
        [
            *(stuck(one, Stage.PICKUP, **here) for one in "abc"),
            *(stuck(one, Stage.PICKUP, warehouse="hz1") for one in "de"),
        ],
        NOON,
    )

    assert members(watch) == {"hz1": "abcde"}


def test_of_equal_causes_the_one_that_stands_first_in_the_rules_is_it() -> None:
    here = {"warehouse": "hz1", "carrier": "sf", "region": "浙江"}
    for by, value in (
        ((Cause.WAREHOUSE, Cause.CARRIER_AND_REGION), "hz1"),
        ((Cause.CARRIER_AND_REGION, Cause.WAREHOUSE), "sf+浙江"),
    ):
        watch = Watch(StormRules(by=by))
        come(watch, "abc", NOON, Stage.PICKUP, **here)
        assert members(watch) == {value: "abc"}


def test_an_incident_that_is_open_comes_before_a_larger_one_that_could_be() -> None:
    watch = Watch()
    come(watch, "abc", NOON, Stage.PICKUP, warehouse="hz1")
    come(watch, "defgh", NOON + MINUTE, Stage.PICKUP, warehouse="hz1", carrier="sf", region="浙江")

    assert members(watch) == {"hz1": "abcdefgh"}


def test_two_storms_at_once_are_two_incidents() -> None:
    watch = Watch()
    watch.notice(
        [stuck(one, warehouse="hz1") for one in "abc"] + [stuck(one, warehouse="gz2") for one in "defg"], NOON
    )

    assert members(watch) == {"hz1": "abc", "gz2": "defg"}


def test_it_is_as_urgent_as_its_most_urgent_case() -> None:
    watch = Watch()
    first, *others = (stuck(one, warehouse="hz1") for one in "abc")
    watch.notice([(replace(first[0], priority=Priority.P1), first[1]), *others], NOON)

    assert [one.priority for one in watch.incidents.values()] == [Priority.P1]


def test_after_its_span_an_incident_takes_in_no_more_and_a_new_one_may_begin() -> None:
    """keephq/keep#5175: incidents never lock."""
    watch = Watch()
    come(watch, "abc", NOON)
    come(watch, "d", NOON + timedelta(minutes=59, seconds=59))
    come(watch, "e", NOON + timedelta(minutes=60))
    come(watch, "fg", NOON + timedelta(minutes=61))

    first, second = watch.incidents.values()
    assert (first.size, second.size) == (4, 3)
    assert watch.cards == {"e": 1}


def test_one_that_is_over_takes_in_no_more() -> None:
    watch = Watch()
    come(watch, "abc", NOON)
    watch.incidents = {id_: replace(one, closed_at=NOON) for id_, one in watch.incidents.items()}
    come(watch, "d", NOON + MINUTE)

    assert watch.cards == {"d": 1}


def test_agents_of_two_groups_have_an_incident_each() -> None:
    case, order = stuck("1", warehouse="hz1")

    assert fronts_of(case, order, "north", RULES) == (Front("north", Stage.PICKING, Cause.WAREHOUSE, "hz1"),)


# --- whatever comes --------------------------------------------------------------------


@given(seed=st.integers(0, 2**32), threshold=st.integers(2, 5))
def test_however_they_come(seed: int, threshold: int) -> None:
    """At most `threshold - 1` cards of members, no incident under the threshold, and each size is the true one."""
    watch, day = Watch(StormRules(threshold=threshold)), Day(seed).cases()[:150]
    for now in sorted({one.at for one in day}):
        watch.notice([(one.case, one.order) for one in day if one.at == now], now)

    for id_, incident in watch.incidents.items():
        theirs = [case for case in watch.cases.values() if case.incident == id_]
        assert incident.size == len(theirs) >= threshold
        assert sum(watch.cards[case.id] for case in theirs) < threshold
        assert all(_belongs(case, incident) for case in theirs)
    assert set(watch.cards.values()) <= {1}


def _belongs(case: Anomaly, incident: Incident) -> bool:
    joined = case.joined_at
    return (
        case.stage is incident.stage
        and joined is not None
        and incident.opened_at <= joined < incident.locks_at
    )
