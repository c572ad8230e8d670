"""For which reasons are orders late, and when? Shares over a range of days, for the weekly meeting."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain

import msgspec

from bot.storage.caselist import CaseFilter
from bot.storage.reasons import ReasonFilter
from bot.storage.views import Views
from bot.web.board.cells import Cell, Column, Tongue, Word, person
from bot.web.board.queries import Query
from bot.web.board.ranges import days_asked
from bot.web.board.screens import Asked, Export, Page, Screen
from bot.web.board.sheets import Sheet
from bot.web.board.telling import said
from replies.masking import plain
from replies.pages.reasons import REASONS
from rules.anomalies import Anomaly, AnomalyId
from rules.dates import A_DAY, A_WEEK, begin_of, end_of
from rules.reasons import Reason, ReasonSource
from rules.shares import DAYS, FEW, Given, Part, Picture, heat, picture, shade
from rules.stages import Stage

MOST_DAYS = 92
A_MINUTE = timedelta(minutes=1)


class ReasonQuery(Query, frozen=True, kw_only=True):
    """Which anomalies; by default those noticed within the last seven days, today among them."""

    since: date | None = None
    until: date | None = None
    """The last day."""
    shop: str | None = None
    stage: Stage | None = None
    reason: Reason | None = None
    """Whose hours of the week are shown; of every reason where it is not said."""


class ReasonShare(msgspec.Struct, frozen=True, kw_only=True):
    """One reason. Shares are from 0 to 1, of the cases with a reason that did not heal by themselves."""

    reason: Reason
    count: int
    people: int
    evidence: int
    healed: int
    share: float | None
    share_before: float | None
    """In the range before; None where it had no such case at all."""
    points: float | None
    """The difference, in percentage points."""


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of the week."""

    count: int
    shade: int
    """0 to 5, of the fullest cell."""
    few: bool
    """Too few to tell anything."""


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """The shares, and the hours of the week from Monday on."""

    since: date
    until: date
    since_before: date
    until_before: date
    n: int
    n_before: int
    healed: int
    unexplained: int
    shares: Sequence[ReasonShare]
    heat: Sequence[Sequence[HeatCell]]
    days: Sequence[date] | None
    """The days of the rows of `heat`, where each weekday comes once."""


class ReasonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One anomaly, as the export lists it."""

    id: AnomalyId
    reason: Reason | None
    text: str | None
    given: Given | None
    by: str | None
    stage: Stage
    shop: str
    order_no: str
    opened_at: datetime
    reached_at: datetime | None
    closed_at: datetime | None

    def minutes(self, until: datetime | None) -> int | None:
        """Whole minutes since it was noticed."""
        return None if until is None else (until - self.opened_at) // A_MINUTE


class ReasonRows(msgspec.Struct, frozen=True, kw_only=True):
    """A page of anomalies, newest first."""

    items: Sequence[ReasonRow]
    next: str | None


COLUMNS: tuple[Column[ReasonRow], ...] = (
    Column("reason", lambda row: row.reason, 14),
    Column("reason_text", lambda row: row.text, 30),
    Column("source", lambda row: row.given and Word(f"given_{row.given}"), 12),
    Column("who", lambda row: person(row.by), 12),
    Column("stage", lambda row: row.stage, 12),
    Column("shop", lambda row: row.shop, 12),
    Column("order", lambda row: row.order_no, 22),
    Column("opened_at", lambda row: row.opened_at, 20),
    Column("reached_at", lambda row: row.reached_at, 20),
    Column("closed_at", lambda row: row.closed_at, 20),
    Column("minutes_reached", lambda row: row.minutes(row.reached_at), 14),
    Column("minutes_closed", lambda row: row.minutes(row.closed_at), 14),
    Column("case", lambda row: row.id, 34),
)


def reasons(views: Views) -> Screen[ReasonQuery, ReasonView]:
    """The shares, and behind them the anomalies one by one."""

    async def load(asked: Asked[ReasonQuery]) -> ReasonView:
        since, until = days_of(asked)
        length = until - since + A_DAY
        now, before = await asyncio.gather(
            views.reasons(_filter(asked, since, until)),
            views.reasons_lately(_filter(asked, since - length, since - A_DAY)),
        )
        counts = _heat(heat(now, asked.zone, asked.query.reason))
        return _view(since, until, picture(now), picture(before), counts)

    async def rows(asked: Asked[ReasonQuery], cursor: str | None, limit: int) -> ReasonRows:
        since, until = days_of(asked)
        wanted = CaseFilter(
            stage=asked.query.stage,
            shops=asked.reader.shops_within(asked.query.shop),
            reason=asked.query.reason,
            since=begin_of(since, asked.zone),
            until=end_of(until, asked.zone),
            before=cursor,
        )
        cases = await views.cases(wanted, limit + 1)
        page, more = cases[:limit], len(cases) > limit
        return ReasonRows(items=[_row(case, asked) for case in page], next=page[-1].id if more else None)

    async def beside(first: Page, asked: Asked[ReasonQuery], tongue: Tongue) -> Sequence[Sheet]:
        del first
        return [_summary(await load(asked), tongue)]

    return Screen(
        name="reasons",
        page="/reasons",
        twin="/api/reasons",
        summary="The share of each delay reason over a range of days, and its hours of the week",
        query=ReasonQuery,
        shape=ReasonView,
        load=load,
        words=REASONS,
        export=Export(columns=COLUMNS, page=rows, beside=beside),
    )


def days_of(asked: Asked[ReasonQuery]) -> tuple[date, date]:
    """The first and the last day. Raises FaultyQueryError where they are the wrong way round, or too far apart."""
    query, today = asked.query, asked.now.astimezone(asked.zone).date()
    return days_asked(query.since, query.until, today, A_WEEK, MOST_DAYS)


def _view(
    since: date, until: date, shown: Picture, past: Picture, counts: Sequence[Sequence[HeatCell]]
) -> ReasonView:
    length = until - since + A_DAY
    return ReasonView(
        since=since,
        until=until,
        since_before=since - length,
        until_before=since - A_DAY,
        n=shown.n,
        n_before=past.n,
        healed=shown.healed,
        unexplained=shown.unexplained,
        shares=[_share(part, shown, past) for part in shown.parts],
        heat=counts,
        days=_days(since) if length <= A_WEEK else None,
    )


def _filter(asked: Asked[ReasonQuery], since: date, until: date) -> ReasonFilter:
    return ReasonFilter(
        since=begin_of(since, asked.zone),
        until=end_of(until, asked.zone),
        shops=asked.reader.shops_within(asked.query.shop),
        stage=asked.query.stage,
    )


def _share(part: Part, shown: Picture, past: Picture) -> ReasonShare:
    share, before = shown.share(part.reason), past.share(part.reason)
    return ReasonShare(
        reason=part.reason,
        count=part.count,
        people=part.people,
        evidence=part.evidence,
        healed=part.healed,
        share=_fine(share, 4),
        share_before=_fine(before, 4),
        points=None if share is None or before is None else _fine(100 * (share - before), 1),
    )


def _fine(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _heat(counts: Sequence[Sequence[int]]) -> list[list[HeatCell]]:
    most = max(chain.from_iterable(counts))
    return [
        [HeatCell(count=count, shade=shade(count, most), few=count < FEW) for count in day] for day in counts
    ]


def _days(since: date) -> list[date]:
    """The day of each weekday, from Monday on, within the week that begins then."""
    return sorted((since + number * A_DAY for number in range(DAYS)), key=date.weekday)


def _row(case: Anomaly, asked: Asked[ReasonQuery]) -> ReasonRow:
    verdict = case.reason
    return ReasonRow(
        id=case.id,
        reason=None if verdict is None else verdict.reason,
        text=None if verdict is None else said(verdict.text),
        given=_given(case),
        by=case.reason_by,
        stage=case.stage,
        shop=plain(case.order.shop),
        order_no=plain(case.order.order_no),
        opened_at=asked.local(case.opened_at),
        reached_at=asked.local(case.reached_at),
        closed_at=asked.local(case.closed_at),
    )


def _given(case: Anomaly) -> Given | None:
    if case.reason is None:
        return None
    if case.reason_source is ReasonSource.AGENT:
        return Given.PEOPLE
    return Given.HEALED if case.self_healed else Given.EVIDENCE


def _summary(view: ReasonView, tongue: Tongue) -> Sheet:
    """The shares as a sheet, in percent with one decimal place as the page has them."""
    t = tongue.words
    head = [t(key) for key in ("reason", "share_percent", "count", "people", "evidence", "healed")]
    rows: list[list[Cell]] = [
        [tongue.cell(one.reason), _percent(one.share), one.count, one.people, one.evidence, one.healed,
         _percent(one.share_before), _decimal(one.points)]
        for one in view.shares
    ]  # fmt: skip
    before = f"{t('before_n')} {view.since_before} – {view.until_before} (n={view.n_before})"
    total: list[Cell] = [t("total"), None, view.n, None, None, view.healed]
    return Sheet(
        title=t("shares"),
        head=[*head, before, t("change")],
        rows=[*rows, total, [t("unexplained"), None, view.unexplained]],
        widths=(14, 10, 10, 12, 12, 10, 36, 16),
    )


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else _decimal(round(100 * share, 1))


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
