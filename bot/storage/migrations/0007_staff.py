"""Who WeCom says works here, and under which ids its bot knows them."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TABLES = {
    "staff": """
        userid text NOT NULL PRIMARY KEY,
        name text NOT NULL,
        employment text NOT NULL,
        departments text NOT NULL,
        tags text NOT NULL,
        version bigint NOT NULL
    """,
    "open_userids": """
        open_userid text NOT NULL PRIMARY KEY,
        userid text NOT NULL,
        learned_at bigint NOT NULL
    """,
}


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0006_customers")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(
            [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()],
            [f"DROP TABLE {name}" for name in TABLES],
        ),
    ]
