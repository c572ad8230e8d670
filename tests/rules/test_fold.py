"""What is known of an order from its events, whatever happened to it?"""

import pytest
from msgspec.structs import replace

from rules.events import Attribute, Customer, FactValue, Item, Sealed
from rules.fold import advance, fold
from rules.orders import Contact, Fact, Operation, Order, OrderState, Refund, Run
from rules.stages import ORDER_STAGES, PARCEL_STAGES, STAGES, Stage, Status
from tests.builders import (
    ORDER,
    an_event,
    an_order,
    at,
    cancelled,
    contacted,
    created,
    refund,
    resumed,
    retraction,
    short,
    staged,
    until,
)

PAYMENT, CONFIRM, PICKING = Stage.PAYMENT, Stage.CONFIRM, Stage.PICKING
PACKING, PICKUP, TRANSIT = Stage.PACKING, Stage.PICKUP, Stage.TRANSIT
STARTED, UPDATED, COMPLETED = Status.STARTED, Status.UPDATED, Status.COMPLETED
FAILED, REOPENED = Status.FAILED, Status.REOPENED


def facts(**values: FactValue) -> dict[Attribute, FactValue]:
    return {Attribute(name): value for name, value in values.items()}


def test_an_order_nobody_spoke_of_waits_for_its_payment() -> None:
    order = an_order()
    assert order == Order(key=ORDER)
    assert order.progress() == (PAYMENT, OrderState.OPEN)


def test_an_order_passes_its_six_stages() -> None:
    assert (*ORDER_STAGES, *PARCEL_STAGES) == STAGES
    for stage in STAGES:
        assert an_order(stage=stage).progress()[0] is stage
        assert (*stage.earlier, stage, *stage.later) == STAGES
    done = an_order(staged(TRANSIT, COMPLETED, "10:00"), stage=TRANSIT)
    assert done.progress() == (TRANSIT, OrderState.COMPLETED)


def test_a_stage_remembers_when_it_began_was_heard_of_and_ended() -> None:
    order = an_order(
        staged(PICKING, STARTED, "09:10"),
        staged(PICKING, UPDATED, "09:20"),
        staged(PICKING, COMPLETED, "09:30"),
        stage=PICKING,
    )
    assert order.run(PICKING) == Run(
        stage=PICKING, started_at=at("09:10"), updated_at=at("09:30"), completed_at=at("09:30")
    )


def test_the_first_start_stands_and_news_without_a_start_is_one() -> None:
    order = an_order(staged(PICKING, UPDATED, "09:10"), staged(PICKING, STARTED, "09:20"))
    assert order.run(PICKING).started_at == at("09:10")


def test_the_first_stated_completion_stands() -> None:
    order = an_order(staged(PICKING, COMPLETED, "09:10"), staged(PICKING, COMPLETED, "09:20"))
    assert order.run(PICKING).completed_at == at("09:10")


def test_news_of_a_finished_stage_does_not_make_it_begin_after_its_end() -> None:
    order = an_order(staged(PICKING, COMPLETED, "09:10"), staged(PICKING, UPDATED, "09:20"))
    run = order.run(PICKING)
    assert (run.started_at, run.updated_at, run.completed_at) == (None, at("09:20"), at("09:10"))


def test_news_of_a_later_stage_completes_the_earlier_ones_as_inferred() -> None:
    order = an_order(created("08:00"), staged(PICKUP, UPDATED, "09:00"))
    earlier = [order.run(stage) for stage in ORDER_STAGES] + [order.run(PACKING, "1")]
    assert [(run.completed_at, run.inferred) for run in earlier] == [(at("09:00"), True)] * 4
    assert order.progress()[0] is PICKUP


