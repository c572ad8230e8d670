"""A source is out: of which orders is it not known whether they stand still?"""

from dataclasses import replace

import pytest
from msgspec import structs

from rules.events import Attribute, OrderEvent, OrderKey, OrderNo
from rules.fold import fold
from rules.orders import WHOLE_ORDER, Order
from rules.outages import Outage, Reach, Station, cut_off, in_dark, is_waited_for, reach_of
from rules.stages import Stage, Status
from tests.builders import ORDER, SHOP, an_anomaly, at, contacted, created, retraction, staged, until

ERP, WMS, OTHER = "/erp", "/wms/hz1", "/wms/sh2"
HZ = {Attribute.WAREHOUSE: "hz1"}
PICKING_HZ = Station(SHOP, "hz1", Stage.PICKING)
WHOLE = Station(SHOP, "", Stage.PICKING)


def an_outage(reach: Reach, **parts: object) -> Outage:
    fields: dict[str, object] = {"reach": reach, **parts}
    plain = Outage(id="o1", source=WMS, heard_at=at("10:00"), noticed_at=at("10:10"), expected=40, waiting=6)
    return replace(plain, **fields)


def events_of(*news: OrderEvent, warehouse: str | None = "hz1") -> list[OrderEvent]:
    """An order that waits for picking since nine, as the ERP tells it; and news."""
    known = {Attribute.WAREHOUSE: warehouse} if warehouse else {}
    before = [
        structs.replace(event, key=event.key._replace(source=ERP)) for event in until(Stage.PICKING, "09:00")
    ]
    return [*before, created("08:00", source=ERP, id_="named", attributes=known), *news]


def dark(reach: Reach, *news: OrderEvent, warehouse: str | None = "hz1", **parts: object) -> bool:
    events = events_of(*news, warehouse=warehouse)
    order = fold(ORDER, events)
    outage = an_outage(reach, **parts)
    return cut_off([outage], order, events, Stage.PICKING, WHOLE_ORDER) == outage


@pytest.mark.parametrize(
    ("reach", "warehouse", "expected"),
    [
        ({PICKING_HZ: True}, "hz1", True),
        ({PICKING_HZ: False, WHOLE: True}, "hz1", False),
        ({WHOLE: True}, "hz1", True),
        ({WHOLE: True}, None, True),
        ({PICKING_HZ: True}, "sh2", False),
        ({}, "hz1", False),
    ],
    ids=[
        "its own warehouse",
        "another's news",
        "the whole shop",
        "no warehouse",
        "elsewhere",
        "nothing known",
    ],
)
def test_an_order_without_news_depends_on_who_usually_tells(
    reach: Reach, warehouse: str | None, expected: bool
) -> None:
    assert dark(reach, warehouse=warehouse) is expected


def test_an_order_s_own_news_says_who_tells_of_it() -> None:
    theirs = staged(Stage.PICKING, Status.STARTED, "09:30", source=WMS)
    another = staged(Stage.PICKING, Status.UPDATED, "09:40", source=OTHER)
    assert dark({}, theirs)
    assert not dark({PICKING_HZ: True}, theirs, another)
    assert dark({PICKING_HZ: True}, theirs, another, retraction(another, "09:50", source=OTHER))


def test_what_the_source_tells_of_an_order_since_it_is_back_is_known() -> None:
    """What comes in late, and happened before, shows nothing: more may be on its way."""
    late = staged(Stage.PICKING, Status.STARTED, "10:30", source=WMS)
    fresh = staged(Stage.PICKING, Status.UPDATED, "11:01", source=WMS)
    assert dark({}, late, fresh)
    assert dark({}, late, back_at=at("11:00"))
    assert not dark({}, late, fresh, back_at=at("11:00"))


def test_parcels_are_told_apart() -> None:
    hz = staged(Stage.PICKUP, Status.STARTED, "09:00", "YT1", source=WMS)
    sh = staged(Stage.PICKUP, Status.STARTED, "09:00", "YT2", source=OTHER)
    events = [*events_of(), hz, sh]
    order, outage = fold(ORDER, events), an_outage({})
    assert cut_off([outage], order, events, Stage.PICKUP, "YT1") == outage
    assert cut_off([outage], order, events, Stage.PICKUP, "YT2") is None
    unnamed = an_anomaly(Stage.PICKUP, order=ORDER, parcel="1")
    assert in_dark(unnamed, order, events, [outage]) == outage


def test_without_an_outage_everything_is_known() -> None:
    events = events_of()
    assert cut_off([], fold(ORDER, events), events, Stage.PICKING, WHOLE_ORDER) is None


@pytest.mark.parametrize(("called", "expected"), [("08:59", False), ("09:00", True), (None, False)])
def test_a_customer_who_has_asked_since_is_waited_for(called: str | None, expected: bool) -> None:
    order = fold(ORDER, [created("08:00"), *([contacted(called)] if called else [])])
    assert is_waited_for(order, at("09:00")) is expected


# --- whose news it usually is --------------------------------------------------------


def told_by(number: int, source: str, *, warehouse: str = "hz1") -> tuple[Order, list[OrderEvent]]:
    key = OrderKey(SHOP, OrderNo(f"DB{number}"))
    events = [
        created("08:00", order=key, source=ERP, attributes={Attribute.WAREHOUSE: warehouse}),
        staged(Stage.PICKING, Status.STARTED, "09:00", order=key, source=ERP),
        staged(Stage.PICKING, Status.COMPLETED, "09:20", order=key, source=source),
    ]
    return fold(key, events), events


def test_who_tells_most_of_a_stage_is_learnt_from_orders_by_warehouse() -> None:
    orders = [told_by(number, WMS) for number in range(4)]
    orders += [told_by(number, OTHER, warehouse="sh2") for number in range(10, 17)]
    assert reach_of(WMS, orders) == {
        PICKING_HZ: True,
        Station(SHOP, "sh2", Stage.PICKING): False,
        WHOLE: False,
    }


def test_two_orders_show_nothing() -> None:
    assert reach_of(WMS, [told_by(1, WMS), told_by(2, WMS)]) == {}


def test_half_is_not_most() -> None:
    orders = [told_by(1, WMS), told_by(2, WMS), told_by(3, OTHER), told_by(4, OTHER)]
    assert reach_of(WMS, orders)[PICKING_HZ] is False
