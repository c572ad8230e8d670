"""How is every order doing, and where does it hurt? The front page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from bot.healthwatch import HealthWatch
from bot.storage.around import Around
from bot.web.board.breakdowns import Bands, Breakdown, Side, StageBands, Tables
from bot.web.board.queries import Query
from bot.web.board.screens import Asked, Screen
from handlers.ledger import Fate
from replies.masking import free
from replies.pages.health import HEALTH
from rules.events import Shop
from rules.feeds import Source
from rules.golden import Golden, Share, Waits
from rules.silence import Silence, silence
from rules.snapshot import Snapshot


class HealthQuery(Query, frozen=True, kw_only=True):
    """Which orders, and how much of each list."""

    shop: str | None = None
    by: Side | None = None
    """Which of the lists the page shows; programs get all three. By shop where there are several, else by warehouse."""
    top: Annotated[int, msgspec.Meta(ge=1, le=500)] = 8
    """So many lines of each list."""


class HourFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of today."""

    at: datetime
    """When it began."""
    noticed: int
    closed: int
    unclosed: int
    """When it ended, or now."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So many of `n`."""

    count: int
    n: int
    percent: int | None
    """Rounded down; None when there is nothing to have a share of."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, of `n`."""

    median_seconds: int | None
    """None when there is nothing to have a median of."""
    p90_seconds: int | None
    n: int


class GoldenFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the anomalies that were noticed within some time; see `rules.golden.Golden`."""

    noticed: int
    within_10_min: Part
    within_15_min: Part
    to_claim: Spread
    to_reached: Spread
    self_healed: Part


class SourceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a source has sent."""

    source: str
    shops: Sequence[str]
    """Those of the reader that it reports of."""
    last_event_at: datetime
    """When the last new event came in."""
    silence: Silence
    out_since: datetime | None
    """When it was heard last, while its silence is an outage; None while it is not."""
    today: int
    hours: Sequence[int]
    """Events in each of the last 24 hours, oldest first; the last one is under way."""


class LedgerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the alerts of the last 24 hours."""

    alerts: int
    fates: Mapping[Fate, int]
    """All of them, each with its number; they add up to `alerts`."""
    balances: bool


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the front page shows."""

    as_of: datetime
    shop: str | None
    """The only one that was asked for; None for all of the reader's."""
    by: Side
    top: int
    orders: Bands
    stages: Sequence[StageBands]
    breakdowns: Sequence[Breakdown]
    today: Sequence[HourFigures]
    unclosed: int
    """Anomalies, now; so is `open_p1`."""
    open_p1: int
    golden_today: GoldenFigures
    golden_24_h: GoldenFigures
    sources: Sequence[SourceFigures]
    ledger: LedgerFigures
    dead_letters: int
    unmatched: int

    @property
    def noticed(self) -> int:
        """Anomalies, since midnight."""
        return sum(hour.noticed for hour in self.today)


HealthScreen = Screen[HealthQuery, HealthView]
Shops = frozenset[Shop] | None
"""Those of a reader; None for all."""


class Newest:
    """The newest snapshot as each choice of shops sees it, with its tables: made once, however many look at it."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._seen: dict[Shops, tuple[Snapshot, Tables]] = {}

    def of(self, snapshot: Snapshot, shops: Shops) -> tuple[Snapshot, Tables]:
        """The part of it that is of these shops."""
        if snapshot is not self._snapshot:
            self._snapshot, self._seen = snapshot, {}
        if shops not in self._seen:
            part = snapshot.of(shops)
            self._seen[shops] = part, Tables(part.counts)
        return self._seen[shops]


def health(watch: HealthWatch, around: Callable[[Shops], Awaitable[Around]]) -> HealthScreen:
    """The front page."""
    newest = Newest()

    async def load(asked: Asked[HealthQuery]) -> HealthView:
        shops = asked.reader.shops_within(asked.query.shop)
        snapshot, tables = newest.of(await watch.snapshot(), shops)
        return view_of(asked, snapshot, tables, await around(shops))

    return Screen(
        name="health",
        page="/",
        twin="/api/health",
        summary="How all orders are doing, and where it hurts",
        query=HealthQuery,
        shape=HealthView,
        load=load,
        words=HEALTH,
    )


def view_of(asked: Asked[HealthQuery], snapshot: Snapshot, tables: Tables, around: Around) -> HealthView:
    """The page, of a snapshot of the reader's shops alone, and its tables."""
    query, cases = asked.query, snapshot.cases
    return HealthView(
        as_of=asked.local(snapshot.at),
        shop=query.shop,
        by=query.by or (Side.SHOP if tables.shops > 1 else Side.WAREHOUSE),
        top=query.top,
        orders=tables.orders,
        stages=tables.stages(),
        breakdowns=[tables.breakdown(side, query.top) for side in Side],
        today=[
            HourFigures(at=asked.local(hour.at), noticed=hour.opened, closed=hour.closed, unclosed=hour.unclosed)
            for hour in snapshot.curve
        ],
        unclosed=cases.unclosed,
        open_p1=cases.urgent,
        golden_today=golden(snapshot.golden_today),
        golden_24_h=golden(snapshot.golden_lately),
        sources=[source_figures(source, asked, snapshot.at, around.out) for source in snapshot.sources],
        ledger=LedgerFigures(
            alerts=around.ledger.alerts,
            fates={fate: around.ledger.fates.get(fate, 0) for fate in Fate},
            balances=around.ledger.balances,
        ),
        dead_letters=around.lost,
        unmatched=around.unmatched,
    )  # fmt: skip


def golden(figures: Golden) -> GoldenFigures:
    """The golden ten minutes, as they are shown."""
    return GoldenFigures(
        noticed=figures.opened,
        within_10_min=_part(figures.within_ten),
        within_15_min=_part(figures.within_fifteen),
        to_claim=_spread(figures.claimed),
        to_reached=_spread(figures.reached),
        self_healed=_part(figures.healed),
    )


def source_figures(
    source: Source, asked: Asked[HealthQuery], now: datetime, out: Mapping[str, datetime]
) -> SourceFigures:
    """What a source has sent, as it is shown; `out` are those whose silence is an outage."""
    feed = source.feed
    return SourceFigures(
        source=free(source.name),
        shops=[free(shop) for shop in source.shops],
        last_event_at=asked.local(feed.observed_at),
        silence=silence(source.age(now)),
        out_since=asked.local(out.get(source.name)),
        today=feed.today,
        hours=feed.hours,
    )


def _part(share: Share) -> Part:
    return Part(count=share.part, n=share.of, percent=share.percent)


def _spread(waits: Waits) -> Spread:
    return Spread(median_seconds=_seconds(waits.median), p90_seconds=_seconds(waits.p90), n=waits.n)


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())
