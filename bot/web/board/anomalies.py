"""Which anomalies are there? The list, by filters that stand in the address."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import structs

from bot.storage.caselist import MOST_COUNTED, NOBODY, UNCLOSED, CaseFilter, Counts
from bot.storage.views import Views
from bot.web.board.cells import Column, person
from bot.web.board.queries import PAGING, ListQuery, Query
from bot.web.board.screens import Asked, Export, Screen, by_load
from handlers.world import Directory
from replies.masking import free, plain
from replies.pages.anomalies import ANOMALIES
from rules.anomalies import Anomaly, Ended, Sorting, State
from rules.dates import begin_of, end_of
from rules.events import UserId
from rules.ladder import contact_by
from rules.outages import Outage
from rules.reaching import Means
from rules.reasons import Reason, ReasonSource
from rules.stages import Kind, Priority, Stage
from rules.standstill import stands_still

LIST_PAGE = "/anomalies"
MOST_CLAIMED = 100
"""So many can be claimed at once."""


class AnomalyQuery(ListQuery, frozen=True, kw_only=True):
    """Which anomalies; `state` may be several."""

    state: tuple[State, ...] = ()
    stage: Stage | None = None
    kind: Kind | None = None
    priority: Priority | None = None
    shop: str | None = None
    owner: str | None = None
    """A userid, `me`, or `nobody`."""
    reason: Reason | None = None
    since: date | None = None
    """Noticed on that day or later, in the merchant's zone."""
    until: date | None = None
    """Noticed on that day or before."""
    self_healed: bool | None = None
    held: bool | None = None
    q: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """What the order's number begins with."""
    sort: Sorting = Sorting.NEWEST


class AnomalyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One anomaly, in a list."""

    id: str
    shop: str
    order_no: str
    parcel: str | None
    stage: Stage
    kind: Kind
    priority: Priority
    state: State
    opened_at: datetime | None
    due_at: datetime | None
    owner: str | None
    reached_at: datetime | None
    ended_at: datetime | None
    ended_how: Ended | None
    reason: Reason | None
    reason_text: str | None
    reason_source: ReasonSource | None
    closed_at: datetime | None
    self_healed: bool
    reached_how: Means | None = None
    standstill: bool = False
    """The customer was reached a while ago, and the order has not moved since."""
    incident: str | None = None
    held: bool = False
    """A source is silent: whether the order stands still is not known, and nobody was told."""
    as_of: datetime | None = None
    """Of a held one: until when its source has told of it; None where that source is back by now."""


class ListedAnomaly(AnomalyRow, frozen=True, kw_only=True):
    """The same with its clocks."""

    since: datetime | None
    """Since when the order stands still."""
    contact_by: datetime | None
    """By then the customer is to be reached; None once they are, or need not be, and while nobody is called."""


class AnomalyPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list, on its way into a file."""

    items: Sequence[ListedAnomaly]
    next: str | None


class AnomalyCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are beside the list, in the reader's shops."""

    found: int
    """That fit; more than 10,000 are not counted."""
    exact: bool
    """Whether `found` is all of them."""
    unclosed: int
    unclaimed: int
    mine: int
    urgent: int
    """P1, not closed."""
    held: int = 0
    """Held by the outage of a source: they are in none of the four numbers before."""


class AnomalyList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of anomalies, newest first, or the longest overdue first."""

    items: Sequence[ListedAnomaly]
    next: str | None
    """The cursor of the following page; None on the last one."""
    counts: AnomalyCounts
    today: date
    """The merchant's day at this moment."""


def anomaly_row(case: Anomaly, asked: Asked[Query], outages: Sequence[Outage] = ()) -> AnomalyRow:
    """An anomaly as lists show it; `outages` are those that are under way."""
    held = case.held_by is not None and case.closed_at is None
    heard_at = next((outage.heard_at for outage in outages if held and outage.id == case.held_by), None)
    return AnomalyRow(
        id=case.id,
        shop=plain(case.order.shop),
        order_no=plain(case.order.order_no),
        parcel=plain(case.parcel) or None,
        stage=case.stage,
        kind=case.kind,
        priority=case.priority,
        state=case.state,
        opened_at=asked.local(case.opened_at),
        due_at=asked.local(case.due_at),
        owner=case.owner,
        reached_at=asked.local(case.reached_at),
        ended_at=asked.local(case.ended_at),
        ended_how=case.ended_how,
        reason=None if case.reason is None else case.reason.reason,
        reason_text=None if case.reason is None else free(case.reason.text or "") or None,
        reason_source=case.reason_source,
        closed_at=asked.local(case.closed_at),
        self_healed=case.self_healed,
        reached_how=case.reached_how,
        standstill=stands_still(case),
        incident=case.incident,
        held=held,
        as_of=asked.local(heard_at),
    )


