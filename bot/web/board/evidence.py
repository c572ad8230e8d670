"""What is there for the meeting about one cause? A pack of its own for any filters: to read, to print, to take away."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from msgspec import structs

from bot.storage.caselist import CaseFilter
from bot.storage.evidence import MOST_CASES, Found
from bot.storage.views import Views
from bot.web.board.cells import Cell, Column, Tongue, yuan
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
from bot.web.board.queries import Query, read
from bot.web.board.ranges import begin_of, days_asked, end_of
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, Export, Screen, by_load
from bot.web.board.sheets import Sheet
from bot.web.board.telling import said
from replies.masking import free, plain
from replies.pages.evidence import EVIDENCE
from replies.pages.incidents import cause
from replies.words import Words
from rules.anomalies import Anomaly
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
from rules.reasons import Reason
from rules.stages import Stage
from rules.standing import carrier_of
from rules.storms import IncidentId

USUAL = timedelta(days=7)
MOST_DAYS = 92
MOST_CUSTOMERS, MOST_ORDERS = 20, 60
"""Of those that the page shows; the workbook and the twin have all of them."""
FacetText = Annotated[str, msgspec.Meta(max_length=60)]


class EvidenceQuery(Query, frozen=True, kw_only=True):
    """Which anomalies; by default all that were noticed within the last seven days, today among them."""

    since: date | None = None
    until: date | None = None
    """The last day."""
    shop: str | None = None
    stage: Stage | None = None
    reason: Reason | None = None
    carrier: FacetText = ""
    region: FacetText = ""
    district: FacetText = ""
    warehouse: FacetText = ""
    payment_channel: FacetText = ""
    sku_class: FacetText = ""
    promotion: FacetText = ""
    incident: FacetText = ""
    """Only the cases of this one, and all of them where no days are given."""


CAUSE_FIELDS = tuple(name for name in EvidenceQuery.__struct_fields__ if name not in {"since", "until"})

COLUMNS: tuple[Column[OrderShown], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("stage", lambda row: row.stage, 12),
    Column("reason", lambda row: row.reason, 14),
    Column("state", lambda row: row.state, 10),
    Column("carrier", lambda row: row.carrier, 14),
    Column("region", lambda row: row.region, 12),
    Column("warehouse", lambda row: row.warehouse, 12),
    Column("amount", lambda row: yuan(row.amount_fen), 12),
    Column("lost", lambda row: row.lost, 10),
    Column("opened_at", lambda row: row.opened_at, 20),
    Column("reached_at", lambda row: row.reached_at, 20),
    Column("ended_at", lambda row: row.ended_at, 20),
    Column("ended_how", lambda row: row.ended_how, 14),
    Column("closed_at", lambda row: row.closed_at, 20),
    Column("case", lambda row: row.id, 34),
)


def evidence(views: Views) -> Screen[EvidenceQuery, EvidenceView]:
    """The pack; its workbook has a sheet for each of its parts."""

    async def load(asked: Asked[EvidenceQuery]) -> EvidenceView:
        since, until = days_of(asked)
        wanted, incident = _filter(asked, since, until), asked.query.incident
        whole = bool(incident) and asked.query.since is None and asked.query.until is None
        if whole:
            wanted = replace(wanted, since=None, until=None)
        named = IncidentId(incident) if incident else None
        found = await views.evidence(wanted, facets_of(asked.query), named)
        if whole and found.hits:
            days = [hit.case.opened_at.astimezone(asked.zone).date() for hit in found.hits]
            since, until = min(days), max(days)
        decided = await views.decisions_about(cause_for(asked.query, asked.reader))
        begun = begin_of(since, asked.zone)
        return _view(since, until, found, [one for one in decided if one.decided_at >= begun], asked)

    async def beside(asked: Asked[EvidenceQuery], tongue: Tongue) -> Sequence[Sheet]:
        view = await load(asked)
        return [
            _bill_sheet(view, tongue),
            _course_sheet(view, tongue),
            _customer_sheet(view, tongue),
            _event_sheet(view, tongue),
        ]

    return Screen(
        name="evidence",
        page="/evidence",
        twin="/api/evidence",
        summary="The evidence pack of a cause: course, customers affected, loss with its range, timeline, orders",
        query=EvidenceQuery,
        shape=EvidenceView,
        load=load,
        words=EVIDENCE,
        tools={"happening": happening, "formula": formula, "most_cases": MOST_CASES, "most_customers": MOST_CUSTOMERS, "most_orders": MOST_ORDERS},
        tab="reasons",
        export=Export(columns=COLUMNS, page=by_load(load), beside=beside),
    )  # fmt: skip


def days_of(asked: Asked[EvidenceQuery]) -> tuple[date, date]:
    """The first and the last day. Raises FaultyQueryError where they are the wrong way round, or too far apart."""
    query, today = asked.query, asked.now.astimezone(asked.zone).date()
    return days_asked(query.since, query.until, today, USUAL, MOST_DAYS)


def facets_of(query: EvidenceQuery) -> Mapping[Facet, str]:
    """What of the orders was asked for."""
    given = {facet: str(getattr(query, facet)).strip() for facet in Facet}
    return {facet: value for facet, value in given.items() if value}


def cause_of(query: EvidenceQuery) -> str:
    """What was asked for but the days, as one line that is always the same for the same: `carrier=sf&reason=other`."""
    given = {name: str(getattr(query, name) or "").strip() for name in CAUSE_FIELDS}
    return "&".join(f"{name}={_escaped(value)}" for name, value in sorted(given.items()) if value)


def cause_for(query: EvidenceQuery, reader: Reader) -> str:
    """The same, of whoever has one shop alone: the cause as it is in this shop."""
    shops = reader.shops
    if query.shop or shops is None or len(shops) > 1:
        return cause_of(query)
    return cause_of(structs.replace(query, shop=next(iter(shops), None)))


def approved_for(decided: Iterable[Decision], reader: Reader) -> int:
    """What was approved for the reader's shops, in fen: of an amount for all shops nobody knows their part."""
    theirs = (
        one for one in decided if reader.shops is None or typed_of(one.cause).get("shop") in reader.shops
    )
    return sum(one.compensation_fen or 0 for one in theirs)


