"""What did not arrive is counted and listed: without reading every letter there ever was."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

INDEXES = ("CREATE INDEX letters_lost ON letters (done_at) WHERE state IN ('failed', 'unknown', 'bounced')",)


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0001_first")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [RunSQL(list(INDEXES), ["DROP INDEX letters_lost"])]  # noqa: RUF012
