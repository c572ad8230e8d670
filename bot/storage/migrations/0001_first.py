"""The first schema. Times are milliseconds since 1970; what is hot is keyed by (shop, order_no)."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from bot.storage.dialect import PostgresOnly

TABLES = {
    "orders": """
        shop text NOT NULL,
        order_no text NOT NULL,
        state text NOT NULL,
        stage text NOT NULL,
        status text NOT NULL,
        lane text,
        book_version bigint NOT NULL,
        updated_at bigint NOT NULL,
        armed boolean NOT NULL DEFAULT false,
        PRIMARY KEY (shop, order_no)
    """,
    "order_skus": """
        shop text NOT NULL,
        order_no text NOT NULL,
        warehouse text NOT NULL,
        sku text NOT NULL,
        PRIMARY KEY (shop, order_no, sku)
    """,
    "events": """
        source text NOT NULL,
        id text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        observed_at bigint NOT NULL,
        digest text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (source, id, shop, order_no)
    """,
    "parked_events": """
        source text NOT NULL,
        id text NOT NULL,
        shop text NOT NULL,
        ref text NOT NULL,
        shop_stated boolean NOT NULL,
        observed_at bigint NOT NULL,
        digest text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (source, id)
    """,
    "links": """
        ref text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        PRIMARY KEY (ref, shop, order_no)
    """,
    "due": """
        shop text NOT NULL,
        order_no text NOT NULL,
        kind text NOT NULL,
        ref text NOT NULL,
        due_at bigint NOT NULL,
        live boolean NOT NULL,
        PRIMARY KEY (shop, order_no, kind, ref)
    """,
    "cases": """
        shop text NOT NULL,
        order_no text NOT NULL,
        id text NOT NULL,
        parcel text NOT NULL,
        stage text NOT NULL,
        run bigint NOT NULL,
        kind text NOT NULL,
        since bigint NOT NULL,
        due_at bigint NOT NULL,
        opened_at bigint NOT NULL,
        raised_at bigint NOT NULL,
        priority text NOT NULL,
        book_version bigint NOT NULL,
        lane text,
        breaches bigint NOT NULL,
        silent boolean NOT NULL,
        owner text,
        claimed_at bigint,
        touched_at bigint,
        send_round bigint NOT NULL,
        sent_by text,
        sent_at bigint,
        reached_at bigint,
        reached_by text,
        waived_by text,
        ended_at bigint,
        ended_how text,
        reason text,
        reason_text text,
        reason_source text,
        reason_by text,
        reason_at bigint,
        escalated_by text,
        escalated_at bigint,
        snoozed_until bigint,
        steps bigint NOT NULL,
        climbed_at bigint,
        closed_at bigint,
        version bigint NOT NULL,
        state text GENERATED ALWAYS AS (
            CASE WHEN closed_at IS NOT NULL THEN 'closed'
                 WHEN ended_at IS NOT NULL THEN 'recovered'
                 WHEN reached_at IS NOT NULL OR waived_by IS NOT NULL THEN 'replied'
                 WHEN owner IS NOT NULL THEN 'claimed'
                 ELSE 'open' END
        ) STORED,
        PRIMARY KEY (shop, order_no, id),
        CONSTRAINT closed_means_reached_ended_and_explained CHECK (
            closed_at IS NULL
            OR (ended_at IS NOT NULL AND reason IS NOT NULL
                AND (reached_at IS NOT NULL OR waived_by IS NOT NULL
                     OR (reason_source = 'evidence' AND touched_at IS NULL)))
        ),
        CONSTRAINT other_has_words CHECK (reason <> 'other' OR reason_text <> '')
    """,
    "timeline": """
        shop text NOT NULL,
        order_no text NOT NULL,
        case_id text NOT NULL,
        key text NOT NULL,
        at bigint NOT NULL,
        what text NOT NULL,
        actor text,
        detail text NOT NULL,
        PRIMARY KEY (shop, order_no, case_id, key)
    """,
    "letters": """
        id text NOT NULL PRIMARY KEY,
        key text NOT NULL UNIQUE,
        kind text NOT NULL,
        medium text NOT NULL,
        addressee text NOT NULL,
        due_at bigint NOT NULL,
        shop text,
        order_no text,
        case_id text,
        priority text NOT NULL,
        waits boolean NOT NULL,
        expires_at bigint,
        content text NOT NULL,
        payload bytea,
        state text NOT NULL,
        attempts bigint NOT NULL,
        attempted_at bigint,
        lease_until bigint,
        done_at bigint,
        note text NOT NULL,
        version bigint NOT NULL
    """,
    "cards": """
        id text NOT NULL PRIMARY KEY,
        case_id text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        medium text NOT NULL,
        addressee text NOT NULL,
        content text NOT NULL,
        version bigint NOT NULL,
        response_code text,
        code_until bigint
    """,
    "stock_tasks": """
        case_id text NOT NULL PRIMARY KEY,
        shop text NOT NULL,
        order_no text NOT NULL,
        owner text NOT NULL,
        due_at bigint NOT NULL,
        result text,
        done_by text,
        done_at bigint
    """,
    "windows": """
        open_kfid text NOT NULL,
        external_userid text NOT NULL,
        last_message_at bigint NOT NULL,
        PRIMARY KEY (open_kfid, external_userid)
    """,
    "chats": """
        id text NOT NULL PRIMARY KEY,
        greeted_at bigint NOT NULL
    """,
    "inbox": """
        id text NOT NULL PRIMARY KEY,
        received_at bigint NOT NULL,
        body text NOT NULL,
        tries bigint NOT NULL,
        done_at bigint
    """,
    "leases": """
        name text NOT NULL PRIMARY KEY,
        holder text NOT NULL,
        version bigint NOT NULL,
        expires_at bigint NOT NULL
    """,
    "documents": """
        kind text NOT NULL,
        version bigint NOT NULL,
        digest text NOT NULL,
        body text NOT NULL,
        created_at bigint NOT NULL,
        PRIMARY KEY (kind, version)
    """,
}

INDEXES = (
    "CREATE INDEX events_of_order ON events (shop, order_no)",
    "CREATE INDEX skus_held ON order_skus (shop, warehouse, sku)",
    "CREATE INDEX parked_about ON parked_events (ref)",
    "CREATE INDEX links_of_order ON links (shop, order_no)",
    "CREATE INDEX due_next ON due (due_at) WHERE live",
    "CREATE UNIQUE INDEX one_unclosed_case ON cases (shop, order_no, parcel, stage) WHERE closed_at IS NULL",
    "CREATE UNIQUE INDEX case_by_id ON cases (id)",
    "CREATE INDEX cases_ended ON cases (ended_at)",
    "CREATE INDEX cases_opened ON cases (opened_at)",
    "CREATE INDEX cases_unclosed ON cases (id) WHERE closed_at IS NULL",
    "CREATE INDEX orders_by_number ON orders (order_no)",
    "CREATE INDEX orders_by_book ON orders (book_version) WHERE armed AND status = 'open'",
    "CREATE INDEX letters_ready ON letters (due_at) WHERE state = 'ready'",
    "CREATE INDEX letters_sending ON letters (lease_until) WHERE state = 'sending'",
    "CREATE INDEX letters_paced ON letters (addressee, attempted_at)",
    "CREATE INDEX letters_of_case ON letters (case_id)",
    "CREATE INDEX cards_of_case ON cards (case_id)",
    "CREATE INDEX timeline_of_case ON timeline (case_id, at)",
    "CREATE INDEX inbox_waiting ON inbox (received_at) WHERE done_at IS NULL",
)

FOR_CHURN = (
    "ALTER TABLE orders SET (fillfactor = 70)",
    "ALTER TABLE due SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01)",
    "ALTER TABLE due SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)",
    "ALTER TABLE letters SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)",
)


class Migration(migrations.Migration):
    initial = True
    operations = [  # noqa: RUF012 -- the name and form that tortoise looks for
        RunSQL(
            [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()] + list(INDEXES),
            [f"DROP TABLE {name}" for name in TABLES],
        ),
        PostgresOnly(list(FOR_CHURN), []),
    ]