def test_an_explicit_time_replaces_an_inferred_one_whether_it_comes_before_or_after() -> None:
    news, stated = staged(PACKING, STARTED, "09:10"), staged(PICKING, COMPLETED, "09:05")
    corrected = staged(PICKING, COMPLETED, "09:20")
    early, late = an_order(news, stated).run(PICKING), an_order(news, corrected).run(PICKING)
    assert (early.completed_at, early.inferred) == (at("09:05"), False)
    assert (late.completed_at, late.inferred) == (at("09:20"), False)


def test_a_stage_that_was_inferred_done_did_not_end_before_it_is_said_to_have_begun() -> None:
    order = an_order(staged(PACKING, STARTED, "09:10"), staged(PICKING, STARTED, "09:12"))
    run = order.run(PICKING)
    assert (run.started_at, run.completed_at, run.inferred) == (at("09:12"), at("09:12"), True)


def test_a_failed_payment_ends_its_run_and_the_next_one_begins() -> None:
    order = an_order(created("09:00"), staged(PAYMENT, STARTED, "09:01"), staged(PAYMENT, FAILED, "09:02"))
    assert order.run(PAYMENT) == Run(stage=PAYMENT, number=2, opened_at=at("09:02"), updated_at=at("09:02"))
    again = an_order(
        created("09:00"),
        staged(PAYMENT, STARTED, "09:01"),
        staged(PAYMENT, FAILED, "09:02"),
        staged(PAYMENT, STARTED, "09:04"),
        staged(PAYMENT, FAILED, "09:05"),
        staged(PAYMENT, STARTED, "09:06"),
        staged(PAYMENT, COMPLETED, "09:07"),
    )
    run = again.run(PAYMENT)
    assert (run.number, run.opened_at, run.started_at, run.completed_at) == (
        3,
        at("09:05"),
        at("09:06"),
        at("09:07"),
    )


def test_picking_reopened_after_packing_resets_what_comes_later_and_forgets_the_parcels() -> None:
    packed = [staged(PICKING, COMPLETED, "09:00"), staged(PACKING, COMPLETED, "09:10", "YT1")]
    order = an_order(*packed, staged(PICKUP, UPDATED, "09:20", "YT1"), staged(PICKING, REOPENED, "09:30"))
    assert order.progress()[0] is PICKING
    assert order.run(PICKING).number == 2
    assert order.parcels == ()
    assert order.parcel_names == ("1",)
    assert order.run(PACKING, "YT1") == Run(stage=PACKING, parcel="YT1", number=2)
    again = an_order(
        *packed,
        staged(PICKING, REOPENED, "09:30"),
        staged(PACKING, STARTED, "09:40"),
        staged(PACKING, COMPLETED, "09:50", "YT1"),
    )
    run = again.run(PACKING, "YT1")
    assert (run.number, run.started_at, run.completed_at) == (2, at("09:40"), at("09:50"))


def test_a_run_that_is_reset_twice_without_news_keeps_its_number() -> None:
    order = an_order(
        staged(PACKING, COMPLETED, "09:10", "YT1"),
        staged(PICKING, REOPENED, "09:20"),
        staged(PICKING, REOPENED, "09:30"),
    )
    assert (order.run(PICKING).number, order.run(PACKING, "YT1").number) == (3, 2)
    assert order.run(PACKING, "YT1").completed_at is None


def test_a_parcel_that_fails_at_a_stage_resets_its_own_later_stages_alone() -> None:
    order = an_order(
        staged(TRANSIT, STARTED, "09:10", "YT1"),
        staged(TRANSIT, STARTED, "09:10", "YT2"),
        staged(PICKUP, FAILED, "09:20", "YT1"),
    )
    assert order.run(PICKUP, "YT1").completed_at is None
    assert order.run(TRANSIT, "YT1") == Run(stage=TRANSIT, parcel="YT1", number=2)
    assert order.run(TRANSIT, "YT2").started_at == at("09:10")
    assert order.parcel_names == ("YT1", "YT2")


