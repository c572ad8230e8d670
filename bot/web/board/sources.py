"""How is each source that reports, and when was one out? What was held for it, and what became of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from bot.listening import Judged, Listening
from bot.storage.outages import held_of, lately
from bot.storage.store import Store
from bot.web.board.queries import Query
from bot.web.board.screens import Asked, Screen
from replies.feeds import stages_of
from replies.masking import free
from replies.pages.sources import SOURCES
from rules.outages import Outage
from rules.signs import Sign
from rules.stages import Stage

DAYS = timedelta(days=30)
MOST = 50
"""Outages that are shown."""


class SourcesQuery(Query, frozen=True, kw_only=True):
    """Of which shop; None for all of the reader's."""

    shop: str | None = None


class SourceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A source."""

    source: str
    shops: Sequence[str]
    """Those of the reader that it reports of."""
    sign: Sign
    last_event_at: datetime
    newest_news_at: datetime
    """When the newest of its events happened, by its own clock."""
    heartbeat_at: datetime | None
    """None where it never sent one."""
    usual_per_hour: int | None
    """How many events are usual in an hour like this; None where its habit is not known yet."""
    missing: int
    """How many should have come since it was last heard."""
    silence_percent: int
    """How far its silence has come towards an outage."""


class OutageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a source was out."""

    source: str
    silent_since: datetime
    noticed_at: datetime
    back_at: datetime | None
    ended_at: datetime | None
    """None while cases are held for it."""
    expected: int
    """How many events should have come by the time it was noticed."""
    waiting: int
    """How many open orders waited for its news then."""
    stages: Sequence[Stage]
    held: int
    """The cases that it held, or holds."""
    healed: int
    raised: int


class SourcesView(msgspec.Struct, frozen=True, kw_only=True):
    """All sources, and the outages of thirty days."""

    as_of: datetime
    shop: str | None
    sources: Sequence[SourceShown]
    outages: Sequence[OutageShown]
    """Newest first."""
    held: int
    """Cases that are held now."""


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Where it is read."""

    store: Store
    listening: Listening

    async def load(self, asked: Asked[SourcesQuery]) -> SourcesView:
        """What the page shows, of the reader's shops."""
        shops = asked.reader.shops_within(asked.query.shop)
        judged = [one for one in await self.listening.glance() if shops is None or shops & {*one.pulse.shops}]
        async with self.store.reading() as connection:
            outages = await lately(connection, asked.now - DAYS, MOST)
            held = await held_of(connection)
        known = {one.pulse.source for one in judged}
        theirs = [outage for outage in outages if shops is None or outage.source in known]
        out = {outage.source for outage in theirs if outage.ended_at is None}
        return SourcesView(
            as_of=asked.local(asked.now),
            shop=asked.query.shop,
            sources=[_source(one, one.pulse.source in out, asked) for one in judged],
            outages=[_outage(outage, held, asked) for outage in theirs],
            held=sum(held.get(outage.id, 0) for outage in theirs),
        )


def the_sources(files: SourceFiles) -> Screen[SourcesQuery, SourcesView]:
    """The page."""
    return Screen(
        name="sources",
        page="/sources",
        twin="/api/sources",
        summary="How each source is, and the outages of thirty days with what they held",
        query=SourcesQuery,
        shape=SourcesView,
        load=files.load,
        words=SOURCES,
        tab="sources",
    )


def _source(one: Judged, is_out: bool, asked: Asked[SourcesQuery]) -> SourceShown:
    pulse, judgement = one.pulse, one.judgement
    return SourceShown(
        source=free(pulse.source),
        shops=[free(shop) for shop in pulse.shops if asked.reader.serves(shop)],
        sign=Sign.OUT if is_out else judgement.sign,
        last_event_at=asked.local(pulse.heard_at),
        newest_news_at=asked.local(pulse.occurred_at),
        heartbeat_at=None if pulse.beat_at is None else asked.local(pulse.beat_at),
        usual_per_hour=round(judgement.per_hour) if one.is_known else None,
        missing=round(judgement.expected),
        silence_percent=min(int(judgement.share * 100), 100),
    )


def _outage(outage: Outage, held: Mapping[str, int], asked: Asked[SourcesQuery]) -> OutageShown:
    return OutageShown(
        source=free(outage.source),
        silent_since=asked.local(outage.heard_at),
        noticed_at=asked.local(outage.noticed_at),
        back_at=None if outage.back_at is None else asked.local(outage.back_at),
        ended_at=None if outage.ended_at is None else asked.local(outage.ended_at),
        expected=outage.expected,
        waiting=outage.waiting,
        stages=stages_of(outage),
        held=outage.held if outage.settled_at is not None else held.get(outage.id, 0),
        healed=outage.healed,
        raised=outage.raised,
    )
