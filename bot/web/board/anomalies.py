"""Which anomalies are there? The list, by filters that stand in the address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from bot.storage.caselist import CaseFilter
from bot.storage.views import Views
from bot.web.board.cells import Column, person
from bot.web.board.queries import Query
from bot.web.board.screens import Asked, Export, Screen, by_load
from replies.masking import free, plain
from replies.pages.anomalies import ANOMALIES
from rules.anomalies import Anomaly, Ended, State
from rules.reasons import Reason, ReasonSource
from rules.stages import Kind, Priority, Stage


class AnomalyQuery(Query, frozen=True, kw_only=True):
    """Which anomalies; `state` may be several."""

    state: tuple[State, ...] = ()
    stage: Stage | None = None
    shop: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    cursor: str | None = None
    """`next` of the page before."""


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
    incident: str | None = None


class AnomalyList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of anomalies, newest first."""

    items: Sequence[AnomalyRow]
    next: str | None
    """The cursor of the following page; None on the last one."""


def anomaly_row(case: Anomaly, asked: Asked[Query]) -> AnomalyRow:
    """An anomaly as lists show it."""
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


def anomalies(views: Views) -> Screen[AnomalyQuery, AnomalyList]:
    """The list."""

    async def load(asked: Asked[AnomalyQuery]) -> AnomalyList:
        query = asked.query
        shops = asked.reader.shops_within(query.shop)
        wanted = CaseFilter(states=query.state, stage=query.stage, shops=shops, before=query.cursor)
        cases = await views.cases(wanted, query.limit + 1)
        page, more = cases[: query.limit], len(cases) > query.limit
        rows = [anomaly_row(case, asked) for case in page]
        return AnomalyList(items=rows, next=page[-1].id if more else None)

    return Screen(
        name="anomalies",
        page="/anomalies",
        twin="/api/anomalies",
        summary="Anomalies, newest first",
        query=AnomalyQuery,
        shape=AnomalyList,
        load=load,
        words=ANOMALIES,
        export=Export(columns=COLUMNS, page=by_load(load)),
    )
