"""What does a check cost? The rows that are due, however many are open: each is an index away.

The plans are the generic ones, which a connection settles for after a few runs: they know no parameter.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.storage.caselist import UNCLOSED, CaseFilter, CaseList
from bot.storage.causes import DelayFilter, delay_page, found_in, found_of, weeks_of
from bot.storage.connection import Connection, Value
from bot.storage.decisions import (
    approved_within,
    decision_of,
    decision_page,
    decisions_about,
    decisions_of_rules,
    endings_of,
    open_decisions,
)
from bot.storage.drafts import open_drafts
from bot.storage.dues import next_due
from bot.storage.dutybook import changes_between, trace_of_duty
from bot.storage.evidence import rules_versions
from bot.storage.experiments import (
    all_running,
    experiment_of,
    experiments_before,
    exposures_after,
    looks_of,
    tallies_of,
    trials_of,
)
from bot.storage.feeds import records
from bot.storage.histories import Histories
from bot.storage.incidentlist import progress_of
from bot.storage.measures import MeasureFilter, measured
from bot.storage.orderlist import OrderFilter, OrderList, Place
from bot.storage.orders import Orders
from bot.storage.outages import held_of, lately, unsettled
from bot.storage.outbox import lost_since, next_letter
from bot.storage.personal import newest_told, reached_by
from bot.storage.promiselist import PromiseFilter, promise_page, promise_tallies
from bot.storage.proposals import (
    Verdict,
    decided_since,
    has_proposals,
    newest_proposals,
    orders_after,
)
from bot.storage.rehearsals import latest
from bot.storage.reports import report_of, report_page
from bot.storage.store import Store, Transaction
from bot.storage.tasklist import TaskFilter, task_counts, task_page
from bot.storage.trail import Trail, TrailFilter
from bot.storage.watching import unclosed_cases, watched_open
from handlers.documents import Origin
from handlers.messages import LetterId
from handlers.outbox import Medium
from rules.anomalies import AnomalyId, Sorting, State
from rules.contrast import Side
from rules.deadlines import Band
from rules.decisions import DecisionNo
from rules.events import OrderKey, OrderNo, Shop, UserId
from rules.promises import PromiseState, Slot
from rules.reasons import Reason
from rules.stages import Kind, Priority, Stage
from rules.storms import Cause, Front, IncidentId
from rules.tasks import TaskKind
from tests.contracts.backend import Backend
from tests.contracts.builders import NOW, a_key, a_letter, a_report, an_order, in_
from tests.contracts.listening import Listening

Question = Callable[[Connection], Awaitable[Any]]

LISI = UserId("lisi")
EVERYTHING = CaseFilter(
    states=(State.CLAIMED, State.CLOSED),
    stage=Stage.PICKUP,
    kind=Kind.NO_UPDATE,
    priority=Priority.P1,
    shops=frozenset({Shop("a"), Shop("b")}),
    owner=LISI,
    reason=Reason.OTHER,
    since=NOW,
    until=NOW,
    self_healed=True,
    number="DB",
    before="x",
)

LISTED = OrderFilter(
    band=Band.GREY,
    shops=frozenset({Shop("a"), Shop("b")}),
    warehouse="hz1",
    carrier="sf",
    after=Place(late_ms=None, key=OrderKey(Shop("a"), OrderNo("x"))),
)

MEASURED = MeasureFilter(
    since=NOW, until=NOW, shops=frozenset({Shop("a"), Shop("b")}), stage=Stage.PICKUP, lane="x", owner=LISI
)
DELAYED = DelayFilter(
    week="2026-03-02",
    shops=frozenset({Shop("a"), Shop("b")}),
    reason=Reason.OTHER,
    part=dict.fromkeys(Side, "x"),
    since=NOW,
    until=NOW,
    disputed=True,
    before="x",
)
PROMISED = PromiseFilter(
    since=NOW,
    until=NOW,
    shops=frozenset({Shop("a"), Shop("b")}),
    slot=Slot.NEWS_BY,
    template="x",
    carrier="sf",
    agent="lisi",
    state=PromiseState.KEPT,
    before=(1, "c", "t", "news_by"),
)

QUESTIONS: Mapping[str, tuple[Question, str]] = {
    "which orders can be judged": (
        lambda on: Transaction(on).experiments.to_judge("x", NOW, 200),
        "exposures_to_judge",
    ),
    "what an experiment counts": (lambda on: tallies_of(on, "x"), "exposures_counted"),
    "what experiments that are over wait for": (
        lambda on: Transaction(on).experiments.settle(50),
        "exposures_to_judge",
    ),
    "what can be forgotten of experiments": (
        lambda on: Transaction(on).experiments.forget_before(NOW, 50),
        "experiments_ended",
    ),
    "which experiments made versions": (lambda on: trials_of(on, {3, 4}), "experiments_began"),
    "what was decided about a version": (lambda on: decisions_of_rules(on, 3, 20), "decisions_of_rules"),
    "which experiments go on": (all_running, "experiments_running"),
    "the next orders that experiments concern": (
        lambda on: exposures_after(on, ("a", "x", "x"), 500),
        "exposures",
    ),
    "which experiment goes on": (lambda on: Transaction(on).experiments.running(), "experiments_running"),
    "an experiment": (lambda on: experiment_of(on, "x"), "experiments"),
    "an experiment to be changed": (lambda on: Transaction(on).experiments.find("x"), "experiments"),
    "the newest experiments": (lambda on: experiments_before(on, None, 50), "experiments"),
    "what the looks found": (lambda on: looks_of(on, "x", 50), "experiment_looks"),
    "what is due": (lambda on: Transaction(on).dues.take(NOW, 500), "due_next"),
    "when the next thing is due": (next_due, "due_next"),
    "what may leave": (
        lambda on: Transaction(on).outbox.take(list(Medium), NOW, in_(minutes=1), 64),
        "letters_ready",
    ),
    "when the next letter may leave": (next_letter, "letters_ready"),
    "which digest collects": (lambda on: Transaction(on).outbox.collecting(["lisi"]), "letters_"),
    "what a digest says": (
        lambda on: Transaction(on).outbox.folded_into([LetterId("x")]),
        "letters_folded",
    ),
    "whose sender is gone": (lambda on: Transaction(on).outbox.abandoned(NOW), "letters_sending"),
    "which letters were lost": (lambda on: lost_since(on, NOW, 5), "letters_lost"),
    "what came in": (lambda on: Transaction(on).inbox.take(), "inbox_waiting"),
    "the next orders to rehearse": (
        lambda on: Histories(on).keys(a_key(), 500, NOW, Shop("main")),
        "orders",
    ),
    "what people did about orders": (lambda on: Histories(on).deeds([a_key()]), "cases"),
    "which rehearsal is next": (lambda on: Transaction(on).rehearsals.next(), "rehearsals_waiting"),
    "the latest rehearsals": (lambda on: latest(on, 50), "rehearsals_asked"),
    "an order": (lambda on: Transaction(on).orders.find(a_key()), "orders"),
    "an order by its number": (lambda on: Transaction(on).orders.resolve({"DB1"}), "orders_by_number"),
    "the events of an order": (lambda on: Transaction(on).orders.events([a_key()]), "events_of_order"),
    "what is parked": (lambda on: Transaction(on).orders.parked({"stock:MUG"}, NOW), "parked_about"),
    "what an old rule book set": (lambda on: Transaction(on).orders.outdated(2, 500), "orders_by_book"),
    "the tasks of a case": (lambda on: Transaction(on).tasks.of_cases([AnomalyId("x")]), "tasks"),
    "what somebody is to answer": (lambda on: Transaction(on).tasks.of_owner(LISI), "tasks_undone"),
    "which tasks wait": (
        lambda on: task_page(on, TaskFilter(kind=TaskKind.REMIND_CARRIER), 50),
        "tasks_undone",
    ),
    "which tasks there were": (lambda on: task_page(on, TaskFilter(states=()), 50), "tasks_given"),
    "how many tasks wait": (lambda on: task_counts(on, None, LISI), "tasks_undone"),
    "the cases of an order": (lambda on: Transaction(on).cases.of([a_key()]), "cases"),
    "whose number is shown so": (
        lambda on: reached_by(on, "138****8000", {Shop("main")}, 10),
        "links",
    ),
    "whose number of any shop is shown so": (lambda on: reached_by(on, "138****8000", None, 10), "links"),
    "what was told last that is personal": (newest_told, "personal_since"),
    "what was personal long ago": (lambda on: Transaction(on).personal.aged(NOW, 500), "personal_since"),
    "what is personal of an order": (
        lambda on: Transaction(on).personal.erase([an_order()]),
        "events_of_order",
    ),
    "the longest late": (lambda on: OrderList(on).page(OrderFilter(), NOW, 50), "outlooks_late"),
    "watched orders by whatever can be asked": (
        lambda on: OrderList(on).page(LISTED, NOW, 50),
        "outlooks_late",
    ),
    "the orders of a list": (lambda on: Orders(on).known([a_key()]), "orders"),
    "a case": (lambda on: Transaction(on).cases.find(AnomalyId("x")), "case_by_id"),
    "the card of an incident": (
        lambda on: Transaction(on).incident_cards.find(LetterId("x")),
        "incident_cards",
    ),
    "how far incidents are": (
        lambda on: progress_of(on, [IncidentId("x"), IncidentId("y")], {Shop("a"), Shop("b")}),
        "cases_of_incident",
    ),
    "how far incidents of all shops are": (
        lambda on: progress_of(on, [IncidentId("x")], None),
        "cases_of_incident",
    ),
    "the cards of incidents that may change": (
        lambda on: Transaction(on).incident_cards.changeable([IncidentId("x")], NOW),
        "cards_of_incident",
    ),
    "what was approved at once": (lambda on: Transaction(on).approvals.of(LetterId("x")), "approved"),
    "what was approved for a case": (
        lambda on: Transaction(on).approvals.of_cases([AnomalyId("x")]),
        "approved_of_case",
    ),
    "who speaks to a customer": (lambda on: Transaction(on).cases.owners_for(["wm"]), "one_unclosed_case"),
    "the signs on a front": (
        lambda on: Transaction(on).incidents.hold_fronts(
            [Front("default", Stage.PICKING, Cause.WAREHOUSE, "hz1")]
        ),
        "storm_signs",
    ),
    "which incidents are open on a front": (
        lambda on: Transaction(on).incidents.hold_fronts(
            [Front("default", Stage.PICKING, Cause.WAREHOUSE, "hz1")]
        ),
        "incidents_open",
    ),
    "an incident": (lambda on: Transaction(on).incidents.find(IncidentId("x")), "incidents"),
    "an incident to be changed": (lambda on: Transaction(on).incidents.hold([IncidentId("x")]), "incidents"),
    "the cases of an incident": (
        lambda on: Transaction(on).incidents.cases(IncidentId("x")),
        "cases_of_incident",
    ),
    "the newest incidents": (lambda on: Transaction(on).incidents.listed(50), "incidents_opened"),
    "the incidents before one": (
        lambda on: Transaction(on).incidents.listed(50, before=IncidentId("x")),
        "incidents_opened",
    ),
    "which incidents are not over": (
        lambda on: Transaction(on).incidents.listed(50, open_only=True, before=IncidentId("x")),
        "incidents_",
    ),
    "every unclosed case": (lambda on: Transaction(on).cases.unclosed(), "unclosed"),
    "what changes duty": (lambda on: Transaction(on).duty.in_force(NOW), "duty_ahead"),
    "a change of duty": (lambda on: Transaction(on).duty.find(1), "duty_changes"),
    "whether duty has changed": (trace_of_duty, "duty_changes"),
    "what changed the duty of a week": (lambda on: changes_between(on, NOW, NOW), "duty_ahead"),
    "which sources are out": (unsettled, "outages_under_way"),
    "when sources were out": (lambda on: lately(on, NOW, 50), "outages_noticed"),
    "which cases are held": (lambda on: Transaction(on).outages.holding(100), "cases_held"),
    "how many are held for what": (held_of, "cases_"),
    "what an outage held": (lambda on: Transaction(on).outages.closed_while_held("x"), "cases_of_outage"),
    "what was heard of late": (lambda on: records(on, NOW), "feeds_by_hour"),
    "the newest cases": (lambda on: CaseList(on).page(CaseFilter(), 50), "cases_listed"),
    "what is not closed": (lambda on: CaseList(on).page(CaseFilter(states=UNCLOSED), 50), "case"),
    "what is overdue longest": (
        lambda on: CaseList(on).page(CaseFilter(sorting=Sorting.DUE, before="x"), 50),
        "case",
    ),
    "cases by whatever can be asked": (lambda on: CaseList(on).page(EVERYTHING, 50), "case"),
    "cases by the beginning of a number": (
        lambda on: CaseList(on).page(CaseFilter(number="DB2"), 50, few=True),
        "case",
    ),
    "the cases of an incident in outline": (
        lambda on: CaseList(on).outlines(CaseFilter(incident=IncidentId("x"), since=NOW), 50),
        "cases_of_incident",
    ),
    "the newest cases in outline": (
        lambda on: CaseList(on).outlines(CaseFilter(since=NOW), 50),
        "cases_listed",
    ),
    "how many cases there are": (lambda on: CaseList(on).counts(CaseFilter(), LISI), "cases_"),
    "how many cases fit": (lambda on: CaseList(on).counts(EVERYTHING, LISI), "cases_"),
    "the letters of a case": (lambda on: Transaction(on).outbox.of_case(AnomalyId("x")), "letters_of_case"),
    "what was promised about an order": (lambda on: Transaction(on).promises.of([a_key()]), "promises"),
    "what was promised lately": (lambda on: promise_page(on, PROMISED, 50), "promises_made"),
    "how that fared": (lambda on: promise_tallies(on, PROMISED), "promises_made"),
    "how well the team answered": (lambda on: measured(on, MEASURED, NOW - NOW, NOW), "cases_measured"),
    "what was proposed last": (newest_proposals, "proposals"),
    "whether anything was proposed": (lambda on: has_proposals(on, "2026-03-02"), "proposals"),
    "what was decided about lately": (lambda on: decided_since(on, NOW), "proposals_decided"),
    "a proposal": (lambda on: Transaction(on).proposals.find("2026-03-02", "x"), "proposals"),
    "a proposal that is decided about": (
        lambda on: Transaction(on).proposals.decide(
            "2026-03-02", "x", verdict=Verdict.REJECTED, by="x", at=NOW
        ),
        "proposals",
    ),
    "the next of all orders": (lambda on: orders_after(on, a_key(), NOW, 2, 500), "orders"),
    "what was found of a week": (lambda on: found_of(on, "*", "2026-03-02"), "findings"),
    "what was found of a week in each shop": (lambda on: found_in(on, "2026-03-02"), "findings"),
    "which weeks were looked at": (lambda on: weeks_of(on, "*", 26), "findings_of_shop"),
    "the delays of a week": (lambda on: delay_page(on, DELAYED, 50), "delays"),
    "the rules that came from a file": (
        lambda on: Transaction(on).documents.newest("rules", Origin.FILE),
        "documents",
    ),
    "the drafts that are open": (lambda on: open_drafts(on, "rules"), "drafts_open"),
    "the orders that other rules would concern": (lambda on: watched_open(on, 100), "orders_by_book"),
    "how many cases they would concern": (unclosed_cases, "cases_"),
    "which rules came into force": (lambda on: rules_versions(on, NOW, NOW), "documents"),
    "a decision": (lambda on: decision_of(on, DecisionNo(1)), "decisions"),
    "the newest decisions": (lambda on: decision_page(on, None, 50), "decisions"),
    "which decisions are open": (lambda on: open_decisions(on, 50), "decisions"),
    "what ended decisions": (lambda on: endings_of(on, [DecisionNo(1)]), "decisions_ended"),
    "what was approved in a week": (lambda on: approved_within(on, NOW, NOW), "decisions_approved"),
    "what was decided about a cause": (lambda on: decisions_about(on, "carrier=sf"), "decisions_about"),
    "the report of a week": (lambda on: report_of(on, "2026-W09"), "reports"),
    "the newest reports": (lambda on: report_page(on, None, 50), "reports"),
    "the picture of a week": (lambda on: Transaction(on).reports.picture("2026-W09"), "reports"),
    "the timeline of a case": (lambda on: Transaction(on).cases.timeline(AnomalyId("x")), "timeline_of_case"),
    "the audit trail": (lambda on: Trail(on).lines(TrailFilter(), 50), "audit_trail"),
    "what somebody did": (lambda on: Trail(on).lines(TrailFilter(actor="x"), 50), "audit_of_actor"),
    "who did something": (lambda on: Trail(on).lines(TrailFilter(deed="x"), 50), "audit_of_deed"),
    "who saw an order": (lambda on: Trail(on).lines(TrailFilter(order=a_key()), 50), "audit_of_order"),
    "who saw a case": (lambda on: Trail(on).lines(TrailFilter(case=AnomalyId("x")), 50), "audit_of_case"),
    "who changed something": (
        lambda on: Trail(on).lines(TrailFilter(changes_only=True), 50),
        "audit_of_changes",
    ),
    "which passes are spent": (lambda on: Transaction(on).passes.still_good(NOW), "passes_by_end"),
    "which passes are over": (lambda on: Transaction(on).passes.forget_before(NOW, 50), "passes_by_end"),
    "the audit trail of a day": (
        lambda on: Trail(on).lines(TrailFilter(since=NOW, until=NOW, shops=frozenset({a_key().shop})), 50),
        "audit_trail",
    ),
}


OURS = "WHERE relnamespace = 'public'::regnamespace"
KNOWN = "(reltuples, relpages) <> (-1, 0)"
"""Of the tables about which something is known: to say it of all of them each time fills the catalog with dead rows."""
READS_ALL = re.compile(r"Seq Scan|^SCAN (?!json_each|fitting|unclosed)")
"""What a statement has found already, or brought along, is no table."""


async def test_no_question_reads_a_table_from_end_to_end(store: Store, backend: Backend) -> None:
    """None of them writes, so that all are asked in one place."""
    assert await gone_astray(store, backend, QUESTIONS) == {}


async def gone_astray(store: Store, backend: Backend, names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The plans of those of the questions that do not go by their index, or read a table beside it."""
    found: dict[str, Sequence[str]] = {}
    async with store.reading() as connection:
        for name in names:
            ask, index = QUESTIONS[name]
            listening = Listening(connection)
            await ask(listening)
            steps = [step for asked in listening.asked for step in await PLAN[backend](connection, *asked)]
            by_index = any(index in step for step in steps)
            if not by_index or not all(index in step for step in steps if READS_ALL.search(step)):
                found[name] = steps
    return found


