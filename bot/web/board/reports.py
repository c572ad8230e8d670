"""How were the weeks? The reports as they were told, for whoever serves every shop: they are of all shops."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from bot.directory import Directory
from bot.storage.views import Views
from bot.web.board.queries import Fault, FaultyQueryError, ListQuery, NoQuery
from bot.web.board.screens import Asked, MissingError, Screen
from replies.masking import free
from replies.pages.report import REPORT
from replies.posters import Poster
from replies.reports import poster
from replies.words import Language
from rules.dates import A_DAY
from rules.weeks import Report, begin_of_week


class WeekRow(msgspec.Struct, frozen=True, kw_only=True):
    """A week that was told."""

    week: str
    since: date
    until: date
    """Its last day."""
    made_at: datetime
    opened: int
    opened_before: int
    loss_fen: int


class WeekList(msgspec.Struct, frozen=True, kw_only=True):
    """Weeks, newest first."""

    items: Sequence[WeekRow]
    next: str | None


class WeekFile(msgspec.Struct, frozen=True, kw_only=True):
    """A week: its figures, and the same as the page says them in both languages."""

    report: Report
    zh: Poster
    en: Poster


def the_reports(views: Views) -> Screen[ListQuery, WeekList]:
    """The list."""

    async def load(asked: Asked[ListQuery]) -> WeekList:
        if asked.reader.shops is not None:
            return WeekList(items=[], next=None)
        limit, cursor = asked.query.limit, asked.query.cursor
        if cursor is not None and not _is_week(cursor):
            raise FaultyQueryError(Fault(name="cursor", key="fault_other"))
        found = await views.reports(cursor, limit + 1)
        more = len(found) > limit
        return WeekList(
            items=[_row(one, asked) for one in found[:limit]], next=found[limit - 1].week if more else None
        )

    return Screen(
        name="reports",
        page="/reports",
        twin="/api/reports",
        summary="The weeks that were told, newest first; of all shops",
        query=ListQuery,
        shape=WeekList,
        load=load,
        words=REPORT,
        tab="reports",
    )


def the_report(views: Views, directory: Directory) -> Screen[NoQuery, WeekFile]:
    """One of them."""

    async def load(asked: Asked[NoQuery]) -> WeekFile:
        week = asked.path["week"]
        known = _is_week(week) and asked.reader.shops is None
        report = await views.report(week) if known else None
        if report is None:
            raise MissingError(f"report {free(week)}")

        def name(userid: str) -> str:
            return directory.roster.name(userid)  # pyright: ignore[reportArgumentType]

        zh, en = (poster(report, asked.zone, language, name) for language in (Language.ZH, Language.EN))
        return WeekFile(report=report, zh=zh, en=en)

    return Screen(
        name="report",
        page="/reports/{week}",
        twin="/api/reports/{week}",
        summary="The report of a week, such as 2026-W09: of all shops, as it was told",
        query=NoQuery,
        shape=WeekFile,
        load=load,
        words=REPORT,
        tab="reports",
    )


def _is_week(text: str) -> bool:
    try:
        begin_of_week(text)
    except ValueError:
        return False
    return True


def _row(report: Report, asked: Asked[Any]) -> WeekRow:
    return WeekRow(
        week=report.week,
        since=asked.local(report.since).date(),
        until=asked.local(report.until - A_DAY).date(),
        made_at=asked.local(report.made_at),
        opened=report.opened,
        opened_before=report.opened_before,
        loss_fen=report.loss_fen,
    )
