"""What are the facts of a case, which state follows from them, and how does the case follow its order?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.anomalies import Anomaly, AnomalyId, Closing, Ended, State, close_if_complete, end_merged, reach
from rules.book import RuleBook
from rules.deadlines import Deadline, deadlines, shortage_breach
from rules.events import OrderEvent
from rules.fold import advance, fold
from rules.orders import Order
from rules.reaching import Means, Needless
from rules.reasons import Reason, ReasonSource, Verdict
from rules.settling import breach_again, open_anomaly, settle, settle_all
from rules.stages import Kind, Priority, Stage, Status
from rules.standing import latest_raised
from tests.builders import (
    HOUR,
    LI,
    MINUTE,
    ORDER,
    TICK,
    ZHANG,
    a_book,
    an_anomaly,
    an_order,
    at,
    cancelled,
    contacted,
    refund,
    resumed,
    retraction,
    short,
    staged,
)
from tests.rules.histories import SLOW, histories

BOOK = a_book()
NOW = at("10:00")
SHORT, DELAYED = Verdict(reason=Reason.OUT_OF_STOCK), Verdict(reason=Reason.PACKING_DELAYED)
STARTED = staged(Stage.PICKING, Status.STARTED, "09:50")
CASE = an_anomaly()
"""Picking, waited for since nine, had not started at a quarter to ten."""


def opened(order: Order, now: datetime, book: RuleBook = BOOK) -> Anomaly:
    """The case that the nearest limit of an order opens."""
    return open_anomaly(AnomalyId("a1"), order, deadlines(order, book, {})[0], book, now)


def settled(case: Anomaly, *events: OrderEvent, now: datetime = NOW) -> Anomaly:
    """The case after these events of an order that waits to be picked since nine."""
    return settle(case, an_order(*events, stage=case.stage, since="09:00"), BOOK, now)


# --- state -----------------------------------------------------------------------

FACTS: dict[State, dict[str, Any]] = {
    State.CLAIMED: {"owner": ZHANG},
    State.REPLIED: {"reached_at": NOW},
    State.RECOVERED: {"ended_at": NOW, "ended_how": Ended.MOVED},
    State.CLOSED: {"closed_at": NOW},
}
"""From the weakest to the strongest: closed > recovered > replied > claimed > open."""


@pytest.mark.parametrize("found", [found for count in range(5) for found in combinations(FACTS, count)])
def test_the_strongest_of_the_facts_is_the_state(found: tuple[State, ...]) -> None:
    case = replace(CASE, **dict(chain.from_iterable(FACTS[state].items() for state in found)))
    assert case.state is (found[-1] if found else State.OPEN)


def test_who_need_not_be_reached_counts_as_answered() -> None:
    assert replace(CASE, waived_by=LI).state is State.REPLIED


CONTACTS: list[dict[str, Any]] = [
    {},
    {"reached_at": NOW},
    {"waived_by": LI},
    {"reached_at": NOW, "waived_by": LI},
]
ENDS: list[dict[str, Any]] = [{}, {"ended_at": NOW, "ended_how": Ended.MOVED}]
REASONS: list[dict[str, Any]] = [{}, {"reason": SHORT, "reason_source": ReasonSource.AGENT}]


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("reason", REASONS)
def test_closed_is_reached_or_waived_and_ended_and_a_reason(
    contact: dict[str, Any], end: dict[str, Any], reason: dict[str, Any]
) -> None:
    case = replace(CASE, touched_at=NOW, **contact, **end, **reason)
    complete = bool(contact and end and reason)
    assert (close_if_complete(case, NOW).closed_at == NOW) == complete
    assert (case.missing == ()) == complete
    parts = {Closing.CONTACT: contact, Closing.END: end, Closing.REASON: reason}
    assert set(case.missing) == {part for part, facts in parts.items() if not facts}


def test_what_is_closed_stays_closed_since_then() -> None:
    closed = replace(CASE, **CONTACTS[1], **ENDS[1], **REASONS[1], closed_at=NOW)
    assert close_if_complete(closed, NOW + HOUR) == closed


@pytest.mark.parametrize(
    "noticed",
    [
        {"touched_at": NOW},
        {"reason_source": ReasonSource.AGENT},
        {"ended_at": None},
        {"reason": None, "reason_source": None},
    ],
)
def test_without_contact_only_what_healed_untouched_closes(noticed: dict[str, Any]) -> None:
    healed = replace(CASE, **ENDS[1], reason=DELAYED, reason_source=ReasonSource.EVIDENCE)
    assert not healed.self_healed
    assert close_if_complete(healed, NOW).self_healed
    assert close_if_complete(replace(healed, **noticed), NOW).closed_at is None


# --- opening ---------------------------------------------------------------------


def test_a_case_says_where_what_and_since_when() -> None:
    case = opened(an_order(stage=Stage.PICKUP, since="09:00"), at("12:00") + TICK, a_book(version=7))
    assert case == an_anomaly(Stage.PICKUP, Kind.NO_UPDATE, since="09:00", after=3 * HOUR, book_version=7)
    assert (case.state, case.breaches, case.version, case.silent) == (State.OPEN, 1, 1, False)


def test_a_case_keeps_the_version_and_the_lane_that_it_was_opened_under() -> None:
    lane = {"name": "加急", "stages": {"picking": {"priority": "P1"}}}
    case = opened(an_order(stage=Stage.PICKING), NOW, a_book(version=3, lanes=[lane]))
    assert (case.book_version, case.lane, case.priority) == (3, "加急", Priority.P1)


@pytest.mark.parametrize("stage", Stage)
def test_only_payment_is_p1_by_itself(stage: Stage) -> None:
    expected = Priority.P1 if stage is Stage.PAYMENT else Priority.P2
    assert opened(an_order(stage=stage), NOW).priority is expected


@pytest.mark.parametrize(
    ("called", "priority"), [("08:59:59.999", Priority.P2), ("09:00", Priority.P1), ("09:30", Priority.P1)]
)
def test_a_customer_who_called_after_the_clock_had_started_makes_it_one_level_more_urgent(
    called: str, priority: Priority
) -> None:
    order = an_order(contacted(called), stage=Stage.PICKING, since="09:00")
    assert opened(order, at("09:46")).priority is priority
    modest = a_book(stages={"picking": {"priority": "P3"}})
    assert opened(order, at("09:46"), modest).priority is (
        Priority.P2 if priority is Priority.P1 else Priority.P3
    )


@pytest.mark.parametrize(("late", "silent"), [(24 * HOUR, False), (24 * HOUR + TICK, True)])
def test_a_breach_that_is_noticed_more_than_a_day_late_is_silent(late: timedelta, silent: bool) -> None:
    assert opened(an_order(stage=Stage.PICKING, since="09:00"), at("09:45") + late).silent is silent


# --- a further limit -------------------------------------------------------------


def again(case: Anomaly, order: Order, now: datetime) -> Anomaly:
    """The case after the last limit of its order has passed as well."""
    return breach_again(case, deadlines(order, BOOK, {})[-1], BOOK, now)


def test_a_further_limit_brings_the_case_up_to_date_and_its_ten_minutes_begin_anew() -> None:
    order = an_order(stage=Stage.PICKING, since="09:00")
    climbed = replace(
        opened(order, at("09:46")), owner=ZHANG, touched_at=at("09:47"), steps=2, climbed_at=at("09:52")
    )
    case = again(climbed, order, at("11:01"))
    assert (case.kind, case.due_at, case.breaches) == (Kind.NOT_COMPLETED, at("11:00"), 2)
    assert (case.run, case.since) == (1, at("09:00"))
    assert (case.raised_at, case.steps, case.climbed_at) == (at("11:01"), 0, None)
    assert (case.opened_at, case.owner, case.version) == (at("09:46"), ZHANG, climbed.version + 1)


def test_a_further_limit_counts_from_its_own_beginning() -> None:
    failed = staged(Stage.PICKUP, Status.FAILED, "10:00")
    case = again(
        an_anomaly(Stage.PICKUP, Kind.NO_UPDATE, since="06:00", after=3 * HOUR),
        an_order(failed, stage=Stage.PICKUP, since="06:00"),
        at("13:01"),
    )
    assert (case.run, case.since, case.due_at) == (2, at("10:00"), at("13:00"))


def test_a_case_that_had_ended_goes_on_when_a_further_limit_passes() -> None:
    begun = an_order(STARTED, stage=Stage.PICKING, since="09:00")
    ended = settle(replace(CASE, touched_at=at("09:46")), begun, BOOK, at("09:50"))
    assert ended.state is State.RECOVERED
    assert again(ended, begun, at("11:01")).state is State.OPEN


def test_a_further_limit_that_is_noticed_a_day_late_gets_no_card() -> None:
    order = an_order(stage=Stage.PICKING, since="09:00")
    assert not again(opened(order, at("09:46")), order, at("11:00") + 24 * HOUR).silent
    assert again(opened(order, at("09:46")), order, at("11:00") + 24 * HOUR + TICK).silent


@pytest.mark.parametrize("known_silently", [True, False])
@pytest.mark.parametrize("long_ago", [True, False])
def test_a_shortage_can_make_a_case_heard_of_but_not_silence_it(known_silently: bool, long_ago: bool) -> None:
    order = an_order(short("09:10"), stage=Stage.PICKING, since="09:00")
    breach = shortage_breach(order, BOOK)
    assert breach is not None
    now = at("09:46") + (24 * HOUR if long_ago else timedelta())
    case = breach_again(replace(CASE, silent=known_silently), breach, BOOK, now)
    assert case.silent is (known_silently and long_ago)
    assert (case.kind, case.due_at) == (CASE.kind, CASE.due_at)


# --- following the order ---------------------------------------------------------

HOLDS = replace(CASE, owner=ZHANG, touched_at=at("09:46"))
"""The same case, and Zhang has claimed it."""
CLOSED_BY_PEOPLE = settled(
    replace(HOLDS, reached_at=NOW, reason=SHORT, reason_source=ReasonSource.AGENT), STARTED
)


@pytest.mark.parametrize(
    ("events", "how"),
    [
        ((), None),
        ((refund("09:50"),), None),
        ((STARTED,), Ended.MOVED),
        ((staged(Stage.PACKING, Status.STARTED, "09:50"),), Ended.MOVED),
        ((cancelled("09:50"),), Ended.CANCELLED),
        ((cancelled("09:50"), contacted("09:51")), Ended.CANCELLED),
        ((refund("09:50"), cancelled("09:55")), Ended.REFUNDED),
        ((STARTED, retraction(STARTED, "09:55")), None),
    ],
)
def test_how_a_case_ends(events: Sequence[OrderEvent], how: Ended | None) -> None:
    after = settled(HOLDS, *events)
    assert after.ended_how is how
    assert after.ended_at == (None if how is None else NOW)
    assert after.state is (State.CLAIMED if how is None else State.RECOVERED)


def test_the_order_moved_on_and_the_case_still_wants_contact_and_reason() -> None:
    ended = settled(HOLDS, STARTED)
    assert ended.missing == (Closing.CONTACT, Closing.REASON)
    assert settled(replace(HOLDS, reached_at=NOW, reason=SHORT), STARTED).state is State.CLOSED


@pytest.mark.parametrize("run", [1, 2])
def test_a_clock_that_starts_anew_has_not_passed_its_limit(run: int) -> None:
    """As when an order is cancelled and resumed, in whichever run of its stage."""
    reopened = [staged(Stage.PICKING, Status.REOPENED, "09:00")] * (run - 1)
    stopped = [cancelled("09:50"), resumed("09:55")]
    assert settled(replace(HOLDS, run=run), *reopened, *stopped).ended_how is Ended.MOVED


def test_one_parcel_moves_and_the_case_of_another_goes_on() -> None:
    packed = [staged(Stage.PACKING, Status.COMPLETED, "06:00", name) for name in ("A", "B")]
    order = an_order(*packed, staged(Stage.PICKUP, Status.COMPLETED, "09:50", "A"))
    case = an_anomaly(Stage.PICKUP, Kind.NO_UPDATE, since="06:00", after=3 * HOUR, touched_at=at("09:46"))
    assert settle(replace(case, parcel="A"), order, BOOK, NOW).ended_how is Ended.MOVED
    assert settle(replace(case, parcel="B"), order, BOOK, NOW).ended_how is None


def test_goods_that_are_missing_in_a_later_stage_are_another_matter() -> None:
    lacking = replace(HOLDS, kind=Kind.STOCK_SHORT)
    assert settled(lacking, short("09:50")) is lacking
    packed = staged(Stage.PACKING, Status.STARTED, "09:50")
    assert settled(lacking, packed, short("09:55")).ended_how is Ended.MOVED


def test_a_case_whose_end_was_taken_back_goes_on() -> None:
    ended = replace(settled(HOLDS, STARTED), steps=2, climbed_at=at("09:52"))
    alive = settled(ended, STARTED, retraction(STARTED, "10:30"), now=at("10:30"))
    assert (alive.state, alive.ended_how, alive.raised_at) == (State.CLAIMED, None, at("10:30"))
    assert (alive.steps, alive.climbed_at) == (0, None)


def test_nothing_new_leaves_the_case_as_it_was() -> None:
    assert settled(CASE) is CASE
    ended = settled(HOLDS, STARTED)
    assert ended.version == HOLDS.version + 1
    assert settled(ended, STARTED, now=NOW + HOUR) is ended


@pytest.mark.parametrize(
    ("called", "touched"),
    [("09:00", None), ("09:45", None), ("09:45:00.001", at("09:45:00.001")), ("10:30", at("10:30"))],
)
def test_a_customer_who_calls_makes_a_case_urgent_and_once_it_is_open_noticed(
    called: str, touched: datetime | None
) -> None:
    after = settled(CASE, contacted(called), now=at("10:30"))
    assert (after.priority, after.touched_at) == (Priority.P1, touched)
    assert settled(replace(CASE, touched_at=at("09:46")), contacted(called)).touched_at == at("09:46")


def test_to_call_does_not_make_a_case_less_urgent_or_urgent_twice() -> None:
    modest = a_book(stages={"picking": {"priority": "P3"}})
    order = an_order(contacted("09:50"), contacted("09:55"), stage=Stage.PICKING, since="09:00")
    case = settle(replace(CASE, priority=Priority.P3), order, modest, NOW)
    assert case.priority is Priority.P2
    assert settle(case, order, modest, NOW) is case
    assert settle(replace(CASE, priority=Priority.P1), order, modest, NOW).priority is Priority.P1


# --- healing ---------------------------------------------------------------------


def test_what_ends_before_anybody_touched_it_is_closed_by_the_system_with_a_reason() -> None:
    healed = settled(CASE, STARTED)
    assert (healed.state, healed.self_healed, healed.closed_at) == (State.CLOSED, True, NOW)
    assert (healed.reason, healed.reason_source, healed.reason_by) == (DELAYED, ReasonSource.EVIDENCE, None)


def test_a_cancelled_order_heals_its_case_as_well() -> None:
    assert settled(CASE, cancelled("09:50")).self_healed


@pytest.mark.parametrize(
    "touch",
    [
        {"owner": ZHANG, "touched_at": at("09:46")},
        {"touched_at": at("09:46")},
        {"send_round": 1, "sent_by": ZHANG, "sent_at": at("09:46"), "touched_at": at("09:46")},
    ],
)
def test_what_was_touched_does_not_heal(touch: dict[str, Any]) -> None:
    after = settled(replace(CASE, **touch), STARTED)
    assert (after.state, after.reason) == (State.RECOVERED, None)


def test_a_customer_who_called_while_it_was_open_has_touched_it() -> None:
    assert settled(CASE, contacted("09:48"), STARTED).state is State.RECOVERED


def test_what_was_closed_by_people_did_not_heal() -> None:
    assert (CLOSED_BY_PEOPLE.state, CLOSED_BY_PEOPLE.self_healed) == (State.CLOSED, False)


@pytest.mark.parametrize(
    ("called", "comes_back"),
    [
        (at("09:45"), False),
        (at("09:45") + TICK, True),
        (at("09:55"), True),
        (NOW, True),
        (NOW + 72 * HOUR, True),
        (NOW + 72 * HOUR + TICK, False),
    ],
)
def test_a_healed_case_comes_back_when_the_customer_calls_within_72_hours(
    called: datetime, comes_back: bool
) -> None:
    """A call from before it closed, and told of only now, counts as well."""
    healed = settled(CASE, STARTED)
    after = settled(healed, STARTED, contacted(called), now=called + HOUR)
    assert (after is not healed) == comes_back
    if comes_back:
        assert (after.state, after.reason, after.reason_source) == (State.RECOVERED, None, None)
        assert (after.touched_at, after.ended_at, after.priority) == (called, NOW, Priority.P1)
        assert settled(after, STARTED, contacted(called), now=called + 2 * HOUR) is after


@pytest.mark.parametrize(
    ("called", "comes_back"),
    [
        (at("09:55"), False),
        (NOW, False),
        (NOW + TICK, True),
        (NOW + 72 * HOUR, True),
        (NOW + 72 * HOUR + TICK, False),
    ],
)
def test_a_case_that_people_have_closed_comes_back_when_the_customer_calls_within_72_hours(
    called: datetime, comes_back: bool
) -> None:
    """What they said before it closed was answered then, whenever it is told of."""
    now = max(called, NOW) + HOUR
    after = settled(CLOSED_BY_PEOPLE, STARTED, contacted(called), now=now)
    assert (after is not CLOSED_BY_PEOPLE) == comes_back
    if comes_back:
        assert (after.state, after.missing) == (State.RECOVERED, (Closing.CONTACT,))
        assert (after.reopened_at, after.reopenings, after.raised_at) == (now, 1, now)
        assert (after.reason, after.is_explained) == (SHORT, False), "to be confirmed or changed"
        assert settled(after, STARTED, contacted(called), now=now + HOUR) is after
        closed = reach(after, LI, now + HOUR, Means.PHONE)
        assert (closed.state, closed.reached_how) == (State.CLOSED, Means.PHONE)
        assert settled(closed, STARTED, contacted(called), now=now + 2 * HOUR) is closed, (
            "not twice for one call"
        )


def test_whom_nobody_need_have_reached_is_to_be_reached_once_they_call() -> None:
    waived = replace(
        CLOSED_BY_PEOPLE, reached_at=None, waived_by=LI, waived_at=NOW, waived_why=Needless.INFORMED
    )
    after = settled(waived, STARTED, contacted("10:30"), now=at("10:30"))
    assert (after.waived_by, after.waived_at, after.waived_why, after.missing) == (
        None,
        None,
        None,
        (Closing.CONTACT,),
    )


def test_a_request_for_money_back_opens_nothing_again() -> None:
    assert settled(CLOSED_BY_PEOPLE, STARTED, refund("10:30"), now=at("10:30")) is CLOSED_BY_PEOPLE


@pytest.mark.parametrize(("after", "comes_back"), [(72 * HOUR, True), (72 * HOUR + TICK, False)])
def test_a_case_that_people_have_closed_comes_back_when_its_end_is_taken_back_within_72_hours(
    after: timedelta, comes_back: bool
) -> None:
    back, now = retraction(STARTED, "10:30"), NOW + after
    again = settled(CLOSED_BY_PEOPLE, STARTED, back, now=now)
    assert (again is not CLOSED_BY_PEOPLE) == comes_back
    if comes_back:
        assert (again.state, again.ended_at, again.reached_at) == (
            State.CLAIMED if again.owner else State.OPEN,
            None,
            None,
        )
        assert (again.raised_at, again.steps, again.reopenings) == (now, 0, 1)
    else:
        order = an_order(STARTED, back, stage=Stage.PICKING, since="09:00")
        assert latest_raised([CLOSED_BY_PEOPLE], order, BOOK, now) == {}, "a new one speaks"


def test_trouble_on_another_clock_is_a_case_of_its_own() -> None:
    begun_anew = staged(Stage.PICKING, Status.FAILED, "10:10")
    now = at("11:10")
    assert settled(CLOSED_BY_PEOPLE, STARTED, begun_anew, now=now) is CLOSED_BY_PEOPLE


def test_what_lacked_comes_back_when_its_end_is_taken_back() -> None:
    lacking, there = short("09:10"), short("09:20", qty=0)
    case = replace(CLOSED_BY_PEOPLE, kind=Kind.STOCK_SHORT, since=at("09:10"), due_at=at("09:10"))
    assert settled(case, lacking, there) is case
    again = settled(case, lacking, there, retraction(there, "10:30"), now=at("10:30"))
    assert (again.reopenings, again.ended_at) == (1, None)


def test_a_call_brings_back_only_what_was_closed_last_and_nothing_while_a_case_is_open() -> None:
    earlier = replace(CLOSED_BY_PEOPLE, id=AnomalyId("a0"), stage=Stage.CONFIRM, closed_at=NOW - HOUR)
    order = an_order(STARTED, contacted("10:30"), stage=Stage.PICKING, since="09:00")
    kept, back = settle_all([earlier, CLOSED_BY_PEOPLE], order, lambda _case: BOOK, at("10:30"))
    assert (kept, back.closed_at) == (earlier, None)
    running = replace(CASE, id=AnomalyId("a2"), stage=Stage.PACKING, parcel="1")
    kept, still, _ = settle_all([earlier, CLOSED_BY_PEOPLE, running], order, lambda _case: BOOK, at("10:30"))
    assert (kept, still) == (earlier, CLOSED_BY_PEOPLE)


def test_a_healed_case_comes_back_although_people_have_closed_a_later_one() -> None:
    healed = settled(CASE, STARTED)
    later = replace(CLOSED_BY_PEOPLE, id=AnomalyId("a2"))
    order = an_order(STARTED, contacted("10:30"), stage=Stage.PICKING, since="09:00")
    back, kept = settle_all([healed, later], order, lambda _case: BOOK, at("10:30"))
    assert (back.state, kept) == (State.RECOVERED, later)


def test_a_case_that_came_back_is_closed_by_people() -> None:
    back = settled(settled(CASE, STARTED), STARTED, contacted("10:30"), now=at("10:30"))
    reasoned = replace(back, reason=SHORT, reason_source=ReasonSource.AGENT, reason_by=LI)
    closed = reach(reasoned, LI, at("10:40"), Means.KF)
    assert (closed.state, closed.self_healed) == (State.CLOSED, False)


# --- reaching and merging --------------------------------------------------------


def test_the_first_contact_counts() -> None:
    reached = reach(CASE, ZHANG, NOW, Means.KF)
    assert (reached.reached_by, reached.reached_at, reached.touched_at) == (ZHANG, NOW, NOW)
    assert (reached.state, reached.version) == (State.REPLIED, CASE.version + 1)
    assert reach(reached, LI, NOW + MINUTE, Means.KF) is reached
    assert reach(HOLDS, ZHANG, NOW, Means.KF).touched_at == HOLDS.touched_at


def test_an_order_that_turned_out_to_be_another_one_has_no_case_any_more() -> None:
    merged = end_merged(CASE, NOW)
    assert (merged.ended_how, merged.ended_at, merged.version) == (Ended.MERGED, NOW, CASE.version + 1)
    assert (merged.state, merged.self_healed) == (State.CLOSED, True)
    assert merged.reason == Verdict(reason=Reason.OTHER, text="订单号已合并")


def test_somebody_who_has_touched_a_merged_case_finishes_it() -> None:
    merged = end_merged(HOLDS, NOW)
    assert (merged.state, merged.reason) == (State.RECOVERED, None)
    assert end_merged(replace(HOLDS, reached_at=NOW, reason=SHORT), NOW).state is State.CLOSED


def test_what_has_ended_cannot_be_merged_and_what_was_merged_does_not_come_back() -> None:
    ended = settled(HOLDS, STARTED)
    assert end_merged(ended, NOW + HOUR) is ended
    merged = end_merged(HOLDS, NOW)
    assert settled(merged, now=NOW + HOUR) is merged


# --- what was raised -------------------------------------------------------------


def raised(*cases: Anomaly, order: Order) -> dict[tuple[Stage, str], datetime]:
    return latest_raised(cases, order, BOOK, NOW)


def test_of_each_place_the_latest_limit_that_was_raised_is_known() -> None:
    order = an_order(stage=Stage.PICKING, since="09:00")
    later = an_anomaly(since="09:00", after=50 * MINUTE, id_="a2")
    payment = an_anomaly(Stage.PAYMENT, Kind.NOT_COMPLETED, since="08:00", after=5 * MINUTE)
    assert raised(later, CASE, payment, order=order) == {
        (Stage.PICKING, ""): later.due_at,
        (Stage.PAYMENT, ""): payment.due_at,
    }


def test_missing_goods_are_no_limit_that_was_raised() -> None:
    lacking = an_anomaly(kind=Kind.STOCK_SHORT)
    assert raised(lacking, order=an_order(short("09:10"), stage=Stage.PICKING, since="09:00")) == {}


def test_a_limit_of_a_parcel_that_has_a_name_by_now_was_raised_for_that_name() -> None:
    unnamed = an_anomaly(Stage.PACKING, Kind.NOT_COMPLETED, since="07:00", after=90 * MINUTE, parcel="1")
    order = an_order(
        staged(Stage.PACKING, Status.STARTED, "09:00", "YT1"), stage=Stage.PACKING, since="07:00"
    )
    assert raised(unnamed, order=order) == {(Stage.PACKING, "YT1"): unnamed.due_at}
    assert settle(unnamed, order, BOOK, NOW).parcel == "YT1"


def test_a_parcel_that_is_really_called_1_keeps_its_name() -> None:
    first = an_anomaly(Stage.PACKING, Kind.NOT_COMPLETED, since="07:00", after=90 * MINUTE, parcel="1")
    packing = [staged(Stage.PACKING, Status.STARTED, "07:00", name) for name in ("YT1", "1")]
    order = an_order(*packing, stage=Stage.PACKING, since="07:00")
    assert settle(first, order, BOOK, NOW) is first


def test_a_limit_speaks_again_when_its_case_was_closed_on_an_event_that_was_taken_back() -> None:
    closed = settled(CASE, STARTED)
    begun = an_order(STARTED, stage=Stage.PICKING, since="09:00")
    assert raised(closed, order=begun) == {(Stage.PICKING, ""): CASE.due_at}
    taken_back = an_order(STARTED, retraction(STARTED, "10:00"), stage=Stage.PICKING, since="09:00")
    assert raised(closed, order=taken_back) == {}
    unclosed = settled(HOLDS, STARTED)
    assert raised(unclosed, order=taken_back) == {(Stage.PICKING, ""): CASE.due_at}


# --- whatever happens ------------------------------------------------------------


class Watch:
    """An order that is watched: its events arrive, and what has passed by then is raised."""

    def __init__(self) -> None:
        self.stored: list[OrderEvent] = []
        self.order = fold(ORDER, [])
        self.cases: list[Anomaly] = []
        self.now = at("09:00")

    def hear(self, event: OrderEvent) -> None:
        self.now = max(self.now, event.observed_at)
        self.stored.append(event)
        self.order = advance(self.order, [event]) or fold(ORDER, self.stored)
        self.settle()
        self.look()

    def settle(self) -> None:
        self.cases = settle_all(self.cases, self.order, lambda _case: BOOK, self.now)

    def look(self) -> None:
        raised_ = latest_raised(self.cases, self.order, BOOK, self.now)
        for breach in deadlines(self.order, BOOK, raised_, self.now):
            if breach.due_at < self.now:
                self._raise(breach)

    def _raise(self, breach: Deadline) -> None:
        place = breach.stage, breach.parcel
        for number, case in enumerate(self.cases):
            if case.closed_at is None and (case.stage, case.parcel) == place:
                self.cases[number] = breach_again(case, breach, BOOK, self.now)
                return
        case_id = AnomalyId(f"a{len(self.cases)}")
        self.cases.append(open_anomaly(case_id, self.order, breach, BOOK, self.now))


@settings(suppress_health_check=SLOW)
@given(histories(), st.randoms(use_true_random=False))
def test_whatever_happens_there_is_one_unclosed_case_in_a_place_and_each_closes_by_the_rule(
    events: list[OrderEvent], random: Random
) -> None:
    watch = Watch()
    for event in random.sample(events, len(events)):
        watch.hear(event)
        places = [(case.stage, case.parcel) for case in watch.cases if case.closed_at is None]
        assert len(places) == len(set(places))
        assert all(case.self_healed or not case.missing for case in watch.cases if case.closed_at)


@settings(suppress_health_check=SLOW)
@given(histories())
def test_whatever_happens_to_look_twice_is_to_see_the_same(events: list[OrderEvent]) -> None:
    watch = Watch()
    for event in events:
        watch.hear(event)
        watch.settle()
        settled_once = watch.cases
        watch.settle()
        watch.look()
        assert watch.cases == settled_once
