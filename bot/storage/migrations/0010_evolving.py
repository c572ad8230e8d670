"""What evolving needs: who made each version of the rules and why, what is tried beside it, and drafts of the next one.

And what was decided, and the reports of the weeks.
"""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from bot.storage.dialect import PostgresOnly, SqliteOnly

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
        revision bigint NOT NULL,
        approved_by text,
        approved_at bigint,
        approved_revision bigint
    """,
    "reports": """
        week text NOT NULL PRIMARY KEY,
        made_at bigint NOT NULL,
        body text NOT NULL,
        picture bytea
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
    "proposals": """
        week text NOT NULL,
        place text NOT NULL,
        found_at bigint NOT NULL,
        body text NOT NULL,
        verdict text,
        decided_by text,
        decided_at bigint,
        why text,
        draft text,
        PRIMARY KEY (week, place)
    """,
    "decisions": """
        number bigint NOT NULL PRIMARY KEY,
        at bigint NOT NULL,
        author text NOT NULL,
        decided_at bigint NOT NULL,
        owner text NOT NULL,
        text text NOT NULL,
        about text NOT NULL,
        cause text NOT NULL,
        rules_version bigint,
        expected text,
        look_at bigint,
        compensation_fen bigint,
        ends bigint,
        ending text
    """,
    "experiments": """
        id text NOT NULL PRIMARY KEY,
        title text NOT NULL,
        draft text,
        goals text NOT NULL CHECK (goals <> ''),
        percent bigint NOT NULL,
        began bigint NOT NULL,
        edition bigint NOT NULL,
        started_by text NOT NULL,
        started_at bigint NOT NULL,
        looked_at bigint,
        found text NOT NULL,
        ending text,
        ended_by text,
        ended_at bigint,
        undone_by text,
        undone_at bigint
    """,
    "exposures": """
        shop text NOT NULL,
        order_no text NOT NULL,
        experiment text NOT NULL,
        part text NOT NULL,
        at bigint NOT NULL,
        judge_at bigint NOT NULL,
        look_at bigint,
        reached boolean,
        resolved boolean,
        quiet boolean,
        refunded boolean,
        complained boolean,
        PRIMARY KEY (shop, order_no, experiment)
    """,
    "experiment_looks": """
        experiment text NOT NULL,
        at bigint NOT NULL,
        percent bigint NOT NULL,
        found text NOT NULL,
        counts text NOT NULL,
        PRIMARY KEY (experiment, at)
    """,
    "rehearsals": """
        id text NOT NULL PRIMARY KEY,
        book text NOT NULL,
        against text,
        since text,
        until text,
        shop text,
        asked_by text NOT NULL,
        asked_at bigint NOT NULL,
        state text NOT NULL,
        done bigint NOT NULL,
        total bigint NOT NULL,
        begun_at bigint,
        beginnings bigint NOT NULL,
        ended_at bigint,
        ended_by text,
        why text,
        result text,
        revision bigint NOT NULL
    """,
}

INDEXES = {
    "rehearsals_asked": "rehearsals (asked_at, id)",
    "rehearsals_waiting": "rehearsals (asked_at, id) WHERE ended_at IS NULL",
    "drafts_open": "drafts (kind, changed_at) WHERE ended_at IS NULL",
    "proposals_decided": "proposals (decided_at, place) WHERE decided_at IS NOT NULL",
    "findings_of_shop": "findings (shop, week)",
    "decisions_about": "decisions (cause, number) WHERE cause <> ''",
    "decisions_approved": "decisions (decided_at, number, compensation_fen) WHERE compensation_fen IS NOT NULL",
    "experiments_running": "experiments (id) WHERE ending IS NULL",
    "experiments_began": "experiments (began)",
    "decisions_of_rules": "decisions (rules_version, number) WHERE rules_version IS NOT NULL",
    "experiments_ended": "experiments (ended_at) WHERE ended_at IS NOT NULL",
    "exposures_to_judge": "exposures (experiment, look_at, shop, order_no) WHERE look_at IS NOT NULL",
    "exposures_counted": "exposures (experiment, part, reached, resolved, quiet, refunded, complained)",
}

ENDED_ONCE = "decisions_ended"
"""What was decided is ended by one entry alone."""

COLUMNS = {
    "author": "text",
    "reason": "text",
    "origin": "text NOT NULL DEFAULT 'file'",
    "trial": "text",
    "applied": "boolean NOT NULL DEFAULT false",
}
"""New ones of `documents`. Whose doing an earlier version was stands in the audit trail; its digest nobody read."""

UP = [
    *(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()),
    *(f"ALTER TABLE documents ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()),
    "ALTER TABLE documents DROP COLUMN digest",
    *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()),
    f"CREATE UNIQUE INDEX {ENDED_ONCE} ON decisions (ends) WHERE ends IS NOT NULL",
]
DOWN = [
    *(f"DROP INDEX {name}" for name, what in INDEXES.items() if what.split()[0] not in TABLES),
    "ALTER TABLE documents ADD COLUMN digest text NOT NULL DEFAULT ''",
    *(f"ALTER TABLE documents DROP COLUMN {name}" for name in reversed(COLUMNS)),
    *(f"DROP TABLE {name}" for name in TABLES),
]

APPEND_ONLY = "the decision log is only added to"
UP_ON_SQLITE = [
    f"CREATE TRIGGER decisions_no_{word} BEFORE {word.upper()} ON decisions"
    f" BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
    for word in ("update", "delete")
]
UP_ON_POSTGRES = [
    (
        "CREATE FUNCTION decisions_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$"
    ),
    (
        "CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions"
        " FOR EACH STATEMENT EXECUTE FUNCTION decisions_refuse()"
    ),
]
DOWN_ON_POSTGRES = ["DROP FUNCTION decisions_refuse CASCADE"]


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0009_responding")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [  # noqa: RUF012
        RunSQL(UP, DOWN),
        SqliteOnly(UP_ON_SQLITE, []),
        PostgresOnly(UP_ON_POSTGRES, DOWN_ON_POSTGRES),
    ]
