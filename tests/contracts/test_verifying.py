"""Can the checker fail? A sound database breaks no law; whatever is planted in one is found, and named."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.channels.wire import message_id
from bot.clock import ManualClock
from bot.reception import message_of
from bot.signals import Signals
from bot.storage.cases import CASES
from bot.storage.experiments import EXPERIMENTS
from bot.storage.inbox import Received
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.verdicts import LAWS, WHYS, as_data, as_text
from bot.verifying import Verdict, verify
from bot.witness import HistoryError, Seen, Sighting, Witness
from handlers.approvals import ONE_AT_A_TIME
from handlers.documents import Origin
from handlers.experimentbook import Trying
from handlers.laws import Law, Why
from handlers.messages import CardClicked, DueKind, Sender, Surface
from handlers.outbox import Letter, LetterKind, Medium
from handlers.pen import key_of_round
from handlers.rulebooks import RULES as RULES_KIND
from handlers.scribe import occasion_of_breach
from handlers.taskbook import name_of
from rules.anomalies import Anomaly
from rules.delivery import DeliveryState
from rules.editions import Edition, Rules
from rules.events import UserId
from rules.experiments import Part
from rules.fold import fold
from rules.instants import MILLISECOND, to_ms
from rules.ladder import next_step
from rules.stages import Kind, Stage
from rules.standstill import next_nudge
from tests.contracts.backend import Backend
from tests.contracts.builders import (
    BOOK,
    NOW,
    a_card,
    a_case,
    a_due,
    a_key,
    a_letter,
    a_promise,
    a_report,
    a_task,
    an_approval,
    an_experiment,
    an_exposure,
    in_,
)
from tests.databases import sqlite_url

RULES = Rules.only(BOOK)
LIMIT = timedelta(minutes=5)
SENT: dict[str, Any] = {
    "state": DeliveryState.SENT,
    "attempts": 1,
    "attempted_at": in_(seconds=-1),
    "done_at": in_(seconds=-1),
    "payload": b"{}",
}

# --- a sound database: DB1 was answered, DB2 is in time, DB3 waits for somebody -------


def a_late_payment(number: str, **fields: Any) -> Anomaly:
    """A payment that was begun ten minutes ago, noticed as soon as it was late."""
    since = in_(minutes=-10)
    raised_at = since + LIMIT + MILLISECOND
    late: dict[str, Any] = {
        "stage": Stage.PAYMENT,
        "kind": Kind.NOT_COMPLETED,
        "since": since,
        "due_at": since + LIMIT,
    }
    return a_case(number, id_=number.lower(), **late, opened_at=raised_at, raised_at=raised_at, **fields)


ANSWERED = a_late_payment("DB1", send_round=1, sent_at=NOW, reached_at=NOW, touched_at=NOW)
WAITING = a_late_payment("DB3")
MESSAGE = a_letter(
    "wk/wmChen",
    id_="message",
    key=key_of_round(ANSWERED.id, 1),
    kind=LetterKind.CUSTOMER,
    medium=Medium.KF,
    case=ANSWERED.id,
    order=ANSWERED.order,
    content={
        "text": "今天 16:30 前告诉您。",
        "template": "payment",
        "template_version": "1",
        "claims": json.dumps({"case": "", "news_by": in_(hours=2).isoformat()}),
    },
    **SENT,
)
PROMISE = a_promise(ANSWERED, MESSAGE.id)
TASK = a_task(WAITING)
TRIAL = an_experiment(id="trial", began=2, edition=2, started_at=in_(days=-1))
TRYING = Trying(experiment=TRIAL.id, percent=TRIAL.percent, book="{}")
LONG_BEFORE = in_(days=-1)
EXPOSURE = an_exposure(
    TRIAL.id, next(f"X{n}" for n in range(99) if TRIAL.split.part_of(a_key(f"X{n}")) is Part.TRIED)
)
TAP = CardClicked(
    sender=Sender(surface=Surface.APP, userid=UserId("wangwu"), chat="wangwu", reply_to="code", at=NOW),
    card=a_letter(id_="card-db1").id,
    key="key",
)


def a_case_card(case: Anomaly) -> Letter:
    """The card of a case, which has arrived."""
    key = f"{case.id}:1:post_card:{occasion_of_breach(case)}:wrGroup"
    fields: dict[str, Any] = {
        "kind": LetterKind.CASE_CARD,
        "medium": Medium.GROUP,
        "case": case.id,
        "order": case.order,
    }
    return a_letter("wrGroup", id_=f"card-{case.id}", key=key, **fields, **SENT)


def an_answer(ident: str) -> Letter:
    """The new face of the card that was tapped."""
    fields: dict[str, Any] = {"kind": LetterKind.FACE, "case": ANSWERED.id, "order": ANSWERED.order}
    return a_letter("wangwu", id_=ident, content={"reply_to": "code"}, **fields, **SENT)


async def fill(work: Transaction) -> None:
    """Write it all as handlers would."""
    began = {"DB1": in_(minutes=-10), "DB2": in_(minutes=-1), "DB3": in_(minutes=-10)}
    for number, at in began.items():
        report = a_report(number, id_=f"of-{number}", at=at, stage="payment")
        await work.orders.lock([a_key(number)])
        await work.orders.store([report])
        await work.orders.save([fold(a_key(number), [report.event])], Edition(book=BOOK), arm=True)
    step = next_step(WAITING, BOOK)
    assert step
    ladder = a_due("DB3", step.due_at, DueKind.LADDER, WAITING.id)
    nudge = next_nudge(ANSWERED, BOOK.standstill, BOOK.calendar)
    assert nudge
    still = a_due("DB1", nudge.at, DueKind.STANDSTILL, ANSWERED.id)
    promised = a_due("DB1", PROMISE.warn_at, DueKind.PROMISE, PROMISE.ref)
    approved = a_due("DB3", NOW - ONE_AT_A_TIME, DueKind.APPROVED, WAITING.id)
    asked = a_due("DB3", TASK.due_at, DueKind.TASK, name_of(TASK.case, TASK.kind))
    await work.dues.arm([a_due("DB2", began["DB2"] + LIMIT), ladder, still, promised, approved, asked])
    await work.approvals.put([an_approval(WAITING)])
    await work.promises.put([PROMISE])
    await work.tasks.save([TASK])
    await work.cases.save([ANSWERED, WAITING])
    await work.outbox.post([a_case_card(ANSWERED), a_case_card(WAITING), MESSAGE, an_answer("face")])
    await work.outbox.post([a_letter(id_="line")])
    await work.cards.put(a_card(ANSWERED, id_=TAP.card))
    tap = msgspec.json.encode(["CardClicked", TAP]).decode()
    await work.inbox.put([Received(identity="tap", body=tap, at=NOW)])
    await work.inbox.done("tap", NOW)
    await work.leases.acquire("socket", "one", NOW, LIMIT)
    await work.documents.add(RULES_KIND, "{}", LONG_BEFORE)
    await work.documents.add(RULES_KIND, "{}", LONG_BEFORE, origin=Origin.TRIAL, trial=TRYING.written())
    await work.experiments.save(TRIAL)
    await work.experiments.expose([EXPOSURE])


def a_sighting(seen: Seen, ident: str, **fields: Any) -> Sighting:
    return msgspec.structs.replace(Sighting(at=NOW, seen=seen, id=ident), **fields)


HISTORY = (
    a_sighting(Seen.WATCHING, "wecom", at=in_(minutes=-1)),
    a_sighting(Seen.EVENT_ACKED, "of-DB1", source="/wms/hz1"),
    a_sighting(Seen.CARD_ACCEPTED, "card-db1", to="wrGroup"),
    a_sighting(Seen.CARD_ACCEPTED, "card-db3", to="wrGroup"),
    a_sighting(Seen.CUSTOMER_ACCEPTED, message_id(MESSAGE), to="wmChen"),
    a_sighting(Seen.CLICK_ACKED, "code", to="wangwu"),
    a_sighting(Seen.LEASE, "socket", version=1),
)


async def verdicts(store: Store, folder: Path, history: Iterable[Sighting]) -> dict[Law, Verdict]:
    witness = Witness(folder / "history.jsonl")
    witness.note(*history)
    witness.close()
    found = await verify(store, RULES, ManualClock(NOW), history=folder / "history.jsonl")
    return {verdict.law: verdict for verdict in found}


async def test_a_sound_database_breaks_no_law_and_every_law_was_held_against_something(
    store: Store, tmp_path: Path
) -> None:
    await store.run("test", fill)
    assert message_of(msgspec.json.encode(["CardClicked", TAP]).decode()) == TAP

    found = await verdicts(store, tmp_path, HISTORY)

    assert {law: verdict.shown for law, verdict in found.items()} == {law: [] for law in Law}
    assert {law for law, verdict in found.items() if verdict.ok} == set(Law)


# --- what is planted ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Something wrong: statements, and lines of the history more, or fewer."""

    law: Law
    why: Why
    sql: str = ""
    seen: tuple[Sighting, ...] = ()
    unseen: str = ""
    """The id of what was not seen."""


