"""How does a process run a command from its first line to its exit code?"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

import structlog
import typer
import uvloop

from bot import pledging
from bot.app import Service, service
from bot.clock import SystemClock
from bot.directory import read_directory, read_rules
from bot.doctor import Finding, examine
from bot.faults import FileError
from bot.importing import Import, import_orders
from bot.imports.sheet import SheetError
from bot.inviting import invite_by_command
from bot.logs import set_up
from bot.rehearsing import Progress
from bot.replaying import NoHistoryError, UnknownBookError, Wanted, as_json_of, replay
from bot.secrets import ONCE_LIFE
from bot.settings import Settings, SettingsError
from bot.signals import Signals
from bot.specimens import show_cards
from bot.storage.opening import open_store, sqlite_path
from bot.storage.views import Views
from bot.timekeeping import correct, time_of
from bot.verdicts import as_data, as_text
from bot.verifying import verify
from bot.witness import HistoryError
from handlers.ports import StoreUnavailableError
from replies.library import Templates
from replies.rehearsal import as_text as rehearsed
from replies.rehearsal import named, no_history, unknown

OK, FAILURE, USAGE = 0, 1, 2
PERCENT = 100
STOP_SECONDS = 9
"""A part that cannot be stopped, because what it waits for hangs, is not waited for any longer."""

log = structlog.get_logger("run")


def run_service(settings: Settings) -> int:
    """Serve until a signal says stop."""
    set_up(settings.log.format)
    return _run(_serve(service(settings, SystemClock()), shows_links=_is_for_eyes(settings)))


def _is_for_eyes(settings: Settings) -> bool:
    """Whether a person reads what is written, and no collector keeps it: a link that lets in is for nobody else."""
    return settings.log.format == "console" or sys.stderr.isatty()


def run_migration(settings: Settings) -> int:
    """Bring the database's schema up to date."""
    set_up(settings.log.format)
    return _run(_migrate(settings))


def _run(work: Coroutine[None, None, int]) -> int:
    try:
        return uvloop.run(work)
    except SettingsError as error:
        for fault in error.faults:
            sys.stderr.write(f"设置有误  {fault}\n")
        return USAGE
    except StoreUnavailableError as error:
        sys.stderr.write(f"数据库连不上  DINGDAN_DATABASE_URL: {error}\n")
        return FAILURE


