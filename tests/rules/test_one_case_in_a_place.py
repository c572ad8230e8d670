"""An order has at most one unclosed case in a place: for a stage, and there for a parcel."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from rules.anomalies import Anomaly, Ended
from rules.deadlines import shortage_breach
from rules.events import OrderEvent
from rules.ladder import next_step
from rules.orders import DEFAULT_PARCEL, Order
from rules.reasons import Reason, ReasonSource, Verdict
from rules.settling import breach_again, settle, settle_all
from rules.stages import Kind, Stage, Status
from rules.standing import is_standing
from tests.builders import (
    HOUR,
    MINUTE,
    ZHANG,
    a_book,
    an_anomaly,
    an_order,
    at,
    contacted,
    retraction,
    short,
    staged,
)

NINE = at("09:00")
BOOK = a_book()
HEALED = Verdict(reason=Reason.PACKING_DELAYED)


def told(*events: OrderEvent) -> Order:
    """An order that waits to be picked since nine, and what happened then."""
    return an_order(staged(Stage.CONFIRM, Status.COMPLETED, NINE), *events)


def a_case(
    name: str,
    opened_at: datetime,
    stage: Stage = Stage.PICKING,
    parcel: str = "",
    kind: Kind = Kind.NOT_STARTED,
) -> Anomaly:
    """A case that was opened when its limit was up."""
    return an_anomaly(
        stage,
        kind,
        since=opened_at - 45 * MINUTE,
        id_=name,
        parcel=parcel,
        opened_at=opened_at,
        raised_at=opened_at,
    )


def healed(case: Anomaly, at: datetime) -> Anomaly:
    return replace(
        case,
        ended_at=at,
        ended_how=Ended.MOVED,
        closed_at=at,
        reason=HEALED,
        reason_source=ReasonSource.EVIDENCE,
    )


def settled(order: Order, now: datetime, *cases: Anomaly) -> Iterator[Anomaly]:
    yield from settle_all(cases, order, lambda _case: BOOK, now)


def test_a_healed_case_comes_back_when_the_customer_calls_and_its_place_is_free() -> None:
    order = told(staged(Stage.PICKING, Status.STARTED, NINE + HOUR), contacted(NINE + 2 * HOUR))
    (case,) = settled(order, NINE + 2 * HOUR, healed(a_case("a1", NINE + 45 * MINUTE), NINE + HOUR))
    assert (case.closed_at, case.reason, case.touched_at) == (None, None, NINE + 2 * HOUR)


def test_a_healed_case_stays_closed_while_a_later_one_is_unclosed_in_its_place() -> None:
    order = told(contacted(NINE + 4 * HOUR))
    first = healed(a_case("a1", NINE - 3 * HOUR), NINE - 2 * HOUR)
    later = a_case("a2", NINE + 46 * MINUTE)
    assert settle(first, order, BOOK, NINE + 4 * HOUR).closed_at is None
    kept, noticed = settled(order, NINE + 4 * HOUR, first, later)
    assert kept == first
    assert (noticed.closed_at, noticed.touched_at) == (None, NINE + 4 * HOUR)


def test_of_two_healed_cases_in_a_place_the_later_one_comes_back() -> None:
    order = told(staged(Stage.PICKING, Status.STARTED, NINE + HOUR), contacted(NINE + 2 * HOUR))
    first = healed(a_case("a1", NINE - 3 * HOUR), NINE - 2 * HOUR)
    later = healed(a_case("a2", NINE + 45 * MINUTE), NINE + HOUR)
    kept, back = settled(order, NINE + 2 * HOUR, first, later)
    assert kept == first
    assert (back.id, back.closed_at) == (later.id, None)


NAMED_AGAIN = (
    staged(Stage.PACKING, Status.STARTED, NINE, "YT1"),
    staged(Stage.PICKING, Status.REOPENED, NINE + 3 * HOUR),
    staged(Stage.PICKING, Status.COMPLETED, NINE + 4 * HOUR),
    staged(Stage.PACKING, Status.STARTED, NINE + 6 * HOUR, "YT1"),
)
"""Packed as YT1, picked anew, and at the packing table once more, as YT1 again."""


def test_a_case_does_not_take_the_name_of_a_parcel_that_has_an_unclosed_case() -> None:
    touched = replace(
        a_case("a1", NINE + 90 * MINUTE, Stage.PACKING, "YT1", Kind.NOT_COMPLETED),
        touched_at=NINE + 2 * HOUR,
        ended_at=NINE + 3 * HOUR,
        ended_how=Ended.MOVED,
    )
    unnamed = replace(
        a_case("a2", NINE + 5 * HOUR + 30 * MINUTE, Stage.PACKING, DEFAULT_PARCEL, Kind.NOT_COMPLETED),
        touched_at=NINE + 6 * HOUR,
    )
    now = NINE + 6 * HOUR
    _, kept = settled(told(*NAMED_AGAIN), now, touched, unnamed)
    assert kept == unnamed
    (renamed,) = settled(told(*NAMED_AGAIN), now, unnamed)
    assert (renamed.parcel, renamed.version) == ("YT1", unnamed.version + 1)


def test_what_else_befell_such_a_case_is_kept() -> None:
    order = told(contacted(NINE + 7 * HOUR), *NAMED_AGAIN)
    held = replace(
        a_case("a1", NINE + 90 * MINUTE, Stage.PACKING, "YT1", Kind.NOT_COMPLETED),
        touched_at=NINE + 2 * HOUR,
        ended_at=NINE + 3 * HOUR,
        ended_how=Ended.MOVED,
    )
    unnamed = a_case("a2", NINE + 5 * HOUR + 30 * MINUTE, Stage.PACKING, DEFAULT_PARCEL, Kind.NOT_COMPLETED)
    _, noticed = settled(order, NINE + 7 * HOUR, held, unnamed)
    assert (noticed.parcel, noticed.touched_at) == (DEFAULT_PARCEL, NINE + 7 * HOUR)
    assert noticed.version == unnamed.version + 1


def test_a_shortage_after_the_limit_is_met_is_a_breach_of_its_own() -> None:
    begun = staged(Stage.PICKING, Status.STARTED, NINE + 50 * MINUTE)
    ended = replace(
        a_case("a1", NINE + 45 * MINUTE),
        touched_at=NINE + 46 * MINUTE,
        ended_at=NINE + 50 * MINUTE,
        ended_how=Ended.MOVED,
    )
    order = told(begun, short(NINE + HOUR))
    (case,) = settled(order, NINE + HOUR, ended)
    assert case == ended
    breach = shortage_breach(order, BOOK)
    assert breach is not None
    about = breach_again(case, breach, BOOK, NINE + HOUR)
    assert (about.kind, about.ended_at, about.due_at) == (Kind.STOCK_SHORT, None, NINE + HOUR)
    assert settle(about, order, BOOK, NINE + 2 * HOUR) == about


def test_a_shortage_keeps_a_case_going_whose_limit_is_met() -> None:
    both = told(short(NINE + 40 * MINUTE))
    limit = a_case("a1", NINE + 45 * MINUTE)
    breach = shortage_breach(both, BOOK)
    assert breach is not None
    assert breach_again(limit, breach, BOOK, NINE + 46 * MINUTE).kind is Kind.NOT_STARTED
    later = told(staged(Stage.PICKING, Status.STARTED, NINE + 30 * MINUTE), short(NINE + 40 * MINUTE))
    assert is_standing(limit, later, BOOK, NINE + 46 * MINUTE)
    assert not is_standing(
        limit, told(staged(Stage.PICKING, Status.STARTED, NINE + 40 * MINUTE)), BOOK, NINE + 46 * MINUTE
    )


def test_a_shortage_stands_again_when_its_end_is_taken_back() -> None:
    lacking, there = short(NINE + 10 * MINUTE), short(NINE + 20 * MINUTE, qty=0)
    case = replace(a_case("a1", NINE + 10 * MINUTE, kind=Kind.STOCK_SHORT), touched_at=NINE + 11 * MINUTE)
    over = settle(case, told(lacking, there), BOOK, NINE + 20 * MINUTE)
    assert over.ended_how is Ended.MOVED
    taken_back = told(lacking, there, retraction(there, NINE + 30 * MINUTE))
    assert settle(over, taken_back, BOOK, NINE + 30 * MINUTE).ended_at is None


def test_a_case_that_is_alive_again_has_its_ten_minutes_anew() -> None:
    begun = staged(Stage.PICKING, Status.STARTED, NINE + 47 * MINUTE)
    case = replace(a_case("a1", NINE + 45 * MINUTE), owner=ZHANG, touched_at=NINE + 46 * MINUTE)
    climbed = replace(case, steps=1, climbed_at=NINE + 48 * MINUTE)
    over = settle(climbed, told(begun), BOOK, NINE + 49 * MINUTE)
    assert next_step(over, BOOK) is None
    now = NINE + 3 * HOUR
    back = settle(over, told(begun, retraction(begun, now)), BOOK, now)
    coming = next_step(back, BOOK)
    assert coming is not None
    assert (coming.steps, coming.due_at) == (1, now + 4 * MINUTE)