LONG_AGO = to_ms(in_(hours=-1))
TWIN = ", ".join("'twin'" if column == "id" else column for column in CASES.table.columns)
SECOND = (
    "INSERT INTO letters SELECT 'second', 'second', kind, medium, addressee, due_at, shop, order_no, case_id,"
    " priority, waits, expires_at, content, payload, state, attempts, unclear, attempted_at, lease_until,"
    " done_at, note, version, remote_id, folded_into FROM letters WHERE id = '{}'"
)


def of_state(letter: str, **columns: object) -> str:
    """A letter with other columns."""
    changes = ", ".join(f"{column} = {value}" for column, value in columns.items())
    return f"UPDATE letters SET {changes} WHERE id = '{letter}'"


OTHER = ", ".join("'twin'" if column == "id" else column for column in EXPERIMENTS.columns)
STOPPED = f"ending = 'stopped', ended_at = {LONG_AGO}"
OUTSIDE = next(f"X{n}" for n in range(99) if TRIAL.split.part_of(a_key(f"X{n}")) is Part.OUTSIDE)

PLANTS = (
    Plant(law=Law.EVENTS, why=Why.EVENT_LOST, seen=(a_sighting(Seen.EVENT_ACKED, "lost", source="/erp"),)),
    Plant(law=Law.FOLD, why=Why.STATE_DIFFERS, sql="DELETE FROM events WHERE order_no = 'DB2'"),
    Plant(law=Law.TIMERS, why=Why.TIMER_MISSING, sql="UPDATE due SET live = false WHERE order_no = 'DB2'"),
    Plant(law=Law.TIMERS, why=Why.TIMER_MISSING, sql="DELETE FROM due WHERE kind = 's'"),
    Plant(
        law=Law.TIMERS, why=Why.TIMER_WRONG, sql="UPDATE due SET due_at = due_at + 1 WHERE order_no = 'DB2'"
    ),
    Plant(
        law=Law.TIMERS, why=Why.TIMER_NEEDLESS, sql="UPDATE orders SET armed = false WHERE order_no = 'DB2'"
    ),
    Plant(law=Law.DETECTED, why=Why.LIMIT_UNNOTICED, sql="DELETE FROM cases WHERE order_no = 'DB3'"),
    Plant(law=Law.OUTLOOKS, why=Why.OUTLOOK_MISSING, sql="DELETE FROM outlooks WHERE order_no = 'DB2'"),
    Plant(
        law=Law.OUTLOOKS,
        why=Why.OUTLOOK_WRONG,
        sql="UPDATE outlooks SET late_at = late_at + 1 WHERE order_no = 'DB2'",
    ),
    Plant(law=Law.OUTLOOKS, why=Why.OUTLOOK_WRONG, sql="UPDATE outlooks SET carrier = 'SF'"),
    Plant(
        law=Law.OUTLOOKS,
        why=Why.OUTLOOK_NEEDLESS,
        sql="UPDATE orders SET armed = false WHERE order_no = 'DB2'",
    ),
    Plant(law=Law.OUTLOOKS, why=Why.OUTLOOK_NEEDLESS, sql="UPDATE outlooks SET shop = 'elsewhere'"),
    Plant(law=Law.PUNCTUAL, why=Why.TOO_EARLY, sql="UPDATE cases SET raised_at = due_at, opened_at = due_at"),
    Plant(law=Law.PUNCTUAL, why=Why.TOO_EARLY, sql="UPDATE cases SET due_at = due_at - 1"),
    Plant(law=Law.PUNCTUAL, why=Why.BACKWARDS, sql="UPDATE cases SET claimed_at = opened_at - 1"),
    Plant(
        law=Law.TASKS,
        why=Why.TASK_OUTLIVED,
        sql="UPDATE cases SET ended_at = raised_at, ended_how = 'moved' WHERE order_no = 'DB3'",
    ),
    Plant(law=Law.TASKS, why=Why.ASKED_TOO_OFTEN, sql="UPDATE tasks SET times = 3"),
    Plant(law=Law.CARDS, why=Why.NO_CARD, sql="DELETE FROM letters WHERE id = 'card-db3'"),
    Plant(law=Law.CARDS, why=Why.NO_CARD, sql="UPDATE cases SET breaches = 2"),
    Plant(
        law=Law.LETTERS,
        why=Why.NO_LEASE,
        sql=of_state("face", state="'sending'", done_at="NULL"),
    ),
    Plant(
        law=Law.LETTERS,
        why=Why.ABANDONED,
        sql=of_state("face", state="'sending'", done_at="NULL", lease_until=LONG_AGO),
    ),
    Plant(law=Law.LETTERS, why=Why.NEVER_ATTEMPTED, sql=of_state("face", attempts=0)),
    Plant(law=Law.LETTERS, why=Why.NEVER_ATTEMPTED, sql=of_state("face", payload="NULL")),
    Plant(law=Law.LETTERS, why=Why.NO_END, sql=of_state("face", done_at="NULL")),
    Plant(law=Law.LETTERS, why=Why.ENDED_AND_WAITS, sql=of_state("line", done_at=LONG_AGO)),
    Plant(law=Law.LETTERS, why=Why.NOT_FOR_AGENTS, sql=of_state("face", state="'unknown'")),
    Plant(law=Law.LETTERS, why=Why.BACKWARDS, sql=of_state("face", done_at=LONG_AGO)),
    Plant(
        law=Law.LETTERS,
        why=Why.OVERSTAYED,
        sql=of_state("message", state="'pending'", done_at="NULL", expires_at=LONG_AGO),
    ),
    Plant(
        law=Law.CUSTOMERS,
        why=Why.NOBODY_ASKS,
        sql=of_state("message", state="'pending'", done_at="NULL", medium="'mass'"),
    ),
    Plant(law=Law.CUSTOMERS, why=Why.OF_NO_ROUND, sql=SECOND.format("message")),
    Plant(law=Law.CUSTOMERS, why=Why.OF_NO_ROUND, sql="UPDATE cases SET send_round = 0"),
    Plant(law=Law.CUSTOMERS, why=Why.LOSS_UNTOLD, sql=of_state("message", state="'unknown'")),
    Plant(law=Law.CUSTOMERS, why=Why.NOT_REACHED, sql="UPDATE cases SET reached_at = NULL"),
    Plant(law=Law.TAPS, why=Why.TAP_LOST, seen=(a_sighting(Seen.CLICK_ACKED, "lost"),)),
    Plant(law=Law.TAPS, why=Why.TAP_WAITS, sql=f"UPDATE inbox SET done_at = NULL, received_at = {LONG_AGO}"),
    Plant(law=Law.TAPS, why=Why.TAP_GIVEN_UP, sql="UPDATE inbox SET done_at = NULL, tries = 5"),
    Plant(law=Law.TAPS, why=Why.TAP_TWICE, sql=SECOND.format("face")),
    Plant(law=Law.TAPS, why=Why.TAP_UNANSWERED, sql="DELETE FROM letters WHERE id IN ('face', 'line')"),
    Plant(
        law=Law.ACCEPTED,
        why=Why.ACCEPTED_TWICE,
        seen=(a_sighting(Seen.CUSTOMER_ACCEPTED, message_id(MESSAGE), to="wmChen"),),
    ),
    Plant(law=Law.ACCEPTED, why=Why.ACCEPTED_UNKNOWN, seen=(a_sighting(Seen.CARD_ACCEPTED, "stray"),)),
    Plant(law=Law.ACCEPTED, why=Why.ACCEPTED_AND_FAILED, sql=of_state("message", state="'failed'")),
    Plant(law=Law.ACCEPTED, why=Why.SENT_UNACCEPTED, unseen=message_id(MESSAGE)),
    Plant(law=Law.ACCEPTED, why=Why.SENT_UNACCEPTED, unseen="card-db3"),
    Plant(law=Law.ALERTS, why=Why.ALERT_VANISHED, sql=of_state("card-db3", state="'failed'")),
    Plant(
        law=Law.ALERTS, why=Why.DIGEST_MISSING, sql=of_state("card-db3", state="'folded'", folded_into="'x'")
    ),
    Plant(
        law=Law.ALERTS,
        why=Why.ALERT_VANISHED,
        sql="UPDATE letters SET folded_into = CASE id WHEN 'card-db3' THEN 'line' END,"
        " state = CASE id WHEN 'card-db3' THEN 'folded' ELSE 'failed' END WHERE id IN ('card-db3', 'line')",
    ),
    Plant(law=Law.TIMERS, why=Why.TIMER_MISSING, sql="DELETE FROM due WHERE kind = 'p'"),
    Plant(law=Law.TIMERS, why=Why.TIMER_MISSING, sql="DELETE FROM due WHERE kind = 'a'"),
    Plant(law=Law.TIMERS, why=Why.TIMER_MISSING, sql="DELETE FROM due WHERE kind = 't'"),
    Plant(law=Law.TIMERS, why=Why.TIMER_NEEDLESS, sql=f"UPDATE approved SET done_at = {LONG_AGO}"),
    Plant(law=Law.PROMISES, why=Why.PROMISE_MISSING, sql="DELETE FROM promises"),
    Plant(law=Law.PROMISES, why=Why.PROMISE_NEEDLESS, sql="UPDATE promises SET due_at = due_at + 1"),
    Plant(law=Law.PROMISES, why=Why.PROMISE_NEEDLESS, sql="UPDATE promises SET unsure = true"),
    Plant(law=Law.PROMISES, why=Why.PROMISE_NEEDLESS, sql=of_state("message", state="'failed'")),
    Plant(law=Law.PROMISES, why=Why.PROMISE_MISJUDGED, sql="UPDATE promises SET kept_at = due_at"),
    Plant(
        law=Law.TRIALS,
        why=Why.TWO_TRIALS,
        sql=f"INSERT INTO experiments ({', '.join(EXPERIMENTS.columns)}) SELECT {OTHER} FROM experiments",
    ),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql="UPDATE experiments SET edition = 1"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql="UPDATE experiments SET percent = 30"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql=f"UPDATE experiments SET {STOPPED}"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql="UPDATE documents SET trial = NULL"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql="DELETE FROM documents WHERE version = 2"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_ASTRAY, sql="DELETE FROM documents"),
    Plant(law=Law.TRIALS, why=Why.TRIAL_UNKNOWN, sql="UPDATE exposures SET experiment = 'gone'"),
    Plant(law=Law.TRIALS, why=Why.OTHER_PART, sql="UPDATE exposures SET part = 'control'"),
    Plant(law=Law.TRIALS, why=Why.OTHER_PART, sql=f"UPDATE exposures SET order_no = '{OUTSIDE}'"),
    Plant(
        law=Law.TRIALS,
        why=Why.OUTSIDE_TRIAL,
        sql=f"UPDATE experiments SET started_at = {to_ms(in_(hours=1))}",
    ),
    Plant(law=Law.TRIALS, why=Why.OUTSIDE_TRIAL, sql=f"UPDATE experiments SET {STOPPED}"),
    Plant(law=Law.LEASES, why=Why.WENT_BACK, seen=(a_sighting(Seen.LEASE, "socket", version=2),)),
)
UNGUARDED = (
    Plant(
        law=Law.CASES,
        why=Why.TWO_UNCLOSED,
        sql=f"INSERT INTO cases ({', '.join(CASES.table.columns)}) SELECT {TWIN} FROM cases WHERE id = 'db3'",
    ),
    Plant(law=Law.CASES, why=Why.CLOSED_TOO_SOON, sql="UPDATE cases SET closed_at = raised_at"),
)
"""What the schema itself forbids, too."""
WITHOUT_GUARDS = {
    Backend.SQLITE: ("PRAGMA ignore_check_constraints = ON", "DROP INDEX one_unclosed_case"),
    Backend.POSTGRES: (
        "ALTER TABLE cases DROP CONSTRAINT closed_means_reached_ended_and_explained",
        "DROP INDEX one_unclosed_case",
    ),
}


