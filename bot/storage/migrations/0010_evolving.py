"""What evolving needs: who made each version of the rules and why, what is tried beside it, and drafts of the next one."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TABLES = {
    "drafts": """
        id text NOT NULL PRIMARY KEY,
        kind text NOT NULL,
        title text NOT NULL,
        base bigint NOT NULL,
        body text NOT NULL,
        author text NOT NULL,
        created_at bigint NOT NULL,
        changed_at bigint NOT NULL,
        ended_at bigint,
        published bigint,
        revision bigint NOT NULL
    """,
    "delays": """
        week text NOT NULL,
        case_id text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        stage text NOT NULL,
        opened_at bigint NOT NULL,
        reason text NOT NULL,
        by_people boolean NOT NULL,
        carrier text,
        region text,
        district text,
        warehouse text,
        sku_class text,
        promotion text,
        first_seen text,
        doubt text,
        PRIMARY KEY (week, case_id)
    """,
    "findings": """
        week text NOT NULL,
        shop text NOT NULL,
        found_at bigint NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (week, shop)
    """,
}

INDEXES = {
    "drafts_open": "drafts (kind, changed_at) WHERE ended_at IS NULL",
    "findings_of_shop": "findings (shop, week)",
}

COLUMNS = {
    "author": "text",
    "reason": "text",
    "origin": "text NOT NULL DEFAULT 'file'",
    "trial": "text",
    "applied": "boolean NOT NULL DEFAULT false",
}
"""New ones of `documents`. Whose doing an earlier version was stands in the audit trail."""

UP = [
    *(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()),
    *(f"ALTER TABLE documents ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()),
    *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()),
]
DOWN = [
    *(f"DROP INDEX {name}" for name, what in INDEXES.items() if what.split()[0] not in TABLES),
    *(f"ALTER TABLE documents DROP COLUMN {name}" for name in reversed(COLUMNS)),
    *(f"DROP TABLE {name}" for name in TABLES),
]


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0009_responding")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [RunSQL(UP, DOWN)]  # noqa: RUF012
