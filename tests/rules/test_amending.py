"""A proposal that is accepted is the book as it is, with one value changed, and a book that can be read."""

from datetime import timedelta
from typing import Any

import pytest

from rules.amending import GoneError, with_factor, with_limit
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.proposals import Days, Place
from rules.stages import Kind, Stage

HOUR = timedelta(hours=1)
LANES: dict[str, Any] = {
    "max_age": "20h",
    "lanes": [
        {"name": "other"},
        {"name": "618", "stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}}},
    ],
}


def place(stage: Stage, kind: Kind, lane: str = "") -> Place:
    return Place(stage, kind, lane, Days.WORKDAY)


def test_one_limit_of_a_stage_is_another_and_all_else_as_it_was() -> None:
    book = RuleBookFile()
    tree = with_limit(book, place(Stage.PICKING, Kind.NOT_STARTED), 0.75 * HOUR, HOUR)
    assert tree == {
        "stages": {
            "picking": {
                "limits": [{"when": "not_started", "after": "1h"}, {"when": "not_completed", "after": "2h"}]
            }
        }
    }
    changed = parse_rule_book(tree).compile(1).default.stages
    before = book.compile(1).default.stages
    assert [stage for stage in Stage if changed[stage] != before[stage]] == [Stage.PICKING]


def test_a_limit_of_a_lane_is_changed_there_alone() -> None:
    book = parse_rule_book(LANES)
    tree = with_limit(book, place(Stage.PICKING, Kind.NOT_STARTED, "618"), 1.5 * HOUR, 2 * HOUR)
    changed = parse_rule_book(tree).compile(1)
    assert changed.default == book.compile(1).default
    assert changed.lanes[1].plan.stages[Stage.PICKING].limits[0].after == 2 * HOUR
    assert changed.max_age == 20 * HOUR
    inherited = with_limit(book, place(Stage.PACKING, Kind.NOT_COMPLETED, "other"), 1.5 * HOUR, HOUR)
    assert parse_rule_book(inherited).compile(1).lanes[0].plan.stages[Stage.PACKING].limits[0].after == HOUR


def test_what_is_not_in_the_rules_any_more_cannot_be_changed() -> None:
    with pytest.raises(GoneError):
        with_limit(RuleBookFile(), place(Stage.PICKING, Kind.NOT_STARTED, "618"), HOUR, 2 * HOUR)
    with pytest.raises(GoneError):
        with_limit(RuleBookFile(), place(Stage.PICKING, Kind.NOT_STARTED), HOUR, 2 * HOUR)


def test_the_factor_of_holidays_is_another() -> None:
    tree = with_factor(parse_rule_book(LANES), 2.1)
    assert parse_rule_book(tree).holiday_factor == 2.1
    assert tree["max_age"] == "20h"