def named(plants: Iterable[Plant]) -> list[object]:
    return [pytest.param(plant, id=f"{plant.law}: {plant.why}") for plant in plants]


async def is_found(plant: Plant, store: Store, folder: Path) -> None:
    """Whether the law is named, with the way it is broken."""
    await store.run("test", fill)
    if plant.sql:
        await execute(store, plant.sql)
    history = [line for line in (*HISTORY, *plant.seen) if line.id != plant.unseen]

    found = await verdicts(store, folder, history)

    assert plant.why in [violation.why for violation in found[plant.law].shown]
    assert plant.why in as_data(list(found.values()))
    assert WHYS[plant.why][0] in as_text(list(found.values()))


async def execute(store: Store, *statements: str) -> None:
    async with store.reading() as connection:
        for statement in statements:
            await connection.execute(statement)


@pytest.mark.parametrize("plant", named(PLANTS))
async def test_what_is_planted_is_named(store: Store, tmp_path: Path, plant: Plant) -> None:
    await is_found(plant, store, tmp_path)


@pytest.fixture(params=list(Backend))
async def bare_store(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str
) -> AsyncIterator[Store]:
    """A database of its own, whose schema forbids less."""
    url = sqlite_url(tmp_path) if request.param is Backend.SQLITE else postgres_url
    async with open_store(url, Signals()) as store:
        await execute(store, *WITHOUT_GUARDS[request.param])
        yield store