@pytest.mark.parametrize("status", [STARTED, UPDATED, COMPLETED])
def test_late_news_of_an_earlier_stage_leaves_the_later_ones_as_they_are(status: Status) -> None:
    order = an_order(staged(PICKUP, STARTED, "09:10", "YT1"), staged(PACKING, status, "09:20", "YT1"))
    assert (order.run(PICKUP, "YT1").number, order.run(PICKUP, "YT1").started_at) == (1, at("09:10"))


def test_a_run_that_was_inferred_done_is_followed_by_the_next_one() -> None:
    order = an_order(staged(TRANSIT, STARTED, "09:10", "YT1"), staged(PACKING, FAILED, "09:20", "YT1"))
    assert order.run(PICKUP, "YT1") == Run(stage=PICKUP, parcel="YT1", number=2)


# --- parcels ---------------------------------------------------------------------


def test_a_parcel_is_called_1_until_a_source_names_it() -> None:
    unnamed = staged(PACKING, STARTED, "09:10")
    order = an_order(unnamed)
    assert (order.parcel_names, order.run(PACKING, "1").started_at) == (("1",), at("09:10"))
    named = an_order(unnamed, staged(PACKING, COMPLETED, "09:20", "YT1"))
    run = named.run(PACKING, "YT1")
    assert (named.parcel_names, run.started_at, run.completed_at) == (("YT1",), at("09:10"), at("09:20"))
    assert (named.default_parcel, named.run(PACKING, "1").is_blank) == ("YT1", True)


def test_news_of_the_order_tells_of_no_parcel() -> None:
    order = an_order(stage=PACKING)
    assert (order.parcels, order.parcel_names) == ((), ("1",))


def test_a_source_may_call_the_first_parcel_1_itself() -> None:
    order = an_order(staged(PACKING, STARTED, "09:10", "1"), staged(PACKING, STARTED, "09:20", "2"))
    assert order.parcel_names == ("1", "2")
    assert order.run(PACKING, "1").started_at == at("09:10")


def test_a_report_that_names_no_parcel_is_about_all_that_are_known() -> None:
    order = an_order(
        staged(PACKING, COMPLETED, "09:10", "YT1"),
        staged(PACKING, COMPLETED, "09:10", "YT2"),
        staged(PICKUP, COMPLETED, "09:30"),
    )
    assert order.parcel_names == ("YT1", "YT2")
    assert [order.run(PICKUP, name).completed_at for name in ("YT1", "YT2")] == [at("09:30")] * 2


def test_a_parcel_that_was_announced_is_watched_before_anybody_has_named_it() -> None:
    order = an_order(
        staged(PACKING, COMPLETED, "09:10", "YT1", attributes=facts(parcels=2)),
        staged(TRANSIT, COMPLETED, "09:30", "YT1"),
    )
    assert order.parcel_names == ("YT1", "?")
    assert order.progress() == (PACKING, OrderState.OPEN)


def test_an_order_is_done_when_every_parcel_is() -> None:
    first = staged(TRANSIT, COMPLETED, "09:30", "YT1", attributes=facts(parcels=2))
    assert an_order(first, staged(PICKUP, STARTED, "09:40", "YT2")).progress()[0] is PICKUP
    both = an_order(first, staged(TRANSIT, COMPLETED, "09:50", "YT2"))
    assert both.progress()[1] is OrderState.COMPLETED


def test_a_parcel_nobody_announced_counts_as_well() -> None:
    order = an_order(staged(TRANSIT, COMPLETED, "09:30", "YT1"), staged(PACKING, STARTED, "09:40", "YT2"))
    assert (order.parcel_names, order.progress()[0]) == (("YT1", "YT2"), PACKING)


def test_no_fewer_than_one_parcel_is_expected() -> None:
    assert an_order(an_event(attributes=facts(parcels=0))).expected_parcels == 1
    assert an_order(an_event(attributes=facts(parcels=3))).expected_parcels == 3


