"""Records with defaults: each is valid, and small enough to be read in a test."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.sealing import Seals
from bot.sources.cloudevents import decode
from bot.storage.ids import new_id
from handlers.approved import Approved, IncidentCard
from handlers.drafts import Draft
from handlers.experimentbook import Look
from handlers.messages import Due, DueKind, LetterId, Reported
from handlers.outbox import Letter, LetterKind, Medium
from handlers.records import Entry, ShownCard, What
from handlers.rehearsals import Rehearsal
from handlers.trail import Way
from rules.actions import Action
from rules.anomalies import Anomaly, AnomalyId
from rules.book import RuleBook
from rules.bookfile import parse_rule_book
from rules.decisions import About, Decision, DecisionNo
from rules.duty import Change, ChangeKind
from rules.events import Attribute, Item, OrderKey, OrderNo, Shop, UserId
from rules.experiments import Finding, Part
from rules.exposures import Exposure
from rules.grouping import Sign
from rules.incidents import Incident
from rules.orders import Fact, Order
from rules.outages import Outage, Station
from rules.promises import Promise, Slot
from rules.sequential import Arm
from rules.stages import Kind, Priority, Stage
from rules.storms import Cause, IncidentId
from rules.tasks import Task, TaskKind
from rules.trials import Experiment, Yardstick

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""
BOOK = parse_rule_book({}).compile(1)
SECOND = timedelta(seconds=1)
SEALS = Seals(b"secret")
_numbers = count(1)


def in_(**duration: float) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(**duration)


def a_book(version: int, **data: Any) -> RuleBook:
    """A version of the default rules, with changes."""
    return parse_rule_book(data).compile(version)


def a_key(number: str = "DB1", shop: str = "main") -> OrderKey:
    """An order's key."""
    return OrderKey(Shop(shop), OrderNo(number))


def a_report(
    subject: str = "DB1",
    *,
    id_: str | None = None,
    kind: str = "order.stage",
    source: str = "/wms/hz1",
    at: datetime = NOW,
    observed_at: datetime | None = None,
    **data: Any,
) -> Reported:
    """An event as it comes out of the intake; by default the picking was started."""
    if kind == "order.stage":
        data = {"stage": "picking", "status": "started", **data}
    event = {
        "specversion": "1.0",
        "id": id_ or f"e{next(_numbers)}",
        "source": source,
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "data": data,
    }
    return decode(json.dumps(event, ensure_ascii=False).encode(), observed_at or at, SEALS)


def an_order(number: str = "DB1", *, shop: str = "main", skus: tuple[str, ...] = (), **facts: str) -> Order:
    """An order that has just been created."""
    return Order(
        key=a_key(number, shop),
        created_at=NOW,
        observed_at=NOW,
        items=tuple(Item(sku=sku) for sku in skus),
        facts={Attribute(name): Fact(value=value, source="/erp", at=NOW) for name, value in facts.items()},
    )


def a_due(number: str = "DB1", at: datetime = NOW, kind: DueKind = DueKind.LIMIT, ref: str = "") -> Due:
    """Something that becomes due."""
    return Due(order=a_key(number), kind=kind, ref=ref, at=at)


def a_case(number: str = "DB1", *, shop: str = "main", id_: str | None = None, **fields: Any) -> Anomaly:
    """A picking that was not started in time, just noticed."""
    case = Anomaly(
        id=AnomalyId(id_ or new_id()),
        order=a_key(number, shop),
        parcel="",
        stage=Stage.PICKING,
        run=1,
        kind=Kind.NOT_STARTED,
        since=in_(minutes=-46),
        due_at=in_(minutes=-1),
        opened_at=NOW,
        raised_at=NOW,
        priority=Priority.P2,
        book_version=1,
    )
    return replace(case, **fields)


def a_letter(
    to: str = "zhangsan", *, id_: str | None = None, key: str | None = None, **fields: Any
) -> Letter:
    """A line to a member, ready to go."""
    id_ = id_ or new_id()
    letter = Letter(
        id=LetterId(id_),
        key=key or id_,
        kind=LetterKind.LINE,
        medium=Medium.APP,
        to=to,
        due_at=NOW,
        content={"text": "你好"},
    )
    return replace(letter, **fields)


def a_card(case: Anomaly, *, id_: str | None = None, **fields: Any) -> ShownCard:
    """The card of a case in the agents' group."""
    card = ShownCard(
        id=LetterId(id_ or new_id()), case=case.id, order=case.order, medium=Medium.GROUP, to="wrGroup"
    )
    return replace(card, **fields)


def a_task(case: Anomaly, kind: TaskKind = TaskKind.RECHECK_STOCK, **fields: Any) -> Task:
    """Look for the goods, within the hour."""
    task = Task(
        case=case.id,
        kind=kind,
        order=case.order,
        owner=UserId("lisi"),
        given_at=NOW,
        asked_at=NOW,
        due_at=in_(hours=1),
    )
    return replace(task, **fields)


def a_promise(case: Anomaly, told: str = "message", **fields: Any) -> Promise:
    """News within two hours, as a text has just said."""
    promise = Promise(
        order=case.order,
        case=case.id,
        told=told,
        slot=Slot.NEWS_BY,
        stage=case.stage,
        parcel=case.parcel,
        template="picking_not_started",
        template_version="1",
        carrier=None,
        warehouse=None,
        agent=UserId("zhangsan"),
        promised_at=NOW,
        warn_at=in_(minutes=84),
        due_at=in_(hours=2),
    )
    return replace(promise, **fields)