@pytest.mark.parametrize("plant", named(UNGUARDED))
async def test_what_the_schema_forbids_is_named_as_well(
    bare_store: Store, tmp_path: Path, plant: Plant
) -> None:
    await is_found(plant, bare_store, tmp_path)


def test_every_way_to_break_a_law_was_planted_and_has_its_words() -> None:
    assert {plant.why for plant in (*PLANTS, *UNGUARDED)} == set(Why) == set(WHYS)
    assert {plant.law for plant in (*PLANTS, *UNGUARDED)} == set(Law) == set(LAWS)


# --- what is none -----------------------------------------------------------------------


async def test_what_was_put_off_a_little_is_armed(store: Store, tmp_path: Path) -> None:
    await store.run("test", fill)
    await execute(
        store, "DELETE FROM cases WHERE order_no = 'DB3'", "DELETE FROM due WHERE kind IN ('s', 't')"
    )
    await store.run("test", lambda work: work.dues.arm([a_due("DB3", NOW + timedelta(milliseconds=20))]))

    found = await verdicts(store, tmp_path, HISTORY)

    assert found[Law.TIMERS].shown == []


@pytest.mark.parametrize(("ago", "told"), [(timedelta(minutes=2), False), (timedelta(minutes=3), True)])
async def test_a_trial_that_other_rules_have_ended_is_told_when_nobody_has_heard_of_it(
    store: Store, tmp_path: Path, ago: timedelta, told: bool
) -> None:
    await store.run("test", fill)
    await store.run("test", lambda work: work.documents.add(RULES_KIND, "{}", NOW - ago))

    found = await verdicts(store, tmp_path, HISTORY)

    assert [one.why for one in found[Law.TRIALS].shown] == ([Why.TRIAL_ASTRAY] if told else [])


