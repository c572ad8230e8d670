"""How is a cause laid out? Its numbers, its customers, what happened and its orders, from the cases that were found.

What was decided about it is added at the end: that may change with every look.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from msgspec import structs

from bot.storage.caselist import CaseFilter
from bot.storage.evidence import Found
from bot.web.board.evidence_shape import (
    BillShown,
    CostShown,
    CustomerShown,
    EvidenceView,
    Happening,
    HappeningShown,
    OrderShown,
    SlotShown,
)
from bot.web.board.screens import Asked
from bot.web.board.telling import Telling, said
from replies.masking import free, plain
from rules.anomalies import Outline
from rules.dates import begin_of, end_of
from rules.decisions import Decision
from rules.events import Attribute
from rules.evidence import (
    AN_HOUR,
    Amount,
    Bill,
    Cost,
    Facet,
    Hit,
    Slot,
    bill_of,
    course_of,
    customers,
    peak_of,
    worth_of,
)
from rules.incidents import Incident
from rules.losses import amount_of, is_lost
from rules.orders import Order
from rules.standing import carrier_of

MOST_CUSTOMERS, MOST_ORDERS = 20, 60
"""Of those that the page shows; the workbook and the twin have all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pack is of; who asks for the same within the minute may get the same."""

    cases: CaseFilter
    facets: tuple[tuple[Facet, str], ...]
    since: date
    until: date
    """The last day; both are those of its cases, where the filter has none."""
    zone: tzinfo
    whole: bool
    """With all of its customers and orders."""
    now: datetime = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What was found, but for what was decided about it."""

    view: EvidenceView
    bill: Bill
    looked: int
    """At so many cases."""


def pack_of(wanted: Wanted, found: Found) -> Pack:
    """Everything that the cases tell. Of thousands it takes a while: for a thread."""
    tell, hits = Telling(wanted.now, wanted.zone), found.hits
    since, until = _days(wanted, hits)
    course = course_of(
        (hit.case.opened_at for hit in hits), begin_of(since, tell.zone), end_of(until, tell.zone)
    )
    orders = {hit.order.key: hit.order for hit in hits}
    theirs, bill = _customers(hits, orders.values()), bill_of(hits)
    most = (len(theirs), len(hits)) if wanted.whole else (MOST_CUSTOMERS, MOST_ORDERS)
    view = EvidenceView(
        cause="",
        since=since,
        until=until,
        as_of=tell.local(wanted.now),
        cut=found.cut,
        cases=len(hits),
        healed=sum(hit.case.self_healed for hit in hits),
        unclosed=sum(hit.case.closed_at is None for hit in hits),
        orders=len(orders),
        worth_fen=worth_of(orders.values()),
        hourly=len(course) > 1 and course[1].at - course[0].at == AN_HOUR,
        course=[SlotShown(at=tell.local(slot.at), count=slot.count) for slot in course],
        bill=_bill(bill, own=False),
        events=list(_events(found, course, tell)),
        customers=len(theirs),
        customers_reached=sum(one.reached for one in theirs),
        customers_shown=[_customer(one) for one in theirs[: most[0]]],
        items=[_order(hit, tell) for hit in hits[: most[1]]],
    )
    return Pack(view=view, bill=bill, looked=found.looked)


def finished(
    pack: Pack, cause: str, decided: Sequence[Decision], approved_fen: int, asked: Asked[Any]
) -> EvidenceView:
    """The pack with what was decided about the cause."""
    events = sorted([*pack.view.events, *_decided(decided, asked)], key=lambda event: event.at)
    bill = _bill(pack.bill.with_compensation(approved_fen), own=asked.reader.shops is not None)
    return structs.replace(pack.view, cause=cause, bill=bill, events=events)


def _days(wanted: Wanted, hits: Sequence[Hit]) -> tuple[date, date]:
    if wanted.cases.since is not None or not hits:
        return wanted.since, wanted.until
    days = [hit.case.opened_at.astimezone(wanted.zone).date() for hit in hits]
    return min(days), max(days)


class _Customer(NamedTuple):
    """A customer, before they are put as they may be shown."""

    orders: tuple[Order, ...]
    amount_fen: int
    reached: bool