def a_sign(case: Anomaly, **fields: Any) -> Sign:
    """It was noticed just now, in a warehouse."""
    sign = Sign(
        group="default",
        stage=case.stage,
        cause=Cause.WAREHOUSE,
        value="hz1",
        case=case.id,
        order=case.order,
        at=NOW,
    )
    return replace(sign, **fields)


def an_incident(case: Anomaly, **fields: Any) -> Incident:
    """What became of several pickings of one warehouse, just now."""
    incident = Incident(
        id=IncidentId(new_id()),
        group="default",
        stage=case.stage,
        cause=Cause.WAREHOUSE,
        value="hz1",
        priority=case.priority,
        book_version=1,
        lead=case.id,
        order=case.order,
        size=3,
        opened_at=NOW,
        joined_at=NOW,
        locks_at=in_(hours=1),
        raised_at=NOW,
        surge_at=NOW,
        surge=3,
        wave_at=NOW,
    )
    return replace(incident, **fields)


def an_outage(**fields: Any) -> Outage:
    """A warehouse's system that is silent for ten minutes, and which six orders wait for."""
    outage = Outage(
        id=new_id(),
        source="/wms/hz1",
        heard_at=in_(minutes=-10),
        noticed_at=NOW,
        expected=40,
        waiting=6,
        reach={Station(Shop("main"), "hz1", Stage.PICKING): True},
    )
    return replace(outage, **fields)


def an_incident_card(**fields: Any) -> IncidentCard:
    """The card of an incident in the agents' group."""
    card = IncidentCard(
        id=LetterId(new_id()), incident=IncidentId(new_id()), medium=Medium.GROUP, to="wrGroup"
    )
    return replace(card, **fields)


def an_approval(case: Anomaly, **fields: Any) -> Approved:
    """Somebody has approved the message of a case as one of many."""
    approved = Approved(
        id=LetterId(new_id()),
        case=case.id,
        incident=IncidentId(new_id()),
        order=case.order,
        action=Action.SEND,
        actor=UserId("zhangsan"),
        way=Way.CARD,
        card=None,
        at=NOW,
    )
    return replace(approved, **fields)


def an_entry(case: Anomaly, **fields: Any) -> Entry:
    """A line of a timeline."""
    return replace(Entry(case=case.id, order=case.order, at=NOW, what=What.OPENED), **fields)


def a_decision(**fields: Any) -> Decision:
    """A manager sees to something, and looks back in two weeks."""
    decision = Decision(
        number=DecisionNo(0),
        at=NOW,
        author=UserId("wangwu"),
        decided_at=in_(hours=-10),
        owner=UserId("wangwu"),
        text="华东改发顺丰",
        about=About.OTHER,
        look_at=in_(days=14),
    )
    return replace(decision, **fields)


def a_change(**fields: Any) -> Change:
    """A swap of the next hour, made just now."""
    change = Change(
        kind=ChangeKind.SWAP,
        userid=UserId("zhangsan"),
        substitute=UserId("lisi"),
        start=NOW,
        end=in_(hours=1),
        made_by="zhangsan",
        made_at=NOW,
    )
    return replace(change, **fields)


def a_draft(**fields: Any) -> Draft:
    """A draft of the rules that somebody has just begun."""
    draft = Draft(
        id=new_id(),
        kind="rules",
        title="618",
        base=1,
        body="{}",
        author=UserId("wuyue"),
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(draft, **fields)


def a_rehearsal(**fields: Any) -> Rehearsal:
    """A rehearsal that somebody has just asked for."""
    rehearsal = Rehearsal(
        id=new_id(),
        book="2",
        against="1",
        since=None,
        until=None,
        shop=None,
        asked_by=UserId("wuyue"),
        asked_at=NOW,
    )
    return replace(rehearsal, **fields)


def an_experiment(**fields: Any) -> Experiment:
    """An experiment that has just been started, with a tenth of the orders."""
    experiment = Experiment(
        id=new_id(),
        title="拣货 60 分钟",
        draft=None,
        goals=(Yardstick.REACHED,),
        percent=10,
        began=2,
        edition=2,
        started_by="yunying",
        started_at=NOW,
    )
    return replace(experiment, **fields)


def an_exposure(experiment: str = "x", number: str = "DB1", **fields: Any) -> Exposure:
    """An order that an experiment concerns, and that tries it; it can be judged in an hour."""
    exposure = Exposure(
        order=a_key(number),
        experiment=experiment,
        part=Part.TRIED,
        at=NOW,
        judge_at=in_(hours=1),
        look_at=in_(hours=1),
    )
    return replace(exposure, **fields)


def a_look(experiment: str = "x", **fields: Any) -> Look:
    """A look at an experiment that told nothing yet."""
    arms = {Yardstick.REACHED: Arm(n=10, hits=7)}
    look = Look(
        experiment=experiment,
        at=NOW,
        percent=10,
        found=Finding.OPEN,
        exposed={Part.TRIED: 12, Part.CONTROL: 11},
        arms={Part.TRIED: arms, Part.CONTROL: arms},
    )
    return replace(look, **fields)
