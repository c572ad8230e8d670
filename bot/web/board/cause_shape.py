"""How is shown what the delays of a week have in common? The shapes of the page and its twin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from bot.storage.causes import WeekFound
from bot.web.board.screens import Asked
from replies.masking import free, plain
from rules.anomalies import AnomalyId
from rules.causes import FEW, Delay, Finding
from rules.contrast import Contrast, Side
from rules.doubts import Doubt
from rules.intervals import wilson
from rules.reasons import Reason
from rules.shares import FEW as FEW_IN_AN_HOUR
from rules.shares import shade
from rules.stages import Stage


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The share of a reason, from 0 to 1, and that of the week before; the difference in percentage points."""

    reason: Reason
    n: int
    hits: int
    share: float | None
    n_before: int
    hits_before: int
    share_before: float | None
    points: float | None
    low: float | None
    """Between `low` and `high` the true difference lies, in 99 of a hundred such ranges."""
    high: float | None
    jump: bool
    """It has grown, beyond chance."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One side by which a part is told."""

    side: Side
    value: str


class CauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the delays in which a reason has a higher share than in the rest."""

    reason: Reason
    part: Sequence[Mark]
    n: int
    hits: int
    share: float
    rest_n: int
    rest_hits: int
    rest_share: float
    chance: float
    """How likely that is by chance, all questions set off; 0 to 1."""
    whole: float
    """The share of the reason among all delays."""
    without: float
    """The share of the reason among all delays if this part were not there."""


class HourCell(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of the week."""

    count: int
    shade: int
    few: bool


class GridCell(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier in a region: how many of its delays have the reason."""

    carrier: str
    region: str
    n: int
    hits: int
    share: float
    low: float
    high: float
    shade: int
    """0 to 5, of the highest share of those that are not few."""
    few: bool
    """Too few delays to tell anything."""


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """How often something spoke against the reason that a person gave."""

    doubt: Doubt
    count: int


class WeekSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A week that was looked at, and when."""

    week: date
    found_at: datetime


class CauseView(msgspec.Struct, frozen=True, kw_only=True):
    """What the delays of a week have in common; without `found_at` nobody has looked yet."""

    shop: str | None
    week: date | None
    until: date | None
    found_at: datetime | None
    today: date
    weeks: Sequence[WeekSeen]
    n: int
    n_before: int
    changes: Sequence[ChangeRow]
    causes: Sequence[CauseRow]
    reason: Reason
    """Of which reason the maps are."""
    hours: Sequence[Sequence[HourCell]]
    carriers: Sequence[str]
    regions: Sequence[str]
    cells: Sequence[GridCell]
    against: Sequence[Against]


class DelayRow(msgspec.Struct, frozen=True, kw_only=True):
    """A delay, with all by which it can be told apart."""

    id: AnomalyId
    shop: str
    order_no: str
    stage: Stage
    opened_at: datetime
    reason: Reason
    by_people: bool
    doubt: Doubt | None
    carrier: str | None
    region: str | None
    district: str | None
    warehouse: str | None
    sku_class: str | None
    promotion: str | None
    first_seen: str | None


class DelayRows(msgspec.Struct, frozen=True, kw_only=True):
    """A page of delays, newest first."""

    week: date
    items: Sequence[DelayRow]
    next: str | None


def change_row(finding: Finding) -> ChangeRow:
    """The share of a reason beside that of the week before."""
    now, before, between = finding.change.now, finding.change.before, finding.change.interval
    return ChangeRow(
        reason=finding.reason,
        n=now.n,
        hits=now.hits,
        share=_share(now.hits, now.n),
        n_before=before.n,
        hits_before=before.hits,
        share_before=_share(before.hits, before.n),
        points=_points(now.share - before.share) if now.n and before.n else None,
        low=_points(between.low) if between else None,
        high=_points(between.high) if between else None,
        jump=finding.change.is_jump,
    )


def cause_rows(finding: Finding) -> list[CauseRow]:
    """The parts that stand out, the most telling first."""
    return [_cause_row(finding, one) for one in finding.contrasts]


def _cause_row(finding: Finding, one: Contrast) -> CauseRow:
    return CauseRow(
        reason=finding.reason,
        part=[Mark(side=side, value=free(value)) for side, value in one.part],
        n=one.inside.n,
        hits=one.inside.hits,
        share=round(one.inside.share, 4),
        rest_n=one.outside.n,
        rest_hits=one.outside.hits,
        rest_share=round(one.outside.share, 4),
        chance=one.chance,
        whole=round(finding.change.now.share, 4),
        without=round(one.without, 4),
    )


def hour_cells(finding: Finding) -> list[list[HourCell]]:
    """The hours of the week, from Monday on."""
    most = max(max(day) for day in finding.hours)
    return [
        [HourCell(count=count, shade=shade(count, most), few=count < FEW_IN_AN_HOUR) for count in day]
        for day in finding.hours
    ]


def grid_cells(finding: Finding) -> list[GridCell]:
    """Every pair of carrier and region, the most frequent carriers first."""
    told = [cell.hits / cell.n for cell in finding.cells if cell.n >= FEW]
    most = max(told, default=0.0)
    found = list[GridCell]()
    for cell in finding.cells:
        share, between = cell.hits / cell.n, wilson(cell.hits, cell.n)
        if between is not None:
            found.append(
                GridCell(
                    carrier=free(cell.carrier),
                    region=free(cell.region),
                    n=cell.n,
                    hits=cell.hits,
                    share=round(share, 4),
                    low=round(between.low, 4),
                    high=round(between.high, 4),
                    shade=shade_of(share, most) if cell.n >= FEW else 0,
                    few=cell.n < FEW,
                )
            )
    return found


def shade_of(share: float, most: float) -> int:
    """How dark a share is drawn beside the highest one; 0 only for none."""
    return shade(round(1000 * share), max(round(1000 * most), 1))


def against(counts: Mapping[str, int]) -> list[Against]:
    """What spoke against reasons, the most frequent first."""
    found = [Against(doubt=Doubt(name), count=count) for name, count in counts.items()]
    return sorted(found, key=lambda one: (-one.count, one.doubt))


def weeks_seen(weeks: Mapping[str, datetime], asked: Asked[Any]) -> list[WeekSeen]:
    """The weeks that were looked at, newest first."""
    return [WeekSeen(week=date.fromisoformat(week), found_at=asked.local(at)) for week, at in weeks.items()]


def finding_of(found: WeekFound, reason: Reason | None) -> Finding:
    """That of a reason; else of the one that jumped, else of the most frequent one."""
    every = found.findings.findings
    asked: Iterable[Finding] = (one for one in every if one.reason is reason)
    jumped = (one for one in every if one.change.is_jump)
    return next(asked, None) or next(jumped, None) or every[0]


def delay_row(one: Delay, asked: Asked[Any]) -> DelayRow:
    """A delay, fit to be shown."""
    return DelayRow(
        id=one.case,
        shop=plain(one.order.shop),
        order_no=plain(one.order.order_no),
        stage=one.stage,
        opened_at=asked.local(one.opened_at),
        reason=one.reason,
        by_people=one.by_people,
        doubt=one.doubt,
        **{side.value: _shown(getattr(one, side.value)) for side in Side},
    )


def _shown(value: str | None) -> str | None:
    return None if value is None else free(value)


def _share(hits: int, n: int) -> float | None:
    return round(hits / n, 4) if n else None


def _points(share: float) -> float:
    return round(100 * share, 1)
