"""On which case does a reply that nobody has sent yet show what it would say? A real one, as it stands or stood."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from replies.drafts import called_for
from replies.library import Template, Templates, built_in
from replies.situation import Situation
from rules.anomalies import AnomalyId, Ended
from rules.book import Limit, PaymentClock, Plan, Reply, RuleBook, StageRules
from rules.contact import Because, Channel, Route
from rules.deadlines import Deadline, deadlines, shortage_breach
from rules.events import (
    Attribute,
    Customer,
    EventKey,
    EventType,
    FactValue,
    OrderEvent,
    OrderKey,
    OrderNo,
    Shop,
    ShortReport,
    StageReport,
)
from rules.fold import fold
from rules.orders import WHOLE_ORDER, Order
from rules.promises import Promise, Slot
from rules.replynames import CANCELLED, FOLLOW_UP, RECOVERED
from rules.roster import Roster
from rules.settling import open_anomaly
from rules.stages import Kind, Priority, Stage, Status

ACTIONS_WITHIN = timedelta(seconds=5)
"""What leaves with a card has arrived by then, as a rule."""
INVENTED = AnomalyId("invented")
_NUMBER, _SOURCE = OrderNo("DD-0001"), "/invented"
_LIMIT, _LATE = timedelta(minutes=30), timedelta(minutes=4)
_HOLIDAY = 10
"""The largest factor by which a holiday may stretch a limit."""
_LIKELY = (Kind.NO_UPDATE, Kind.NOT_COMPLETED, Kind.NOT_STARTED)
_FACTS: dict[Attribute, FactValue] = {
    Attribute.CHANNEL: "官网",
    Attribute.CARRIER: "yto",
    Attribute.TRACKING_NO: "YT0000000000001",
}


def under(situation: Situation, book: RuleBook) -> Situation:
    """The case, had it been opened under that book."""
    lane = book.plan_for(situation.order).lane
    return replace(situation, book=book, anomaly=replace(situation.anomaly, lane=lane))


def speaks(reply: Reply, situation: Situation, templates: Templates) -> bool:
    """Whether the case, as it stands, is answered by these very words."""
    case = situation.anomaly
    taken = situation.book.replies_for(case.order.shop, case.lane).get(reply.name) == reply.text
    if not (taken and reply.takes(case.order.shop, case.lane)):
        return False
    called = called_for(situation, templates)
    return called is not None and called.name == reply.name


def as_opened(situation: Situation, events: Iterable[OrderEvent]) -> Situation:
    """The case as its first card had it: what was heard later is not known yet, and nobody has done anything."""
    case, now = situation.anomaly, situation.anomaly.opened_at
    known = [event for event in events if event.observed_at <= now]
    by, order = now + ACTIONS_WITHIN, fold(case.order, known)
    opened = open_anomaly(case.id, order, _passed_first(situation, order), situation.book, now)
    return Situation(
        order=order,
        anomaly=replace(opened, priority=case.priority, lane=case.lane, book_version=case.book_version),
        book=situation.book,
        roster=situation.roster,
        route=situation.route,
        now=now,
        delivered={action: at for action, at in situation.delivered.items() if at <= by},
    )


def _passed_first(situation: Situation, order: Order) -> Deadline:
    """The limit that opened the case: later ones of the stage are written over it."""
    case = situation.anomaly
    passed = [
        one
        for one in deadlines(order, situation.book, {})
        if (one.parcel, one.stage, one.run) == (case.parcel, case.stage, case.run)
        and one.due_at < case.opened_at
    ]
    if passed and case.breaches > 1:
        return passed[-1]
    return Deadline(
        stage=case.stage,
        parcel=case.parcel,
        run=case.run,
        kind=case.kind,
        since=case.since,
        due_at=case.due_at,
    )


# --- an invented one -------------------------------------------------------------------


def invented(made: Template, reply: Reply, book: RuleBook, roster: Roster, now: datetime) -> Situation:
    """A case that there never was, of which all is known that the reply may speak of."""
    stage, kind = made.stage or Stage.PICKUP, _kind_of(made)
    ready = _with_limit(book, stage, kind)
    key = OrderKey(Shop(min(reply.shops, default="main")), _NUMBER)
    since = now - _LIMIT * _HOLIDAY - _LATE
    events = _story(key, stage, kind, since)
    order = fold(key, events)
    breach = shortage_breach(order, ready) if kind is Kind.STOCK_SHORT else None
    breach = breach or next(found for found in deadlines(order, ready, {}) if found.stage is stage)
    opened_at = now - _LATE
    case = replace(
        open_anomaly(INVENTED, order, breach, ready, opened_at),
        lane=min(reply.lanes, default=None),
        priority=book.default.stages[stage].priority,
    )
    made_up = Situation(
        order=order,
        anomaly=case,
        book=ready,
        roster=roster,
        route=Route(channel=Channel.KF, because=Because.WINDOW_OPEN),
        now=now,
        delivered=dict.fromkeys(ready.default.stages[stage].actions, opened_at),
    )
    return _further(made_up, made, events)


def by_replies_of(situation: Situation, book: RuleBook) -> Situation:
    """An invented case, which stands still by no limit but its own, in the words of another book."""
    return replace(situation, book=replace(situation.book, replies=book.replies))


def _kind_of(made: Template) -> Kind:
    """What a template is about; of those for all else that may happen in a stage, what has none of its own."""
    if made.name == Kind.STOCK_SHORT:
        return Kind.STOCK_SHORT
    named = next((kind for kind in Kind if made.name.endswith(f"_{kind}")), None)
    return named or next(kind for kind in _LIKELY if built_in(f"{made.stage}_{kind}") is None)


def _with_limit(book: RuleBook, stage: Stage, kind: Kind) -> RuleBook:
    """The book with one limit for that stage, which is up at any hour."""
    when = Kind.NOT_COMPLETED if kind is Kind.STOCK_SHORT else kind
    rules = replace(
        book.default.stages[stage], limits=(Limit(when=when, after=_LIMIT),), priority=Priority.P1
    )
    stages: dict[Stage, StageRules] = {**book.default.stages, stage: rules}
    clock = PaymentClock.CREATED if when is Kind.NOT_STARTED else PaymentClock.STARTED
    plan = Plan(lane=None, stages=stages, skip=frozenset(), payment_clock=clock)
    return replace(book, default=plan, lanes=())


def _story(key: OrderKey, stage: Stage, kind: Kind, since: datetime) -> list[OrderEvent]:
    """All that was heard of the order until it stood still."""
    customer = Customer(name="李女士")
    told = [_event(key, EventType.CREATED, since - timedelta(hours=1), attributes=_FACTS, customer=customer)]
    told += [
        _step(key, earlier, Status.COMPLETED, since - timedelta(minutes=step))
        for step, earlier in enumerate(reversed(stage.earlier))
    ]
    if stage is Stage.PAYMENT and kind is not Kind.NOT_STARTED:
        told.append(_step(key, stage, Status.STARTED, since))
    if kind is Kind.STOCK_SHORT:
        report = ShortReport(sku="SKU-1", qty_short=1)
        told.append(_event(key, EventType.STOCK_SHORT, since, report=report))
    return told


def _step(key: OrderKey, stage: Stage, status: Status, at: datetime) -> OrderEvent:
    report = StageReport(stage=stage, status=status, parcel=None)
    return _event(key, EventType.STAGE, at, report=report, number=f"{stage}-{status}")


def _event(key: OrderKey, type_: EventType, at: datetime, number: str = "", **parts: object) -> OrderEvent:
    source = EventKey(_SOURCE, number or str(type_))
    return OrderEvent(key=source, order=key, type=type_, occurred_at=at, observed_at=at, **parts)  # pyright: ignore[reportArgumentType]


def _further(situation: Situation, made: Template, events: list[OrderEvent]) -> Situation:
    """What has happened since, for the replies that speak of it."""
    case, now = situation.anomaly, situation.now
    if made.name in {RECOVERED, CANCELLED}:
        moved = made.name == RECOVERED
        news = (
            _step(case.order, case.stage, Status.COMPLETED, now)
            if moved
            else _event(case.order, EventType.CANCELLED, now)
        )
        how = Ended.MOVED if moved else Ended.CANCELLED
        ended = replace(case, ended_at=now, ended_how=how)
        return replace(situation, order=fold(case.order, [*events, news]), anomaly=ended)
    if made.name.startswith(FOLLOW_UP):
        return replace(situation, pledge=_pledge(situation))
    return situation


def _pledge(situation: Situation) -> Promise:
    case, now = situation.anomaly, situation.now
    return Promise(
        order=case.order,
        case=case.id,
        told="1",
        slot=Slot.NEWS_BY,
        stage=case.stage,
        parcel=case.parcel or WHOLE_ORDER,
        template="",
        template_version="",
        carrier=None,
        warehouse=None,
        agent=None,
        promised_at=case.opened_at,
        warn_at=now,
        due_at=now + _LIMIT,
    )
