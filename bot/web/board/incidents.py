"""Which incidents are there, and what is all that is known of one? The list, and the page of each."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import structs

from bot.storage.incidentlist import Progress, progress_of
from bot.storage.store import Store, Transaction
from bot.web.board.cells import Column, person, yuan
from bot.web.board.incident_shape import (
    Event,
    EventShown,
    IncidentCase,
    IncidentFile,
    IncidentList,
    IncidentRow,
    LossShown,
)
from bot.web.board.queries import ListQuery, NoQuery, Query
from bot.web.board.screens import Asked, Export, MissingError, Screen, by_load
from bot.web.board.telling import said
from bot.web.editing import Editing
from handlers.approved import Approved
from handlers.incident_desk import Sheet, sheet_of
from handlers.world import World
from replies.impact import Affected, Impact
from replies.masking import free, masked, plain
from replies.pages.incidents import INCIDENTS, cause
from rules.actions import Action
from rules.anomalies import State
from rules.incidents import Incident
from rules.ladder import contact_by
from rules.losses import Loss, amount_of, is_lost, refunded_unreached
from rules.reasons import Reason, from_evidence
from rules.storms import IncidentId

INCIDENT_PAGE = "/i/{id}"
APPROVABLE = (Action.SEND, Action.CLAIM, Action.ESCALATE, Action.SNOOZE, Action.REASON)
"""What the card of an incident offers."""
COLUMNS: tuple[Column[IncidentCase], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop),
    Column("customer", lambda row: row.customer, 12),
    Column("amount", lambda row: yuan(row.amount_fen), 12),
    Column("state", lambda row: row.state, 10),
    Column("owner", lambda row: person(row.owner), 12),
    Column("since", lambda row: row.since, 20),
    Column("joined_at", lambda row: row.joined_at, 20),
    Column("upshot", lambda row: row.upshot, 16),
    Column("why", lambda row: row.why, 30),
    Column("reached_at", lambda row: row.reached_at, 20),
    Column("ended_at", lambda row: row.ended_at, 20),
    Column("ended_how", lambda row: row.ended_how, 14),
    Column("lost", lambda row: row.lost, 10),
    Column("refund_before_contact", lambda row: row.refund_before_contact, 12),
    Column("channel", lambda row: row.channel, 12),
    Column("text", lambda row: row.text, 60),
    Column("case", lambda row: row.id, 34),
)

LISTED: tuple[Column[IncidentRow], ...] = (
    Column("stage", lambda row: row.stage, 10),
    Column("cause", lambda row: row.cause, 14),
    Column("value", lambda row: row.value, 24),
    Column("priority", lambda row: row.priority, 8),
    Column("owner", lambda row: person(row.owner), 12),
    Column("orders", lambda row: row.cases, 8),
    Column("not_closed", lambda row: row.unclosed, 8),
    Column("reached", lambda row: row.reached, 8),
    Column("back", lambda row: row.back, 8),
    Column("opened", lambda row: row.opened_at, 20),
    Column("closed_at", lambda row: row.closed_at, 20),
    Column("incident", lambda row: row.id, 34),
)


class IncidentFiles:
    """Reads incidents for those who serve a shop of theirs, and no more of them than that."""

    def __init__(self, store: Store, world: World, editing: Editing) -> None:
        self._store = store
        self._world = world
        self._editing = editing

    async def sheet(self, asked: Asked[Any]) -> Sheet:
        """The incident that the address names. Raises MissingError."""
        incident = IncidentId(asked.path["id"])
        async with self._store.snapshot() as connection:
            sheet = await sheet_of(Transaction(connection), self._world, incident, asked.reader.shops)
        if sheet is None:
            raise MissingError(f"incident {incident}")
        return sheet

    async def file(self, asked: Asked[NoQuery]) -> IncidentFile:
        """All that is shown of it."""
        return _file(await self.sheet(asked), asked, self._editing if asked.reader.person else None)

    async def list(self, asked: Asked[ListQuery]) -> IncidentList:
        """The incidents with an order of the reader's shops, newest first."""
        limit, before = asked.query.limit, asked.query.cursor
        async with self._store.snapshot() as connection:
            last = IncidentId(before) if before else None
            found = await Transaction(connection).incidents.listed(limit + 1, before=last)
            progress = await progress_of(connection, [one.id for one in found], asked.reader.shops)
        rows = [_row(one, progress[one.id], asked) for one in found[:limit] if one.id in progress]
        return IncidentList(items=rows, next=found[limit - 1].id if len(found) > limit else None)


def the_incidents(files: IncidentFiles) -> Screen[ListQuery, IncidentList]:
    """The list."""
    return Screen(
        name="incidents",
        page="/incidents",
        twin="/api/incidents",
        summary="Incidents (many orders with one cause), newest first",
        query=ListQuery,
        shape=IncidentList,
        load=files.list,
        words=INCIDENTS,
        tools={"cause": cause},
        tab="incidents",
        export=Export(columns=LISTED, page=by_load(files.list)),
    )


def the_incident(files: IncidentFiles) -> Screen[NoQuery, IncidentFile]:
    """The page of an incident; its orders can be taken away."""
    return Screen(
        name="incident",
        page=INCIDENT_PAGE,
        twin="/api/incidents/{id}",
        summary="One incident: its orders, those of most value first, the words to each customer, what came of approvals",
        query=NoQuery,
        shape=IncidentFile,
        load=files.file,
        words=INCIDENTS,
        tools={"cause": cause, "yuan": yuan},
        tab="incidents",
        export=Export(columns=COLUMNS, page=by_load(files.file), address=f"{INCIDENT_PAGE}/orders"),
    )


