"""Events, orders, books, cases and rosters with defaults, for the tests of every floor.

The clock of these stories is that of Shanghai, on Monday 2 March 2026: an ordinary workday.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from rules.anomalies import Anomaly, AnomalyId
from rules.book import RuleBook
from rules.bookfile import parse_rule_book
from rules.calendar import SHANGHAI
from rules.events import (
    ContactReport,
    EventKey,
    EventType,
    OrderEvent,
    OrderKey,
    OrderNo,
    RefundReport,
    Shop,
    ShortReport,
    StageReport,
    UserId,
)
from rules.fold import fold
from rules.instants import instant
from rules.orders import WHOLE_ORDER, Order
from rules.roster import Roster
from rules.rosterfile import parse_roster
from rules.stages import Kind, Priority, Stage, Status

SHOP = Shop("main")
ORDER = OrderKey(SHOP, OrderNo("DB20260302-883"))
ZHANG, LI, WANG = UserId("zhangsan"), UserId("lisi"), UserId("wangwu")
"""An agent, a lead and a manager."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(milliseconds=1)
"""The least that makes a deadline passed."""

_IDS = count()


def at(clock: str, *, day: date = date(2026, 3, 2)) -> datetime:
    """A time of the day in Shanghai: `09:00`, `09:05:00.001`."""
    return instant(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI))


def an_event(
    type_: EventType = EventType.CHANGED,
    when: datetime | str = "09:00",
    *,
    id_: str = "",
    source: str = "/wms/hz1",
    order: OrderKey = ORDER,
    **parts: Any,
) -> OrderEvent:
    """Something reported as it happened; each call makes an event of its own."""
    occurred_at = at(when) if isinstance(when, str) else when
    parts.setdefault("observed_at", occurred_at)
    key = EventKey(source, id_ or f"e{next(_IDS):06}")
    return OrderEvent(key=key, order=order, type=type_, occurred_at=occurred_at, **parts)


def created(when: datetime | str = "09:00", **parts: Any) -> OrderEvent:
    """The order was placed."""
    return an_event(EventType.CREATED, when, **parts)


def staged(
    stage: Stage, status: Status, when: datetime | str, parcel: str | None = None, **parts: Any
) -> OrderEvent:
    """News of a stage."""
    report = StageReport(stage=stage, status=status, parcel=parcel)
    return an_event(EventType.STAGE, when, report=report, **parts)


def short(when: datetime | str, sku: str | None = "SKU-1", qty: int = 2, **parts: Any) -> OrderEvent:
    """Goods are short; `qty` 0: they are there after all."""
    return an_event(EventType.STOCK_SHORT, when, report=ShortReport(sku=sku, qty_short=qty), **parts)


def contacted(
    when: datetime | str,
    channel: str = "phone",
    *,
    open_kfid: str | None = None,
    external_userid: str | None = None,
    **parts: Any,
) -> OrderEvent:
    """The customer called first."""
    report = ContactReport(channel=channel, open_kfid=open_kfid, external_userid=external_userid)
    return an_event(EventType.CONTACTED, when, report=report, **parts)


def cancelled(when: datetime | str, **parts: Any) -> OrderEvent:
    """The order was cancelled."""
    return an_event(EventType.CANCELLED, when, **parts)


def resumed(when: datetime | str, **parts: Any) -> OrderEvent:
    """The order goes on after all."""
    return an_event(EventType.RESUMED, when, **parts)


def refund(when: datetime | str, fen: int | None = 9900, **parts: Any) -> OrderEvent:
    """The customer asks for the money back."""
    return an_event(EventType.REFUND_REQUESTED, when, report=RefundReport(refund_fen=fen), **parts)


def retraction(event: OrderEvent, when: datetime | str, **parts: Any) -> OrderEvent:
    """A source takes an event back."""
    return an_event(EventType.RETRACTED, when, report=event.key, **parts)


def until(stage: Stage, since: datetime | str) -> list[OrderEvent]:
    """All that comes before a stage: it is waited for from `since` on."""
    start = at(since) if isinstance(since, str) else since
    if stage is Stage.PAYMENT:
        return [created(start), staged(stage, Status.STARTED, start)]
    return [
        created(start - HOUR),
        *(
            staged(earlier, Status.COMPLETED, start - step * MINUTE)
            for step, earlier in enumerate(reversed(stage.earlier))
        ),
    ]


def an_order(
    *events: OrderEvent, stage: Stage | None = None, since: datetime | str = "09:00", key: OrderKey = ORDER
) -> Order:
    """What the events tell; with a `stage`, of an order that came there at `since`."""
    before = [] if stage is None else until(stage, since)
    return fold(key, [*before, *events])


def a_book(*, version: int = 1, holidays: Iterable[date] = (), **data: Any) -> RuleBook:
    """The default rules with `data`, as of a rule book file, laid over them."""
    return parse_rule_book(data).compile(version, holidays)


def an_anomaly(
    stage: Stage = Stage.PICKING,
    kind: Kind = Kind.NOT_STARTED,
    *,
    since: datetime | str = "09:00",
    after: timedelta = 45 * MINUTE,
    id_: str = "a1",
    order: OrderKey = ORDER,
    parcel: str | None = None,
    **parts: Any,
) -> Anomaly:
    """A case whose limit was noticed in the moment after it had passed."""
    start = at(since) if isinstance(since, str) else since
    defaults: dict[str, Any] = {
        "run": 1,
        "due_at": start + after,
        "opened_at": start + after + TICK,
        "raised_at": start + after + TICK,
        "priority": Priority.P2,
        "book_version": 1,
    }
    usual = "1" if stage.per_parcel else WHOLE_ORDER
    return Anomaly(
        id=AnomalyId(id_),
        order=order,
        parcel=usual if parcel is None else parcel,
        stage=stage,
        kind=kind,
        since=start,
        **(defaults | parts),
    )


def a_roster(**data: Any) -> Roster:
    """An agent, a lead and a manager who are always on shift, with `data`, as of a roster file, laid over."""
    defaults: dict[str, Any] = {
        "members": [
            {"userid": ZHANG, "name": "张三", "roles": ["agent"]},
            {"userid": LI, "name": "李四", "roles": ["agent", "lead"]},
            {"userid": WANG, "name": "王五", "roles": ["manager"]},
        ],
        "shifts": [{"userid": who} for who in (ZHANG, LI, WANG)],
        "fallback": WANG,
        "carriers": [{"carrier": "yuantong", "contact": LI}],
    }
    return parse_roster(defaults | data).compile()
