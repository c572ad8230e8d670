"""A lane for each promotion: sound, for the next time it comes, under a name that is free."""

from datetime import datetime

import pytest

from rules.bookfile import parse_rule_book
from rules.booklint import lint
from rules.calendar import SHANGHAI
from rules.promotions import Promotion, lane_of
from rules.roster import Roster

NOW = datetime.fromisoformat("2026-06-18T10:00+08:00")


@pytest.mark.parametrize(
    ("promotion", "now", "start", "end"),
    [
        (Promotion.JUNE, NOW, "2026-06-17T20:00:00+08:00", "2026-06-19T00:00:00+08:00"),
        (Promotion.JUNE, NOW.replace(month=7), "2027-06-17T20:00:00+08:00", "2027-06-19T00:00:00+08:00"),
        (Promotion.NOVEMBER, NOW, "2026-10-31T20:00:00+08:00", "2026-11-12T00:00:00+08:00"),
    ],
)
def test_it_is_for_the_next_time(promotion: Promotion, now: datetime, start: str, end: str) -> None:
    lane = lane_of(promotion, [], now, SHANGHAI)
    assert (lane["from"], lane["to"]) == (start, end)
    assert lint(parse_rule_book({"lanes": [lane]}), Roster(members={}), now) == []


def test_its_name_is_free() -> None:
    assert lane_of(Promotion.JUNE, ["618 大促", "618 大促 2"], NOW, SHANGHAI)["name"] == "618 大促 3"
    assert lane_of(Promotion.EMPTY, [], NOW, SHANGHAI) == {"name": "新通道"}
