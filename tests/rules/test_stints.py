"""How long did each stage take, as its limits count it? What is under way counts for as long as it was watched."""

from datetime import date, datetime, timedelta

import pytest

from rules.bookfile import RuleBookFile
from rules.events import EventType, OrderEvent, StageReport
from rules.orders import DEFAULT_PARCEL, Order, Parcel, Run
from rules.proposals import Days, Place, Stint
from rules.stages import Kind, Stage, Status
from rules.stints import days_of, silences_of, stints_of
from rules.survival import Span
from tests.contracts.builders import NOW, a_key, a_report, in_

BOOK = RuleBookFile().compile(1)
LATER = in_(days=2)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def run(stage: Stage, started: float | None, done: float | None, *, inferred: bool = False) -> Run:
    return Run(
        stage=stage,
        parcel=DEFAULT_PARCEL if stage.per_parcel else "",
        started_at=None if started is None else at(started),
        completed_at=None if done is None else at(done),
        inferred=inferred,
    )


def an_order(*runs: Run, **changes: object) -> Order:
    return Order(key=a_key(), created_at=NOW, runs=runs, **changes)  # type: ignore[arg-type]


PAID, CONFIRMED = run(Stage.PAYMENT, 0, 2), run(Stage.CONFIRM, None, 12)


def lengths(order: Order) -> dict[tuple[Stage, Kind], Span]:
    return {(place.stage, place.kind): stint.span for place, stint in stints_of(order, BOOK, (), LATER)}


def minutes(length: float, *, ended: bool = True) -> Span:
    return Span(length=timedelta(minutes=length), ended=ended)


def test_each_limit_has_its_own_stretch() -> None:
    order = an_order(PAID, CONFIRMED, run(Stage.PICKING, 30, 72))
    assert lengths(order) == {
        (Stage.PAYMENT, Kind.NOT_COMPLETED): minutes(2),
        (Stage.CONFIRM, Kind.NOT_COMPLETED): minutes(10),
        (Stage.PICKING, Kind.NOT_STARTED): minutes(18),
        (Stage.PICKING, Kind.NOT_COMPLETED): minutes(60),
        (Stage.PACKING, Kind.NOT_COMPLETED): Span(length=LATER - at(72), ended=False),
    }


def test_what_was_done_without_being_started_was_started_by_then() -> None:
    order = an_order(PAID, CONFIRMED, run(Stage.PICKING, None, 72))
    assert lengths(order)[Stage.PICKING, Kind.NOT_STARTED] == minutes(60)


def test_a_cancelled_order_was_watched_until_then() -> None:
    order = an_order(PAID, cancelled_at=at(20))
    assert lengths(order)[Stage.CONFIRM, Kind.NOT_COMPLETED] == minutes(18, ended=False)


def test_what_was_only_concluded_says_no_time() -> None:
    order = an_order(PAID, run(Stage.CONFIRM, None, 12, inferred=True))
    assert (Stage.CONFIRM, Kind.NOT_COMPLETED) not in lengths(order)


def test_a_lane_and_the_day_are_part_of_the_place() -> None:
    book = RuleBookFile.model_validate({"lanes": [{"name": "618"}]}).compile(1)
    ((place, stint), *_) = stints_of(an_order(PAID), book, (), LATER)
    assert place == Place(Stage.PAYMENT, Kind.NOT_COMPLETED, "618", Days.WORKDAY)
    assert stint == Stint(since=NOW, span=minutes(2))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 3, 2), Days.WORKDAY),
        (date(2026, 3, 7), Days.WEEKEND),
        (date(2026, 3, 14), Days.WORKDAY),
        (date(2026, 10, 3), Days.HOLIDAY),
    ],
)
def test_a_saturday_on_which_people_work_is_a_workday(day: date, kind: Days) -> None:
    book = RuleBookFile().compile(1, [date(2026, 10, 3)])
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=book.calendar.zone)
    assert days_of(noon, book.calendar, {date(2026, 3, 14)}) is kind


def news(stage: str, status: str, minute: float) -> OrderEvent:
    return a_report("DB1", at=at(minute), stage=stage, status=status).event


PACKED = run(Stage.PICKING, 20, 40), run(Stage.PACKING, 50, 60)


def silences(order: Order, *events: OrderEvent) -> list[tuple[Stage, Span]]:
    return [
        (place.stage, stint.span)
        for place, stint in silences_of(order, events, BOOK, (), LATER)
        if place.kind is Kind.NO_UPDATE
    ]


def test_silence_is_what_lies_between_two_news_of_a_stage() -> None:
    order = an_order(PAID, CONFIRMED, *PACKED, run(Stage.PICKUP, 90, 180))
    told = silences(
        order,
        news("packing", "completed", 60),
        news("pickup", "started", 90),
        news("pickup", "updated", 120),
        news("pickup", "completed", 180),
        OrderEvent(
            key=news("pickup", "updated", 1).key,
            order=a_key(),
            type=EventType.STAGE,
            occurred_at=at(500),
            observed_at=at(500),
            report=StageReport(stage=Stage.PICKUP, status=Status.UPDATED),
        ),
    )
    assert told == [
        (Stage.PICKUP, minutes(30)),
        (Stage.PICKUP, minutes(30)),
        (Stage.PICKUP, minutes(60)),
        (Stage.TRANSIT, Span(length=LATER - at(180), ended=False)),
    ]


def test_of_several_parcels_nobody_can_tell_whose_news_it_was() -> None:
    parcels = (Parcel(name="1"), Parcel(name="2"))
    assert silences(an_order(PAID, CONFIRMED, *PACKED, parcels=parcels)) == []
