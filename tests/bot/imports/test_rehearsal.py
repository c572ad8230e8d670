"""A marketplace's orders, imported as history, are rehearsed: what was late by hand is what would have been raised."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import running
from bot.replaying import Named, NoHistoryError, Wanted, as_json_of, replay
from bot.running import run_rehearsal
from bot.signals import Signals
from bot.storage.opening import open_store
from rules.calendar import SHANGHAI
from rules.comparisons import Turn
from rules.events import Shop
from rules.reports import Doubt, Report
from rules.stages import Stage
from tests.bot.imports.desk import NOW, Desk
from tests.bot.imports.marketplace import write_book, write_orders
from tests.bot.imports.test_marketplace import LIMITS, PLAN, RULES, desk, late, orders, told

__all__ = ["desk", "orders"]
DAY = timedelta(days=1)


async def rehearsed(desk: Desk, wanted: Wanted) -> Report:
    url = desk.settings.database_url
    async with open_store(url, Signals()) as store:
        return await replay(wanted, url, store, NOW, lambda done, of: None, cores=1)


async def test_what_was_late_is_what_would_have_been_raised(desk: Desk, orders: Path) -> None:
    known = list(told(orders))
    await desk.import_(orders, PLAN)
    before = await desk.everything()
    hurried = {**LIMITS, Stage.PAYMENT: timedelta(hours=12), Stage.TRANSIT: timedelta(days=14)}
    other = write_book(desk.folder / "other.yaml", RULES, hurried)
    found = await rehearsed(desk, Wanted(book=Named(file=other), against=Named()))

    assert found.before is not None
    assert found.comparison is not None
    until = max(max(one.times.values()) for one in known) + DAY
    assert (found.orders, found.until, found.doubts) == (len(known), until, ())
    counts = {stage: one.cases for stage, one in found.before.by_stage.items()}
    assert counts == late(known, LIMITS, until)[0]
    counts = {stage: one.cases for stage, one in found.after.by_stage.items()}
    assert counts == late(known, hurried, until)[0]

    turns = found.comparison.turns
    assert found.comparison.by_stage[Stage.PICKUP][Turn.SAME] == found.before.by_stage[Stage.PICKUP].cases
    assert (found.comparison.earlier_by, found.comparison.later_by) == (12 * 3600, 4 * 86400)
    assert turns[Turn.NEW] - turns[Turn.GONE] == found.after.cases - found.before.cases
    assert await desk.everything() == before
    assert json.loads(as_json_of(found, SHANGHAI))["until"] == until.astimezone(SHANGHAI).isoformat()


async def test_a_rehearsal_of_some_days_of_one_shop(desk: Desk, tmp_path: Path) -> None:
    table = "单号,下单,付款,揽收\nDB1,2026-02-01 09:00,,\nDB2,2026-02-10 09:00,2026-02-10 09:01,\nDB3,2026-02-20 09:00,,\n"
    await desk.import_(table)
    day = date(2026, 2, 10)
    found = await rehearsed(desk, Wanted(book=Named(), against=None, since=day, until=day))
    assert (found.before, found.comparison) == (None, None)
    assert found.days == 1
    assert found.doubts == (Doubt.SHORT, Doubt.FEW)
    assert found.orders == 3, "those that were still open count as well"
    with pytest.raises(NoHistoryError):
        await rehearsed(desk, Wanted(book=Named(), against=None, shop=Shop("nowhere")))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(book=Named(), against=None), 1),
        (Wanted(book=Named(version=9), against=Named()), 2),
        (Wanted(book=Named(draft="nothing"), against=Named()), 2),
        (Wanted(book=Named(file=Path("nothing.yaml")), against=Named()), 2),
    ],
)
def test_what_cannot_be_rehearsed_is_said(
    desk: Desk,
    wanted: Wanted,
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "set_up", lambda log_format: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    assert run_rehearsal(desk.settings, wanted, as_json=False) == code
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize("text", ["", "7", "draft:a1", "rules.yaml"])
def test_a_book_is_read_as_it_is_written(text: str) -> None:
    assert str(Named.read(text)) == text


@pytest.mark.long
async def test_the_command_of_a_process_of_its_own_tells_what_it_found(desk: Desk) -> None:
    """The processes that walk read the file that the command began with: they do not begin it again."""
    await desk.import_(write_orders(desk.folder / "orders.csv", 60), PLAN)
    environment = {"PATH": "/usr/bin:/bin", "DINGDAN_DATABASE_URL": desk.settings.database_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "rehearse",
        "--json",
        env=environment,
        cwd=desk.folder,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert json.loads(out)["orders"] == 60
