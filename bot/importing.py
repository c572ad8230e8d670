"""How do the orders of a file come in? The work of `dingdan import`."""

import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from bot import failpoints
from bot.clock import Clock
from bot.directory import load_directory
from bot.files import load_map
from bot.ground import make_world
from bot.imports.loading import Loader, Portion, batches, portions
from bot.imports.report import Report
from bot.imports.rows import RowReader
from bot.imports.sheet import Sheet, SheetError, open_sheet
from bot.sealing import Seals
from bot.secrets import load_secret
from bot.settings import Settings
from bot.signals import Signals
from bot.storage.opening import data_folder, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What was asked for."""

    file: Path
    map: Path
    live: bool = False
    """Watch the orders from now on; else they are history."""
    dry_run: bool = False
    """Change nothing."""
    errors: Path | None = None
    """Where to write the rows that could not be used."""


async def import_orders(settings: Settings, wanted: Import, clock: Clock) -> Report:
    """Import a file; progress on standard error.

    Raises FileError (the map), SheetError (the file), SettingsError or StoreUnavailableError. What was committed
    before the last of these stays; to import the file again takes up where it ended.
    """
    failpoints.arm(settings.failpoint)
    plan = load_map(wanted.map)
    sheet = open_sheet(wanted.file, plan)
    _write_errors(wanted, sheet, None)
    async with open_store(settings.database_url, Signals()) as store:
        directory = await load_directory(settings, store, clock.now())
        secret = load_secret(settings, data_folder(settings.database_url))
        world = make_world(settings, clock, store, directory, secret)
        loader = Loader(store=store, world=world, live=wanted.live, dry_run=wanted.dry_run)
        reader = RowReader(plan, sheet.header, clock.now(), Seals(secret), history=not wanted.live)
        report = Report(
            book=directory.rules.current, now=clock.now(), live=wanted.live, dry_run=wanted.dry_run
        )
        with typer.progressbar(length=sheet.rows, label=wanted.file.name, file=sys.stderr) as progress:
            for batch in batches(portions(sheet, reader)):
                await _take_in(batch, loader, report)
                progress.update(sum(portion.rows for portion in batch))
    _write_errors(wanted, sheet, report)
    return report


async def _take_in(batch: list[Portion], loader: Loader, report: Report) -> None:
    reports = [told.report for portion in batch for told in portion.told]
    answers = iter(await loader.load(reports))
    for portion in batch:
        report.add(portion, [next(answers) for _ in portion.told])


def _write_errors(wanted: Import, sheet: Sheet, report: Report | None) -> None:
    """Before the import as well, with the header alone: better to learn now that it cannot be written."""
    if wanted.errors is None:
        return
    if wanted.errors.resolve() == wanted.file.resolve():
        raise SheetError("--errors 不能是导入的文件本身；换一个名字")
    try:
        sheet.write_faulty(wanted.errors, report.faults_by_row() if report else {})
    except OSError as error:
        raise SheetError(f"{wanted.errors}：写不了（{error.strerror}）") from None
