"""What is a database asked? A connection that remembers it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.storage.connection import Conflict, Connection, Listed, Row, Table, Type, Value

Asked = tuple[str, tuple[Value, ...]]


@dataclass
class Listening:
    """A connection that remembers what it was asked."""

    connection: Connection
    asked: list[Asked] = field(default_factory=list[Asked])
    """The queries, with their parameters."""
    told: list[Asked] = field(default_factory=list[Asked])
    """The statements that give no rows."""

    async def fetch(self, sql: str, *parameters: Value) -> Sequence[Row]:
        self.asked.append((sql, parameters))
        return await self.connection.fetch(sql, *parameters)

    async def execute(self, sql: str, *parameters: Value) -> None:
        self.told.append((sql, parameters))
        await self.connection.execute(sql, *parameters)

    async def write(self, table: Table, rows: Iterable[Sequence[Value]], conflict: Conflict) -> None:
        await self.connection.write(table, rows, conflict)

    async def remove(self, table: Table, keys: Iterable[Sequence[Value]]) -> None:
        await self.connection.remove(table, keys)

    async def advance(
        self, table: Table, rows: Iterable[Sequence[Value]], version: str
    ) -> list[tuple[Value, ...]]:
        return await self.connection.advance(table, rows, version)

    def begins_with(self, column: str) -> str:
        return self.connection.begins_with(column)

    def lot_of(self, *columns: str) -> str:
        return self.connection.lot_of(*columns)

    def turn_of(self, column: str) -> str:
        return self.connection.turn_of(column)

    async def take_turns(self, names: Iterable[str]) -> None:
        await self.connection.take_turns(names)

    def listed(self, names: Mapping[str, Type], rows: Sequence[Sequence[Value]], first: int) -> Listed:
        return self.connection.listed(names, rows, first)

    def holding(self, alias: str, *, skip_locked: bool = False) -> str:
        return self.connection.holding(alias, skip_locked=skip_locked)
