"""Letters learn what the other side calls them, and which digest speaks for them; cards may have several holders."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

COLUMNS = ("remote_id", "folded_into")
INDEXES = {
    "letters_by_remote_id": "letters (remote_id) WHERE remote_id IS NOT NULL",
    "letters_folded": "letters (folded_into) WHERE folded_into IS NOT NULL",
    "letters_shared": "letters (attempted_at) WHERE addressee LIKE '%|%'",
    "letters_pending": "letters (expires_at) WHERE state = 'pending'",
}


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0004_bodies_alone")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(
            [f"ALTER TABLE letters ADD COLUMN {column} text" for column in COLUMNS]
            + [f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()],
            [f"DROP INDEX {name}" for name in INDEXES]
            + [f"ALTER TABLE letters DROP COLUMN {column}" for column in COLUMNS],
        ),
    ]
