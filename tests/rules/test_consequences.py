"""What follows from a case being opened or changed: cards, pushes, tasks, the ladder, and a word when it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from msgspec import structs

from rules.anomalies import Anomaly, Ended, bounce, end_merged
from rules.book import RuleBook
from rules.consequences import (
    Climb,
    Consequence,
    EndTasks,
    GiveTask,
    Nudge,
    PostCard,
    PushCard,
    PushReason,
    RefreshCards,
    TellRecovery,
    consequences,
    is_void,
)
from rules.deadlines import deadlines
from rules.events import Attribute, EventKey, OrderEvent
from rules.orders import Order
from rules.roster import Roster
from rules.settling import breach_again
from rules.stages import Kind, Priority, Stage, Status
from rules.storms import IncidentId
from rules.tasks import TaskKind
from tests.builders import (
    HOUR,
    LI,
    MINUTE,
    WANG,
    ZHANG,
    a_book,
    a_roster,
    an_anomaly,
    an_event,
    an_order,
    at,
    staged,
)

BOOK, ROSTER = a_book(), a_roster()
ORDER = an_order(stage=Stage.PICKING, since="09:00")
CASE = an_anomaly()
NOW = at("10:00")
CARD = PostCard(group="default", at=NOW)
RECHECK = GiveTask(kind=TaskKind.RECHECK_STOCK, owner=LI, due_at=NOW + 30 * MINUTE)
TOMORROW_AT_NINE = at("09:00") + 24 * HOUR


def follows(
    before: Anomaly | None,
    after: Anomaly,
    *,
    order: Order = ORDER,
    book: RuleBook = BOOK,
    roster: Roster = ROSTER,
    now: datetime = NOW,
) -> list[Consequence]:
    return consequences(before, after, order, book, roster, now)


def opens(stage: Stage, *, book: RuleBook = BOOK, roster: Roster = ROSTER, **parts: Any) -> list[Consequence]:
    """What follows from a case in a stage, apart from its ladder."""
    case = replace(an_anomaly(stage), **parts)
    order = an_order(an_event(attributes={Attribute.CARRIER: "yuantong"}), stage=stage)
    return [
        one
        for one in follows(None, case, order=order, book=book, roster=roster)
        if not isinstance(one, Climb)
    ]


# --- a limit has passed ----------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "also"),
    [
        (Stage.PAYMENT, [PushCard(to=WANG, why=PushReason.LIMIT)]),
        (Stage.CONFIRM, []),
        (Stage.PICKING, [RECHECK]),
        (Stage.PACKING, []),
        (Stage.PICKUP, [GiveTask(kind=TaskKind.REMIND_CARRIER, owner=LI, due_at=NOW + HOUR)]),
        (Stage.TRANSIT, []),
    ],
)
def test_each_stage_has_a_card_and_what_the_rules_add(stage: Stage, also: Sequence[Consequence]) -> None:
    assert opens(stage) == [*also, CARD]


def test_a_p1_case_goes_to_the_duty_manager_whatever_its_stage() -> None:
    assert opens(Stage.CONFIRM, priority=Priority.P1) == [PushCard(to=WANG, why=PushReason.LIMIT), CARD]


def test_the_book_says_what_is_done_and_in_which_group() -> None:
    book = a_book(
        stages={"confirm": {"actions": ["recheck_stock", "push_duty_manager"]}, "packing": {"group": "仓库"}}
    )
    found = opens(Stage.CONFIRM, book=book)
    assert found == [
        PushCard(to=WANG, why=PushReason.LIMIT),
        RECHECK,
    ]
    assert opens(Stage.PACKING, book=book) == [PostCard(group="仓库", at=NOW)]


def test_the_lane_of_the_order_says_it_first() -> None:
    lane = {"name": "大促", "stages": {"picking": {"actions": ["post_card"], "group": "大促"}}}
    assert opens(Stage.PICKING, book=a_book(lanes=[lane])) == [PostCard(group="大促", at=NOW)]


def test_the_carrier_of_the_parcel_that_stands_still_is_reminded() -> None:
    def packed(parcel: str, carrier: str) -> OrderEvent:
        attributes = {Attribute.CARRIER: carrier}
        return staged(Stage.PACKING, Status.COMPLETED, "09:00", parcel, attributes=attributes)

    roster = a_roster(carriers=[{"carrier": "yuantong", "contact": LI}, {"carrier": "sf", "contact": WANG}])
    order = an_order(packed("A", "yuantong"), packed("B", "sf"))

    def reminded(parcel: str) -> list[Consequence]:
        case = an_anomaly(Stage.PICKUP, Kind.NO_UPDATE, parcel=parcel)
        found = follows(None, case, order=order, roster=roster)
        return [one for one in found if isinstance(one, GiveTask)]

    assert reminded("A") == [GiveTask(kind=TaskKind.REMIND_CARRIER, owner=LI, due_at=NOW + HOUR)]
    assert reminded("B") == [GiveTask(kind=TaskKind.REMIND_CARRIER, owner=WANG, due_at=NOW + HOUR)]
    assert reminded("?") == [GiveTask(kind=TaskKind.REMIND_CARRIER, owner=WANG, due_at=NOW + HOUR)], (
        "of an unknown parcel, the carrier last heard of"
    )


def test_a_carrier_nobody_speaks_to_is_not_reminded() -> None:
    assert opens(Stage.PICKUP, roster=a_roster(carriers=[])) == [CARD]


def test_where_nobody_works_there_is_the_group_alone() -> None:
    nobody = Roster(members={})
    assert opens(Stage.PAYMENT, roster=nobody, priority=Priority.P1) == [CARD]
    assert opens(Stage.PICKING, roster=nobody) == [CARD]


def test_a_case_noticed_too_late_is_on_the_board_only() -> None:
    assert follows(None, replace(CASE, silent=True)) == [Climb(at=None)]


@pytest.mark.parametrize(
    ("priority", "posted"),
    [(Priority.P1, at("22:00")), (Priority.P2, TOMORROW_AT_NINE), (Priority.P3, TOMORROW_AT_NINE)],
)
@pytest.mark.parametrize("hours", [{"hours": {"mon-sun": ["09:00-18:00"]}}, {"quiet_hours": ["21:00-09:00"]}])
def test_outside_hours_the_card_waits_but_not_that_of_p1(
    hours: dict[str, Any], priority: Priority, posted: datetime
) -> None:
    found = follows(None, replace(CASE, priority=priority), book=a_book(**hours), now=at("22:00"))
    assert PostCard(group="default", at=posted) in found


def test_a_further_limit_has_a_card_of_its_own() -> None:
    later = deadlines(ORDER, BOOK, {})[-1]
    after = breach_again(replace(CASE, owner=ZHANG), later, BOOK, at("11:01"))
    found = follows(replace(CASE, owner=ZHANG), after, now=at("11:01"))
    assert PostCard(group="default", at=at("11:01")) in found
    assert Climb(at=at("11:05")) in found, "the owner has the time of a claim again"
    silent = replace(after, silent=True)
    assert follows(replace(CASE, owner=ZHANG), silent, now=at("11:01")) == [Climb(at=None)]


# --- the ladder ------------------------------------------------------------------


def test_the_ladder_starts_with_the_case() -> None:
    assert follows(None, CASE)[-1] == Climb(at=CASE.raised_at + 3 * MINUTE)
    assert follows(None, CASE, book=a_book(ladder=[]))[-1] == Climb(at=None)


@pytest.mark.parametrize(
    ("change", "next_at"),
    [
        ({"steps": 1, "climbed_at": CASE.raised_at + 3 * MINUTE}, CASE.raised_at + 6 * MINUTE),
        ({"owner": ZHANG, "claimed_at": at("09:46"), "touched_at": at("09:46")}, at("09:50")),
        ({"send_round": 1, "sent_by": ZHANG, "sent_at": at("09:46")}, at("09:49")),
        ({"snoozed_until": at("10:30")}, at("10:30")),
        ({"reached_at": NOW}, None),
        ({"waived_by": LI}, None),
    ],
)
def test_the_timer_is_set_anew_when_the_next_step_changes(
    change: dict[str, Any], next_at: datetime | None
) -> None:
    found = follows(CASE, replace(CASE, **change))
    assert [one for one in found if not isinstance(one, Nudge)] == [Climb(at=next_at)]


def test_from_the_contact_on_it_is_looked_after_that_the_order_moves() -> None:
    reached = replace(CASE, owner=ZHANG, reached_at=NOW)
    assert Nudge(at=NOW + 120 * MINUTE) in follows(CASE, reached)
    urgent = replace(reached, priority=Priority.P1)
    assert Nudge(at=NOW + 30 * MINUTE) in follows(reached, urgent)
    assert Nudge(at=NOW + 240 * MINUTE) in follows(reached, replace(reached, nudges=1))
    moved = replace(reached, ended_at=NOW, ended_how=Ended.MOVED)
    assert Nudge(at=None) in follows(reached, moved)


@pytest.mark.parametrize(
    "change",
    [
        {"touched_at": NOW},
        {"send_round": 1, "sent_by": ZHANG, "sent_at": at("09:45:00.001")},
        {"reason_by": LI, "reason_at": NOW},
        {"parcel": "YT1"},
    ],
)
def test_nothing_follows_from_what_concerns_nobody_else(change: dict[str, Any]) -> None:
    assert follows(CASE, replace(CASE, **change)) == []


# --- more urgent -----------------------------------------------------------------


def test_a_case_that_becomes_p1_goes_to_the_duty_manager() -> None:
    push = PushCard(to=WANG, why=PushReason.PRIORITY)
    assert push in follows(CASE, replace(CASE, priority=Priority.P1))
    modest = replace(CASE, priority=Priority.P3)
    assert follows(modest, replace(modest, priority=Priority.P2)) == []
    urgent = replace(CASE, priority=Priority.P1)
    assert push not in follows(urgent, replace(urgent, touched_at=NOW))


def test_who_escalates_calls_the_duty_manager_once() -> None:
    escalated = replace(CASE, priority=Priority.P1, escalated_by=ZHANG, escalated_at=NOW)
    pushes = [one for one in follows(CASE, escalated) if isinstance(one, PushCard)]
    assert pushes == [PushCard(to=WANG, why=PushReason.ESCALATED)]
    assert follows(escalated, replace(escalated, touched_at=NOW)) == []


@pytest.mark.parametrize("change", [{"priority": Priority.P1}, {"escalated_at": NOW, "escalated_by": ZHANG}])
def test_nobody_is_called_about_what_is_on_the_board_only_or_where_nobody_works(
    change: dict[str, Any],
) -> None:
    silent = replace(CASE, silent=True)
    assert follows(silent, replace(silent, **change)) == []
    found = follows(CASE, replace(CASE, **change), roster=Roster(members={}))
    assert not any(isinstance(one, PushCard) for one in found)


# --- over, and back --------------------------------------------------------------

ENDED = replace(CASE, ended_at=NOW, ended_how=Ended.MOVED)
CLOSED = replace(ENDED, closed_at=NOW)
OVER = [Climb(at=None), EndTasks(), RefreshCards(), TellRecovery(group="default")]


@pytest.mark.parametrize("after", [ENDED, CLOSED, replace(ENDED, ended_how=Ended.CANCELLED)])
def test_when_the_trouble_is_over_cards_change_and_the_group_hears_of_it(after: Anomaly) -> None:
    assert follows(CASE, after) == OVER


def test_to_close_what_had_ended_changes_its_cards_and_is_no_news_to_the_group() -> None:
    assert follows(ENDED, CLOSED) == [RefreshCards()]


@pytest.mark.parametrize("over", [ENDED, CLOSED])
def test_what_is_over_and_changes_otherwise_is_no_news_to_anybody(over: Anomaly) -> None:
    assert follows(over, replace(over, parcel="YT1", touched_at=NOW)) == []


def test_of_what_was_merged_or_on_the_board_only_the_group_hears_nothing() -> None:
    assert follows(CASE, end_merged(CASE, NOW)) == [Climb(at=None), EndTasks(), RefreshCards(void=True)]
    silent = replace(CASE, silent=True)
    ended = replace(silent, ended_at=NOW, ended_how=Ended.MOVED)
    assert follows(silent, ended) == [EndTasks(), RefreshCards()]


def test_a_case_whose_clock_never_ran_is_about_nothing() -> None:
    retracted = (EventKey("/erp", "e1"),)
    nothing, moved = Order(key=ORDER.key), an_order(stage=Stage.PACKING, since="09:00")

    assert is_void(ENDED, structs.replace(nothing, retracted=retracted), BOOK)
    assert not is_void(ENDED, nothing, BOOK), "nothing was taken back"
    assert not is_void(ENDED, structs.replace(moved, retracted=retracted), BOOK), "it has moved on"
    assert not is_void(ENDED, structs.replace(ORDER, retracted=retracted), BOOK), "its clock runs"
    assert not is_void(replace(ENDED, ended_how=Ended.CANCELLED), nothing, BOOK)
    assert is_void(end_merged(CASE, NOW), nothing, BOOK)


def test_to_be_answered_is_not_to_be_over() -> None:
    assert RefreshCards() not in follows(CASE, replace(CASE, reached_at=NOW))


def test_a_case_that_is_alive_again_has_a_card_and_its_ladder() -> None:
    back = replace(CASE, raised_at=NOW)
    assert follows(ENDED, back) == [RECHECK, CARD, Climb(at=NOW + 3 * MINUTE)]
    assert follows(replace(ENDED, silent=True), replace(back, silent=True)) == []


def test_a_case_that_a_further_limit_brings_back_has_the_card_of_that_limit_alone() -> None:
    alive = breach_again(ENDED, deadlines(ORDER, BOOK, {})[-1], BOOK, NOW)
    assert [one for one in follows(ENDED, alive) if isinstance(one, PostCard)] == [CARD]


def test_a_healed_case_whose_customer_called_has_a_card_again_and_its_cards_show_it() -> None:
    reopened = replace(ENDED, touched_at=NOW, priority=Priority.P1)
    assert follows(CLOSED, reopened) == [PushCard(to=WANG, why=PushReason.PRIORITY), CARD, RefreshCards()]


def test_a_message_that_bounced_starts_the_ladder_again() -> None:
    reached = replace(CASE, owner=ZHANG, reached_at=NOW)
    assert follows(reached, bounce(reached, NOW, at("10:02")), now=at("10:02")) == [
        Climb(at=at("10:06")),
        Nudge(at=None),
    ]


def test_an_alive_case_waits_for_the_morning_like_a_new_one() -> None:
    book = a_book(quiet_hours=["21:00-09:00"])
    found = follows(ENDED, replace(CASE, raised_at=at("22:00")), book=book, now=at("22:00"))
    assert PostCard(group="default", at=TOMORROW_AT_NINE) in found
    assert Climb(at=TOMORROW_AT_NINE + 3 * MINUTE) in found


def test_a_shortage_has_the_consequences_of_its_stage() -> None:
    case = an_anomaly(kind=Kind.STOCK_SHORT, after=10 * MINUTE)
    assert [*follows(None, case)][:2] == [RECHECK, CARD]


# --- whom tasks are given to -------------------------------------------------------


def given(kind: TaskKind, roster: Roster, stage: Stage, **facts: str) -> GiveTask | None:
    """The task of a kind that follows from a case in a stage, of an order of which this is known."""
    attributes = {Attribute(name): value for name, value in facts.items()}
    book = a_book(stages={stage.value: {"actions": [kind.value]}})
    order = an_order(an_event(attributes=attributes), stage=stage)
    found = follows(None, an_anomaly(stage), order=order, book=book, roster=roster)
    return next((one for one in found if isinstance(one, GiveTask)), None)


@pytest.mark.parametrize(
    ("kind", "stage", "minutes"),
    [(TaskKind.RECHECK_STOCK, Stage.PICKING, 30), (TaskKind.FOLLOW_WAREHOUSE, Stage.PACKING, 30)],
)
def test_who_looks_into_the_warehouse_is_asked_else_the_lead(
    kind: TaskKind, stage: Stage, minutes: int
) -> None:
    contacts = [
        {"warehouse": "hz1", "region": "华东", "contact": ZHANG},
        {"warehouse": "hz1", "contact": WANG},
    ]
    roster, due_at = a_roster(warehouses=contacts), NOW + minutes * MINUTE

    assert given(kind, roster, stage, warehouse="hz1", region="华东") == GiveTask(
        kind=kind, owner=ZHANG, due_at=due_at
    )
    assert given(kind, roster, stage, warehouse="hz1") == GiveTask(kind=kind, owner=WANG, due_at=due_at)
    assert given(kind, roster, stage, warehouse="sz2") == GiveTask(kind=kind, owner=LI, due_at=due_at)


def test_who_sees_the_money_of_a_channel_is_asked_else_the_duty_manager() -> None:
    kind, due_at = TaskKind.FOLLOW_PAYMENT, NOW + 15 * MINUTE
    roster = a_roster(payments=[{"channel": "wxpay", "contact": ZHANG}])

    asked = given(kind, roster, Stage.PAYMENT, payment_channel="wxpay")
    assert asked == GiveTask(kind=kind, owner=ZHANG, due_at=due_at)
    asked = given(kind, roster, Stage.PAYMENT, payment_channel="alipay")
    assert asked == GiveTask(kind=kind, owner=WANG, due_at=due_at)


def test_nobody_is_chased_outside_the_hours_but_for_what_is_urgent() -> None:
    book = a_book(stages={"picking": {"actions": ["recheck_stock"]}}, hours={"mon-sun": ["09:00-10:10"]})

    def due_at(priority: Priority) -> datetime:
        found = follows(None, an_anomaly(priority=priority), book=book)
        return next(one.due_at for one in found if isinstance(one, GiveTask))

    assert due_at(Priority.P2) == TOMORROW_AT_NINE
    assert due_at(Priority.P1) == NOW + 30 * MINUTE


# --- in the hands of an incident ----------------------------------------------------------------

MEMBER = replace(CASE, incident=IncidentId("i1"), joined_at=NOW)


def test_who_joins_an_incident_stops_climbing() -> None:
    assert follows(CASE, replace(MEMBER, version=2)) == [Climb(at=None)]


def test_of_a_member_only_its_incident_speaks() -> None:
    """Neither of a further limit, nor when the customer calls, nor when it is back."""
    urgent = replace(MEMBER, priority=Priority.P1)
    ended = replace(MEMBER, ended_at=NOW, ended_how=Ended.MOVED)

    assert follows(MEMBER, replace(MEMBER, breaches=2)) == []
    assert follows(MEMBER, urgent) == []
    assert follows(ended, replace(ended, ended_at=None, ended_how=None)) == []


def test_what_somebody_asks_for_by_name_is_done_for_a_member_too() -> None:
    escalated = replace(MEMBER, escalated_by=ZHANG, escalated_at=NOW)

    assert PushCard(to=WANG, why=PushReason.ESCALATED) in follows(MEMBER, escalated)


def test_a_member_that_is_opened_again_is_on_its_own() -> None:
    closed = replace(MEMBER, closed_at=NOW, ended_at=NOW, ended_how=Ended.MOVED)
    back = replace(MEMBER, reopened_at=NOW + MINUTE, reopenings=1)

    assert not back.in_storm
    assert CARD in follows(closed, back)