def test_a_parcel_has_facts_of_its_own() -> None:
    order = an_order(
        staged(PICKUP, UPDATED, "09:10", "A", attributes=facts(carrier="yto", tracking_no="YT1")),
        staged(PICKUP, UPDATED, "09:20", "B", attributes=facts(carrier="sf")),
    )
    carriers = {parcel.name: parcel.facts[Attribute.CARRIER].value for parcel in order.parcels}
    assert carriers == {"A": "yto", "B": "sf"}
    assert order.text(Attribute.CARRIER) == "sf"
    assert [order.parcel_text(name, Attribute.CARRIER) for name in ("A", "B", "?")] == ["yto", "sf", None]
    assert order.parcel_text("B", Attribute.TRACKING_NO) is None, "that of A is not its own"


def test_what_was_said_of_the_whole_order_holds_for_its_parcels() -> None:
    packed = [staged(PACKING, COMPLETED, "09:10", name) for name in ("A", "B")]
    planned = an_order(an_event(when="09:00", attributes=facts(carrier="yto", parcels=2)), *packed)
    assert [planned.parcel_text(name, Attribute.CARRIER) for name in ("A", "B")] == ["yto", "yto"]
    handed_over = staged(PICKUP, STARTED, "09:20", attributes=facts(carrier="sf"))
    order = an_order(*packed, handed_over)
    assert [order.parcel_text(name, Attribute.CARRIER) for name in ("A", "B")] == ["sf", "sf"]
    assert an_order(an_event(attributes=facts(carrier="sf"))).parcel_text("1", Attribute.CARRIER) == "sf"
    assert planned.parcel_text("A", Attribute.PARCELS) is None, "a number is no text"


# --- the order as a whole --------------------------------------------------------


def test_the_newest_fact_by_event_time_stands_with_its_source() -> None:
    newer = an_event(when="09:20", source="/erp", attributes=facts(region="华东", amount_fen=9900))
    older = an_event(when="09:10", attributes=facts(region="华南", tags=("618",)))
    order = an_order(newer, older)
    assert order.facts[Attribute.REGION] == Fact(value="华东", source="/erp", at=at("09:20"))
    assert order.value(Attribute.TAGS) == ("618",)
    assert order.value(Attribute.CARRIER) is None
    assert (order.text(Attribute.REGION), order.text(Attribute.AMOUNT_FEN)) == ("华东", None)


def test_what_is_said_of_the_customer_adds_up() -> None:
    order = an_order(
        created(customer=Customer(ref="c1", name="王女士")),
        an_event(when="09:10", customer=Customer(name="王", owner_userid="zhangsan")),
    )
    assert order.customer == Customer(ref="c1", name="王", owner_userid="zhangsan")
    phone, address = Sealed(sealed="s1:p", shown="138****8000"), Sealed(sealed="s1:a", shown="上海市")
    whole = Customer(
        ref="c",
        name="n",
        open_kfid="k",
        external_userid="e",
        owner_userid="o",
        phone=phone,
        address=address,
    )
    assert an_order(created(customer=whole), an_event(when="09:10", customer=Customer())).customer == whole


def test_where_the_customer_wrote_is_where_they_can_be_answered() -> None:
    order = an_order(contacted("09:10", "kf", open_kfid="kf1", external_userid="u1"))
    assert (order.customer.open_kfid, order.customer.external_userid) == ("kf1", "u1")
    assert order.contact == Contact(at=at("09:10"), channel="kf")


def test_each_half_of_where_the_customer_wrote_is_worth_knowing() -> None:
    order = an_order(contacted("09:10", "kf", open_kfid="kf1"))
    assert order.customer == Customer(open_kfid="kf1")
    order = an_order(
        contacted("09:10", "kf", open_kfid="kf1"), contacted("09:20", "kf", external_userid="u1")
    )
    assert order.customer == Customer(open_kfid="kf1", external_userid="u1")


