"""Whether an event repeats one that is stored, their bodies tell: a digest of each was kept and is needed no more."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TABLES = ("events", "parked_events")


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0003_narrow_dues")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(
            [f"ALTER TABLE {table} DROP COLUMN digest" for table in TABLES],
            [f"ALTER TABLE {table} ADD COLUMN digest text NOT NULL DEFAULT ''" for table in TABLES],
        ),
    ]
