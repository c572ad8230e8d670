"""Which reason does the evidence point to, for a case that healed before anybody said why?"""

import pytest

from rules.events import Attribute, FactValue
from rules.reasons import Reason, Verdict, from_evidence
from rules.stages import Kind, Stage
from tests.builders import an_event, an_order, short

OUT_OF_STOCK = Verdict(reason=Reason.OUT_OF_STOCK)


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.STOCK_SHORT}))
@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (Stage.PAYMENT, Reason.PAYMENT_FAILED),
        (Stage.CONFIRM, Reason.OTHER),
        (Stage.PICKING, Reason.PACKING_DELAYED),
        (Stage.PACKING, Reason.PACKING_DELAYED),
        (Stage.PICKUP, Reason.NOT_PICKED_UP),
        (Stage.TRANSIT, Reason.OTHER),
    ],
)
def test_each_stage_points_to_a_reason(stage: Stage, kind: Kind, reason: Reason) -> None:
    verdict = from_evidence(an_order(stage=stage), stage, kind)
    assert verdict.reason is reason
    assert (verdict.text is not None) == (reason is Reason.OTHER), "another reason is always put into words"


@pytest.mark.parametrize("stage", Stage)
def test_missing_goods_are_the_reason_whatever_the_stage(stage: Stage) -> None:
    assert from_evidence(an_order(stage=stage), stage, Kind.STOCK_SHORT) == OUT_OF_STOCK
    assert from_evidence(an_order(short("09:10"), stage=stage), stage, Kind.NOT_COMPLETED) == OUT_OF_STOCK


def test_goods_that_are_there_after_all_are_no_reason() -> None:
    order = an_order(short("09:10"), short("09:20", qty=0), stage=Stage.PICKING)
    assert from_evidence(order, Stage.PICKING, Kind.NOT_STARTED).reason is Reason.PACKING_DELAYED


@pytest.mark.parametrize(
    ("stage", "locked", "reason"),
    [
        (Stage.CONFIRM, False, Reason.OUT_OF_STOCK),
        (Stage.CONFIRM, True, Reason.OTHER),
        (Stage.PICKING, False, Reason.PACKING_DELAYED),
    ],
)
def test_stock_that_could_not_be_locked_is_missing(stage: Stage, locked: FactValue, reason: Reason) -> None:
    order = an_order(an_event(attributes={Attribute.STOCK_LOCKED: locked}), stage=stage)
    assert from_evidence(order, stage, Kind.NOT_COMPLETED).reason is reason
