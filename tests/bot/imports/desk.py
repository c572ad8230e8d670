"""Where is a file imported in a test? A desk with a folder, a database and a clock that stands still."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.clock import ManualClock
from bot.importing import Import, import_orders
from bot.imports.report import Report
from bot.settings import Settings, load
from bot.storage.connection import Row
from bot.storage.opening import database_for

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
EVENTS = [
    {"column": "下单", "type": "order.created"},
    {"column": "付款", "stage": "payment", "status": "completed"},
    {"column": "揽收", "stage": "pickup", "status": "completed"},
]
MAP: Mapping[str, Any] = {"timezone": "Asia/Shanghai", "order_no": "单号", "events": EVENTS}
TABLES = ("orders", "events", "parked_events", "links", "due", "cases", "letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Imports files into one database."""

    folder: Path
    settings: Settings

    @classmethod
    def at(cls, folder: Path, **environment: str) -> "Desk":
        """A desk with an SQLite database of its own; other settings by their variables."""
        own = {"DINGDAN_DATABASE_URL": f"sqlite://{folder / 'dingdan.db'}"}
        return cls(folder=folder, settings=load(own | environment))

    async def import_(
        self, table: str | bytes | Path, plan: Mapping[str, Any] | Path = MAP, **options: Any
    ) -> Report:
        """Import a table, given as text or as a file."""
        file = table if isinstance(table, Path) else self.folder / "orders.csv"
        if not isinstance(table, Path):
            file.write_bytes(table.encode() if isinstance(table, str) else table)
        if not isinstance(plan, Path):
            text = yaml.safe_dump(dict(plan), allow_unicode=True)
            plan = self.folder / "map.yaml"
            plan.write_text(text, "utf-8")
        wanted = Import(file=file, map=plan, **options)
        return await import_orders(self.settings, wanted, ManualClock(NOW))

    async def rows(self, query: str) -> list[Row]:
        """What a query finds."""
        async with self._reading() as fetch:
            return [dict(row) for row in await fetch(query)]

    async def everything(self) -> dict[str, list[Row]]:
        """All that is stored, to be compared."""
        return {table: await self.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in TABLES}

    @asynccontextmanager
    async def _reading(self) -> AsyncGenerator[Any]:
        database = database_for(self.settings.database_url)
        await database.open()
        try:
            async with database.reading() as connection:
                yield connection.fetch
        finally:
            await database.close()