def _row(incident: Incident, progress: Progress, asked: Asked[Any]) -> IncidentRow:
    return IncidentRow(
        id=incident.id,
        stage=incident.stage,
        cause=incident.cause,
        value=free(incident.value),
        priority=incident.priority,
        opened_at=asked.local(incident.opened_at),
        cases=progress.cases,
        unclosed=progress.unclosed,
        reached=progress.reached,
        back=progress.back,
        waves=incident.waves,
        owner=incident.owner,
        approved_by=incident.approved_by,
        approved_at=asked.local(incident.approved_at),
        closed_at=asked.local(incident.closed_at),
    )


def _file(sheet: Sheet, asked: Asked[Query], editing: Editing | None) -> IncidentFile:
    impact = sheet.impact
    unclosed = sum(one.situation.anomaly.state is not State.CLOSED for one in impact.cases)
    progress = Progress(cases=len(impact.cases), unclosed=unclosed, reached=impact.reached, back=impact.back)
    first = impact.any
    before_contact = [one for one in impact.cases if _asked_before_contact(one)]
    return IncidentFile(
        **structs.asdict(_row(impact.incident, progress, asked)),
        group=free(impact.incident.group),
        deadline=asked.local(impact.deadline),
        refunded=impact.refunded,
        refunded_before_contact=len(before_contact),
        unanswered=impact.permits(Action.SEND),
        sendable=len(impact.sendable),
        loss=_loss(impact.loss),
        items=[_case(one, asked, editing) for one in impact.cases],
        events=[*_events(sheet, asked)],
        reasons=tuple(Reason),
        likely_reason=from_evidence(first.order, first.anomaly.stage, first.anomaly.kind).reason,
        allowed=_allowed(impact, asked),
    )


def _allowed(impact: Impact, asked: Asked[Query]) -> tuple[Action, ...]:
    """What a person may approve, of the cases in whose shops they may act."""
    if not asked.reader.person:
        return ()
    member = asked.reader.member
    return tuple(
        action
        for action in APPROVABLE
        if any(member.may_act(one.situation.order.key.shop) for one in impact.permitting(action))
    )


def _loss(loss: Loss) -> LossShown:
    return LossShown(
        expected_fen=loss.expected_fen,
        orders=loss.orders,
        lost=loss.lost,
        lost_fen=loss.lost_fen,
        at_risk=loss.at_risk,
        at_risk_fen=loss.at_risk_fen,
        unpriced=loss.unpriced,
    )


def _asked_before_contact(one: Affected) -> bool:
    return refunded_unreached(one.situation.anomaly, one.situation.order)


def _case(one: Affected, asked: Asked[Query], editing: Editing | None) -> IncidentCase:
    situation, case, order = one.situation, one.situation.anomaly, one.situation.order
    running = case.state in {State.OPEN, State.CLAIMED}
    words = one.words if one.is_unanswered else None
    blocked = one.is_unanswered and words is None
    return IncidentCase(
        id=case.id,
        shop=plain(order.key.shop),
        order_no=plain(order.key.order_no),
        customer=said(order.customer.name),
        amount_fen=amount_of(order),
        state=case.state,
        owner=case.owner,
        since=asked.local(case.since),
        joined_at=asked.local(case.joined_at),
        contact_by=asked.local(contact_by(case, situation.book)) if running else None,
        reached_at=asked.local(case.reached_at),
        ended_at=asked.local(case.ended_at),
        ended_how=case.ended_how,
        lost=is_lost(order),
        refund_before_contact=_asked_before_contact(one),
        channel=situation.route.channel,
        because=situation.route.because,
        unanswered=one.is_unanswered,
        sendable=one.can_be_sent,
        text=None if words is None else masked(words.text),
        blocked=getattr(one.draft, "why", None) if blocked else None,
        upshot=one.upshot,
        why=said(one.why),
        shown=editing.write(case.id, words.text, words) if editing is not None and words else None,
    )


# --- its timeline -------------------------------------------------------------------


def _events(sheet: Sheet, asked: Asked[Query]) -> Sequence[EventShown]:
    """What happened to it, oldest first; what joined within a minute is one line."""
    incident = sheet.impact.incident
    found = [
        (incident.opened_at, EventShown(at=None, what=Event.OPENED)),
        *_joined(sheet.impact),
        *([(incident.wave_at, EventShown(at=None, what=Event.WAVE))] if incident.waves > 1 else []),
        *_approvals(sheet.approved),
        *([(incident.closed_at, EventShown(at=None, what=Event.CLOSED))] if incident.closed_at else []),
    ]
    ordered = sorted(found, key=lambda pair: pair[0])
    return [structs.replace(event, at=asked.local(at)) for at, event in ordered]


def _joined(impact: Impact) -> Iterator[tuple[datetime, EventShown]]:
    times = sorted(at for one in impact.cases if (at := one.situation.anomaly.joined_at) is not None)
    for _, some in groupby(times, key=lambda at: at.replace(second=0, microsecond=0)):
        minute = list(some)
        yield minute[0], EventShown(at=None, what=Event.JOINED, cases=len(minute))


def _approvals(approved: Iterable[Approved]) -> Iterator[tuple[datetime, EventShown]]:
    for _, some in groupby(sorted(approved, key=lambda one: (one.at, one.id)), key=lambda one: one.id):
        first, *others = some
        yield (
            first.at,
            EventShown(
                at=None, what=Event.APPROVED, actor=first.actor, action=first.action, cases=1 + len(others)
            ),
        )
        if first.told_at is not None:
            yield first.told_at, EventShown(at=None, what=Event.RESULTS, action=first.action)
