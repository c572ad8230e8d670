"""What stands in a cell of a list? One value for the screen, the CSV and the workbook: columns are declared once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType, NoneType
from typing import Generic, NamedTuple, TypeVar, cast

from replies.labels import label
from replies.words import Text, Words

Row = TypeVar("Row")
FEN = Decimal("0.01")


class Person(NamedTuple):
    """Somebody of the team, whose name the roster knows."""

    userid: str


class Word(NamedTuple):
    """Something that the words of the page say, with what is filled in."""

    key: str
    values: Mapping[str, object] = MappingProxyType({})


Value = str | int | Decimal | datetime | StrEnum | Person | Word | Text | None
"""What a column takes from a row; a bool is said as yes or no."""
Cell = str | int | Decimal | datetime | None
"""What stands there, in the reader's language; times are aware, in the merchant's zone, and whole seconds."""

_AS_THEY_ARE = frozenset({str, int, Decimal, NoneType})


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column of a list: `key` names it in the words of its page, `width` is in characters of a spreadsheet."""

    key: str
    value: Callable[[Row], Value]
    width: int = 16


@dataclass(frozen=True, slots=True)
class Tongue:
    """Says values to one reader."""

    words: Words
    """Those of the page."""
    name: Callable[[str], str]
    """What the roster calls somebody."""

    def cell(self, value: Value) -> Cell:
        """A value as it is shown. Raises KeyError for an enumeration without names."""
        if type(value) in _AS_THEY_ARE:
            return cast(Cell, value)
        match value:
            case StrEnum():
                return label(value, self.words.language)
            case Person(userid):
                return self.name(userid)
            case Word(key, values):
                return self.words(key, **values)
            case Text():
                return value.said(self.words.language)
            case bool():
                return self.words("yes" if value else "no")
            case datetime():
                return value.replace(microsecond=0) if value.microsecond else value
            case _:
                return value

    def cells(self, columns: Iterable[Column[Row]], row: Row) -> dict[str, Cell]:
        """A row, by the keys of the columns."""
        return {column.key: self.cell(column.value(row)) for column in columns}

    def line(self, columns: Iterable[Column[Row]], row: Row) -> list[Cell]:
        """The same, in the order of the columns."""
        return [self.cell(column.value(row)) for column in columns]


def yuan(fen: int | None) -> Decimal | None:
    """An amount in yuan, with two decimals."""
    return None if fen is None else (Decimal(fen) / 100).quantize(FEN)


def person(userid: str | None) -> Person | None:
    """Somebody, or nobody."""
    return None if not userid else Person(userid)
