"""What does the text of a cell mean? Times, amounts and numbers as people and spreadsheets write them.

What cannot be read, or was spoilt on its way through a spreadsheet, is refused with the way to mend it.
"""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from bot.sources.cloudevents import EARLIEST_YEAR, LATEST_YEAR
from rules.instants import instant

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+\d+")
_TIME = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,9})?)?)? ?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_AMOUNT = re.compile(r"[¥￥]? ?(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?", re.ASCII)
_BETWEEN_TAGS = re.compile(r"[,，;；|、]")


class CellError(ValueError):
    """A cell that cannot be used; the message says what is wrong and the mend."""


def plain(cell: str) -> str:
    """The text of a cell without what exports put around it: blanks, tabs, an apostrophe, `="…"`."""
    text = cell.strip()
    formula = _FORMULA.fullmatch(text)
    return (formula[1] if formula else text.removeprefix("'")).strip()


def word(text: str) -> str:
    """A name or a number, which is kept as text: `007` and 19 digits stay what they are."""
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(
            f"{text} 是 Excel 写成科学计数的长号码，原来的数字已经丢了；把这一列设为“文本”格式后重新导出"
        )
    return text


def whole(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"\d{1,15}", text, re.ASCII):
        raise CellError(f"“{text}”不是整数")
    return int(text)


def fen(text: str) -> int:
    """An amount in yuan, exactly in fen."""
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise CellError(f"“{text}”不是金额；写成 186.90 这样的数")
    amount = 100 * Decimal(match[1].replace(",", "") + (match[2] or ""))
    if amount != int(amount):
        raise CellError(f"“{text}”：元最多有两位小数")
    return int(amount)


def tags(text: str) -> list[str]:
    """The parts of a list, each once; they stand between commas, semicolons or bars."""
    return list(dict.fromkeys(part.strip() for part in _BETWEEN_TAGS.split(text) if part.strip()))


def moment(text: str, zone: tzinfo) -> datetime:
    """A point in time. Without an offset it is what the clocks of `zone` showed, the first time they did.

    A day alone is its beginning.
    """
    match = _TIME.fullmatch(text)
    if not match:
        raise CellError(
            f"“{text}”不是时间；写成 2025-12-22 13:20:05 或 2025-12-22T13:20:05+08:00"
            "（在 Excel 里把这一列设为 yyyy-mm-dd hh:mm:ss 格式再导出）"
        )
    year, _, month, day, hour, minute, second, fraction, offset = match.groups()
    written = (
        f"{year}-{month:0>2}-{day:0>2}T{hour or '0':0>2}:{minute or '00'}:{second or '00'}{fraction or ''}"
    )
    try:
        at = datetime.fromisoformat(written + (offset or ""))
    except ValueError:
        raise CellError(f"“{text}”：没有这样的日期、时刻或时差") from None
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise CellError(f"“{text}”：年份应在 {EARLIEST_YEAR} 到 {LATEST_YEAR} 之间")
    return instant(at if at.tzinfo else _on_clock(at, zone))


def _on_clock(shown: datetime, zone: tzinfo) -> datetime:
    at = shown.replace(tzinfo=zone)
    if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != shown:
        raise CellError(f"“{shown}”：{zone} 的钟那天拨快了，没有这个时刻；改正它，或在时间后面写上时差")
    return at
