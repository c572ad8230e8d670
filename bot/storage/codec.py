"""How does a frozen dataclass become a row, and a row a dataclass?"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Generic, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bot.storage.connection import Row, Table, Type, Value
from rules.events import OrderKey, OrderNo, Shop
from rules.instants import from_ms, to_ms
from rules.reasons import Reason, Verdict

Record = TypeVar("Record")

ORDER = {"shop": Type.TEXT, "order_no": Type.TEXT}
"""The columns that name an order."""


def order_of(row: Row) -> OrderKey:
    """The order that a row is about."""
    return OrderKey(Shop(row["shop"]), OrderNo(row["order_no"]))


@dataclass(frozen=True, slots=True)
class _Field:
    """The columns of one field, and the way there and back. None stands for itself."""

    columns: Mapping[str, Type]
    encode: Callable[[Any], tuple[Value, ...]]
    decode: Callable[..., Any]


class RowCodec(Generic[Record]):
    """The rows of one dataclass. `rename` gives columns whose names differ from their fields'."""

    def __init__(
        self, record: type[Record], table: str, key: tuple[str, ...], rename: Mapping[str, str] | None = None
    ) -> None:
        hints = get_type_hints(record)
        names = rename or {}
        self._record = record
        self._fields = {
            field.name: _field_for(names.get(field.name, field.name), hints[field.name])
            for field in dataclasses.fields(cast(Any, record))
        }
        alone = {name: field for name, field in self._fields.items() if len(field.columns) == 1}
        self._alone = {name: column for name, field in alone.items() for column in field.columns}
        self._decoded = [(name, field.decode) for name, field in alone.items() if field.decode is not _same]
        self._together = {name: field for name, field in self._fields.items() if len(field.columns) > 1}
        columns = {name: kind for field in self._fields.values() for name, kind in field.columns.items()}
        self.table = Table(table, columns, key)
        self.columns = ", ".join(columns)

    def rows(self, records: Iterable[Record]) -> list[tuple[Value, ...]]:
        """Records as rows, in the order of the table's columns."""
        return [self.row(record) for record in records]

    def row(self, record: Record) -> tuple[Value, ...]:
        """A record as a row."""
        values: list[Value] = []
        for name, field in self._fields.items():
            value = getattr(record, name)
            values += [None] * len(field.columns) if value is None else field.encode(value)
        return tuple(values)

    def record(self, row: Row) -> Record:
        """A row as a record."""
        values: dict[str, Any] = dict(
            zip(self._alone, map(row.__getitem__, self._alone.values()), strict=True)
        )
        for name, decode in self._decoded:
            value = values[name]
            if value is not None:
                values[name] = decode(value)
        for name, field in self._together.items():
            parts = [row[column] for column in field.columns]
            values[name] = None if parts[0] is None else field.decode(*parts)
        return self._record(**values)


def _field_for(name: str, hint: Any) -> _Field:
    bare = _without_none(hint)
    if bare is OrderKey:
        return _Field(ORDER, tuple, _order_key)
    if bare is Verdict:
        return _Field({name: Type.TEXT, f"{name}_text": Type.TEXT}, _verdict_columns, _verdict)
    kind, encode, decode = _simple(bare)
    return _Field({name: kind}, lambda value: (encode(value),), decode)


def _simple(hint: Any) -> tuple[Type, Callable[[Any], Value], Callable[[Any], Any]]:
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    if get_origin(hint) is not None:
        return Type.TEXT, _to_json, json.loads
    if issubclass(hint, StrEnum):
        return Type.TEXT, str, {one.value: one for one in hint}.__getitem__
    return _SIMPLE[hint]


def _same(value: Any) -> Any:
    return value


def _to_json(value: Mapping[str, str]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)


_SIMPLE: Mapping[type, tuple[Type, Callable[[Any], Value], Callable[[Any], Any]]] = {
    str: (Type.TEXT, _same, _same),
    int: (Type.BIGINT, _same, _same),
    bool: (Type.BOOLEAN, _same, bool),
    bytes: (Type.BYTES, _same, bytes),
    datetime: (Type.BIGINT, to_ms, from_ms),
}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, UnionType}:
        return hint
    (bare,) = (part for part in get_args(hint) if part is not NoneType)
    return bare


def _order_key(shop: str, order_no: str) -> OrderKey:
    return OrderKey(Shop(shop), OrderNo(order_no))


def _verdict_columns(verdict: Verdict) -> tuple[Value, ...]:
    return verdict.reason.value, verdict.text


@lru_cache(maxsize=256)
def _verdict(reason: str, text: str | None) -> Verdict:
    return Verdict(reason=Reason(reason), text=text)
