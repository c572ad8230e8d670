"""Cases in every state, made by the rules themselves: events are folded, limits pass, people act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from msgspec import structs

from replies.drafts import Blocked, Draft, draft
from replies.library import Templates
from replies.situation import Situation
from rules.actions import Act, Action, Refused, apply
from rules.anomalies import AnomalyId, reach
from rules.book import AutomaticAction, RuleBook
from rules.bookfile import parse_rule_book
from rules.calendar import SHANGHAI
from rules.contact import Because, Channel, Route
from rules.deadlines import deadlines, shortage_breach
from rules.delivery import DeliveryState
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
    UserId,
)
from rules.fold import advance, fold
from rules.instants import instant, to_ms
from rules.reaching import Means
from rules.reasons import Reason, Verdict
from rules.rights import Role
from rules.roster import Member, Roster
from rules.settling import open_anomaly, settle
from rules.stages import Kind, Stage, Status
from rules.tasks import Task, TaskKind, TaskResult

NOW = instant(datetime(2025, 12, 22, 14, 2, tzinfo=SHANGHAI))
ORDER_NO = "DB20251222-883"
ZHANG, LI, WANG = UserId("zhangsan"), UserId("lisi"), UserId("wangwu")
ROSTER = Roster(
    members={
        ZHANG: Member(userid=ZHANG, name="张三", roles=frozenset({Role.AGENT})),
        LI: Member(userid=LI, name="李四", roles=frozenset({Role.LEAD})),
        WANG: Member(userid=WANG, name="王五", roles=frozenset({Role.MANAGER})),
    },
    fallback=WANG,
)
KF = Route(channel=Channel.KF, because=Because.WINDOW_OPEN)
COPY = Route(channel=Channel.COPY, because=Because.MARKETPLACE)
MASS = Route(channel=Channel.MASS, because=Because.WINDOW_CLOSED, external_userid="wmLi", employee=LI)
SIDEBAR = Route(channel=Channel.SIDEBAR, because=Because.WINDOW_CLOSED, external_userid="wmLi", employee=LI)
TEMPLATES = Templates()
_T = TypeVar("_T")
_IDS = count()


def at(clock: str, day: int = 22) -> datetime:
    """A time of December 2025 in Shanghai."""
    hour, minute = clock.split(":")
    return instant(datetime(2025, 12, day, int(hour), int(minute), tzinfo=SHANGHAI))


def a_book(**data: Any) -> RuleBook:
    return parse_rule_book(data).compile(1)


@dataclass(kw_only=True)
class Story:
    """What the sources report of one order."""

    order_no: str = ORDER_NO
    shop: str = "main"
    events: list[OrderEvent] = field(default_factory=list[OrderEvent])

    @property
    def key(self) -> OrderKey:
        return OrderKey(Shop(self.shop), OrderNo(self.order_no))

    def tell(self, type_: EventType, when: datetime, **parts: Any) -> "Story":
        key = EventKey("/wms/hz1", f"{next(_IDS):06}")
        parts.setdefault("observed_at", when)
        self.events.append(OrderEvent(key=key, order=self.key, type=type_, occurred_at=when, **parts))
        return self

    def stage(
        self,
        stage: Stage,
        status: Status,
        when: datetime,
        parcel: str | None = None,
        facts: Mapping[Attribute, FactValue] | None = None,
        **parts: Any,
    ) -> "Story":
        report = StageReport(stage=stage, status=status, parcel=parcel)
        return self.tell(EventType.STAGE, when, report=report, attributes=facts or {}, **parts)

    def until(self, stage: Stage, since: datetime, *, tried: bool = True) -> "Story":
        """All that comes before `stage`, whose clock starts at `since`; `tried` to pay, or not yet."""
        if stage is Stage.PAYMENT and not tried:
            return self.tell(EventType.CREATED, since)
        self.tell(EventType.CREATED, since - timedelta(hours=1), attributes={Attribute.CHANNEL: "官网"})
        if stage is Stage.PAYMENT:
            return self.stage(stage, Status.STARTED, since)
        for step, earlier in enumerate(reversed(stage.earlier)):
            self.stage(earlier, Status.COMPLETED, since - timedelta(minutes=step))
        return self


def a_case(
    stage: Stage = Stage.PICKUP,
    kind: Kind | None = None,
    *,
    order_no: str = ORDER_NO,
    late: timedelta = timedelta(minutes=4),
    customer: Customer | None = None,
    facts: Mapping[Attribute, FactValue] | None = None,
    extra: Iterable[OrderEvent] = (),
    book: RuleBook | None = None,
    route: Route = KF,
    done: Iterable[AutomaticAction] = (),
    now: datetime = NOW,
    **situation: Any,
) -> Situation:
    """A case that was opened `late` after its limit had passed, just now."""
    rules = book or a_book()
    limits = rules.default.stages[stage].limits
    wanted = kind or limits[0].when
    after = next((limit.after for limit in limits if limit.when is wanted), timedelta(minutes=30))
    since = now - after - late
    story = Story(order_no=order_no).until(stage, since, tried=wanted is not Kind.NOT_STARTED)
    if facts or customer:
        story.tell(EventType.CHANGED, since, attributes=facts or {}, customer=customer)
    if wanted is Kind.STOCK_SHORT:
        story.tell(EventType.STOCK_SHORT, since, report=ShortReport(sku="SKU-1", qty_short=2))
    order = fold(story.key, [*story.events, *extra])
    breach = (
        present(shortage_breach(order, rules))
        if wanted is Kind.STOCK_SHORT
        else next(found for found in deadlines(order, rules, {}) if found.kind is wanted)
    )
    opened_at = now - late + timedelta(seconds=1)
    return Situation(
        order=order,
        anomaly=open_anomaly(AnomalyId("a1"), order, breach, rules, opened_at),
        book=rules,
        roster=ROSTER,
        route=route,
        now=now,
        delivered=dict.fromkeys(done, opened_at),
        **situation,
    )


def fallback_book(stage: Stage, kind: Kind) -> RuleBook:
    """A book whose stage has one limit, of any kind."""
    limits = [{"when": kind.value, "after": "30m"}]
    return a_book(stages={stage.value: {"limits": limits}}, payment_clock="created")


def by_hand(
    situation: Situation, action: Action, by: UserId = ZHANG, *, after: timedelta = timedelta(), **parts: Any
) -> Situation:
    """Somebody acts."""
    now = situation.now + after
    result = apply(situation.anomaly, Act(action=action, actor=by, at=now, **parts))
    assert not isinstance(result, Refused)
    return replace(situation, anomaly=result, now=now)


def reasoned(
    situation: Situation, reason: Reason = Reason.NOT_PICKED_UP, text: str | None = None
) -> Situation:
    return by_hand(situation, Action.REASON, verdict=Verdict(reason=reason, text=text))


def reached(situation: Situation, by: UserId = ZHANG) -> Situation:
    """The reply was sent, and arrived."""
    sent = by_hand(situation, Action.SEND, by)
    return replace(sent, anomaly=reach(sent.anomaly, by, sent.now, Means.KF), last_round=DeliveryState.SENT)


def later(situation: Situation, wait: timedelta, *events: OrderEvent) -> Situation:
    """Time passes, and sources report more. `events` may be of another Story of the same order."""
    now = situation.now + wait
    order = situation.order
    if events:
        renamed = [
            structs.replace(event, key=EventKey("/tms", f"{to_ms(now)}-{at}"))
            for at, event in enumerate(events)
        ]
        order = present(advance(situation.order, renamed))
    anomaly = settle(situation.anomaly, order, situation.book, now)
    return replace(situation, order=order, anomaly=anomaly, now=now)


def present(value: _T | None) -> _T:
    assert value is not None
    return value


def moved(situation: Situation, wait: timedelta = timedelta(minutes=1), **parts: Any) -> Situation:
    """The stage that had stopped is done."""
    when = situation.now + wait - timedelta(seconds=10)
    story = Story(order_no=situation.order.key.order_no)
    parcel = situation.anomaly.parcel or None
    story.stage(situation.anomaly.stage, Status.COMPLETED, when, parcel, **parts)
    return later(situation, wait, *story.events)


def cancelled(situation: Situation, wait: timedelta = timedelta(minutes=1)) -> Situation:
    story = Story(order_no=situation.order.key.order_no).tell(EventType.CANCELLED, situation.now)
    return later(situation, wait, *story.events)


def drafted(situation: Situation, templates: Templates = TEMPLATES) -> Draft:
    made = draft(situation, templates)
    assert isinstance(made, Draft), made
    return made


def blocked(situation: Situation, templates: Templates = TEMPLATES) -> Blocked:
    made = draft(situation, templates)
    assert isinstance(made, Blocked), made
    return made


def asked(
    situation: Situation, kind: TaskKind = TaskKind.RECHECK_STOCK, owner: UserId = LI, **fields: Any
) -> Situation:
    """Somebody was asked to see to something, at this moment."""
    case, now = situation.anomaly, situation.now
    task = Task(
        case=case.id,
        kind=kind,
        order=case.order,
        owner=owner,
        given_at=now,
        asked_at=now,
        due_at=now + timedelta(minutes=30),
    )
    return replace(situation, tasks={**situation.tasks, kind: replace(task, **fields)})


def answered(
    situation: Situation,
    result: TaskResult | None,
    kind: TaskKind = TaskKind.RECHECK_STOCK,
    by: UserId | None = LI,
) -> Situation:
    """They have answered; with None they have not."""
    done_at = None if result in {None, TaskResult.NO_ANSWER} else situation.now
    return asked(situation, kind, result=result, done_by=by if result else None, done_at=done_at)