def _customers(hits: Sequence[Hit], orders: Iterable[Order]) -> list[_Customer]:
    """Those of most value first."""
    waiting = {hit.order.key for hit in hits if _is_unanswered(hit.case)}
    found = [
        _Customer(theirs, worth_of(theirs), waiting.isdisjoint(one.key for one in theirs))
        for theirs in customers(orders)
    ]
    return sorted(found, key=lambda one: -one.amount_fen)


def _customer(one: _Customer) -> CustomerShown:
    return CustomerShown(
        name=_masked_name(one.orders),
        phone=next((order.customer.phone.shown for order in one.orders if order.customer.phone), None),
        orders=len(one.orders),
        amount_fen=one.amount_fen,
        reached=one.reached,
    )


def _is_unanswered(case: Outline) -> bool:
    return not (case.reached_at or case.waived_by or case.self_healed)


def _masked_name(orders: Sequence[Order]) -> str | None:
    """`陈**`: a pack leaves the house."""
    name = next((known for one in orders if (known := said(one.customer.name))), None)
    return None if name is None else f"{name[0]}**"


def _bill(bill: Bill, *, own: bool) -> BillShown:
    return BillShown(
        items=[_cost(cost, amount) for cost, amount in bill.parts.items()],
        total=_cost(None, bill.total),
        orders=bill.orders,
        lost=bill.lost,
        unsaid=bill.unsaid,
        at_risk=bill.at_risk,
        at_risk_fen=bill.at_risk_fen,
        unpriced=bill.unpriced,
        share_low=round(bill.share.low, 4),
        share_high=round(bill.share.high, 4),
        own=own,
    )


def _cost(cost: Cost | None, amount: Amount) -> CostShown:
    return CostShown(cost=cost, low_fen=amount.low, likely_fen=amount.likely, high_fen=amount.high)


def _events(found: Found, course: Sequence[Slot], tell: Telling) -> Iterator[HappeningShown]:
    times, peak = [hit.case.opened_at for hit in found.hits], peak_of(course)
    if peak is not None:
        yield HappeningShown(at=tell.local(min(times)), what=Happening.FIRST)
        yield HappeningShown(at=tell.local(peak.at), what=Happening.PEAK, count=peak.count)
    if len(times) > 1:
        yield HappeningShown(at=tell.local(max(times)), what=Happening.LAST)
    for one in found.incidents:
        yield _of_incident(one, Happening.INCIDENT, tell.local(one.opened_at))
        if one.closed_at is not None:
            yield _of_incident(one, Happening.INCIDENT_OVER, tell.local(one.closed_at))
    for version in found.versions:
        yield HappeningShown(
            at=tell.local(version.at), what=Happening.RULES, by=version.author, version=version.version
        )


def _decided(decided: Sequence[Decision], asked: Asked[Any]) -> Iterator[HappeningShown]:
    """What only closes another entry decides nothing."""
    for one in decided:
        yield HappeningShown(
            at=asked.local(one.decided_at),
            what=Happening.DECISION,
            by=one.owner,
            decision=one.number,
            text=free(one.text),
        )


def _of_incident(one: Incident, what: Happening, at: datetime) -> HappeningShown:
    return HappeningShown(
        at=at, what=what, incident=one.id, stage=one.stage, cause=one.cause, value=free(one.value)
    )


def _order(hit: Hit, tell: Telling) -> OrderShown:
    case, order = hit
    return OrderShown(
        id=case.id,
        shop=plain(order.key.shop),
        order_no=plain(order.key.order_no),
        stage=case.stage,
        reason=None if case.reason is None else case.reason.reason,
        state=case.state,
        carrier=said(carrier_of(case, order)),
        region=said(order.text(Attribute.REGION)),
        warehouse=said(order.text(Attribute.WAREHOUSE)),
        amount_fen=amount_of(order),
        lost=is_lost(order),
        opened_at=tell.local(case.opened_at),
        reached_at=tell.local(case.reached_at),
        ended_at=tell.local(case.ended_at),
        ended_how=case.ended_how,
        closed_at=tell.local(case.closed_at),
    )
