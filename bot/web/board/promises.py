"""Which promises were made, were they kept, and which time would be honest? For whoever writes the templates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.clock import Clock
from bot.sharing import Shared
from bot.storage.promiselist import HistoryFilter, Place, PromiseFilter, place_of
from bot.storage.views import Views
from bot.web.board import queries
from bot.web.board.cells import Cell, Column, Tongue, person
from bot.web.board.promise_shape import (
    KeepRate,
    NamedRate,
    PromiseRow,
    PromiseView,
    TemplateRate,
    figures,
    honest_time,
    promise_row,
)
from bot.web.board.queries import ListQuery, Milliseconds, cursor_of
from bot.web.board.ranges import days_asked
from bot.web.board.screens import Asked, Export, Page, Screen, by_load
from bot.web.board.sheets import Sheet
from handlers.world import Directory
from replies.library import Template, Templates, in_use
from replies.masking import free
from replies.pages.promises import PROMISES
from rules.dates import begin_of, end_of
from rules.events import Shop
from rules.honesty import ENOUGH, History
from rules.keeprates import Rate, Tally, rates
from rules.promises import PromiseState, Slot

A_MONTH = timedelta(days=30)
MOST_DAYS = 92
LOOKS_BACK = timedelta(days=60)
"""So far back history is asked how long things take."""
GOOD_FOR = timedelta(hours=6)
"""How long things take does not change within the day."""
MOST_PLACES = 3
Cursor = tuple[Milliseconds, str, str, str]


class PromiseQuery(ListQuery, frozen=True, kw_only=True):
    """Which promises; by default those of the last thirty days, today among them."""

    since: date | None = None
    until: date | None = None
    """The last day."""
    shop: str | None = None
    state: PromiseState | None = None
    slot: Slot | None = None
    template: str | None = None
    carrier: str | None = None
    agent: str | None = None
    """By userid."""


COLUMNS: tuple[Column[PromiseRow], ...] = (
    Column("promised_at", lambda row: row.promised_at, 20),
    Column("due_at", lambda row: row.due_at, 20),
    Column("slot", lambda row: row.slot, 14),
    Column("state", lambda row: row.state, 12),
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("stage", lambda row: row.stage, 14),
    Column("agent", lambda row: person(row.agent), 12),
    Column("carrier", lambda row: row.carrier, 12),
    Column("warehouse", lambda row: row.warehouse, 12),
    Column("template", lambda row: row.template, 24),
    Column("version", lambda row: row.template_version, 14),
    Column("unsure", lambda row: row.unsure, 12),
    Column("warned_at", lambda row: row.warned_at, 20),
    Column("followed_up", lambda row: row.followed_up, 12),
    Column("kept_at", lambda row: row.kept_at, 20),
    Column("broken_at", lambda row: row.broken_at, 20),
    Column("case", lambda row: row.anomaly, 34),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What is promised, and what the cases of some shops, or of all, tell of how long such things take."""

    texts: Callable[[], Sequence[Template]]
    """The templates in use, those of the rule book in force among them."""
    history: Shared[frozenset[Shop] | None, History]


def lessons_of(
    views: Views, templates: Templates, directory: Directory, clock: Clock, machine: Clock
) -> Lessons:
    """History is asked once for all who look."""

    async def learn(shops: frozenset[Shop] | None) -> History:
        now = clock.now()
        wanted = HistoryFilter(slots=frozenset(Slot), shops=shops, since=now - LOOKS_BACK)
        return History(await views.promise_samples(wanted, now))

    def texts() -> Sequence[Template]:
        return [made for made, _ in in_use(templates, directory.rules.current.replies)]

    return Lessons(texts=texts, history=Shared(learn, machine, GOOD_FOR))


def promises(views: Views, lessons: Lessons) -> Screen[PromiseQuery, PromiseView]:
    """The list, with the rates and, beside what templates promise, what history says."""

    async def load(asked: Asked[PromiseQuery]) -> PromiseView:
        query = asked.query
        since, until = days_asked(query.since, query.until, _today(asked), A_MONTH, MOST_DAYS)
        wanted = _filter(asked, since, until)
        found, tallies = await views.promises(wanted, query.limit + 1)
        page, more = found[: query.limit], len(found) > query.limit
        return PromiseView(
            since=since,
            until=until,
            total=KeepRate(**figures(_sum(tallies))),
            templates=list(
                _of_templates(tallies, lessons.texts(), await lessons.history(wanted.shops), query)
            ),
            carriers=_named(tallies, "carrier"),
            agents=_named(tallies, "agent"),
            items=[promise_row(promise, asked) for promise in page],
            next=cursor_of(*place_of(page[-1])) if more else None,
        )

    async def beside(first: Page, asked: Asked[PromiseQuery], tongue: Tongue) -> Sequence[Sheet]:
        del first
        return _sheets(await load(asked), tongue)

    return Screen(
        name="promises",
        page="/promises",
        twin="/api/promises",
        summary="What texts have promised to customers, newest first, and how often it was kept",
        query=PromiseQuery,
        shape=PromiseView,
        load=load,
        words=PROMISES,
        export=Export(columns=COLUMNS, page=by_load(load), beside=beside),
        tools={"lasting": _lasting, "enough": ENOUGH},
    )


