"""What people and spreadsheets write is understood, or refused with a mend; nothing is guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.imports.cells import CellError, fen, moment, plain, tags, whole, word

SHANGHAI, SAO_PAULO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    "text",
    [
        "2025-12-22 13:20:05",
        "2025-12-22T13:20:05",
        "2025/12/22 13:20:05",
        "2025.12.22 13:20:05",
        "2025-12-22 05:20:05Z",
        "2025-12-22 02:20:05-03:00",
        "2025-12-22T13:20:05.000+0800",
    ],
)
def test_a_time_is_read_however_it_is_written(text: str) -> None:
    assert moment(text, SHANGHAI) == datetime(2025, 12, 22, 5, 20, 5, tzinfo=UTC)


def test_what_a_time_leaves_out_is_zero() -> None:
    assert moment("2025/1/2 9:05", SHANGHAI) == datetime(2025, 1, 2, 1, 5, tzinfo=UTC)
    assert moment("2025/1/2", SHANGHAI) == datetime(2025, 1, 1, 16, 0, tzinfo=UTC)


def test_of_an_hour_that_the_clocks_showed_twice_the_first_counts() -> None:
    assert moment("2017-02-18 23:30", SAO_PAULO) == datetime(2017, 2, 19, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("昨天", "不是时间"),
        ("45649.55", "在 Excel 里把这一列设为"),
        ("2025-12/22 13:20", "不是时间"),
        ("2025-02-30 13:20", "没有这样的日期"),
        ("2025-12-22 25:20", "没有这样的日期"),
        ("1900-01-01 00:00", "年份应在 2000 到 2199 之间"),
        ("2017-10-15 00:30", "那天拨快了"),
    ],
)
def test_what_is_no_time_is_refused_with_the_mend(text: str, why: str) -> None:
    with pytest.raises(CellError, match=why):
        moment(text, SAO_PAULO)


@pytest.mark.parametrize(("text", "amount"), [("186.90", 18690), ("1,299", 129900), ("¥ 0.5", 50)])
def test_an_amount_is_exact(text: str, amount: int) -> None:
    assert fen(text) == amount


@pytest.mark.parametrize("text", ["1.005", "-3", "12,99", "免费"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        fen(text)


@pytest.mark.parametrize(
    ("cell", "text"),
    [("\t007 ", "007"), ('="4705288465508532862"', "4705288465508532862"), ("'0012", "0012")],
)
def test_a_number_stays_the_text_it_is(cell: str, text: str) -> None:
    assert word(plain(cell)) == text


def test_a_number_that_excel_has_spoilt_is_refused() -> None:
    with pytest.raises(CellError, match="科学计数"):
        word("4.70529E+18")
    assert word("2E5") == "2E5"


def test_a_count_is_a_whole_number() -> None:
    assert whole("3") == 3
    with pytest.raises(CellError, match="不是整数"):
        whole("3.5")


def test_tags_are_told_apart_by_any_usual_mark() -> None:
    assert tags("会员,618；预售| 会员") == ["会员", "618", "预售"]
