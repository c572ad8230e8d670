"""Which limits does history propose? With what each rests on and brings; who may change rules accepts or rejects."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from bot.storage.proposals import Kept, Verdict
from bot.storage.views import Views
from bot.web.board.cells import Column, Word
from bot.web.board.queries import NoQuery
from bot.web.board.screens import Asked, Export, Screen
from replies.masking import free
from replies.pages.proposals import HOLIDAYS, PROPOSALS
from replies.words import Language, Text
from rules.durations import format_duration
from rules.proposals import (
    ALERTED_AT_MOST,
    ENOUGH,
    HEALED_AT_MOST,
    Days,
    HolidayFactor,
    Proposal,
    Volume,
    Why,
)
from rules.stages import Kind, Stage

PROPOSALS_PAGE = "/proposals"


class VolumeShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a limit brings; `healed` from 0 to 1, alerts in a week with the range that holds nine in ten."""

    limit: str
    """As it is written in a rule book."""
    seconds: int
    healed: float | None
    alerts: float | None
    low: float | None
    high: float | None


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A limit, and what history proposes in its place; without `new` it says why there is nothing."""

    place: str
    stage: Stage
    kind: Kind
    lane: str | None
    days: Days
    n: int
    open: int
    """How many of them were under way still."""
    old: VolumeShown
    new: VolumeShown | None
    why: Why | None
    verdict: Verdict | None
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None
    draft: str | None


class HolidayRow(msgspec.Struct, frozen=True, kw_only=True):
    """A holiday to come, and by how much limits should be longer on its days."""

    place: str
    name: str
    first: date
    last: date
    past_first: date
    past_last: date
    n: int
    usual: int
    old: float
    new: float | None
    why: Why | None
    verdict: Verdict | None
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None
    draft: str | None


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """What history proposed last."""

    week: date | None
    found_at: datetime | None
    items: Sequence[ProposalRow]
    """Those that propose something first."""
    holidays: Sequence[HolidayRow]
    next: str | None = None


def _count(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 1)))


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(round(100 * share, 1)))


COLUMNS: tuple[Column[ProposalRow], ...] = (
    Column("stage", lambda row: row.stage, 14),
    Column("kind", lambda row: row.kind, 14),
    Column("lane", lambda row: row.lane, 14),
    Column("days", lambda row: row.days, 12),
    Column("n", lambda row: row.n, 10),
    Column("open", lambda row: row.open, 12),
    Column("old", lambda row: row.old.limit, 12),
    Column("new", lambda row: row.new and row.new.limit, 12),
    Column("old_alerts", lambda row: _count(row.old.alerts), 14),
    Column("new_alerts", lambda row: _count(row.new.alerts if row.new else None), 14),
    Column("low", lambda row: _count(row.new.low if row.new else None), 12),
    Column("high", lambda row: _count(row.new.high if row.new else None), 12),
    Column("old_healed", lambda row: _percent(row.old.healed), 14),
    Column("new_healed", lambda row: _percent(row.new.healed if row.new else None), 14),
    Column("why", lambda row: row.why, 24),
    Column("verdict", lambda row: row.verdict and Word(f"verdict_{row.verdict}"), 14),
)


def proposals(views: Views) -> Screen[NoQuery, ProposalView]:
    """Those of the latest week."""

    async def load(asked: Asked[NoQuery]) -> ProposalView:
        kept = await views.proposals()
        shown = [_row(one, one.suggested.limit, asked) for one in kept if one.suggested.limit is not None]
        return ProposalView(
            week=date.fromisoformat(kept[0].week) if kept else None,
            found_at=asked.local(kept[0].found_at) if kept else None,
            items=sorted(shown, key=_in_order),
            holidays=sorted(
                (
                    _holiday(one, one.suggested.holiday, asked)
                    for one in kept
                    if one.suggested.holiday is not None
                ),
                key=lambda row: row.first,
            ),
        )

    async def page(asked: Asked[NoQuery], cursor: str | None, limit: int) -> ProposalView:
        del cursor, limit
        return await load(asked)

    return Screen(
        name="proposals",
        page=PROPOSALS_PAGE,
        twin="/api/proposals",
        summary="Which limits history proposes in place of the present ones, with the alerts that they would bring",
        query=NoQuery,
        shape=ProposalView,
        load=load,
        words=PROPOSALS,
        tab="proposals",
        tools={
            "enough": ENOUGH,
            "healed_at_most": HEALED_AT_MOST,
            "alerted_at_most": ALERTED_AT_MOST,
            "holiday": holiday_name,
            "lasting": _lasting,
            "told": None,
            "refused": None,
        },
        export=Export(columns=COLUMNS, page=page),
    )


def _lasting(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


def holiday_name(name: str, language: Language) -> str:
    """What a holiday is called."""
    return HOLIDAYS.get(name, Text(name, name)).said(language)


def _in_order(row: ProposalRow) -> tuple[bool, int, str, int]:
    return row.new is None, row.stage.place, row.lane or "", list(Days).index(row.days)


def _row(kept: Kept, one: Proposal, asked: Asked[NoQuery]) -> ProposalRow:
    return ProposalRow(
        place=kept.suggested.place,
        stage=one.place.stage,
        kind=one.place.kind,
        lane=free(one.place.lane) if one.place.lane else None,
        days=one.place.days,
        n=one.n,
        open=one.open,
        old=_volume(one.old),
        new=None if one.new is None else _volume(one.new),
        why=one.why,
        **_decided(kept, asked),
    )


def _holiday(kept: Kept, one: HolidayFactor, asked: Asked[NoQuery]) -> HolidayRow:
    return HolidayRow(
        place=kept.suggested.place,
        name=one.name,
        first=one.days[0],
        last=one.days[1],
        past_first=one.past[0],
        past_last=one.past[1],
        n=one.n,
        usual=one.usual,
        old=one.old,
        new=one.new,
        why=one.why,
        **_decided(kept, asked),
    )


def _decided(kept: Kept, asked: Asked[NoQuery]) -> dict[str, Any]:
    return {
        "verdict": kept.verdict,
        "decided_by": kept.decided_by,
        "decided_at": asked.local(kept.decided_at),
        "decided_why": None if kept.why is None else free(kept.why),
        "draft": kept.draft,
    }


def _volume(one: Volume) -> VolumeShown:
    alerts = one.alerts
    return VolumeShown(
        limit=format_duration(one.limit),
        seconds=int(one.limit.total_seconds()),
        healed=None if one.healed is None else round(one.healed, 4),
        alerts=None if alerts is None else round(alerts.expected, 1),
        low=None if alerts is None else round(alerts.low, 1),
        high=None if alerts is None else round(alerts.high, 1),
    )
