"""Where do the delays of a week come from? What stood out, worked out beforehand; and the delays one by one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from bot.storage.causes import EVERY_SHOP, DelayFilter, WeekFound
from bot.storage.views import Views
from bot.web.board.cause_shape import (
    CauseRow,
    CauseView,
    DelayRow,
    DelayRows,
    GridCell,
    Mark,
    against,
    cause_rows,
    change_row,
    delay_row,
    finding_of,
    grid_cells,
    hour_cells,
    weeks_seen,
)
from bot.web.board.cells import Cell, Column, Tongue, Word
from bot.web.board.queries import ListQuery, Query
from bot.web.board.screens import Asked, Export, MissingError, Page, Screen, by_load
from bot.web.board.sheets import Sheet
from replies.pages.causes import CAUSES
from rules.causes import FEW
from rules.contrast import FALSE_AT_MOST, SMALLEST, Side
from rules.dates import A_DAY, begin_of, monday_of
from rules.events import Shop
from rules.reasons import Reason

CAUSES_PAGE = "/causes"
SUNDAY, LAST_HOUR = 6, 23
AN_HOUR = timedelta(hours=1)


class CauseQuery(Query, frozen=True, kw_only=True):
    """Which week; by default the latest that was looked at."""

    week: date | None = None
    """Any day of it."""
    shop: str | None = None
    reason: Reason | None = None
    """Whose maps are shown; of the one that jumped, or the most frequent one, where it is not said."""


class DelayQuery(ListQuery, frozen=True, kw_only=True):
    """Which delays of a week, by all by which they can be told apart."""

    week: date | None = None
    shop: str | None = None
    reason: Reason | None = None
    carrier: str | None = None
    region: str | None = None
    district: str | None = None
    warehouse: str | None = None
    sku_class: str | None = None
    promotion: str | None = None
    first_seen: str | None = None
    day: Annotated[int, msgspec.Meta(ge=0, le=SUNDAY)] | None = None
    """The weekday on which it was noticed, from Monday as 0."""
    hour: Annotated[int, msgspec.Meta(ge=0, le=LAST_HOUR)] | None = None
    """The hour of that day."""
    disputed: bool = False
    """Only those of which evidence speaks against the reason."""


class CauseRows(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that stand out, as the export lists them."""

    items: Sequence[CauseRow]
    next: str | None


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(round(100 * share, 1)))


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


COLUMNS: tuple[Column[CauseRow], ...] = (
    Column("reason", lambda row: row.reason, 14),
    *(Column(side.value, lambda row, side=side: _marked(row, side), 14) for side in Side),
    Column("share_percent", lambda row: _percent(row.share), 12),
    Column("hits", lambda row: row.hits, 10),
    Column("n", lambda row: row.n, 10),
    Column("rest_percent", lambda row: _percent(row.rest_share), 14),
    Column("chance", lambda row: Decimal(f"{row.chance:.2g}"), 12),
    Column("whole_percent", lambda row: _percent(row.whole), 14),
    Column("without_percent", lambda row: _percent(row.without), 14),
)
DELAY_COLUMNS: tuple[Column[DelayRow], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("stage", lambda row: row.stage, 14),
    Column("opened_at", lambda row: row.opened_at, 20),
    Column("reason", lambda row: row.reason, 14),
    Column("given", lambda row: Word("given_people" if row.by_people else "given_evidence"), 12),
    Column("doubt", lambda row: row.doubt, 24),
    *(Column(side.value, lambda row, side=side: getattr(row, side.value), 14) for side in Side),
    Column("case", lambda row: row.id, 34),
)


def _marked(row: CauseRow, side: Side) -> str | None:
    return next((mark.value for mark in row.part if mark.side is side), None)


def causes(views: Views) -> Screen[CauseQuery, CauseView]:
    """What stood out in a week."""

    async def load(asked: Asked[CauseQuery]) -> CauseView:
        shop, query = shop_of(asked.reader.shops, asked.query.shop), asked.query
        wanted = None if query.week is None else monday_of(query.week)
        found, weeks = await views.causes(shop, None if wanted is None else wanted.isoformat())
        return _view(asked, shop, wanted, found, weeks)

    async def rows(asked: Asked[CauseQuery], cursor: str | None, limit: int) -> CauseRows:
        del cursor, limit
        return CauseRows(items=(await load(asked)).causes, next=None)

    async def beside(first: Page, asked: Asked[CauseQuery], tongue: Tongue) -> Sequence[Sheet]:
        del first
        return _sheets(await load(asked), tongue)

    return Screen(
        name="causes",
        page=CAUSES_PAGE,
        twin="/api/causes",
        summary="What the delays of a week have in common: shares that jumped, and the parts that stand out",
        query=CauseQuery,
        shape=CauseView,
        load=load,
        words=CAUSES,
        tab="causes",
        tools={
            "few": FEW,
            "smallest": SMALLEST,
            "false_at_most": FALSE_AT_MOST,
            "cell_of": _cell_of,
            "dict_of": _by_side,
            "told": None,
            "refused": None,
        },
        export=Export(columns=COLUMNS, page=rows, beside=beside),
    )