async def _serve(running: AbstractAsyncContextManager[Service], *, shows_links: bool) -> int:
    """Until SIGTERM or SIGINT, or until a part has failed; a second signal ends it at once, and so does time.

    At once is no harm: it is what kill -9 does.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop_or_abort, stop)
    async with running as up:
        gc.freeze()  # what has been loaded stays: the collector need not look at it ever again
        if shows_links:
            await _invite_in(up)
        stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(up.ended.wait())
        await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended.cancel()
        return FAILURE if up.ended.is_set() else OK


async def _invite_in(up: Service) -> None:
    with suppress(StoreUnavailableError):
        invitation = await up.invite(ONCE_LIFE)
        if invitation is not None:
            sys.stderr.write(f"{invitation}\n")


def _stop_or_abort(stop: asyncio.Event) -> None:
    if stop.is_set():
        os._exit(FAILURE)
    log.info("service.stopping")
    stop.set()
    asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, FAILURE)


async def _migrate(settings: Settings) -> int:
    async with open_store(settings.database_url, Signals()):
        sys.stdout.write("数据库结构已是最新\n")
    return OK


def run_import(settings: Settings, wanted: Import, *, as_json: bool) -> int:
    """Import orders from a file; 1 when some rows could not be used, 2 when none could even be tried."""
    set_up(settings.log.format)
    return _run(_import(settings, wanted, as_json=as_json))


async def _import(settings: Settings, wanted: Import, *, as_json: bool) -> int:
    try:
        report = await import_orders(settings, wanted, SystemClock())
    except (FileError, SheetError) as error:
        sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
        return USAGE
    except StoreUnavailableError:
        sys.stderr.write("数据库现在写不了；已写入的都在，再运行一次会接着导入\n")
        return FAILURE
    sys.stdout.write((report.as_json() if as_json else report.as_text()) + "\n")
    return FAILURE if report.faults else OK


def run_doctor(settings: Settings, *, as_json: bool) -> int:
    """Say what is in order, and what is not."""
    set_up(settings.log.format)
    return _run(_tell(examine(settings, SystemClock().now()), as_json=as_json))


def run_login(settings: Settings, userid: str, *, as_json: bool) -> int:
    """Show a link that lets a member in, once; 2 when they are none."""
    set_up(settings.log.format)
    return _run(_invite(settings, userid, as_json=as_json))


async def _invite(settings: Settings, userid: str, *, as_json: bool) -> int:
    invitation = await invite_by_command(settings, userid)
    told = {"link": invitation.link, "until": invitation.until.isoformat()}
    sys.stdout.write((json.dumps(told) if as_json else str(invitation)) + "\n")
    return OK


def run_cards(settings: Settings, userid: str, *, as_json: bool) -> int:
    """Send a card of each type, and say what WeCom said to each."""
    set_up(settings.log.format)
    return _run(_tell(show_cards(settings, userid), as_json=as_json))


def run_verification(settings: Settings, history: Path | None, *, as_json: bool) -> int:
    """Hold the database against every promise; 1 when one is broken, 2 when the history cannot be read."""
    set_up(settings.log.format)
    return _run(_verify(settings, history, as_json=as_json))


async def _verify(settings: Settings, history: Path | None, *, as_json: bool) -> int:
    clock = SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        if sqlite_path(settings.database_url) is None:
            await correct(clock, time_of(store))
        rules = await read_rules(clock.now())
        try:
            verdicts = await verify(store, rules, clock, history=history)
        except (HistoryError, OSError) as error:
            sys.stderr.write(f"历史文件读不了  {history}: {error}\n")
            return USAGE
    sys.stdout.write((as_data(verdicts) if as_json else as_text(verdicts)) + "\n")
    return FAILURE if any(verdict.ok is False for verdict in verdicts) else OK


def run_pledges(settings: Settings, *, as_json: bool) -> int:
    """Hold what templates promise against history; 1 when something cannot be followed up in time."""
    set_up(settings.log.format)
    return _run(_hold_pledges(settings, as_json=as_json))


async def _hold_pledges(settings: Settings, *, as_json: bool) -> int:
    clock = SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        book = (await read_rules(clock.now())).current
        found = await pledging.pledges(Views(store), Templates(), book, clock.now())
    sys.stdout.write((pledging.as_data(found) if as_json else pledging.as_text(found, book)) + "\n")
    return FAILURE if any(one.too_short for one in found) else OK


async def _tell(found: AsyncGenerator[Finding], *, as_json: bool) -> int:
    """Each finding as it comes in; 1 when something is not in order."""
    findings: list[Finding] = []
    async for finding in found:
        findings.append(finding)
        if not as_json:
            sys.stdout.write(f"{finding}\n")
    if as_json:
        listed = [finding.as_json() for finding in findings]
        sys.stdout.write(json.dumps(listed, ensure_ascii=False) + "\n")
    return FAILURE if any(finding.ok is False for finding in findings) else OK


def run_rehearsal(settings: Settings, wanted: Wanted, *, as_json: bool) -> int:
    """Rehearse a rule book; 1 when there is no history to rehearse it on, 2 when there is no such book."""
    set_up(settings.log.format)
    return _run(_rehearse(settings, wanted, as_json=as_json))


async def _rehearse(settings: Settings, wanted: Wanted, *, as_json: bool) -> int:
    now = SystemClock().now()
    async with open_store(settings.database_url, Signals()) as store:
        directory = await read_directory(settings, now)
        zone = directory.rules.current.calendar.zone
        try:
            with typer.progressbar(length=PERCENT, label="排练", file=sys.stderr) as bar:
                found = await replay(wanted, settings.database_url, store, now, _percent(bar.update))
        except FileError as error:
            sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
            return USAGE
        except UnknownBookError as error:
            sys.stderr.write(f"{unknown(error.named, error.known)}\n")
            return USAGE
        except NoHistoryError as error:
            sys.stderr.write(f"{no_history(error.first_at, error.last_at, zone)}\n")
            return FAILURE
    books = [one for one in (wanted.book, wanted.against) if one is not None]
    names = [named(str(one), directory.rules.version) for one in books]
    text = as_json_of(found, zone) if as_json else rehearsed(found, names, directory.roster, zone)
    sys.stdout.write(f"{text}\n")
    return OK


def _percent(advance: Callable[[int], None]) -> Progress:
    """Progress of so many orders, on a bar of a hundred."""
    shown = 0

    def told(done: int, of: int) -> None:
        nonlocal shown
        reached = PERCENT * done // of
        advance(reached - shown)
        shown = reached

    return told
