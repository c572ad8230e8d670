"""Two people have changed the same rules: nothing that only one of them changed is lost."""

from typing import Any

from rules.bookmerge import merged

LANE, OTHER = {"name": "618", "skip": ["payment"]}, {"name": "vip"}
BASE: dict[str, Any] = {"max_age": "30h", "stages": {"picking": {"normal": "20m"}}, "lanes": [LANE]}


def test_what_one_of_them_changed_is_as_they_left_it() -> None:
    mine = {**BASE, "max_age": "40h", "lanes": [LANE, OTHER]}
    theirs = {**BASE, "stages": {"picking": {"normal": "25m"}, "packing": {"normal": "50m"}}}
    assert merged(BASE, mine, theirs) == (
        {"max_age": "40h", "stages": theirs["stages"], "lanes": [LANE, OTHER]},
        [],
    )


def test_what_one_of_them_took_away_is_gone() -> None:
    assert merged(BASE, {"lanes": [LANE]}, {**BASE, "holiday_factor": 2.0}) == (
        {"holiday_factor": 2.0, "lanes": [LANE]},
        [],
    )
    assert merged(BASE, BASE, {"max_age": "30h"}) == ({"max_age": "30h"}, [])


def test_where_both_changed_the_same_mine_stands_and_it_is_told() -> None:
    mine, theirs = {**BASE, "max_age": "40h"}, {**BASE, "max_age": "50h"}
    assert merged(BASE, mine, theirs) == (mine, ["max_age"])


def test_both_lanes_are_there_and_a_lane_that_both_changed_has_both_changes() -> None:
    mine = {"lanes": [{**LANE, "group": "hz"}, OTHER]}
    theirs = {"lanes": [{"name": "new"}, {**LANE, "priority": "P1"}]}
    assert merged({"lanes": [LANE]}, mine, theirs) == (
        {"lanes": [{"name": "new"}, {**LANE, "priority": "P1", "group": "hz"}, OTHER]},
        [],
    )
