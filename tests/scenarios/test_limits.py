"""When does an order speak up? Strictly after the limit of the stage it is in, and not a millisecond before."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from tests.scenarios.shop import Shop

NO = "DB20251222-883"

Beginning = Callable[[Shop], Awaitable[None]]


def after(stage: str, status: str) -> Beginning:
    """The story begins with this news: the clock of what comes next starts with it."""

    async def begin(shop: Shop) -> None:
        await shop.created(NO)
        await shop.stage(NO, stage, status)

    return begin


async def picking_begun_just_in_time(shop: Shop) -> None:
    await after("confirm", "completed")(shop)
    await shop.passes(minutes=44)
    await shop.stage(NO, "picking", "started")
    await shop.passes(minutes=1)
    assert await shop.anomalies() == []


@pytest.mark.parametrize(
    ("begin", "limit", "stage", "kind", "priority"),
    [
        (after("payment", "started"), timedelta(minutes=5), "payment", "not_completed", "P1"),
        (after("payment", "completed"), timedelta(minutes=20), "confirm", "not_completed", "P2"),
        (after("confirm", "completed"), timedelta(minutes=45), "picking", "not_started", "P2"),
        (picking_begun_just_in_time, timedelta(minutes=75), "picking", "not_completed", "P2"),
        (after("picking", "completed"), timedelta(minutes=90), "packing", "not_completed", "P2"),
        (after("packing", "completed"), timedelta(hours=3), "pickup", "no_update", "P2"),
        (after("pickup", "completed"), timedelta(hours=24), "transit", "no_update", "P2"),
    ],
)
async def test_a_limit_is_passed_a_millisecond_after_its_time_and_not_at_it(
    shop: Shop, begin: Beginning, limit: timedelta, stage: str, kind: str, priority: str
) -> None:
    await begin(shop)

    await shop.passes(seconds=limit.total_seconds())
    assert await shop.anomalies() == []

    await shop.passes(milliseconds=1)
    (case,) = await shop.anomalies()
    assert (case["stage"], case["kind"], case["priority"], case["state"]) == (stage, kind, priority, "open")
    assert case["order_no"] == NO

    await shop.passes(seconds=1)
    (card,) = shop.group_cards
    assert NO in card.display("zhangsan").text


async def test_the_nearest_unmet_limit_speaks_first_and_the_next_one_speaks_again(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")

    await shop.passes(minutes=46)
    (case,) = await shop.anomalies()
    assert case["kind"] == "not_started"

    await shop.passes(minutes=75)
    (case,) = await shop.anomalies()
    assert case["kind"] == "not_completed"
    assert len(shop.group_cards) == 2


async def test_transit_speaks_again_after_each_further_24_hours(shop: Shop) -> None:
    await shop.stage(NO, "pickup", "completed", parcel="YT1")

    await shop.passes(hours=24)
    assert shop.group_cards == []
    for day in range(1, 4):
        await shop.passes(seconds=1)
        assert len(shop.group_cards) == day
        await shop.passes(hours=23, minutes=59, seconds=59)
        assert len(shop.group_cards) == day
    (case,) = await shop.anomalies()
    assert case["kind"] == "no_update"


async def test_a_scan_of_the_carrier_resets_the_three_hours(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed", parcel="YT1")
    await shop.passes(hours=2, minutes=59)
    await shop.stage(NO, "pickup", "updated", parcel="YT1", note="到达网点")

    await shop.passes(hours=3)
    assert await shop.anomalies() == []

    await shop.passes(milliseconds=1)
    (case,) = await shop.anomalies()
    assert case["kind"] == "no_update"


async def test_a_tracking_number_alone_is_no_news_of_the_parcel(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed")
    await shop.passes(hours=2, minutes=59)
    await shop.report("order.changed", NO, tracking_no="YT1", carrier="yuantong")

    await shop.passes(minutes=1, milliseconds=1)

    (case,) = await shop.anomalies()
    assert case["stage"] == "pickup"


async def test_an_abandoned_basket_is_no_anomaly(shop: Shop) -> None:
    await shop.created(NO)

    await shop.passes(hours=48)

    assert await shop.anomalies() == []
    assert shop.group_cards == []


async def test_the_grey_band_is_on_the_board_and_silent_in_chat(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")

    async def band() -> str:
        return (await shop.order(NO))["stages"][0]["band"]

    await shop.passes(minutes=2)
    assert await band() == "in_time"
    await shop.passes(milliseconds=1)
    assert await band() == "grey"
    await shop.passes(minutes=2, seconds=59, milliseconds=999)
    assert await band() == "grey"
    assert shop.group_cards == []
    await shop.passes(milliseconds=1)
    assert await band() == "late"
    await shop.stage(NO, "payment", "completed")
    assert await band() == "done"


async def test_a_failed_payment_begins_a_new_run_with_a_new_clock(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=4)
    await shop.stage(NO, "payment", "failed")

    await shop.passes(minutes=5)
    assert await shop.anomalies() == []
    await shop.passes(milliseconds=1)
    (case,) = await shop.anomalies()
    assert (case["stage"], (await shop.order(NO))["stages"][0]["run"]) == ("payment", 2)


async def test_a_reopened_stage_is_watched_anew_after_its_case_was_closed(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(minutes=46)
    await shop.stage(NO, "picking", "started")
    await shop.stage(NO, "picking", "completed")
    await shop.stage(NO, "picking", "reopened")

    await shop.passes(minutes=46)

    second, first = await shop.anomalies()
    assert (first["state"], second["state"]) == ("closed", "open")
    assert len(shop.group_cards) == 2


async def test_a_cancelled_order_stands_still_and_a_resumed_one_counts_from_then(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=4)
    await shop.report("order.cancelled", NO)
    await shop.passes(hours=1)
    assert await shop.anomalies() == []

    await shop.report("order.resumed", NO)
    await shop.passes(minutes=5)
    assert await shop.anomalies() == []
    await shop.passes(milliseconds=1)
    assert len(await shop.anomalies()) == 1


async def test_a_refund_request_is_a_fact_and_stops_no_clock(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.report("order.refund_requested", NO, refund_fen=9900)

    await shop.passes(minutes=5, seconds=1)

    assert len(shop.group_cards) == 1


async def test_a_source_whose_clock_runs_ahead_gains_nothing_by_it(shop: Shop) -> None:
    await shop.report("order.stage", NO, ago=-timedelta(minutes=4), stage="payment", status="started")

    await shop.passes(minutes=5, milliseconds=1)

    assert len(await shop.anomalies()) == 1


async def test_a_breach_that_is_reported_late_is_raised_at_once(shop: Shop) -> None:
    await shop.report("order.stage", NO, ago=timedelta(minutes=40), stage="payment", status="started")

    (case,) = await shop.anomalies()
    assert datetime.fromisoformat(case["due_at"]) == shop.clock.now() - timedelta(minutes=35)
    await shop.passes(seconds=1)
    assert len(shop.group_cards) == 1


async def test_a_breach_older_than_a_day_goes_to_the_board_without_a_card(shop: Shop) -> None:
    await shop.report(
        "order.stage", "OLD", ago=timedelta(hours=24, minutes=6), stage="payment", status="started"
    )
    await shop.report(
        "order.stage", "NEW", ago=timedelta(hours=24, minutes=4), stage="payment", status="started"
    )

    await shop.passes(hours=1)

    new, old = await shop.anomalies()
    assert (old["order_no"], new["order_no"]) == ("OLD", "NEW")
    everything = [card.display("wangwu").text for card in (*shop.group_cards, *shop.cards_of("wangwu"))]
    assert any("NEW" in text for text in everything)
    assert all("OLD" not in text for text in (*everything, *shop.group_lines))