def test_the_goods_the_presale_date_and_the_skipped_stages_are_the_latest_stated() -> None:
    order = an_order(
        created("09:00", items=(Item(sku="A"),), not_before=at("12:00"), skip=(PAYMENT,)),
        an_event(when="09:10", items=(Item(sku="B", qty=2),)),
    )
    assert order.items == (Item(sku="B", qty=2),)
    assert (order.not_before, order.skip) == (at("12:00"), (PAYMENT,))
    again = an_order(
        created("09:00", skip=(PAYMENT,)), an_event(when="09:10", skip=(), not_before=at("13:00"))
    )
    assert (again.skip, again.not_before) == ((), at("13:00"))


def test_the_first_creation_counts_and_a_source_ahead_gains_nothing() -> None:
    ahead = created("09:04", observed_at=at("09:00"))
    assert an_order(ahead, created("09:10")).created_at == at("09:00")


def test_a_cancelled_order_stands_still_until_it_is_resumed() -> None:
    order = an_order(created(), cancelled("09:10"))
    assert (order.progress()[1], order.cancelled_at, order.resumed_at) == (
        OrderState.CANCELLED,
        at("09:10"),
        None,
    )
    order = an_order(created(), cancelled("09:10"), resumed("09:20"))
    assert (order.progress()[1], order.cancelled_at, order.resumed_at) == (OrderState.OPEN, None, at("09:20"))


def test_a_cancellation_that_two_systems_report_happened_when_the_first_did() -> None:
    assert an_order(cancelled("09:10"), cancelled("09:20", source="/erp")).cancelled_at == at("09:10")


def test_resuming_what_is_not_cancelled_gives_nobody_more_time() -> None:
    assert an_order(created(), resumed("09:20")).resumed_at is None
    twice = an_order(cancelled("09:10"), resumed("09:20"), resumed("09:50", source="/erp"))
    assert twice.resumed_at == at("09:20")


def test_a_refund_request_is_a_fact_and_no_stop() -> None:
    order = an_order(refund("09:10", 9900), refund("09:20", None), stage=PICKING)
    assert order.refund == Refund(at=at("09:20"), fen=None)
    assert order.progress()[1] is OrderState.OPEN


def test_the_last_operation_is_the_newest_by_event_time() -> None:
    late = staged(PICKING, STARTED, "09:10", operator="李四", note="上架")
    order = an_order(an_event(when="09:20", source="/erp", operator="王五"), late)
    assert order.last_operation == Operation(
        at=at("09:20"), system="/erp", action="order.changed", operator="王五"
    )
    assert an_order(late).last_operation == Operation(
        at=at("09:10"), system="/wms/hz1", action="picking.started", operator="李四", note="上架"
    )


def test_neither_a_call_nor_a_retraction_is_an_operation_on_the_order() -> None:
    wrong = staged(PICKING, STARTED, "09:10")
    order = an_order(created("09:00"), wrong, contacted("09:20"), retraction(wrong, "09:30"))
    assert order.last_operation is not None
    assert order.last_operation.action == "order.created"


# --- shortages -------------------------------------------------------------------


def test_each_sku_is_short_by_itself_and_the_latest_report_speaks() -> None:
    order = an_order(short("09:10", "A", 1), short("09:20", "B", 2), short("09:30", "A", 3))
    assert [(one.sku, one.qty, one.at) for one in order.shortages] == [
        ("B", 2, at("09:20")),
        ("A", 3, at("09:30")),
    ]
    assert order.shortage == order.shortages[-1]
    assert an_order(short("09:10", qty=1)).shortage is not None


def test_a_shortage_is_over_when_the_goods_are_there() -> None:
    order = an_order(short("09:10", "A"), short("09:10", "B"), short("09:20", "A", 0))
    assert [one.sku for one in order.shortages] == ["B"]
    assert an_order(short("09:10", "A"), short("09:10", "B"), short("09:20", None, 0)).shortages == ()
    assert an_order(short("09:10", "A", 0)).shortage is None