COLUMNS: tuple[Column[AnomalyRow], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop),
    Column("parcel_no", lambda row: row.parcel, 20),
    Column("stage", lambda row: row.stage, 10),
    Column("stuck", lambda row: row.kind, 10),
    Column("state", lambda row: row.state, 10),
    Column("priority", lambda row: row.priority, 8),
    Column("owner", lambda row: person(row.owner), 12),
    Column("opened_at", lambda row: row.opened_at, 20),
    Column("due_at", lambda row: row.due_at, 20),
    Column("reached_at", lambda row: row.reached_at, 20),
    Column("ended_at", lambda row: row.ended_at, 20),
    Column("ended_how", lambda row: row.ended_how, 14),
    Column("reason", lambda row: row.reason, 14),
    Column("reason_text", lambda row: row.reason_text, 30),
    Column("closed_at", lambda row: row.closed_at, 20),
    Column("self_healed", lambda row: row.self_healed, 10),
    Column("case", lambda row: row.id, 34),
)


def anomalies(views: Views, directory: Directory) -> Screen[AnomalyQuery, AnomalyList]:
    """The list."""

    def listed(cases: Sequence[Anomaly], asked: Asked[AnomalyQuery]) -> list[ListedAnomaly]:
        return [_listed(case, directory, asked) for case in cases[: asked.query.limit]]

    async def load(asked: Asked[AnomalyQuery]) -> AnomalyList:
        limit, reader = asked.query.limit, asked.reader.member.userid
        cases, counts = await views.counted_cases(wanted_by(asked), limit + 1, reader)
        return AnomalyList(
            items=listed(cases, asked),
            next=_next(cases, limit),
            counts=_shown(counts),
            today=asked.now.astimezone(asked.zone).date(),
        )

    async def rows(asked: Asked[AnomalyQuery]) -> AnomalyPart:
        limit = asked.query.limit
        cases = await views.cases(wanted_by(asked), limit + 1)
        return AnomalyPart(items=listed(cases, asked), next=_next(cases, limit))

    def people() -> dict[str, str]:
        return {userid: member.name for userid, member in directory.roster.members.items()}

    return Screen(
        name="anomalies",
        page=LIST_PAGE,
        twin="/api/anomalies",
        summary="Anomalies, newest first, or the longest overdue first",
        query=AnomalyQuery,
        shape=AnomalyList,
        load=load,
        words=ANOMALIES,
        tools={
            "people": people,
            "unclosed": ",".join(UNCLOSED),
            "most_claimed": MOST_CLAIMED,
            "without_paging": _without_paging,
        },
        export=Export(columns=COLUMNS, page=by_load(rows)),
    )


def wanted_by(asked: Asked[AnomalyQuery]) -> CaseFilter:
    """What the reader asks for, of the shops that they serve."""
    query = asked.query
    return CaseFilter(
        states=query.state,
        stage=query.stage,
        kind=query.kind,
        priority=query.priority,
        shops=asked.reader.shops_within(query.shop),
        owner=_owner(query.owner, asked.reader.member.userid),
        reason=query.reason,
        since=begin_of(query.since, asked.zone),
        until=end_of(query.until, asked.zone),
        self_healed=query.self_healed,
        held=query.held,
        number=query.q,
        sorting=query.sort,
        before=query.cursor,
    )


def _owner(asked: str | None, reader: UserId) -> str | None:
    return {None: None, "me": reader, "nobody": NOBODY}.get(asked, asked)


def _listed(case: Anomaly, directory: Directory, asked: Asked[Query]) -> ListedAnomaly:
    running = case.state in {State.OPEN, State.CLAIMED} and case.held_by is None
    return ListedAnomaly(
        **structs.asdict(anomaly_row(case, asked, directory.outages)),
        since=asked.local(case.since),
        contact_by=asked.local(contact_by(case, directory.rules.of(case))) if running else None,
    )


def _next(cases: Sequence[Anomaly], limit: int) -> str | None:
    return cases[limit - 1].id if len(cases) > limit else None


def _without_paging(typed: Mapping[str, str]) -> Mapping[str, str]:
    """What was asked for, wherever in the list the reader is and in whatever language."""
    return {name: text for name, text in typed.items() if text and name not in PAGING}


def _shown(counts: Counts) -> AnomalyCounts:
    return AnomalyCounts(
        found=min(counts.found, MOST_COUNTED),
        exact=counts.found <= MOST_COUNTED,
        unclosed=counts.unclosed,
        unclaimed=counts.unclaimed,
        mine=counts.mine,
        urgent=counts.urgent,
        held=counts.held,
    )
