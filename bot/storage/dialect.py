"""How does a migration say something to one of the two databases only?"""

from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class _Only(RunSQL):
    """Statements for one of them; nothing happens on the other."""

    dialect = ""

    async def _run_sql(self, state_editor: BaseSchemaEditor, sqls: object) -> None:
        if state_editor.client.capabilities.dialect == self.dialect:
            await super()._run_sql(state_editor, sqls)  # pyright: ignore[reportUnknownMemberType] -- untyped there


class PostgresOnly(_Only):
    """Statements for PostgreSQL."""

    dialect = "postgres"


class SqliteOnly(_Only):
    """Statements for SQLite."""

    dialect = "sqlite"
