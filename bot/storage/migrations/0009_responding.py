"""What responding together needs: incidents, tasks of every kind, promises, outages of sources, changes of duty.

And of each case: the incident that it is part of, the outage that holds it, and when it came back last.
"""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TABLES = {
    "incidents": """
        id text NOT NULL PRIMARY KEY,
        grp text NOT NULL,
        stage text NOT NULL,
        cause text NOT NULL,
        value text NOT NULL,
        priority text NOT NULL,
        book_version bigint NOT NULL,
        lead_case text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        size bigint NOT NULL,
        opened_at bigint NOT NULL,
        joined_at bigint NOT NULL,
        locks_at bigint NOT NULL,
        raised_at bigint NOT NULL,
        surge_at bigint NOT NULL,
        surge bigint NOT NULL,
        waves bigint NOT NULL,
        wave_at bigint NOT NULL,
        owner text,
        claimed_at bigint,
        steps bigint NOT NULL,
        climbed_at bigint,
        reminded_at bigint,
        climbs_at bigint,
        approved_by text,
        approved_at bigint,
        closed_at bigint,
        version bigint NOT NULL
    """,
    "incident_cards": """
        id text NOT NULL PRIMARY KEY,
        incident text NOT NULL,
        medium text NOT NULL,
        addressee text NOT NULL,
        content text NOT NULL,
        version bigint NOT NULL,
        response_code text,
        code_until bigint
    """,
    "approved": """
        id text NOT NULL,
        case_id text NOT NULL,
        incident text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        action text NOT NULL,
        actor text NOT NULL,
        way text NOT NULL,
        card text,
        at bigint NOT NULL,
        content text NOT NULL,
        result text,
        why text NOT NULL,
        first_by text,
        first_at bigint,
        done_at bigint,
        told_at bigint,
        PRIMARY KEY (id, case_id)
    """,
    "storm_signs": """
        grp text NOT NULL,
        stage text NOT NULL,
        cause text NOT NULL,
        value text NOT NULL,
        case_id text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        at bigint NOT NULL,
        PRIMARY KEY (grp, stage, cause, value, case_id)
    """,
    "tasks": """
        case_id text NOT NULL,
        kind text NOT NULL,
        shop text NOT NULL,
        order_no text NOT NULL,
        owner text NOT NULL,
        given_at bigint NOT NULL,
        asked_at bigint NOT NULL,
        due_at bigint NOT NULL,
        times bigint NOT NULL,
        acknowledged_by text,
        acknowledged_at bigint,
        escalated_at bigint,
        result text,
        done_by text,
        done_at bigint,
        PRIMARY KEY (case_id, kind)
    """,
    "promises": """
        shop text NOT NULL,
        order_no text NOT NULL,
        case_id text NOT NULL,
        told text NOT NULL,
        slot text NOT NULL,
        stage text NOT NULL,
        parcel text NOT NULL,
        template text NOT NULL,
        template_version text NOT NULL,
        carrier text,
        warehouse text,
        agent text,
        promised_at bigint NOT NULL,
        warn_at bigint NOT NULL,
        due_at bigint NOT NULL,
        unsure boolean NOT NULL,
        warned_at bigint,
        kept_at bigint,
        broken_at bigint,
        followed_by text,
        PRIMARY KEY (shop, order_no, case_id, told, slot)
    """,
    "outages": """
        id text NOT NULL PRIMARY KEY,
        source text NOT NULL,
        heard_at bigint NOT NULL,
        noticed_at bigint NOT NULL,
        expected bigint NOT NULL,
        waiting bigint NOT NULL,
        reach text NOT NULL,
        back_at bigint,
        ended_at bigint,
        held bigint NOT NULL,
        healed bigint NOT NULL,
        raised bigint NOT NULL,
        settled_at bigint,
        version bigint NOT NULL
    """,
    "heartbeats": """
        source text NOT NULL PRIMARY KEY,
        at bigint NOT NULL
    """,
    "duty_changes": """
        number bigint NOT NULL PRIMARY KEY,
        kind text NOT NULL,
        userid text NOT NULL,
        substitute text,
        start_at bigint NOT NULL,
        end_at bigint NOT NULL,
        made_by text NOT NULL,
        made_at bigint NOT NULL,
        revoked_by text,
        revoked_at bigint,
        revision bigint NOT NULL UNIQUE
    """,
}

INDEXES = {
    "cases_of_incident": "cases (incident) WHERE incident IS NOT NULL",
    "cases_unclosed": (
        "cases (opened_at, id, state, owner, priority, shop, held_by) WHERE closed_at IS NULL"
    ),
    "cases_held": "cases (due_at, id) WHERE held_by IS NOT NULL AND closed_at IS NULL",
    "cases_of_outage": "cases (held_by) WHERE held_by IS NOT NULL",
    "incidents_opened": "incidents (opened_at, id)",
    "tasks_undone": "tasks (given_at, case_id, kind) WHERE done_at IS NULL",
    "tasks_given": "tasks (given_at, case_id, kind)",
    "cards_of_incident": "incident_cards (incident)",
    "approved_of_case": "approved (case_id)",
    "approved_undone": "approved (shop, order_no) WHERE done_at IS NULL",
    "incidents_open": "incidents (grp, stage, cause, value) WHERE closed_at IS NULL",
    "outages_under_way": "outages (source) WHERE settled_at IS NULL",
    "outages_noticed": "outages (noticed_at, id)",
    "feeds_by_hour": "feeds (hour_at)",
    "promises_made": "promises (promised_at, case_id, told, slot)",
    "duty_ahead": "duty_changes (end_at)",
    "cases_measured": (
        "cases (opened_at, id, closed_at, claimed_at, first_reached_at, touched_at, called_at, ended_at, escalated_at,"
        " reopenings, silent, waived_by, reason_source, ended_how, stage, kind, book_version, shop, lane, owner)"
        " WHERE closed_at IS NOT NULL"
    ),
}

