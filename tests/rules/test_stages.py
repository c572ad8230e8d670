"""Which stages are there, in which order, and which are kept for each parcel?"""

import pytest

from rules.stages import ORDER_STAGES, PARCEL_STAGES, STAGES, Priority, Stage


def test_an_order_passes_six_stages() -> None:
    assert [*STAGES] == ["payment", "confirm", "picking", "packing", "pickup", "transit"]
    assert ORDER_STAGES + PARCEL_STAGES == STAGES


@pytest.mark.parametrize("stage", Stage)
def test_what_is_earlier_and_later_is_all_the_rest(stage: Stage) -> None:
    assert (*stage.earlier, stage, *stage.later) == STAGES


def test_parcels_have_stages_of_their_own_from_packing_on() -> None:
    assert [stage for stage in Stage if stage.per_parcel] == [Stage.PACKING, *Stage.PACKING.later]


def test_a_priority_is_raised_one_level_and_p1_is_the_highest() -> None:
    assert [one.raised for one in Priority] == [Priority.P1, Priority.P1, Priority.P2]
    assert min(Priority) is Priority.P1, "the more urgent sorts first"
