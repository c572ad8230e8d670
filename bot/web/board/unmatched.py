"""Which events belong to no order, and why? Whoever knows better says to which one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from bot.storage.parked import Parked, ParkedFilter
from bot.storage.views import Views
from bot.web.board.cells import Column, Value, Word
from bot.web.board.order_events import pretty
from bot.web.board.queries import ListQuery, Milliseconds, cursor_of, place_of
from bot.web.board.screens import Asked, Export, Screen, by_load
from handlers.messages import TRACKING
from handlers.unmatched import Astray, Hitch, why_astray
from replies.bodies import body_shown
from replies.masking import plain
from replies.pages.unmatched import UNMATCHED
from rules.dates import begin_of
from rules.events import EventType

Place = tuple[Milliseconds, str, str]


class UnmatchedQuery(ListQuery, frozen=True, kw_only=True):
    """Which events; the rest is what somebody tried to tie, and what came of it."""

    source: str | None = None
    ref: str | None = None
    shop: str | None = None
    since: date | None = None
    tied: str | None = None
    hitch: Hitch | None = None
    tie_event: str | None = None
    tie_shop: str | None = None
    tie_order: str | None = None


class UnmatchedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event, as it is shown."""

    key: str
    """What the form that ties it carries."""
    source: str
    id: str
    type: EventType
    shop: str | None
    """None where the event names none."""
    ref: str
    """What it refers to."""
    refs: Sequence[str]
    """What else it names."""
    why: Astray
    shops: Sequence[str]
    """Where its reference leads to all the same."""
    occurred_at: datetime
    observed_at: datetime
    body: Any
    """As it came, masked."""


class UnmatchedList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first."""

    items: Sequence[UnmatchedEvent]
    next: str | None


def _named(ref: str) -> Value:
    """A reference as people say it."""
    number = ref.removeprefix(TRACKING)
    return ref if number == ref else Word("tracking", {"number": number})


COLUMNS: tuple[Column[UnmatchedEvent], ...] = (
    Column("observed_at", lambda row: row.observed_at, 20),
    Column("source", lambda row: row.source, 18),
    Column("event_id", lambda row: row.id, 24),
    Column("type", lambda row: row.type, 14),
    Column("shop", lambda row: row.shop, 12),
    Column("ref", lambda row: _named(row.ref), 28),
    Column("why", lambda row: Word(f"why_{row.why}"), 30),
    Column("refs", lambda row: " ".join(ref.removeprefix(TRACKING) for ref in row.refs), 28),
    Column("occurred_at", lambda row: row.occurred_at, 20),
)


def unmatched(views: Views) -> Screen[UnmatchedQuery, UnmatchedList]:
    """The list."""

    async def load(asked: Asked[UnmatchedQuery]) -> UnmatchedList:
        query = asked.query
        wanted = ParkedFilter(
            source=query.source,
            ref=query.ref,
            since=begin_of(query.since, asked.zone),
            shops=asked.reader.shops_within(query.shop),
            before=place_of(query.cursor, Place),
        )
        found = await views.parked(wanted, query.limit + 1)
        page, more = found[: query.limit], len(found) > query.limit
        return UnmatchedList(
            items=[_event(one, asked) for one in page], next=cursor_of(*page[-1].place) if more else None
        )

    return Screen(
        name="unmatched",
        page="/unmatched",
        twin="/api/unmatched",
        summary="Events that belong to no order, newest first",
        query=UnmatchedQuery,
        shape=UnmatchedList,
        load=load,
        words=UNMATCHED,
        tools={"pretty": pretty},
        export=Export(columns=COLUMNS, page=by_load(load)),
    )


def _event(parked: Parked, asked: Asked[UnmatchedQuery]) -> UnmatchedEvent:
    report, event = parked.report, parked.report.event
    return UnmatchedEvent(
        key=cursor_of(*event.key),
        source=plain(event.key.source),
        id=plain(event.key.id),
        type=event.type,
        shop=plain(event.order.shop) if report.shop_stated else None,
        ref=plain(parked.ref),
        refs=[plain(ref) for ref in report.refs if ref != parked.ref],
        why=why_astray(report, parked.leads_to),
        shops=sorted({plain(key.shop) for key in parked.leads_to if asked.reader.serves(key.shop)}),
        occurred_at=asked.local(event.at),
        observed_at=asked.local(event.observed_at),
        body=body_shown(msgspec.json.decode(report.body)),
    )