READS_ALL_LETTERS = re.compile(r"Seq Scan on letters|^SCAN [lr]\b")


async def test_how_it_stands_with_addressees_is_an_index_away(store: Store, backend: Backend) -> None:
    """Of cards that several hold as well: where there are none, that index is empty."""
    async with store.reading() as connection:
        listening = Listening(connection)
        await Transaction(listening).outbox.set_out([a_letter("lisi|wangwu")], NOW, in_(minutes=1), 64)
        steps = [step for asked in listening.asked for step in await PLAN[backend](connection, *asked)]

    assert [step for step in steps if READS_ALL_LETTERS.search(step)] == []
    for index in ("letters_ready", "letters_paced", "letters_shared"):
        assert any(index in step for step in steps), steps


async def test_what_is_personal_is_removed_by_indexes_alone(store: Store, backend: Backend) -> None:
    told = a_report(customer={"phone": "13800138000"})
    await store.run("test", lambda work: work.orders.store([told]))
    async with store.reading() as connection:
        listening = Listening(connection)
        await Transaction(listening).personal.erase([an_order()])
        steps = [step for asked in listening.told for step in await PLAN[backend](connection, *asked)]

    assert [step for step in steps if READS_ALL.search(step)] == []
    for index in ("events", "orders", "links_of_order", "personal"):
        assert any(index in step for step in steps), steps


