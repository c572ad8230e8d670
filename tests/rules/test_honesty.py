"""Which time is honest? Held against weeks that were not known when it was learnt."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.fold import fold
from rules.honesty import ENOUGH, SHARE, Group, History, Level, Sample, sample
from rules.promises import Slot
from rules.stages import Stage, Status
from rules.survival import Span
from tests.bot.imports.marketplace import write_orders
from tests.builders import HOUR, ORDER, at, cancelled, created, staged
from tests.rules.heldout import WEEK, Case, Place, coverage, deliveries

START = datetime(2026, 1, 5, tzinfo=UTC)


def a_sample(
    hours: float, carrier: str | None = None, warehouse: str | None = None, *, ended: bool = True
) -> Sample:
    span = Span(length=hours * HOUR, ended=ended)
    return Sample(slot=Slot.NEWS_BY, stage=Stage.PICKUP, carrier=carrier, warehouse=warehouse, span=span)


# --- what is learnt ---------------------------------------------------------------------


def test_the_finest_group_with_enough_of_its_own_speaks() -> None:
    history = History(
        [
            *(a_sample(1, "sf", "hz1") for _ in range(ENOUGH)),
            *(a_sample(3, "sf", "gz2") for _ in range(ENOUGH - 1)),
            *(a_sample(5, "zto", "gz2") for _ in range(5)),
        ]
    )
    of = {place: history.of(Slot.NEWS_BY, Stage.PICKUP, *place) for place in
          (("sf", "hz1"), ("sf", "gz2"), ("zto", "gz2"), ("zto", "hz1"), ("ems", "bj1"), (None, None))}  # fmt: skip
    levels = {place: honest.group.level for place, honest in of.items() if honest}
    assert levels == {
        ("sf", "hz1"): Level.PLACE, ("sf", "gz2"): Level.CARRIER, ("zto", "gz2"): Level.WAREHOUSE,
        ("zto", "hz1"): Level.WAREHOUSE, ("ems", "bj1"): Level.STAGE, (None, None): Level.STAGE,
    }  # fmt: skip
    finest = of["sf", "hz1"]
    assert finest is not None
    assert (finest.within, finest.curve.n) == (HOUR, ENOUGH)
    assert [one.group for one in history.groups(Slot.NEWS_BY, Stage.PICKUP)] == [
        Group(Stage.PICKUP, "sf", "hz1")
    ]


def test_a_stage_speaks_however_few_it_has_and_of_none_nothing_is_known() -> None:
    history = History([a_sample(2), a_sample(9, ended=False)])
    known = history.of(Slot.NEWS_BY, Stage.PICKUP, "sf", "hz1")
    assert known is not None
    assert (known.curve.n, known.within) == (2, None)
    assert history.of(Slot.NEWS_BY, Stage.TRANSIT) is None
    assert history.of(Slot.SHIP_BY, Stage.PICKUP) is None
    assert history.groups(Slot.NEWS_BY, Stage.PICKUP) == []


def test_the_slowest_places_come_first_and_those_without_an_end_before_all() -> None:
    slow = [a_sample(9, "zto", "hz1") for _ in range(ENOUGH)]
    never = [a_sample(9, "yto", "hz1", ended=False) for _ in range(ENOUGH)]
    quick = [a_sample(1, "sf", "hz1") for _ in range(ENOUGH)]
    groups = History([*quick, *slow, *never]).groups(Slot.NEWS_BY, Stage.PICKUP)
    assert [one.group.carrier for one in groups] == ["yto", "zto", "sf"]


def test_a_case_counts_until_something_happens_or_as_long_as_it_was_watched() -> None:
    moved = [created(), staged(Stage.PICKUP, Status.COMPLETED, "13:00")]
    gone = [created(), cancelled("12:00")]

    def span(*events: object, now: str = "18:00") -> Span:
        known = list(events)
        return sample(
            slot=Slot.NEWS_BY, stage=Stage.PICKUP, parcel="1", since=at("10:00"),
            order=fold(ORDER, known), events=known, now=at(now),  # pyright: ignore[reportArgumentType]
        )  # fmt: skip

    assert span(*moved) == Span(length=3 * HOUR, ended=True)
    assert span(created()) == Span(length=8 * HOUR, ended=False)
    assert span(*gone) == Span(length=2 * HOUR, ended=False), "cancelled is not what was promised"
    assert span(*gone, staged(Stage.PICKUP, Status.COMPLETED, "15:00")) == Span(length=2 * HOUR, ended=False)


@given(hours=st.lists(st.floats(0.1, 99), min_size=1, max_size=60))
def test_the_honest_time_is_kept_for_eight_in_ten_of_those_it_was_learnt_from(hours: list[float]) -> None:
    honest = History(a_sample(one) for one in hours).of(Slot.NEWS_BY, Stage.PICKUP)
    assert honest is not None
    assert honest.within is not None
    kept = sum(one * HOUR <= honest.within for one in hours)
    assert kept >= SHARE * len(hours) - 1e-6


# --- calibration ------------------------------------------------------------------------


MEDIANS: Mapping[Place, float] = {
    ("sf", "hz1"): 1.5, ("zto", "hz1"): 6, ("yto", "hz1"): 20, ("sf", "gz2"): 3, ("zto", "gz2"): 30, (None, "gz2"): 12,
}  # fmt: skip
"""Hours; half of the orders take longer, some for days."""


@pytest.mark.parametrize("each_week", [40, pytest.param(400, marks=pytest.mark.long)])
def test_eight_in_ten_are_kept_in_weeks_that_were_not_known(each_week: int) -> None:
    chance = random.Random(8)
    cases = [
        Case(
            opened_at=START + (week + chance.random()) * WEEK,
            place=place,
            took=chance.lognormvariate(log(median), 0.9) * HOUR,
        )
        for week in range(16)
        for place, median in MEDIANS.items()
        for _ in range(each_week)
    ]
    kept, n = coverage(cases, (START + week * WEEK for week in range(8, 16)))

    print(f"drawn: {kept / n:.1%} of {n} held-out orders within their p80")  # noqa: T201 -- the figure is the point
    assert n > 1000
    assert abs(kept / n - SHARE) < 0.03


def test_eight_in_ten_are_kept_of_a_marketplace_s_deliveries(tmp_path: Path) -> None:
    """Drawn in the shape of an export: with gaps, and with what never arrived. `python -m bench.olist` has real ones."""
    cases = deliveries(write_orders(tmp_path / "orders.csv", 2_500, whole=0.9))
    first = datetime(2017, 4, 3, tzinfo=UTC)
    kept, n = coverage(cases, (first + week * WEEK for week in range(30)))

    assert n > 1000
    assert any(case.took > timedelta(days=365) for case in cases), "some have not arrived"
    assert abs(kept / n - SHARE) < 0.06
