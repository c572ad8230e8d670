"""How far the news of each 微信客服 account has been read, and which windows a session or a refusal has shut; whose order is whose."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from bot.storage.dialect import PostgresOnly, SqliteOnly

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


def _links(external_userid: str, readable: str) -> str:
    """What leads from the customers of the orders that are there to these orders."""
    return (
        f"INSERT INTO links (ref, shop, order_no) SELECT 'customer:' || {external_userid}, shop, order_no FROM orders"
        f" WHERE state LIKE '%\"external_userid\"%' AND {readable} AND {external_userid} IS NOT NULL"
        " ON CONFLICT DO NOTHING"
    )


ON_SQLITE = _links("json_extract(state, '$.customer.external_userid')", "true")
ON_POSTGRES = _links("(state::json #>> '{customer,external_userid}')", r"state NOT LIKE '%\\u0000%'")
"""A text with NUL in it cannot be read as JSON there."""


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0005_leaving_in_full")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(
            [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()]
            + [f"ALTER TABLE windows ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()],
            [f"DROP TABLE {name}" for name in TABLES]
            + [f"ALTER TABLE windows DROP COLUMN {name}" for name in COLUMNS],
        ),
        SqliteOnly([ON_SQLITE], []),
        PostgresOnly([ON_POSTGRES], []),
    ]
