"""What does the text of a cell mean? Numbers, times and amounts as people and spreadsheets write them.

What cannot be read, or was spoilt on its way through a spreadsheet, is refused with the way to mend it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from bot.imports.mapfile import Unit
from bot.sources.cloudevents import EARLIEST_YEAR, LATEST_YEAR, MAX_NUMBER
from handlers.messages import TRACKING
from rules.instants import instant

MOST_FEN = 10**15
MAX_WORD, MAX_NOTE = 200, 2000
EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number and writes zeros for the others."""

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+?\d+")
_ROUNDED = re.compile(rf"[1-9]\d{{{EXACT_DIGITS - 1}}}0{{3,}}")
_TIME = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_AMOUNT = re.compile(r"[¥￥]?\s*(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class CellError(ValueError):
    """A cell that cannot be used; the message says what is wrong and the mend."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was read. `twice` when the clocks showed it twice that night; then it is the first."""

    at: datetime
    twice: bool


def plain(cell: str) -> str:
    """The text of a cell without what exports put around it: blanks, tabs, `="…"`."""
    text = cell.strip()
    formula = _FORMULA.fullmatch(text) if text.startswith("=") else None
    return formula[1].strip() if formula else text


def number(text: str) -> str:
    """An order number or the like, kept as the text it is; an apostrophe before it only said so."""
    text = text.removeprefix("'")
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(
            f"{text} 是 Excel 把长数字写成的科学计数，原来的号码已经丢了；把这一列设为“文本”格式后重新导出"
        )
    if _CONTROL.search(text):
        raise CellError("里面有换行或控制字符；去掉后再导入")
    if len(text) > MAX_NUMBER:
        raise CellError(f"有 {len(text)} 个字符，最多 {MAX_NUMBER} 个；是不是列对错了？")
    return text


def order_number(text: str) -> str:
    """The number of an order."""
    known = number(text)
    if not known:
        raise CellError("没有订单号；补上，或删掉这一行")
    if known.startswith(TRACKING):
        raise CellError(f"订单号不能以 {TRACKING} 开头；这里要填订单号，不是运单号")
    return known


def looks_rounded(text: str) -> bool:
    """Whether a long number ends in the zeros that a spreadsheet puts in place of digits it cannot keep."""
    return _ROUNDED.fullmatch(text) is not None


def word(text: str, longest: int = MAX_WORD) -> str:
    """A short text."""
    if len(text) > longest:
        raise CellError(f"有 {len(text)} 个字符，最多 {longest} 个；缩短它，或看看列是不是对错了")
    return text


def note(text: str) -> str:
    """A remark."""
    return word(text, MAX_NOTE)


def whole(text: str) -> int:
    """How many; from 1 on."""
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= 1000:
        raise CellError(f"{_quoted(text)} 不是 1 到 1000 的整数")
    return int(text)


def fen(text: str, unit: Unit) -> int:
    """An amount in fen, exact."""
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise CellError(f"{_quoted(text)} 不是金额；写成 186.90 这样的数")
    amount = Decimal(match[1].replace(",", "") + (match[2] or ""))
    exact = amount * 100 if unit is Unit.YUAN else amount
    if exact != exact.to_integral_value():
        mend = "元最多两位小数" if unit is Unit.YUAN else "分没有小数；如果这一列是元，映射里写 unit: yuan"
        raise CellError(f"{_quoted(text)}：{mend}")
    if exact > MOST_FEN:
        raise CellError(f"{_quoted(text)} 太大了；看看列和单位是不是对错了")
    return int(exact)


def tags(text: str, separator: str) -> list[str]:
    """The parts of a list, blanks and repeats left out."""
    parts = dict.fromkeys(word(part.strip()) for part in text.split(separator) if part.strip())
    if len(parts) > 100:
        raise CellError(f"有 {len(parts)} 个标签，最多 100 个")
    return list(parts)


def moment(text: str, zone: tzinfo) -> Moment:
    """A point in time; without an offset it is what the clocks of `zone` showed."""
    match = _TIME.fullmatch(text)
    if not match:
        raise CellError(_why_no_time(text))
    year, _, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        naive = datetime(  # noqa: DTZ001 -- its zone follows
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        )
    except ValueError:
        raise CellError(f"{_quoted(text)}：没有这样的日期或时刻") from None
    if not EARLIEST_YEAR <= naive.year <= LATEST_YEAR:
        raise CellError(f"{_quoted(text)}：年份应在 {EARLIEST_YEAR} 到 {LATEST_YEAR} 之间")
    naive = naive.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    return Moment(_with_offset(naive, offset, text), twice=False) if offset else _on_clock(naive, zone, text)


def _with_offset(naive: datetime, offset: str, text: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(naive.isoformat() + offset))
    except ValueError:
        raise CellError(f"{_quoted(text)}：没有这样的时差；写成 +08:00 这样") from None


def _on_clock(naive: datetime, zone: tzinfo, text: str) -> Moment:
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    at = instant(first)
    if first.utcoffset() == second.utcoffset():
        return Moment(at, twice=False)
    if at.astimezone(zone).replace(tzinfo=None) != naive:
        raise CellError(f"{_quoted(text)}：{zone} 的钟那天拨快了，没有这个时刻；改正它，或在时间后面写上时差")
    return Moment(at, twice=True)


def _why_no_time(text: str) -> str:
    if _DAY.fullmatch(text):
        return f"{_quoted(text)} 只有日期，没有时刻；写成 2025-12-22 13:20"
    if _SERIAL.fullmatch(text):
        return f"{_quoted(text)} 是 Excel 内部的日期数字；把这一列设为日期时间格式 yyyy-mm-dd hh:mm:ss 后重新导出"
    return (
        f"{_quoted(text)} 不是时间；写成 2025-12-22 13:20:05、2025/12/22 13:20 或 2025-12-22T13:20:05+08:00"
    )


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"