@pytest.mark.parametrize("status", [STARTED, COMPLETED])
def test_a_shortage_is_over_when_the_order_goes_on(status: Status) -> None:
    assert an_order(short("09:10"), staged(PICKING, status, "09:20"), stage=PICKING).shortages == ()


def test_news_of_the_next_stage_is_progress_too() -> None:
    assert an_order(short("09:10"), staged(PACKING, UPDATED, "09:20"), stage=PICKING).shortages == ()


@pytest.mark.parametrize("status", [UPDATED, FAILED, REOPENED])
def test_news_that_is_no_progress_leaves_the_goods_short(status: Status) -> None:
    assert an_order(short("09:10"), staged(PICKING, status, "09:20"), stage=PICKING).shortage is not None


@pytest.mark.parametrize("status", [STARTED, COMPLETED])
def test_what_was_known_already_is_no_progress(status: Status) -> None:
    order = an_order(
        staged(CONFIRM, status, "08:59"), short("09:10"), staged(CONFIRM, status, "09:20"), stage=PICKING
    )
    assert order.shortage is not None
    order = an_order(
        staged(PICKING, STARTED, "09:05"), short("09:10"), staged(PICKING, STARTED, "09:20"), stage=PICKING
    )
    assert order.shortage is not None


# --- what is folded --------------------------------------------------------------


def test_an_event_that_was_taken_back_never_happened_before_and_after_it_arrives() -> None:
    wrong = staged(PICKING, COMPLETED, "09:10")
    back = retraction(wrong, "09:20")
    events = until(PICKING, "09:00")
    assert fold(ORDER, [*events, wrong, back]) == fold(ORDER, [*events, back])
    assert fold(ORDER, [*events, wrong, back]).progress()[0] is PICKING
    known = fold(ORDER, [*events, back])
    assert known.retracted == (wrong.key,)
    assert advance(known, [wrong]) is None


def test_an_event_may_be_taken_back_before_its_time() -> None:
    planned = staged(PICKING, COMPLETED, "09:20")
    known = fold(ORDER, [*until(PICKING, "09:00"), retraction(planned, "09:10")])
    assert advance(known, [planned]) is None


def test_a_retraction_cannot_be_taken_back() -> None:
    wrong = staged(PICKING, COMPLETED, "09:10")
    back = retraction(wrong, "09:20")
    events = [*until(PICKING, "09:00"), wrong, back, retraction(back, "09:30")]
    assert fold(ORDER, events).progress()[0] is PICKING


def test_newer_news_is_added_and_older_news_calls_for_folding_afresh() -> None:
    first, second = staged(PICKING, STARTED, "09:10"), staged(PICKING, COMPLETED, "09:20")
    order = fold(ORDER, [first])
    assert advance(order, [second]) == fold(ORDER, [first, second])
    assert advance(order, []) == order
    assert advance(order, [first]) is None
    assert advance(fold(ORDER, [second]), [first]) is None
    assert advance(order, [retraction(first, "09:30")]) is None


def test_of_an_event_that_came_twice_the_first_arrival_counts() -> None:
    event = staged(PICKING, STARTED, "09:10")
    again = replace(event, observed_at=at("11:00"))
    assert fold(ORDER, [again, event]) == fold(ORDER, [event])
    assert fold(ORDER, [event]).observed_at == at("09:10")


def test_an_order_knows_its_latest_arrival_whatever_happened_last() -> None:
    slow = staged(PICKING, STARTED, "09:10", observed_at=at("11:00"))
    assert an_order(slow, staged(PICKING, COMPLETED, "09:20")).observed_at == at("11:00")


def test_events_of_one_instant_are_told_apart_by_source_and_id() -> None:
    a = an_event(when="09:10", source="/a", attributes=facts(region="a"))
    b = an_event(when="09:10", source="/b", attributes=facts(region="b"))
    assert an_order(a, b).text(Attribute.REGION) == an_order(b, a).text(Attribute.REGION) == "b"
