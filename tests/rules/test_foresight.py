"""What other rules would mean for orders under way: counted, not guessed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rules.anomalies import Anomaly
from rules.editions import Rules
from rules.foresight import Foresight, foresee
from rules.orders import Order
from rules.stages import Stage
from tests.builders import MINUTE, a_book, an_anomaly, an_order, at

SHORTER = {"stages": {"picking": {"limits": [{"when": "not_started", "after": "20m"}]}}}
NOW = at("09:30")


def foreseen(*watched: tuple[Order, Sequence[Anomaly]], **draft: Any) -> Foresight:
    return foresee(watched, Rules.only(a_book()), a_book(version=2, **draft), NOW)


def waits(stage: Stage, since: datetime | str, *cases: Anomaly) -> tuple[Order, Sequence[Anomaly]]:
    """An order that waits at a stage, and its cases."""
    return an_order(stage=stage, since=since), cases


def test_orders_whose_limit_moves_are_concerned_and_some_are_late_at_once() -> None:
    waiting, fresh = (
        waits(Stage.PICKING, "09:00"),
        waits(Stage.PICKING, "09:20"),
    )
    packing = waits(Stage.PACKING, "09:00")
    assert foreseen(waiting, fresh, packing, **SHORTER) == Foresight(orders=3, concerned=2, late_at_once=1)


def test_what_is_late_already_is_not_late_at_once() -> None:
    late = waits(Stage.PICKING, NOW - 50 * MINUTE)
    assert foreseen(late, **SHORTER).late_at_once == 0


def test_what_was_raised_already_does_not_speak_again() -> None:
    order = waits(Stage.PICKING, "08:30", an_anomaly(since="08:30"))
    found = foreseen(order, stages={"picking": {"limits": [{"when": "not_started", "after": "40m"}]}})
    assert found.late_at_once == 0


def test_an_order_that_comes_into_a_lane_is_concerned_although_its_limit_stays() -> None:
    order = waits(Stage.PICKING, "09:00")
    assert foreseen(order, lanes=[{"name": "all"}]) == Foresight(orders=1, concerned=1, late_at_once=0)
    assert foreseen(order) == Foresight(orders=1, concerned=0, late_at_once=0)