async def test_delays_are_dropped_by_indexes_alone(store: Store, backend: Backend) -> None:
    async with store.reading() as connection:
        listening = Listening(connection)
        await Transaction(listening).causes.clear("2026-03-02")
        await Transaction(listening).causes.forget_before("2026-03-02")
        steps = [step for asked in listening.told for step in await PLAN[backend](connection, *asked)]

    assert len(listening.told) == 3
    assert [step for step in steps if READS_ALL.search(step)] == []


async def test_what_is_known_of_tables_that_are_nearly_empty_changes_no_plan(postgres_store: Store) -> None:
    """With one row every index is as good as the other: autovacuum may have seen the tables so."""
    async with postgres_store.reading() as connection:
        await connection.execute("ANALYZE letters")
    assert await gone_astray(postgres_store, Backend.POSTGRES, ["the letters of a case"]) == {}


async def sqlite_plan(connection: Connection, sql: str, parameters: tuple[Value, ...]) -> list[str]:
    found = await connection.fetch(f"EXPLAIN QUERY PLAN {sql}", *parameters)
    return [row["detail"] for row in found]


async def postgres_plan(connection: Connection, sql: str, parameters: tuple[Value, ...]) -> list[str]:
    """The plan for any parameters, as if the tables were too large to be read, and nothing were known of them."""
    await connection.execute(f"UPDATE pg_class SET reltuples = -1, relpages = 0 {OURS} AND {KNOWN}")
    await connection.execute(f"DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class {OURS})")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute("SET enable_seqscan = off")
    await connection.execute(f"PREPARE question AS {sql}")
    given = f"({', '.join('NULL' for _ in parameters)})" if parameters else ""
    found = await connection.fetch(f"EXPLAIN EXECUTE question{given}")
    await connection.execute("DEALLOCATE question")
    return [row["QUERY PLAN"] for row in found]


PLAN = {Backend.SQLITE: sqlite_plan, Backend.POSTGRES: postgres_plan}
