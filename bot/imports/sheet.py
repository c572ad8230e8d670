"""How is a CSV file read? Its encoding found, its columns checked against the map, its rows one by one."""

import csv
import difflib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.imports.cells import plain
from bot.imports.mapfile import EVERY_OTHER, MapFile

CHUNK = 1 << 20
LONGEST_CELL = 1 << 17
OUR_OWN = ("错误行号", "错误列", "错误原因")
"""The columns that we put before the rows of an error file; a mended one can be imported as it is."""
WHOLE_ROW = "整行"


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

    def records(self) -> Iterator[Record]:
        """The rows below the header; blank ones are left out but counted. Raises SheetError."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = _rows(file, self.delimiter)
            next(rows)
            for number, cells in enumerate(rows, start=2):
                if isinstance(cells, str):
                    yield Record(number, (), cells)
                elif any(cell and not cell.isspace() for cell in cells):
                    yield self._record(number, cells)

    def _record(self, number: int, cells: list[str]) -> Record:
        width = len(self.header)
        if len(cells) == width:
            return Record(number, cells)
        if any(cells[width:]) or len(cells) < width:
            return Record(
                number, cells, f"有 {len(cells)} 格，表头有 {width} 列；里面有逗号的格要用英文双引号括起来"
            )
        return Record(number, cells[:width])


def open_sheet(path: Path, plan: MapFile) -> Sheet:
    """Look at a file before its rows are read. Raises SheetError."""
    try:
        encoding = _encoding(path, plan.encoding)
        with path.open(encoding=encoding, newline="") as file:
            header = next(_rows(file, plan.delimiter), list[str]())
    except OSError as error:
        raise SheetError(f"读不了：{error.strerror}") from None
    if isinstance(header, str):
        raise SheetError(f"第 1 行是表头，读不了：{header}")
    sheet = Sheet(path, encoding, plan.delimiter, tuple(plain(name) for name in header))
    faults = list(_column_faults(sheet.header, plan))
    if faults:
        raise SheetError(*faults)
    return sheet


def _rows(file: Iterator[str], delimiter: str) -> Iterator[list[str] | str]:
    """The rows of a file; in place of one that cannot be read, what is wrong with it."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise SheetError(
                f"第 {line} 行附近不是 {error.encoding} 编码的文字；在映射里改 encoding"
            ) from None
        except csv.Error as error:
            if "expected after" not in str(error):
                raise SheetError(
                    f"从文件第 {line} 行起，有一个英文双引号没有配对，后面的行都被当成了一格；补上或删掉它"
                ) from None
            yield '有一个英文双引号放错了地方；格里的双引号要写两遍 ("")'


def _encoding(path: Path, wanted: str) -> str:
    """The encoding of a file: the one the map says, else UTF-8 where it is valid, else GB18030."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK"):
        raise SheetError("这是 Excel 工作簿，不是 CSV；在 Excel 里另存为“CSV UTF-8（逗号分隔）”")
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise SheetError("这是 UTF-16 编码的文件；在 Excel 里另存为“CSV UTF-8（逗号分隔）”")
    utf_8 = "utf-8-sig" if start.startswith(BOM_UTF8) else "utf-8"
    if wanted != "auto":
        return utf_8 if wanted == "utf-8" else wanted
    for encoding in (utf_8, "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise SheetError("既不是 UTF-8 也不是 GB18030 编码的文字；在 Excel 里另存为“CSV UTF-8（逗号分隔）”")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _column_faults(header: Sequence[str], plan: MapFile) -> Iterator[str]:
    if not any(header):
        yield "是空的；第 1 行要是表头"
        return
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        yield f"表头里有两列都叫“{name}”；改掉一个"
    wanted = {column: path for path, column in reversed(list(plan.columns()))}
    for column, path in wanted.items():
        if column not in header:
            yield _missing(column, ".".join(str(part) for part in path), header)
    if plan.ignore == EVERY_OTHER:
        return
    known = {*wanted, *plan.ignore, *OUR_OWN, ""}
    for name in header:
        if name not in known:
            yield f"有一列“{name}”映射没有提到；用不着就写进 ignore"


def _missing(column: str, path: str, header: Sequence[str]) -> str:
    near = difflib.get_close_matches(column, header, n=1)
    mend = f"是不是“{near[0]}”？" if near else f"文件里有：{'、'.join(name for name in header if name)}"
    return f"没有“{column}”这一列（映射的 {path}）；{mend}"
