"""What a rule book can hardly mean is said in words, never in the names of the code."""

import pytest

from replies.slipwords import slip_said
from replies.wordlint import Snag
from replies.words import Language
from rules.booklint import Slip


@pytest.mark.parametrize("slip", [*Slip, *Snag])
@pytest.mark.parametrize("language", Language)
def test_each_slip_is_said_in_both_languages(slip: Slip | Snag, language: Language) -> None:
    assert slip_said(slip, ["618", "north"], language).endswith("。" if language is Language.ZH else ".")


def test_facts_and_replies_go_by_what_they_are_called() -> None:
    assert "carrier_reminded" not in slip_said(Snag.NOTHING_DOES, ["carrier_reminded"], Language.ZH)
    assert "「物流揽收 · 未完成」" in slip_said(Snag.SHADOWED, ["pickup_not_completed"], Language.ZH)


def test_a_lane_that_is_called_like_a_fact_keeps_its_name() -> None:
    assert "「carrier、618」" in slip_said(Slip.SHADOWED, ["carrier", "618"], Language.ZH)
