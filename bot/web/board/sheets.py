"""How does a list become a file that opens right in a spreadsheet, and in which nothing is taken for a formula?

What begins like a formula, in either width, gets a single quote in front; so does, in CSV alone, what a spreadsheet
would take for a number or a day and write in another way. Taking one quote away where one of these follows gives the
text back. https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import xlsxwriter

from bot.web.board.cells import Cell

BOM = "\ufeff"
"""Excel takes a file without it for one in the code page of the machine."""
LONGEST_CELL = 32_767
"""Characters of a cell in Excel."""
OLDEST_YEAR = 1900
"""Excel has no days before."""
HEAD_ROW = 0
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
_FORMULA = re.compile(r"'*[\s\u200b-\u200f\ufeff]*(?:[=+\-@＝＋－＠﹣﹢﹦﹫\t\r\n]|<r>)")
"""What a spreadsheet may take for a formula, and the writer of workbooks for markup."""
_HARMLESS = re.compile(r"[A-Za-z\u4e00-\u9fff][\w.,:/ +，。、；：（）-]*")
"""Begins with a letter, and goes on without anything that would have to be looked at."""
_OTHERWISE = re.compile(r"'*(?:0\d+|\d{12,}|\d+[eE]\d+|\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?)$", re.ASCII)
"""What it would write in another way: leading zeros, long numbers, powers of ten, days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A small table on a sheet of its own, beside the list."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[int] = ()
    in_front: bool = False
    """Whether the file opens with it."""


def clean(text: str) -> str:
    """The text as files can hold it: lines end with LF, and what XML cannot hold is U+FFFD."""
    return _BROKEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def guarded(text: str) -> str:
    """The text, with a single quote in front where it could be taken for a formula."""
    if _HARMLESS.fullmatch(text):
        return text
    cleaned = clean(text)
    return f"'{cleaned}" if _FORMULA.match(cleaned) else cleaned


# --- CSV -------------------------------------------------------------------------


def csv_of(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a CSV file: RFC 4180, UTF-8, each ended with CRLF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_in_csv(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _in_csv(cell: Cell) -> str | int:
    match cell:
        case str():
            safe = guarded(cell)
            return f"'{safe}" if _OTHERWISE.match(safe) else safe
        case datetime():
            return _stamp(cell)
        case Decimal():
            return f"{cell:f}"
        case None:
            return ""
        case _:
            return cell


def _stamp(at: datetime) -> str:
    """`2026-03-02 10:00:05`, which Excel reads as a time."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


# --- XLSX ------------------------------------------------------------------------


class Workbook:
    """An XLSX file that is written row by row in little memory. Everything here takes long: call it in a thread."""

    def __init__(self, folder: Path, title: str, head: Sequence[str], widths: Sequence[int]) -> None:
        """Begin in a folder of its own, which also takes the writer's notes."""
        self.path = folder / "list.xlsx"
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(folder),
        }
        self._book: Any = cast(Any, xlsxwriter).Workbook(str(self.path), options)
        self._bold = self._book.add_format({"bold": True, "bg_color": "#F2F4F7", "bottom": 1})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._money = self._book.add_format({"num_format": "0.00"})
        self._sheet = self._begin(title, head, widths)
        self._columns = len(head)
        self.rows = 0

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Further rows of the list."""
        for row in rows:
            self.rows += 1
            self._write_row(self._sheet, self.rows, row)

    def finish(self, *sheets: Sheet) -> Path:
        """The whole file, with these sheets behind the list."""
        self._sheet.autofilter(HEAD_ROW, 0, self.rows, self._columns - 1)
        for sheet in sheets:
            beside = self._begin(sheet.title, sheet.head, sheet.widths)
            for number, row in enumerate(sheet.rows, HEAD_ROW + 1):
                self._write_row(beside, number, row)
            if sheet.in_front:
                beside.activate()
        self._book.close()
        return self.path

    def _begin(self, title: str, head: Sequence[str], widths: Sequence[int]) -> Any:
        sheet = self._book.add_worksheet(title)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        for column, name in enumerate(head):
            sheet.write_string(HEAD_ROW, column, guarded(name), self._bold)
        return sheet

    def _write_row(self, sheet: Any, row: int, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            match cell:
                case None | "":
                    continue
                case datetime() if cell.year >= OLDEST_YEAR:
                    sheet.write_datetime(row, column, cell.replace(tzinfo=None), self._time)
                case datetime():
                    sheet.write_string(row, column, _stamp(cell))
                case Decimal():
                    sheet.write_number(row, column, float(cell), self._money)
                case int():
                    sheet.write_number(row, column, cell)
                case _:
                    sheet.write_string(row, column, _shortened(guarded(cell)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
