"""What the board needs: when each order turns grey and late, what each source sent, who saw and did what, which links are spent.

And which orders hold something personal, so that it can be removed in time.
"""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from bot.storage.dialect import PostgresOnly, SqliteOnly

TABLES = {
    "outlooks": """
        grey_at bigint,
        late_at bigint,
        shop text NOT NULL,
        order_no text NOT NULL,
        stage text NOT NULL,
        warehouse text NOT NULL,
        carrier text NOT NULL,
        PRIMARY KEY (order_no, shop)
    """,
    "feeds": """
        source text NOT NULL,
        shop text NOT NULL,
        hour_at bigint NOT NULL,
        events bigint NOT NULL,
        occurred_at bigint NOT NULL,
        observed_at bigint NOT NULL,
        PRIMARY KEY (source, shop, hour_at)
    """,
    "audit_trail": """
        id text NOT NULL PRIMARY KEY,
        at bigint NOT NULL,
        actor text NOT NULL,
        way text NOT NULL,
        deed text NOT NULL,
        subject text NOT NULL,
        shop text,
        order_no text,
        case_id text,
        card_id text,
        before_hash text,
        after_hash text,
        detail text NOT NULL
    """,
    "personal": """
        since bigint NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        PRIMARY KEY (shop, order_no)
    """,
    "spent_passes": """
        nonce text NOT NULL PRIMARY KEY,
        until bigint NOT NULL
    """,
}

INDEXES = {
    "outlooks_late": "outlooks (stage, late_at, order_no, shop, warehouse, carrier, grey_at)",
    "parked_lately": "parked_events (observed_at, source, id) WHERE substr(ref, 1, 6) <> 'stock:'",
    "audit_of_order": "audit_trail (order_no, shop, id) WHERE order_no IS NOT NULL",
    "audit_of_case": "audit_trail (case_id, id) WHERE case_id IS NOT NULL",
    "personal_since": "personal (since)",
    "audit_of_actor": "audit_trail (actor, id)",
    "audit_of_deed": "audit_trail (deed, id)",
    "cases_listed": (
        "cases (opened_at, id, state, stage, kind, priority, shop, owner, reason, reason_source, order_no)"
    ),
    "cases_of_shop": "cases (shop, opened_at, id, state, stage, kind, priority, owner, reason, reason_source)",
    "cases_closed": "cases (closed_at) WHERE closed_at IS NOT NULL",
    "cases_due": "cases (due_at, id) WHERE closed_at IS NULL",
    "cases_of_reason": "cases (reason, opened_at, id) WHERE reason IS NOT NULL",
    "cases_of_owner": "cases (owner, opened_at, id) WHERE owner IS NOT NULL",
    "passes_by_end": "spent_passes (until, nonce)",
    "audit_of_changes": "audit_trail (id) WHERE substr(deed, 1, 7) <> 'viewed.'",
}

BEFORE = {
    "cases_opened": "cases (opened_at)",
    "cases_unclosed": "cases (id) WHERE closed_at IS NULL",
}
"""Indexes that others of the same name, or wider ones, take the place of."""
BY_NUMBER = "cases_by_number"
"""Serves what a number begins with, which PostgreSQL does by the bytes alone where it is told so."""

APPEND_ONLY = "the audit trail is only added to"

ON_SQLITE = [
    f"CREATE TRIGGER audit_trail_no_{word} BEFORE {word.upper()} ON audit_trail"
    f" BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
    for word in ("update", "delete")
]
ON_POSTGRES = [
    (
        "CREATE FUNCTION audit_trail_refuses() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$"
    ),
    (
        "CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_trail_refuses()"
    ),
]

REARM = "UPDATE orders SET book_version = 0 WHERE armed AND status = 'open'"
"""The outlooks of orders that are watched already are written as after a change of rules."""

FOR_CHURN = (
    "ALTER TABLE outlooks SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE outlooks SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)",
    "ALTER TABLE cases SET (autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_threshold = 1000)",
)


UP = [
    *(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()),
    *(f"DROP INDEX {name}" for name in BEFORE),
    *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()),
]
DOWN = [
    f"DROP INDEX {BY_NUMBER}",
    *(f"DROP INDEX {name}" for name, what in INDEXES.items() if what.split()[0] not in TABLES),
    *(f"CREATE INDEX {name} ON {what}" for name, what in BEFORE.items()),
    *(f"DROP TABLE {name}" for name in TABLES),
]
UP_ON_SQLITE = [*ON_SQLITE, f"CREATE INDEX {BY_NUMBER} ON cases (order_no)"]
UP_ON_POSTGRES = [
    *ON_POSTGRES,
    *FOR_CHURN,
    f"CREATE INDEX {BY_NUMBER} ON cases (order_no text_pattern_ops)",
]
DOWN_ON_POSTGRES = ["DROP FUNCTION audit_trail_refuses CASCADE"]


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0007_staff")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(UP, DOWN),
        SqliteOnly(UP_ON_SQLITE, []),
        PostgresOnly(UP_ON_POSTGRES, DOWN_ON_POSTGRES),
        RunSQL([REARM], []),
    ]
