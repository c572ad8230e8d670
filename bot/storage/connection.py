"""How is SQL spoken to a database? One small protocol over both drivers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Value = str | int | bool | bytes | None
Row = Mapping[str, Any]


class Type(StrEnum):
    """The column types that mean the same in both databases. Times are BIGINT milliseconds."""

    TEXT = "text"
    BIGINT = "bigint"
    BOOLEAN = "boolean"
    BYTES = "bytea"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as statements know it; `key` is what ON CONFLICT names."""

    name: str
    columns: Mapping[str, Type]
    key: tuple[str, ...]

    @property
    def key_types(self) -> Mapping[str, Type]:
        """The columns of the key."""
        return {column: self.columns[column] for column in self.key}

    @property
    def rest(self) -> tuple[str, ...]:
        """The columns that are not part of the key."""
        return tuple(column for column in self.columns if column not in self.key)


class Conflict(StrEnum):
    """What to do with a row whose key is there already."""

    KEEP = "keep"
    """Leave the stored row as it is."""
    REPLACE = "replace"
    """Put the new one in its place."""
    FAIL = "fail"
    """Let the transaction fail; it is repeated, and finds the row."""


class Connection(Protocol):
    """One open transaction. Parameters are written $1, $2, ... in both dialects, and stored as `storable` gives them."""

    async def fetch(self, sql: str, *parameters: Value) -> Sequence[Row]:
        """The rows of a query."""
        ...

    async def execute(self, sql: str, *parameters: Value) -> None:
        """Run a statement."""
        ...

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        """Write rows, given in the order of the table's columns, before anything else is asked.

        Until then, what is written to one table with different treatments of conflicts has different keys.
        """
        ...

    async def remove(self, table: Table, keys: Iterable[Sequence[Value]]) -> None:
        """Delete the rows with these keys, those that are there, as `write` writes: in the same journey."""
        ...

    async def advance(
        self, table: Table, rows: Iterable[Sequence[Value]], version: str
    ) -> list[tuple[Value, ...]]:
        """Write changed rows over those whose `version` is one less; the keys of those that it was true of."""
        ...

    def listed(self, names: Mapping[str, Type], rows: Sequence[Sequence[Value]], first: int) -> "Listed":
        """Rows of our own as the FROM item `listed`, taking parameters from number `first` on."""
        ...

    def holding(self, alias: str, *, skip_locked: bool = False) -> str:
        """The end of a query that holds what it finds, passing by what others hold if asked to.

        Empty where there is one writer.
        """
        ...

    def begins_with(self, column: str) -> str:
        """The condition that a text of the column lies from the first `?` on and before the second, by code points.

        An index over the beginnings of the column serves it.
        """
        ...

    def lot_of(self, *columns: str) -> str:
        """A number from 0 on that texts give, always the same for the same and as if drawn by lot."""
        ...

    def turn_of(self, column: str) -> str:
        """The condition that a turn with the name in `column` is free, and taken at once.

        Always so where there is one writer.
        """
        ...

    async def take_turns(self, names: Iterable[str]) -> None:
        """Wait for the transactions that took a turn with one of the names, and let others wait for this one.

        Nothing to wait for where there is one writer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A FROM item and the parameters it takes."""

    sql: str
    parameters: tuple[Any, ...]


def storable(value: Any) -> Any:
    """A value as both databases can hold it: text without NUL (U+FFFD) and without lone surrogates (?)."""
    if not isinstance(value, str) or is_storable(value):
        return value
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()


def is_storable(text: str) -> bool:
    """Whether both databases can hold a text as it is."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def insert_into(table: Table, source: str, conflict: Conflict) -> str:
    """An INSERT from `source` that treats known keys as `conflict` says."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    insert = f"INSERT INTO {table.name} ({columns}) {source}"
    if conflict is Conflict.FAIL:
        return insert
    changes = ", ".join(f"{column} = excluded.{column}" for column in table.rest)
    act = f"UPDATE SET {changes}" if conflict is Conflict.REPLACE and changes else "NOTHING"
    return f"{insert} ON CONFLICT ({key}) DO {act}"


def delete_from(table: Table, listed: str) -> str:
    """A DELETE of the rows whose keys are in the FROM item `listed`."""
    same = " AND ".join(f"{table.name}.{column} = listed.{column}" for column in table.key)
    return f"DELETE FROM {table.name} USING {listed} WHERE {same}"
