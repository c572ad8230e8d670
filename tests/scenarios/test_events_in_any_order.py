"""What is known of an order depends on what happened, not on how the news arrived."""

from datetime import datetime, timedelta

from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def test_news_of_a_later_stage_completes_the_earlier_ones_as_inferred(shop: Shop) -> None:
    await shop.stage(NO, "picking", "started")

    stages = {stage["stage"]: stage for stage in (await shop.order(NO))["stages"]}
    assert [stages[name]["inferred"] for name in ("payment", "confirm", "picking")] == [True, True, False]

    await shop.report("order.stage", NO, ago=timedelta(minutes=30), stage="payment", status="completed")

    stages = {stage["stage"]: stage for stage in (await shop.order(NO))["stages"]}
    assert stages["payment"]["inferred"] is False
    paid_at = datetime.fromisoformat(stages["payment"]["completed_at"])
    assert paid_at == shop.clock.now() - timedelta(minutes=30)
    assert datetime.fromisoformat(stages["picking"]["started_at"]) == shop.clock.now()


async def test_a_late_event_changes_nothing_that_newer_ones_said(shop: Shop) -> None:
    await shop.stage(NO, "payment", "completed", operator="新人")

    await shop.report(
        "order.stage", NO, ago=timedelta(minutes=6), stage="payment", status="started", operator="旧人"
    )

    order = await shop.order(NO)
    assert (order["stage"], order["last_operation"]["operator"]) == ("confirm", "新人")
    assert await shop.anomalies() == []


async def test_a_late_completion_ends_the_case_it_belongs_to(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    assert len(await shop.anomalies()) == 1

    await shop.report("order.stage", NO, ago=timedelta(minutes=3), stage="payment", status="completed")

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"]) == ("closed", True)


async def test_a_completion_that_was_taken_back_lets_the_clock_go_on(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    wrong = shop.event("order.stage", NO, stage="payment", status="completed")
    await shop.post(wrong)
    await shop.passes(minutes=10)
    assert await shop.anomalies() == []

    await shop.report("event.retracted", NO, source=wrong["source"], id=wrong["id"])

    (case,) = await shop.anomalies()
    assert (case["stage"], case["state"]) == ("payment", "open")


async def test_an_event_that_was_taken_back_before_it_came_never_counts(shop: Shop) -> None:
    wrong = shop.event("order.stage", NO, stage="payment", status="completed")
    await shop.stage(NO, "payment", "started")
    await shop.report("event.retracted", NO, source=wrong["source"], id=wrong["id"])
    await shop.post(wrong)

    await shop.passes(minutes=5, seconds=1)

    assert len(await shop.anomalies()) == 1


async def test_a_case_that_was_closed_on_a_wrong_event_speaks_again(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    wrong = shop.event("order.stage", NO, stage="payment", status="completed")
    await shop.post(wrong)
    assert (await shop.anomalies())[0]["state"] == "closed"

    await shop.report("event.retracted", NO, source=wrong["source"], id=wrong["id"])
    await shop.passes(seconds=1)

    assert [case["state"] for case in await shop.anomalies()] == ["open", "closed"]
    assert len(shop.group_cards) == 2


async def test_one_number_in_two_shops_is_two_orders(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started", shop="north")
    await shop.stage(NO, "payment", "started", shop="south")
    await shop.stage(NO, "payment", "completed", shop="south")

    await shop.passes(minutes=5, seconds=1)

    (case,) = await shop.anomalies()
    assert (case["shop"], case["order_no"]) == ("north", NO)
    assert (await shop.order(NO, shop="south"))["stage"] == "confirm"


async def test_news_by_tracking_number_is_kept_until_something_leads_to_its_order(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed")
    scan = shop.event("order.stage", "tracking:YT1", stage="pickup", status="completed")
    assert (await shop.post(scan))["accepted"] == 1
    assert (await shop.post(scan))["duplicates"] == 1
    assert (await shop.order(NO))["stage"] == "pickup"

    await shop.report("order.changed", NO, tracking_no="YT1", carrier="yuantong")

    assert (await shop.order(NO))["stage"] == "transit"
    await shop.passes(hours=3, seconds=1)
    assert await shop.anomalies() == []


async def test_a_parcel_that_holds_several_orders_brings_news_to_each(shop: Shop) -> None:
    for number in ("A1", "A2"):
        await shop.stage(number, "packing", "completed", tracking_no="YT1")

    await shop.report("order.stage", "tracking:YT1", stage="pickup", status="completed")

    assert [(await shop.order(number))["stage"] for number in ("A1", "A2")] == ["transit", "transit"]


async def test_two_numbers_that_turn_out_to_be_one_order_become_one(shop: Shop) -> None:
    await shop.created("ERP-1")
    await shop.stage("ERP-1", "payment", "completed")
    await shop.stage("WMS-7", "picking", "started")
    await shop.passes(minutes=1)

    await shop.report("order.changed", "WMS-7", refs=["ERP-1"])

    merged = await shop.order("ERP-1")
    assert (merged["order_no"], merged["stage"]) == ("ERP-1", "picking")
    assert (await shop.order("WMS-7"))["order_no"] == "ERP-1"


async def test_the_case_of_a_number_that_was_merged_away_is_closed_and_the_order_is_watched_on(
    shop: Shop,
) -> None:
    await shop.created("ERP-1")
    await shop.stage("WMS-7", "confirm", "completed")
    await shop.passes(minutes=46)
    (case,) = await shop.anomalies()
    assert case["order_no"] == "WMS-7"

    await shop.report("order.changed", "WMS-7", refs=["ERP-1"])
    await shop.passes(seconds=1)

    cases = {case["order_no"]: case for case in await shop.anomalies()}
    assert (cases["WMS-7"]["state"], cases["WMS-7"]["ended_how"]) == ("closed", "merged")
    assert (cases["ERP-1"]["state"], cases["ERP-1"]["kind"]) == ("open", "not_started")


async def test_a_card_of_a_number_that_was_merged_away_still_answers_and_brings_no_order_back(
    shop: Shop,
) -> None:
    await shop.created("ERP-1")
    await shop.stage("WMS-7", "confirm", "completed")
    await shop.passes(minutes=46)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "认领")
    await shop.report("order.changed", "WMS-7", refs=["ERP-1"])

    await shop.taps("zhangsan", card, "发送回复")

    assert "已合并" in card.display("zhangsan").text
    assert (await shop.order("WMS-7"))["order_no"] == "ERP-1"


async def test_events_of_an_unknown_order_begin_a_skeleton(shop: Shop) -> None:
    await shop.stage("NEVER-SEEN", "packing", "started")

    order = await shop.order("NEVER-SEEN")
    assert (order["stage"], order["created_at"], order["channel"]) == ("packing", None, None)


async def test_the_last_operation_is_the_newest_by_its_own_time(shop: Shop) -> None:
    await shop.stage(NO, "payment", "completed", operator="李四", note="电话 13800138000 已确认")
    await shop.report("order.changed", NO, ago=timedelta(hours=1), operator="张三", note="改地址")

    last = (await shop.order(NO))["last_operation"]
    assert datetime.fromisoformat(last.pop("at")) == shop.clock.now()
    assert last == {
        "age_seconds": 0,
        "operator": "李四",
        "system": "/erp",
        "action": "payment.completed",
        "note": "电话 138****8000 已确认",
    }
