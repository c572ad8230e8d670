"""How does the ORM reach the database? In one context for the process, which every task finds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tortoise.context import TortoiseContext, set_global_context
from tortoise.migrations.executor import MigrationExecutor

APP = {"models": ["bot.storage.tables"], "migrations": "bot.storage.migrations"}


class Orm:
    """Connections for migrations and for reading.

    The connection is named after its database, because the ORM keeps the statements it has built by that name,
    whatever their dialect.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = urlsplit(url).scheme
        self._app = {**APP, "default_connection": self._name}
        self._context = TortoiseContext()

    async def open(self) -> None:
        """Get ready to connect."""
        config = {
            "connections": {self._name: connection(self._url)},
            "apps": {"dingdan": self._app},
            "use_tz": True,
            "timezone": "UTC",
        }
        set_global_context(self._context)
        await self._context.init(config=config)

    async def close(self) -> None:
        """Disconnect."""
        await self._context.close_connections()

    async def migrate(self) -> None:
        """Bring the schema up to date."""
        known = {"dingdan": self._app}
        await MigrationExecutor(self._context.connections.get(self._name), known).migrate()


def connection(url: str) -> Mapping[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "engine": "tortoise.backends.sqlite",
            "credentials": {"file_path": str(Path(url.removeprefix("sqlite://"))), "busy_timeout": 10_000},
        }
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")  # as asyncpg calls it outside a URL
    return {
        "engine": "tortoise.backends.asyncpg",
        "credentials": {
            "host": parts.hostname or query.pop("host", "localhost"),
            "port": parts.port or int(query.pop("port", "5432")),
            "user": unquote(parts.username or "postgres"),
            "password": unquote(parts.password or "") or None,
            "database": parts.path.lstrip("/"),
            **query,
        },
    }
