"""What is there for the meeting about one cause? A pack of its own for any filters: to read, to print, to take away."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, cast
from urllib.parse import unquote

import msgspec
from msgspec import structs

from bot.clock import SystemClock
from bot.sharing import Shared
from bot.storage.caselist import CaseFilter
from bot.storage.evidence import MOST_CASES
from bot.storage.views import Views
from bot.web.board.cells import Tongue
from bot.web.board.evidence_pack import MOST_CUSTOMERS, MOST_ORDERS, Pack, Wanted, finished, pack_of
from bot.web.board.evidence_shape import EvidenceView
from bot.web.board.evidence_sheets import COLUMNS, formula, happening, sheets_of
from bot.web.board.queries import Query, read
from bot.web.board.ranges import days_asked
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked, Export, Page, Screen, by_load
from bot.web.board.sheets import Sheet
from replies.pages.evidence import EVIDENCE
from rules.dates import begin_of, end_of
from rules.decisions import Decision
from rules.evidence import Facet
from rules.reasons import Reason
from rules.stages import Stage
from rules.storms import IncidentId

USUAL = timedelta(days=7)
MOST_DAYS = 92
A_MINUTE = timedelta(minutes=1)
MANY = 500
"""A pack for which so many cases were looked at is good for a minute: nobody sees in it what has changed since."""
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


def evidence(views: Views) -> Screen[EvidenceQuery, EvidenceView]:
    """The pack; its workbook has a sheet for each of its parts."""

    async def pack(wanted: Wanted) -> Pack:
        found = await views.evidence(wanted.cases, dict(wanted.facets))
        return await asyncio.to_thread(pack_of, wanted, found)

    packs = Shared(pack, SystemClock(), A_MINUTE, keeps=lambda one: one.looked >= MANY)

    async def load(asked: Asked[EvidenceQuery]) -> EvidenceView:
        wanted = _wanted(asked)
        found = await (pack(wanted) if asked.whole else packs(wanted))
        cause = cause_for(asked.query, asked.reader)
        begun = begin_of(found.view.since, asked.zone)
        decided = [one for one in await views.decisions_about(cause) if one.decided_at >= begun]
        return finished(found, cause, decided, approved_for(decided, asked.reader), asked)

    async def beside(first: Page, asked: Asked[EvidenceQuery], tongue: Tongue) -> Sequence[Sheet]:
        del asked
        return sheets_of(cast(EvidenceView, first), tongue)  # it is what `load` has given

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


def _wanted(asked: Asked[EvidenceQuery]) -> Wanted:
    """Which cases; of an incident all of them, where no days are given."""
    query, today = asked.query, asked.now.astimezone(asked.zone).date()
    since, until = days_asked(query.since, query.until, today, USUAL, MOST_DAYS)
    whole = bool(query.incident) and query.since is None and query.until is None
    cases = CaseFilter(
        stage=query.stage,
        reason=query.reason,
        shops=asked.reader.shops_within(query.shop),
        incident=IncidentId(query.incident) if query.incident else None,
    )
    if not whole:
        cases = replace(cases, since=begin_of(since, asked.zone), until=end_of(until, asked.zone))
    return Wanted(
        cases=cases,
        facets=tuple(facets_of(query).items()),
        since=since,
        until=until,
        zone=asked.zone,
        whole=asked.whole,
        now=asked.now,
    )


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
