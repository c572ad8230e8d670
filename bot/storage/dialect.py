"""How does a migration say something to one of the two databases only?"""

from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class PostgresOnly(RunSQL):
    """Statements for PostgreSQL; nothing happens on SQLite."""

    async def _run_sql(self, state_editor: BaseSchemaEditor, sqls: object) -> None:
        if state_editor.client.capabilities.dialect == "postgres":
            await super()._run_sql(state_editor, sqls)  # pyright: ignore[reportUnknownMemberType] -- untyped there
