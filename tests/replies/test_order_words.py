"""The page of an order: its words, its sums, and the bars of its stages."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from replies.pages.course import track
from replies.pages.order import carrier, money, operation, way
from replies.words import Language
from tests.builders import at

ZH, EN = Language.ZH, Language.EN
NINE_FIVE = at("09:05")


@dataclass
class A:
    """An attempt, or a limit of one."""

    at: datetime = NINE_FIVE
    since: datetime | None = None
    grey_at: datetime | None = None
    limits: list["A"] = field(default_factory=list["A"])
    ended_at: datetime | None = None


def test_an_operation_has_its_name_in_either_language() -> None:
    assert operation("pickup.updated", ZH) == "揽收有进展"
    assert operation("pickup.updated", EN) == "Pickup progress"
    assert operation("order.cancelled", EN) == "cancelled"
    assert operation("something.new", EN) == operation("something.new", ZH) == "something.new"


def test_carriers_and_ways_are_called_what_people_call_them() -> None:
    assert (carrier("yuantong", ZH), carrier("yuantong", EN), carrier("xyz", ZH)) == (
        "圆通",
        "yuantong",
        "xyz",
    )
    assert (way("kf", ZH), way("phone", EN), way("fax", EN)) == ("微信客服", "by phone", "fax")


@pytest.mark.parametrize(
    ("fen", "currency", "said"),
    [(25900, "CNY", "¥259.00"), (5, "CNY", "¥0.05"), (123456789, "USD", "1,234,567.89 USD")],
)
def test_a_sum_is_said_to_the_fen(fen: int, currency: str, said: str) -> None:
    assert money(fen, currency) == said


def test_a_bar_has_room_for_all_that_is_on_it() -> None:
    limits = [A(at=at("09:05")), A(at=at("09:10"))]
    bar = track(A(since=at("09:00"), grey_at=at("09:02"), limits=limits), at("09:05"))
    assert bar is not None
    assert (bar.reached, bar.grey, bar.limits, bar.late) == (48.0, 19.2, [48.0, 96.0], 48.0)


def test_what_took_longer_than_all_limits_sets_the_scale() -> None:
    one = A(since=at("09:00"), grey_at=at("09:02"), limits=[A(at=at("09:05"))], ended_at=at("09:20"))
    bar = track(one, at("10:00"))
    assert bar is not None
    assert (bar.reached, bar.late) == (96.0, 24.0)


def test_what_nothing_waited_for_has_no_bar() -> None:
    assert track(A(), at("09:05")) is None


def test_a_bar_without_limits_or_length_stays_within_its_width() -> None:
    bar = track(A(since=at("09:00"), grey_at=at("09:00")), at("09:00"))
    assert bar is not None
    assert (bar.reached, bar.grey, bar.late) == (0.0, 0.0, 100.0)