def typed_of(cause: str) -> dict[str, str]:
    """The parameters of an address, from such a line."""
    parts = (part.partition("=") for part in cause.split("&") if part)
    return {name: unquote(value) for name, _, value in parts}


def asked_by(cause: str) -> EvidenceQuery:
    """What such a line asks for. Raises FaultyQueryError for what `cause_of` did not make."""
    return read(EvidenceQuery, typed_of(cause))


def _escaped(value: str) -> str:
    for sign in "%&=+;":
        value = value.replace(sign, f"%{ord(sign):02X}")
    return value


def _filter(asked: Asked[EvidenceQuery], since: date, until: date) -> CaseFilter:
    return CaseFilter(
        stage=asked.query.stage,
        reason=asked.query.reason,
        shops=asked.reader.shops_within(asked.query.shop),
        since=begin_of(since, asked.zone),
        until=end_of(until, asked.zone),
    )


# --- the page ----------------------------------------------------------------------------


def _view(
    since: date, until: date, found: Found, decided: Sequence[Decision], asked: Asked[EvidenceQuery]
) -> EvidenceView:
    begin, end = begin_of(since, asked.zone), end_of(until, asked.zone)
    course = course_of((hit.case.opened_at for hit in found.hits), begin, end)
    orders = {hit.order.key: hit.order for hit in found.hits}
    theirs = _customers(found.hits)
    return EvidenceView(
        cause=cause_for(asked.query, asked.reader),
        since=since,
        until=until,
        as_of=asked.local(asked.now),
        cut=found.cut,
        cases=len(found.hits),
        healed=sum(hit.case.self_healed for hit in found.hits),
        unclosed=sum(hit.case.closed_at is None for hit in found.hits),
        orders=len(orders),
        worth_fen=worth_of(orders.values()),
        hourly=len(course) > 1 and course[1].at - course[0].at == AN_HOUR,
        course=[SlotShown(at=asked.local(slot.at), count=slot.count) for slot in course],
        bill=_bill(
            bill_of(found.hits, approved_for(decided, asked.reader)), own=asked.reader.shops is not None
        ),
        events=sorted(
            [*_events(found, course, asked), *_decided(decided, asked)], key=lambda event: event.at
        ),
        customers=len(theirs),
        customers_reached=sum(one.reached for one in theirs),
        customers_shown=theirs,
        items=[_order(hit, asked) for hit in found.hits],
    )


