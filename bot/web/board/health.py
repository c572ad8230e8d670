"""How is every order doing, and where does it hurt? The front page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from bot.web.board.queries import Query
from handlers.ledger import Fate
from rules.stages import Stage


class Side(StrEnum):
    """By what the orders are told apart, beside their stage."""

    SHOP = "shop"
    """Whose they are."""
    WAREHOUSE = "warehouse"
    """Where their goods lie."""
    CARRIER = "carrier"
    """Who carries them."""


class HealthQuery(Query, frozen=True, kw_only=True):
    """Which orders, and how much of each list."""

    shop: str | None = None
    by: Side = Side.SHOP
    """Which of the lists the page shows first; programs get all three."""
    top: Annotated[int, msgspec.Meta(ge=1, le=500)] = 8
    """So many lines of each list."""


class Bands(msgspec.Struct, frozen=True, kw_only=True):
    """How some open orders are doing."""

    in_time: int
    grey: int
    late: int
    total: int
    score: int
    """100 when all are in time, or there are none."""


class StageBands(Bands, frozen=True, kw_only=True):
    """The open orders of a stage."""

    stage: Stage


class GroupBands(Bands, frozen=True, kw_only=True):
    """The open orders of a shop, a warehouse or a carrier."""

    name: str
    """Empty when no source has named one."""


class CellBands(Bands, frozen=True, kw_only=True):
    """The open orders of a stage that are of one shop, warehouse or carrier."""

    stage: Stage
    name: str


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """All open orders told apart; worst first: most late ones, then the lowest score."""

    by: Side
    groups: Sequence[GroupBands]
    others: int
    """How many groups are beyond `top`."""
    rest: Bands
    """The orders of those, so that the sum is all."""
    cells: Sequence[CellBands]
    """Where something is late or grey."""


class HourFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of today."""

    at: datetime
    noticed: int
    closed: int
    unclosed: int
    """When the hour ended, or now."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many of `n`; of none there is no share."""

    count: int
    n: int

    @property
    def percent(self) -> int | None:
        """Rounded down; None when there is nothing to have a share of."""
        return 100 * self.count // self.n if self.n else None


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, of `n`."""

    median_seconds: float | None
    p90_seconds: float | None
    n: int


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """The golden ten minutes of today's anomalies."""

    within_10_min: Share
    within_15_min: Share
    to_claim: Spread
    to_reached: Spread
    self_healed: Share
    open_p1: int


class SourceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a source has sent."""

    source: str
    last_event_at: datetime | None
    silence: str
    today: int
    hours: Sequence[int]


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
    golden: Golden
    sources: Sequence[SourceFigures]
    ledger: LedgerFigures
    dead_letters: int
    unmatched: int

    @property
    def noticed(self) -> int:
        """Anomalies, since midnight."""
        return sum(hour.noticed for hour in self.today)

    @property
    def unclosed(self) -> int:
        """Anomalies, now."""
        return self.today[-1].unclosed if self.today else 0
