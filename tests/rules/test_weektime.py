"""How are days and hours of a week written?"""

import pytest

from rules.calendar import Block
from rules.weektime import parse_block, parse_clock, parse_days
from tests.builders import HOUR, MINUTE


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6)),
        ("sat,sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("sun-sat", (6, 0, 1, 2, 3, 4, 5)),
        ("tue-tue", (1,)),
        ("Mon - Wed , SAT", (0, 1, 2, 5)),
    ],
)
def test_days_are_single_ones_and_stretches_also_over_sunday(text: str, days: tuple[int, ...]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "-fri", "mon,", "1", "周一", "mon-fri-sun"])
def test_what_are_no_days_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="such as mon, mon-fri or sat,sun"):
        parse_days(text)


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:00", 0), ("9:05", 545), (" 09:05 ", 545), ("23:59", 1439), ("24:00", 1440)]
)
def test_a_time_of_day_is_a_distance_from_midnight(text: str, minutes: int) -> None:
    assert parse_clock(text) == minutes * MINUTE


@pytest.mark.parametrize(
    "text", ["", "9", "09:5", "09:60", "24:01", "25:00", "-1:00", "09:00:00", "９:00", "9am"]
)
def test_what_is_no_time_of_day_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="between 00:00 and 24:00"):
        parse_clock(text)


@pytest.mark.parametrize("over_midnight", [False, True])
@pytest.mark.parametrize(
    ("text", "block"),
    [("09:00-18:00", Block(9 * HOUR, 18 * HOUR)), ("00:00 - 24:00", Block(0 * HOUR, 24 * HOUR))],
)
def test_a_block_lies_within_a_day(text: str, block: Block, over_midnight: bool) -> None:
    assert parse_block(text, over_midnight=over_midnight) == (block,)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("23:00-07:00", (Block(0 * HOUR, 7 * HOUR), Block(23 * HOUR, 24 * HOUR))),
        ("23:00-00:00", (Block(23 * HOUR, 24 * HOUR),)),
        ("24:00-07:00", (Block(0 * HOUR, 7 * HOUR),)),
    ],
)
def test_a_block_over_midnight_is_two_of_a_day(text: str, blocks: tuple[Block, ...]) -> None:
    assert parse_block(text, over_midnight=True) == blocks
    with pytest.raises(ValueError, match="split a block at midnight"):
        parse_block(text, over_midnight=False)


@pytest.mark.parametrize("over_midnight", [False, True])
@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("09:00", "such as"),
        ("09:00–18:00", "such as"),
        ("09:00-09:00", "the end must be after the start"),
        ("09:00-18:00-19:00", "between 00:00 and 24:00"),
        ("-18:00", "between 00:00 and 24:00"),
    ],
)
def test_what_is_no_block_is_refused_with_the_mend(text: str, mend: str, over_midnight: bool) -> None:
    with pytest.raises(ValueError, match=mend):
        parse_block(text, over_midnight=over_midnight)
