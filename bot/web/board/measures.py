"""How well does the team answer? Times and shares over a range of days, each with its n and how sure it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec

from bot.storage.measures import MeasureFilter
from bot.storage.views import Views
from bot.web.board.cells import Cell, Column, Tongue, Word
from bot.web.board.experiments import ExperimentFiles
from bot.web.board.queries import Query
from bot.web.board.ranges import days_asked
from bot.web.board.screens import Asked, Export, Page, Screen
from bot.web.board.sheets import Sheet
from handlers.world import Directory
from replies.masking import free
from replies.pages.measures import MEASURES
from rules.book import RuleBook
from rules.dates import begin_of, end_of
from rules.events import UserId
from rules.golden import Share, Waits
from rules.intervals import wilson
from rules.measures import (
    FEW,
    REFERENCES,
    SAMPLED,
    SHARES,
    TIMES,
    Healing,
    Measure,
    Measures,
    around,
    mean,
    messages_of,
    reached_by,
)
from rules.stages import Kind, Stage
from rules.trials import Experiment

USUAL = timedelta(days=14)
"""So many days are read where nobody says which."""
MOST_DAYS = 92
CURVE_MINUTES = 30


class MeasureQuery(Query, frozen=True, kw_only=True):
    """Which anomalies; by default those noticed within the last fourteen days, today among them."""

    since: date | None = None
    until: date | None = None
    """The last day."""
    shop: str | None = None
    stage: Stage | None = None
    lane: Annotated[str, msgspec.Meta(max_length=60)] = ""
    agent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """A userid: the anomalies that they own."""


class Unit(StrEnum):
    """What the values of a measure are."""

    SECONDS = "seconds"
    SHARE = "share"
    """From 0 to 1."""
    MESSAGES = "messages"


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measure. `value` is a median, a share or a mean, and None of no case at all."""

    measure: Measure
    unit: Unit
    n: int
    value: float | None
    low: float | None = None
    """Between `low` and `high` the true value lies, in 95 of a hundred such ranges."""
    high: float | None = None
    p90: float | None = None
    mean: float | None = None
    part: int | None = None
    """Of a share: how many of the n."""
    few: bool = False
    """Of too few to tell much."""
    baseline: float | None = None
    """How it was before, as the merchant entered it."""
    reference: float | None = None
    """What others have reported: no result of this shop."""


class HealingRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many anomalies of a rule healed by themselves, of those that did or that somebody touched."""

    stage: Stage
    kind: Kind
    book_version: int
    part: int
    n: int
    value: float | None
    low: float | None
    high: float | None
    few: bool
    trial: str | None = None
    """The experiment that made the version; each of its steps is one."""
    trial_title: str | None = None


class MeasureView(msgspec.Struct, frozen=True, kw_only=True):
    """All measures of a range of days."""

    since: date
    until: date
    opened: int
    healed: MeasureRow
    times: Sequence[MeasureRow]
    shares: Sequence[MeasureRow]
    messages: MeasureRow
    healing: Sequence[HealingRow]
    curve: Sequence[float]
    """Which share of those that were reached had been after 0, 1, 2 ... minutes."""
    complaint_seconds: float
    """The complaint budget."""


class MeasureRows(msgspec.Struct, frozen=True, kw_only=True):
    """The measures as an export lists them."""

    items: Sequence[MeasureRow]
    next: str | None


def _amount(row: MeasureRow, value: float | None) -> Decimal | None:
    """Seconds as they are, shares in percent."""
    if value is None:
        return None
    return Decimal(str(round(100 * value if row.unit is Unit.SHARE else value, 1)))


COLUMNS: tuple[Column[MeasureRow], ...] = (
    Column("measure", lambda row: row.measure, 28),
    Column("unit", lambda row: Word(f"unit_{'percent' if row.unit is Unit.SHARE else row.unit}"), 10),
    Column("value", lambda row: _amount(row, row.value), 12),
    Column("low", lambda row: _amount(row, row.low), 12),
    Column("high", lambda row: _amount(row, row.high), 12),
    Column("p90", lambda row: _amount(row, row.p90), 12),
    Column("mean", lambda row: _amount(row, row.mean), 12),
    Column("part", lambda row: row.part, 10),
    Column("n", lambda row: row.n, 10),
    Column("baseline", lambda row: _amount(row, row.baseline), 14),
    Column("reference", lambda row: _amount(row, row.reference), 12),
)


def measures(
    views: Views, experiments: ExperimentFiles, directory: Directory
) -> Screen[MeasureQuery, MeasureView]:
    """The measures, with the rules that raised what healed by itself beside them."""

    async def load(asked: Asked[MeasureQuery]) -> MeasureView:
        query, book = asked.query, directory.rules.current
        since, until = days_asked(
            query.since, query.until, asked.now.astimezone(asked.zone).date(), USUAL, MOST_DAYS
        )
        wanted = MeasureFilter(
            since=begin_of(since, asked.zone),
            until=end_of(until, asked.zone),
            shops=asked.reader.shops_within(query.shop),
            stage=query.stage,
            lane=query.lane or None,
            owner=UserId(query.agent) if query.agent else None,
        )
        found = await views.measures(wanted, book.budget.complaint, asked.now)
        trials = await experiments.of_versions({one.book_version for one in found.healing})
        return _view(since, until, found, book, trials)

    async def rows(asked: Asked[MeasureQuery], cursor: str | None, limit: int) -> MeasureRows:
        del cursor, limit
        view = await load(asked)
        return MeasureRows(items=[*view.times, *view.shares, view.healed, view.messages], next=None)

    async def beside(first: Page, asked: Asked[MeasureQuery], tongue: Tongue) -> Sequence[Sheet]:
        del first
        return [_sheet(await load(asked), tongue)]

    return Screen(
        name="measures",
        page="/measures",
        twin="/api/measures",
        summary="How soon the team answers, and how well, over a range of days",
        query=MeasureQuery,
        shape=MeasureView,
        load=load,
        words=MEASURES,
        tools={"few": FEW, "sampled": SAMPLED, "in_seconds": _in_seconds},
        export=Export(columns=COLUMNS, page=rows, beside=beside),
    )


def _view(
    since: date, until: date, found: Measures, book: RuleBook, trials: Mapping[int, Experiment]
) -> MeasureView:
    waits = {measure: found.waits.get(measure, Waits()) for measure in TIMES}
    return MeasureView(
        since=since,
        until=until,
        opened=found.opened,
        healed=_share(Measure.HEALED, found.healed, book),
        times=[_time(measure, waits[measure], book) for measure in TIMES],
        shares=[_share(measure, found.shares.get(measure, Share()), book) for measure in SHARES],
        messages=_messages(found),
        healing=_together([_healing(one, trials.get(one.book_version)) for one in found.healing]),
        curve=[round(share, 4) for share in reached_by(waits[Measure.CONTACT], range(CURVE_MINUTES + 1))],
        complaint_seconds=book.budget.complaint.total_seconds(),
    )


def _time(measure: Measure, waits: Waits, book: RuleBook) -> MeasureRow:
    between = around(waits)
    return MeasureRow(
        measure=measure,
        unit=Unit.SECONDS,
        n=waits.n,
        value=_seconds(waits.median),
        low=_seconds(between.low) if between else None,
        high=_seconds(between.high) if between else None,
        p90=_seconds(waits.p90),
        mean=_seconds(mean(waits)),
        few=waits.n < FEW,
        baseline=_line(book.baseline.of(measure)),
        reference=_line(REFERENCES.get(measure)),
    )


def _share(measure: Measure, share: Share, book: RuleBook) -> MeasureRow:
    between = wilson(share.part, share.of)
    return MeasureRow(
        measure=measure,
        unit=Unit.SHARE,
        n=share.of,
        part=share.part,
        value=round(share.part / share.of, 4) if share.of else None,
        low=round(between.low, 4) if between else None,
        high=round(between.high, 4) if between else None,
        few=share.of < FEW,
        baseline=_line(book.baseline.of(measure)),
        reference=_line(REFERENCES.get(measure)),
    )


def _messages(found: Measures) -> MeasureRow:
    n, value = messages_of(found.messages)
    rounded = None if value is None else round(value, 2)
    return MeasureRow(measure=Measure.MESSAGES, unit=Unit.MESSAGES, n=n, value=rounded, few=n < FEW)


def _together(rows: Sequence[HealingRow]) -> list[HealingRow]:
    """Those with the most false alarms first; what belongs to one trial stays together."""
    most = Counter[str]()
    for row in rows:
        if row.trial is not None:
            most[row.trial] = max(most[row.trial], row.part)
    return sorted(
        rows,
        key=lambda row: (-(row.part if row.trial is None else most[row.trial]), row.trial or "", -row.part),
    )


def _healing(one: Healing, trial: Experiment | None) -> HealingRow:
    between = wilson(one.share.part, one.share.of)
    return HealingRow(
        stage=one.stage,
        kind=one.kind,
        book_version=one.book_version,
        part=one.share.part,
        n=one.share.of,
        value=round(one.share.part / one.share.of, 4) if one.share.of else None,
        low=round(between.low, 4) if between else None,
        high=round(between.high, 4) if between else None,
        few=one.share.of < FEW,
        trial=None if trial is None else trial.id,
        trial_title=None if trial is None else free(trial.title),
    )


def _in_seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds(), 1)


def _line(value: timedelta | float | None) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _sheet(view: MeasureView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [
        [
            tongue.cell(one.stage),
            tongue.cell(one.kind),
            one.book_version,
            one.part,
            one.n,
            None if one.value is None else Decimal(str(round(100 * one.value, 1))),
        ]
        for one in view.healing
    ]
    head = [t("stage"), t("stuck"), t("version"), t("healed"), t("n"), t("share")]
    return Sheet(title=t("healing"), head=head, rows=rows, widths=(14, 14, 10, 10, 10, 10))