def _lasting(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


def _today(asked: Asked[PromiseQuery]) -> date:
    return asked.now.astimezone(asked.zone).date()


def _filter(asked: Asked[PromiseQuery], since: date, until: date) -> PromiseFilter:
    query = asked.query
    before: Place | None = queries.place_of(query.cursor, Cursor)
    return PromiseFilter(
        since=begin_of(since, asked.zone),
        until=end_of(until, asked.zone),
        shops=asked.reader.shops_within(query.shop),
        slot=query.slot,
        template=query.template,
        carrier=query.carrier,
        agent=query.agent,
        state=query.state,
        before=before,
    )


def _sum(tallies: Sequence[Tally]) -> Rate:
    return rates(tallies, lambda _: None).get(None, Rate())


def _named(tallies: Sequence[Tally], by: str) -> list[NamedRate]:
    """By carrier or by agent, those of which there are most first."""
    found = rates(tallies, lambda tally: getattr(tally, by))
    return [
        NamedRate(name=None if name is None else free(name), **figures(rate)) for name, rate in found.items()
    ]


# --- templates -------------------------------------------------------------------


def _of_templates(
    tallies: Sequence[Tally], templates: Sequence[Template], history: History, query: PromiseQuery
) -> Iterator[TemplateRate]:
    """Every template that has promised something, in each version; then those of the present that have not."""
    found = dict(rates(tallies, lambda tally: (tally.template, tally.template_version, tally.slot)))
    present = [
        (template.name, template.version, slot)
        for template in templates
        for slot in template.promises
        if query.template in {None, template.name} and query.slot in {None, slot}
    ]
    known = {(one.name, one.version): one for one in templates}
    named = {one.name: one for one in reversed(templates)}
    for name, version, slot in dict.fromkeys([*found, *present]):
        rate = found.get((name, version, slot), Rate())
        yield _of_template(name, version, slot, rate, known.get((name, version), named.get(name)), history)


def _of_template(
    name: str, version: str, slot: Slot, rate: Rate, template: Template | None, history: History
) -> TemplateRate:
    is_present = template is not None and template.version == version
    promised = template.promises.get(slot) if template is not None and is_present else None
    seconds = None if promised is None else int(promised.total_seconds())
    stage = None if template is None else template.stage
    honest = None if seconds is None or stage is None else history.of(slot, stage)
    places = [] if seconds is None or stage is None else history.groups(slot, stage)[:MOST_PLACES]
    return TemplateRate(
        template=name,
        version=version,
        title=None if template is None else template.title,
        slot=slot,
        promised_seconds=seconds,
        honest=None if honest is None or seconds is None else honest_time(honest, seconds),
        places=[honest_time(one, seconds) for one in places if seconds is not None],
        **figures(rate),
    )


# --- as sheets -------------------------------------------------------------------


def _sheets(view: PromiseView, tongue: Tongue) -> list[Sheet]:
    t = tongue.words
    head = [t(key) for key in ("sent", "kept", "broken", "open", "unsure", "share_percent", "low", "high")]
    of_templates: list[list[Cell]] = [
        [one.template, one.version, tongue.cell(one.slot), *_numbers(one)] for one in view.templates
    ]
    return [
        Sheet(
            title=t("by_template"), head=[t("template"), t("version"), t("slot"), *head], rows=of_templates
        ),
        Sheet(
            title=t("by_carrier"),
            head=[t("carrier"), *head],
            rows=[[one.name, *_numbers(one)] for one in view.carriers],
        ),
        Sheet(
            title=t("by_agent"),
            head=[t("agent"), *head],
            rows=[[tongue.name(one.name) if one.name else None, *_numbers(one)] for one in view.agents],
        ),
    ]


def _numbers(rate: KeepRate) -> list[Cell]:
    shares = [
        None if one is None else Decimal(str(round(100 * one, 1)))
        for one in (rate.share, rate.low, rate.high)
    ]
    return [rate.sent, rate.kept, rate.broken, rate.open, rate.unsure, *shares]
