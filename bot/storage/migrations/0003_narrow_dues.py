"""What is due becomes narrow: of 150 bytes for every open order a fifth were padding and spelt-out names.

The time comes first, for it is aligned to eight bytes; a kind is a letter. A new time is never written in place,
for it is indexed: pages of the table keep no room for that. Order numbers grow with time, so an index that begins
with them is filled from one end, however many shops there are.
"""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from bot.storage.dialect import PostgresOnly

NARROW = (
    "CREATE TABLE due_before AS SELECT * FROM due",
    "DROP TABLE due",
    """CREATE TABLE due (
        due_at bigint NOT NULL,
        live boolean NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        kind text NOT NULL,
        ref text NOT NULL,
        PRIMARY KEY (order_no, shop, kind, ref)
    )""",
    """INSERT INTO due (due_at, live, shop, order_no, kind, ref)
        SELECT due_at, live, shop, order_no, CASE kind WHEN 'limit' THEN 'l' ELSE 's' END, ref FROM due_before""",
    "DROP TABLE due_before",
    "CREATE INDEX due_next ON due (due_at) WHERE live",
)

WIDE = (
    "CREATE TABLE due_before AS SELECT * FROM due",
    "DROP TABLE due",
    """CREATE TABLE due (
        shop text NOT NULL,
        order_no text NOT NULL,
        kind text NOT NULL,
        ref text NOT NULL,
        due_at bigint NOT NULL,
        live boolean NOT NULL,
        PRIMARY KEY (shop, order_no, kind, ref)
    )""",
    """INSERT INTO due (shop, order_no, kind, ref, due_at, live)
        SELECT shop, order_no, CASE kind WHEN 'l' THEN 'limit' ELSE 'ladder' END, ref, due_at, live FROM due_before""",
    "DROP TABLE due_before",
    "CREATE INDEX due_next ON due (due_at) WHERE live",
)

FOR_CHURN = (
    "ALTER TABLE due SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)",
    "ALTER TABLE due SET (autovacuum_vacuum_cost_delay = 0)",
    "ALTER INDEX due_pkey SET (fillfactor = 98)",
    "ALTER INDEX due_next SET (fillfactor = 98)",
)

INDEXES = ("CREATE INDEX letters_under_way ON letters (addressee) WHERE state = 'sending'",)


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0002_lost_letters")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL([*NARROW, *INDEXES], ["DROP INDEX letters_under_way", *WIDE]),
        PostgresOnly(list(FOR_CHURN), []),
    ]
