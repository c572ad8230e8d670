"""How does a migration say something to one of the two databases only?"""

from collections.abc import Iterable

from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class _Only(RunSQL):
    """Statements for one of them; nothing happens on the other."""

    dialect = ""

    async def _run_sql(self, state_editor: BaseSchemaEditor, sqls: Iterable[str]) -> None:
        """Each statement as it is: the editor would cut a trigger in two at its semicolon."""
        if state_editor.client.capabilities.dialect == self.dialect:
            for sql in sqls:
                await state_editor.client.execute_query(sql)  # pyright: ignore[reportUnknownMemberType] -- untyped


class PostgresOnly(_Only):
    """Statements for PostgreSQL."""

    dialect = "postgres"


class SqliteOnly(_Only):
    """Statements for SQLite."""

    dialect = "sqlite"