async def test_orders_that_a_new_rule_book_will_arm_anew_are_left_alone(store: Store, tmp_path: Path) -> None:
    await store.run("test", fill)
    newer = replace(BOOK, version=2)
    rules = Rules(edition=Edition(book=newer), versions={1: Edition(book=BOOK), 2: Edition(book=newer)})
    await execute(store, "UPDATE due SET due_at = due_at + 1 WHERE order_no = 'DB2'")

    found = await verify(store, rules, ManualClock(NOW))

    assert [violation for verdict in found for violation in verdict.shown] == []


async def test_more_orders_than_a_page_are_all_looked_at(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.verifying.PAGE", 2)
    await store.run("test", fill)

    found = await verdicts(store, tmp_path, HISTORY)

    assert {law: found[law].checked for law in (Law.FOLD, Law.LETTERS, Law.EVENTS, Law.TAPS)} == {
        Law.FOLD: 3,
        Law.LETTERS: 5,
        Law.EVENTS: 1,
        Law.TAPS: 1,
    }
    assert not any(verdict.broken for verdict in found.values())


async def test_half_a_line_of_the_history_is_named_by_its_number(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(msgspec.json.encode(HISTORY[0]) + b'\n{"at": "2026')

    with pytest.raises(HistoryError, match="line 2: "):
        await verify(store, RULES, ManualClock(NOW), history=file)
