"""How is a CSV file read, and its faulty rows given back? Encoding found, columns checked, rows one by one."""

import csv
import difflib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from bot.imports.cells import plain
from bot.imports.mapfile import MapFile

ENCODINGS = ("utf-8-sig", "gb18030")
"""In the order in which they are tried; the first one reads UTF-8 without a mark, too."""
LONGEST_CELL = 1 << 17
OUR_OWN = ("错误行号", "错误列", "错误原因")
"""The columns that stand before those of a faulty row; once mended, it can be imported as it is."""


class SheetError(Exception):
    """A file that cannot be used at all; the message says why and the mend."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `number` is the one that a spreadsheet shows; the header is row 1."""

    number: int
    cells: Sequence[str]
    fault: str | None = None
    """Why the row as a whole cannot be used."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose encoding and columns are known."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: int = 0
    """How many are below the header."""

    def records(self) -> Iterator[Record]:
        """The rows below the header; blank ones are left out but counted. Raises SheetError."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = _rows(file, self.delimiter)
            next(rows)
            for number, cells in enumerate(rows, start=2):
                if isinstance(cells, str):
                    yield Record(number, (), cells)
                elif any(cell.strip() for cell in cells):
                    yield Record(number, cells, self._misfit(cells))

    def _misfit(self, cells: Sequence[str]) -> str | None:
        width = len(self.header)
        if len(cells) < width or any(cells[width:]):
            return f"有 {len(cells)} 格，表头有 {width} 列；里面有逗号的格要用英文双引号括起来"
        return None

    def write_faulty(self, path: Path, faults: Mapping[int, tuple[str, str]]) -> None:
        """Write the rows with these numbers, and of each the column at fault and the reason, as a file of the same kind.

        Raises OSError.
        """
        kept = [place for place, name in enumerate(self.header) if name not in OUR_OWN]
        with path.open("w", encoding=self.encoding, newline="") as file:
            writer = csv.writer(file, delimiter=self.delimiter)
            writer.writerow([*OUR_OWN, *(self.header[place] for place in kept)])
            for record in self.records():
                if record.number in faults:
                    cells = [record.cells[place] for place in kept if place < len(record.cells)]
                    writer.writerow([record.number, *faults[record.number], *cells])


def open_sheet(path: Path, plan: MapFile) -> Sheet:
    """Look at a file before its rows are read. Raises SheetError."""
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            header = next(_rows(file, plan.delimiter), list[str]())
    except OSError as error:
        raise SheetError(f"{path}：读不了（{error.strerror}）") from None
    if isinstance(header, str):
        raise SheetError(f"{path}：第 1 行应是表头，{header}")
    sheet = Sheet(path, encoding, plan.delimiter, tuple(plain(name) for name in header))
    faults = [f"{path}：{fault}" for fault in _header_faults(sheet.header, plan)]
    if faults:
        raise SheetError(*faults)
    return replace(sheet, rows=sum(1 for _ in sheet.records()))


def _rows(file: TextIO, delimiter: str) -> Iterator[list[str] | str]:
    """The rows of a file; in place of one that cannot be read, what is wrong with it."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                raise SheetError(
                    f"{file.name}：从第 {line} 行起，有一个英文双引号没有配对；补上或删掉它"
                ) from None
            yield '有一个英文双引号放错了地方；格里的双引号要写两遍（""）'


def _encoding(path: Path) -> str:
    """How the file is encoded. Raises SheetError, OSError."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise SheetError(f"{path}：这是 Excel 工作簿，不是 CSV；在 Excel 里另存为“CSV UTF-8（逗号分隔）”")
    if not start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        for encoding in ENCODINGS:
            if _decodes(path, encoding):
                return encoding
    raise SheetError(
        f"{path}：既不是 UTF-8 也不是 GB18030（GBK）编码；在 Excel 里另存为“CSV UTF-8（逗号分隔）”"
    )


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _header_faults(header: Sequence[str], plan: MapFile) -> Iterator[str]:
    if not any(header):
        yield "是空的；第 1 行应是表头"
        return
    missing = [column for column in plan.columns() if column not in header]
    for column in missing:
        near = difflib.get_close_matches(column, header, n=1)
        yield f"没有映射要的“{column}”这一列" + (f"；是不是“{near[0]}”？" if near else "")
    if missing:
        yield f"表头里有：{'、'.join(name for name in header if name)}"
    for column in plan.columns():
        if header.count(column) > 1:
            yield f"表头里有两列都叫“{column}”；改掉一个"
