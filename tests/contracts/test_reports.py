"""The reports of the weeks, as both databases keep them: each once, and read back as it was written."""

from dataclasses import replace

from msgspec import structs

from bot.storage.store import Store
from bot.storage.views import Views
from handlers.reportbook import Made
from tests.contracts.backend import inside
from tests.replies.test_reports import a_report

PICTURE = bytes(range(256))


async def test_a_week_is_written_once_and_read_back_field_by_field(store: Store) -> None:
    made = Made(report=a_report(), picture=PICTURE)

    assert await inside(store, lambda work: work.reports.add(made))
    other = replace(made, report=structs.replace(made.report, opened=1), picture=None)
    assert not await inside(store, lambda work: work.reports.add(other))

    assert await Views(store).report("2026-W09") == a_report()
    assert await inside(store, lambda work: work.reports.picture("2026-W09")) == PICTURE
    assert await inside(store, lambda work: work.reports.picture("2026-W10")) is None


async def test_weeks_are_listed_from_the_newest_on(store: Store) -> None:
    for week in ("2025-W52", "2026-W09", "2026-W10"):
        made = Made(report=a_report(week=week), picture=None)
        await inside(store, lambda work, made=made: work.reports.add(made))

    views = Views(store)
    assert [one.week for one in await views.reports(None, 2)] == ["2026-W10", "2026-W09"]
    assert [one.week for one in await views.reports("2026-W09", 2)] == ["2025-W52"]
