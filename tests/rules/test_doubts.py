"""What speaks against the reason that somebody gave? What is known of the order, and what people found."""

from datetime import timedelta

import pytest

from rules.bookfile import RuleBookFile
from rules.doubts import Doubt, doubt
from rules.orders import DEFAULT_PARCEL, Order, Run
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Kind, Stage
from rules.tasks import TaskResult
from tests.contracts.builders import NOW, a_case, a_key

BOOK = RuleBookFile().compile(1)


def run(stage: Stage, minutes: int | None) -> Run:
    parcel = DEFAULT_PARCEL if stage.per_parcel else ""
    return Run(
        stage=stage,
        parcel=parcel,
        started_at=NOW if stage is Stage.PAYMENT else None,
        completed_at=None if minutes is None else NOW + timedelta(minutes=minutes),
    )


def order(*minutes: int) -> Order:
    """The stages were done after so many minutes, in their order; the next one is waited for."""
    done = [run(stage, at) for stage, at in zip(Stage, minutes, strict=False)]
    return Order(key=a_key(), created_at=NOW, runs=tuple(done))


def against(
    stage: Stage,
    reason: Reason,
    known: Order,
    kind: Kind = Kind.NOT_COMPLETED,
    found: tuple[TaskResult, ...] = (),
    source: ReasonSource = ReasonSource.AGENT,
) -> Doubt | None:
    case = a_case(
        stage=stage,
        kind=kind,
        parcel=DEFAULT_PARCEL if stage.per_parcel else "",
        reason=Verdict(reason=reason, text="x" if reason is Reason.OTHER else None),
        reason_source=source,
    )
    return doubt(case, known, BOOK, found)


IN_TIME = order(1, 10, 60, 90)
"""Paid, confirmed, picked and packed in time."""
LATE_PACKING = order(1, 10, 60, 200)


def test_packing_that_was_done_in_time_is_not_to_blame() -> None:
    assert against(Stage.PICKUP, Reason.PACKING_DELAYED, IN_TIME) is Doubt.DONE_IN_TIME
    assert against(Stage.PICKUP, Reason.PACKING_DELAYED, LATE_PACKING) is None, "it was late indeed"


def test_a_stage_that_the_order_has_not_come_to_is_not_to_blame() -> None:
    assert against(Stage.PAYMENT, Reason.PACKING_DELAYED, order()) is Doubt.NOT_SO_FAR
    assert against(Stage.PICKING, Reason.NOT_PICKED_UP, order(1, 10)) is Doubt.NOT_SO_FAR


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (Stage.PAYMENT, Reason.PAYMENT_FAILED),
        (Stage.PICKING, Reason.OUT_OF_STOCK),
        (Stage.PACKING, Reason.PACKING_DELAYED),
        (Stage.PICKUP, Reason.NOT_PICKED_UP),
        (Stage.TRANSIT, Reason.OTHER),
    ],
)
def test_a_reason_of_the_stage_that_stands_still_is_not_doubted(stage: Stage, reason: Reason) -> None:
    assert against(stage, reason, IN_TIME) is None


def test_a_shortage_that_was_reported_speaks_against_every_other_reason() -> None:
    short = Doubt.SHORT_WAS_REPORTED
    assert against(Stage.PICKING, Reason.PACKING_DELAYED, order(1, 10), Kind.STOCK_SHORT) is short
    assert against(Stage.PICKING, Reason.PACKING_DELAYED, order(1, 10), found=(TaskResult.SHORT,)) is short
    assert against(Stage.PICKING, Reason.OUT_OF_STOCK, order(1, 10), Kind.STOCK_SHORT) is None


def test_goods_that_somebody_has_found_were_not_short() -> None:
    there = against(Stage.PICKING, Reason.OUT_OF_STOCK, order(1, 10), found=(TaskResult.WRONG_BIN,))
    assert there is Doubt.GOODS_WERE_THERE


def test_a_stage_of_which_nothing_is_known_or_that_has_no_limit_proves_nothing() -> None:
    skipping = RuleBookFile.model_validate(
        {
            "lanes": [{"name": "x", "skip": ["picking", "packing"]}],
            "stages": {"payment": {"limits": []}},
        }
    ).compile(1)
    late = a_case(
        stage=Stage.PICKUP, reason=Verdict(reason=Reason.PACKING_DELAYED), reason_source=ReasonSource.AGENT
    )
    assert doubt(late, order(1, 10), skipping) is None
    unlimited = a_case(
        stage=Stage.PICKUP, reason=Verdict(reason=Reason.PAYMENT_FAILED), reason_source=ReasonSource.AGENT
    )
    assert doubt(unlimited, order(1, 10), skipping) is None
    waiting = Order(key=a_key(), created_at=NOW, runs=(run(Stage.PAYMENT, None),))
    assert doubt(unlimited, waiting, BOOK) is None


def test_what_the_evidence_itself_said_is_not_doubted_nor_what_nobody_said() -> None:
    given = against(Stage.PICKUP, Reason.PACKING_DELAYED, IN_TIME, source=ReasonSource.EVIDENCE)
    assert given is None
    assert doubt(a_case(stage=Stage.PICKUP), IN_TIME, BOOK) is None