def delays(views: Views) -> Screen[DelayQuery, DelayRows]:
    """The delays behind a cell."""

    async def load(asked: Asked[DelayQuery]) -> DelayRows:
        query = asked.query
        day = query.week or asked.now.astimezone(asked.zone).date() - 7 * A_DAY
        found = await views.delays(_filter(asked, monday_of(day)), query.limit + 1)
        page, more = found[: query.limit], len(found) > query.limit
        return DelayRows(
            week=monday_of(day),
            items=[delay_row(one, asked) for one in page],
            next=page[-1].case if more else None,
        )

    return Screen(
        name="delays",
        page=f"{CAUSES_PAGE}/orders",
        twin="/api/causes/orders",
        summary="The delays of a week one by one, by all by which they can be told apart",
        query=DelayQuery,
        shape=DelayRows,
        load=load,
        words=CAUSES,
        tab="causes",
        tools={"sides": list(Side)},
        export=Export(columns=DELAY_COLUMNS, page=by_load(load)),
    )


def shop_of(shops: frozenset[Shop] | None, asked: str | None) -> str:
    """Whose findings a reader sees: of the shop that was asked for; else of all, or of the first of theirs.

    Raises MissingError for a shop that is not among theirs.
    """
    if asked:
        if shops is not None and asked not in shops:
            raise MissingError(asked)
        return asked
    return EVERY_SHOP if shops is None else min(shops, default="")


def _view(
    asked: Asked[CauseQuery],
    shop: str,
    week: date | None,
    found: WeekFound | None,
    weeks: Mapping[str, datetime],
) -> CauseView:
    seen, of_shop = weeks_seen(weeks, asked), None if shop == EVERY_SHOP else shop
    today = asked.now.astimezone(asked.zone).date()
    if found is None or not found.findings.findings:
        return CauseView(
            shop=of_shop, week=week, until=None if week is None else week + 6 * A_DAY, found_at=None,
            today=today, weeks=seen, n=0, n_before=0, changes=[], causes=[], reason=asked.query.reason or Reason.OTHER,
            hours=[], carriers=[], regions=[], cells=[], against=[],
        )  # fmt: skip
    first, shown = date.fromisoformat(found.week), finding_of(found, asked.query.reason)
    cells = grid_cells(shown)
    return CauseView(
        shop=of_shop,
        week=first,
        until=first + 6 * A_DAY,
        found_at=asked.local(found.found_at),
        today=today,
        weeks=seen,
        n=found.findings.n,
        n_before=found.findings.before,
        changes=[change_row(one) for one in found.findings.findings],
        causes=[row for one in found.findings.findings for row in cause_rows(one)],
        reason=shown.reason,
        hours=hour_cells(shown),
        carriers=list(dict.fromkeys(cell.carrier for cell in cells)),
        regions=list(dict.fromkeys(cell.region for cell in cells)),
        cells=cells,
        against=against(found.findings.doubts),
    )


def _filter(asked: Asked[DelayQuery], week: date) -> DelayFilter:
    query, since, until = asked.query, None, None
    if query.day is not None:
        since = begin_of(week + query.day * A_DAY, asked.zone)
        until = begin_of(week + (query.day + 1) * A_DAY, asked.zone)
        if query.hour is not None:
            since = since + query.hour * AN_HOUR
            until = since + AN_HOUR
    asked_for: dict[Side, Any] = {side: getattr(query, side.value) for side in Side}
    return DelayFilter(
        week=week.isoformat(),
        shops=asked.reader.shops_within(query.shop),
        reason=query.reason,
        part={side: value for side, value in asked_for.items() if value},
        since=since,
        until=until,
        disputed=query.disputed,
        before=query.cursor,
    )


def _cell_of(view: CauseView, carrier: str, region: str) -> GridCell | None:
    return next((one for one in view.cells if (one.carrier, one.region) == (carrier, region)), None)


def _by_side(part: Sequence[Mark]) -> dict[str, str]:
    return {mark.side.value: mark.value for mark in part}


def _sheets(view: CauseView, tongue: Tongue) -> list[Sheet]:
    t = tongue.words
    changes: list[list[Cell]] = [
        [tongue.cell(one.reason), _percent(one.share), one.hits, one.n, _percent(one.share_before),
         one.hits_before, one.n_before, _decimal(one.points), _decimal(one.low), _decimal(one.high),
         t("yes" if one.jump else "no")]
        for one in view.changes
    ]  # fmt: skip
    head = ["reason", "share_percent", "hits", "n", "before_percent", "hits_before", "n_before"]
    cells: list[list[Cell]] = [
        [one.carrier, one.region, _percent(one.share), one.hits, one.n, _percent(one.low), _percent(one.high)]
        for one in view.cells
    ]
    of_cells = ["carrier", "region", "share_percent", "hits", "n", "low", "high"]
    return [
        Sheet(
            title=t("changes"),
            head=[t(key) for key in (*head, "points", "low", "high", "jump")],
            rows=changes,
        ),
        Sheet(title=t("grid"), head=[t(key) for key in of_cells], rows=cells),
    ]