def _customers(hits: Sequence[Hit]) -> list[CustomerShown]:
    """Those of most value first."""
    orders = {hit.order.key: hit.order for hit in hits}
    waiting = {hit.order.key for hit in hits if _is_unanswered(hit.case)}
    shown = [
        CustomerShown(
            name=_masked_name(theirs),
            phone=next((one.customer.phone.shown for one in theirs if one.customer.phone), None),
            orders=len(theirs),
            amount_fen=worth_of(theirs),
            reached=not any(one.key in waiting for one in theirs),
        )
        for theirs in customers(orders.values())
    ]
    return sorted(shown, key=lambda one: -one.amount_fen)


def _is_unanswered(case: Anomaly) -> bool:
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


def _events(found: Found, course: Sequence[Slot], asked: Asked[Any]) -> Iterator[HappeningShown]:
    times, peak = [hit.case.opened_at for hit in found.hits], peak_of(course)
    if peak is not None:
        yield HappeningShown(at=asked.local(min(times)), what=Happening.FIRST)
        yield HappeningShown(at=asked.local(peak.at), what=Happening.PEAK, count=peak.count)
    if len(times) > 1:
        yield HappeningShown(at=asked.local(max(times)), what=Happening.LAST)
    for one in found.incidents:
        yield _of_incident(one, Happening.INCIDENT, asked.local(one.opened_at))
        if one.closed_at is not None:
            yield _of_incident(one, Happening.INCIDENT_OVER, asked.local(one.closed_at))
    for version in found.versions:
        yield HappeningShown(
            at=asked.local(version.at), what=Happening.RULES, by=version.author, version=version.version
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


def _order(hit: Hit, asked: Asked[Any]) -> OrderShown:
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
        opened_at=asked.local(case.opened_at),
        reached_at=asked.local(case.reached_at),
        ended_at=asked.local(case.ended_at),
        ended_how=case.ended_how,
        closed_at=asked.local(case.closed_at),
    )


# --- the workbook --------------------------------------------------------------------------


def formula(cost: Cost | None, bill: BillShown, t: Words) -> str:
    """How an item of the loss was reckoned, with its numbers."""
    own = "_own" if cost is Cost.COMPENSATION and bill.own else ""
    return t(
        f"formula_{cost or 'total'}{own}",
        lost=bill.lost,
        unsaid=bill.unsaid,
        at_risk=bill.at_risk,
        orders=bill.orders,
        worth=t("yuan", amount=f"{bill.at_risk_fen / 100:,.2f}"),
        low=f"{bill.share_low:.1%}",
        high=f"{bill.share_high:.1%}",
    )


def _bill_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t, bill = tongue.words, view.bill
    rows: list[list[Cell]] = [
        [
            t(f"cost_{one.cost}") if one.cost else t("total"),
            yuan(one.low_fen),
            yuan(one.likely_fen),
            yuan(one.high_fen),
            formula(one.cost, bill, t),
        ]
        for one in (*bill.items, bill.total)
    ]
    if bill.unpriced:
        rows.append([t("unpriced", count=bill.unpriced)])
    head = [t(key) for key in ("cost", "low", "likely", "high", "formula")]
    return Sheet(title=t("loss"), head=head, rows=rows, widths=(24, 14, 14, 14, 80))


def _course_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [[slot.at, slot.count] for slot in view.course]
    return Sheet(title=t("count"), head=[t("when"), t("count")], rows=rows, widths=(20, 10))


def _customer_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [
        [one.name or t("nameless"), one.phone, one.orders, yuan(one.amount_fen), t("yes" if one.reached else "no")]
        for one in view.customers_shown
    ]  # fmt: skip
    head = [t(key) for key in ("customer", "phone", "orders_of", "amount", "reached")]
    return Sheet(title=t("customers"), head=head, rows=rows, widths=(16, 16, 10, 14, 10))


def _event_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [
        [one.at.replace(microsecond=0), happening(one, t), tongue.name(one.by) if one.by else None]
        for one in view.events
    ]
    return Sheet(title=t("timeline"), head=[t("when"), t("what"), t("who")], rows=rows, widths=(20, 60, 14))


def happening(one: HappeningShown, t: Words) -> str:
    """A line of the timeline."""
    told = one.text
    if one.cause is not None and one.stage is not None:
        told = cause(one.cause, one.value, t.language)
    return t(f"event_{one.what}", count=one.count, version=one.version, what=told)