OTHER_WAIVED = "(waived_why <> 'other' OR coalesce(waived_text, '') <> '')"
OTHER_REASON = "(reason <> 'other' OR coalesce(reason_text, '') <> '')"
"""Whoever says 其他 says in words what. The CHECK that reasons were born with lets a missing text pass: NULL is no refusal."""

COLUMNS = {
    "incident": "text",
    "joined_at": "bigint",
    "held_by": "text",
    "reopened_at": "bigint",
    "reopenings": "bigint NOT NULL DEFAULT 0",
    "reached_how": "text",
    "first_reached_at": "bigint",
    "called_at": "bigint",
    "waived_at": "bigint",
    "waived_why": "text CHECK (waived_at IS NULL OR (waived_by IS NOT NULL AND waived_why IS NOT NULL))",
    "waived_text": f"text CHECK ({OTHER_WAIVED} AND {OTHER_REASON})",
    "nudges": "bigint NOT NULL DEFAULT 0",
    "failed_at": "bigint",
    "reminded_at": "bigint",
}
"""New ones of `cases`. Why somebody waived a contact was not written down before there was `waived_at`."""

MINUTES = "minutes bigint NOT NULL DEFAULT 0"
"""New one of `feeds`: in which minutes of the hour something came, a bit each."""
FIRST = "UPDATE cases SET first_reached_at = reached_at WHERE reached_at IS NOT NULL"
"""Cases did not come back then and lose their contact."""
SEEN = "UPDATE cases SET reminded_at = claimed_at WHERE owner IS NOT NULL AND closed_at IS NULL"
"""No timer is set for claims of before."""

STOCK_TASKS = """
    CREATE TABLE stock_tasks (
        case_id text NOT NULL PRIMARY KEY,
        shop text NOT NULL,
        order_no text NOT NULL,
        owner text NOT NULL,
        due_at bigint NOT NULL,
        result text,
        done_by text,
        done_at bigint
    )
"""
"""What tasks were kept in before there was more than one kind."""
LIMIT_MS = 30 * 60 * 1000
"""How long a stock re-check could take."""
AT_ITS_END = "CASE WHEN c.ended_how = 'moved' THEN 'moved' ELSE 'withdrawn' END"
FOUND = "CASE WHEN result IN ('in_stock', 'short', 'wrong_bin') THEN"
MOVE_TASKS = (
    "INSERT INTO tasks"
    " (case_id, kind, shop, order_no, owner, given_at, asked_at, due_at, times, result, done_by, done_at)"
    f" SELECT t.case_id, 'recheck_stock', t.shop, t.order_no, t.owner, t.due_at - {LIMIT_MS}, t.due_at - {LIMIT_MS},"
    f" t.due_at, 1, CASE WHEN t.result IS NULL AND c.ended_at IS NOT NULL THEN {AT_ITS_END} ELSE t.result END,"
    " t.done_by, CASE WHEN t.result IS NULL THEN c.ended_at ELSE t.done_at END"
    " FROM stock_tasks AS t JOIN cases AS c ON c.id = t.case_id"
)
CHASE_TASKS = (
    "INSERT INTO due (shop, order_no, kind, ref, due_at, live)"
    " SELECT shop, order_no, 't', case_id || ':' || kind, due_at, true FROM tasks WHERE done_at IS NULL"
)
TASKS_OVER = [MOVE_TASKS, CHASE_TASKS, "DROP TABLE stock_tasks"]
"""Those that wait for a result are chased from now on."""
MOVE_TASKS_BACK = (
    "INSERT INTO stock_tasks (case_id, shop, order_no, owner, due_at, result, done_by, done_at)"
    f" SELECT case_id, shop, order_no, owner, due_at, {FOUND} result END, {FOUND} done_by END, {FOUND} done_at END"
    " FROM tasks WHERE kind = 'recheck_stock'"
)
TASKS_BACK = [STOCK_TASKS, MOVE_TASKS_BACK, "DELETE FROM due WHERE kind = 't'"]

UP = [
    *(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()),
    *(f"ALTER TABLE cases ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()),
    f"ALTER TABLE feeds ADD COLUMN {MINUTES}",
    SEEN,
    FIRST,
    *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()),
    *TASKS_OVER,
]
DOWN = [
    *TASKS_BACK,
    *(f"DROP INDEX {name}" for name, what in INDEXES.items() if what.split()[0] not in TABLES),
    *(f"ALTER TABLE cases DROP COLUMN {name}" for name in reversed(COLUMNS)),
    f"ALTER TABLE feeds DROP COLUMN {MINUTES.split(maxsplit=1)[0]}",
    *(f"DROP TABLE {name}" for name in TABLES),
]


class Migration(migrations.Migration):
    dependencies = [("dingdan", "0008_the_board")]  # noqa: RUF012 -- the name and form that tortoise looks for
    operations = [RunSQL(UP, DOWN)]  # noqa: RUF012
