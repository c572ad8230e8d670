"""How far the news of each 微信客服 account has been read, and which windows a session or a refusal has shut."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

COLUMNS = {"blocked": "text", "blocked_at": "bigint"}
TABLES = {
    "kf_accounts": """
        open_kfid text NOT NULL PRIMARY KEY,
        cursor text NOT NULL,
        token text,
        token_until bigint NOT NULL,
        calls bigint NOT NULL,
        paused boolean NOT NULL,
        due_at bigint NOT NULL
    """
}


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0005_leaving_in_full")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(
            [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()]
            + [f"ALTER TABLE windows ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()],
            [f"DROP TABLE {name}" for name in TABLES]
            + [f"ALTER TABLE windows DROP COLUMN {name}" for name in COLUMNS],
        ),
    ]
