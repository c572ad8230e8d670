"""How does `dingdan drill` run? In the sandbox with a clock of its own, or in the real group, marked as a drill."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import typer
import uvloop
import yaml

from bot.clock import Clock, SystemClock
from bot.demo import stage
from bot.drill.evidence import response_of
from bot.drill.report import Report
from bot.drill.script import Marks, Script, in_the_real_group, in_the_sandbox, over, script
from bot.drill.team import Team
from bot.drillfile import DrillFile
from bot.faults import FileError
from bot.files import load_drill
from bot.logs import set_up
from bot.settings import Settings
from bot.telling import Desk, Teller, TellingError
from replies.words import Language
from rules.calendar import SHANGHAI
from rules.response import Response

OK, FAILURE, USAGE = 0, 1, 2
SPEED = 10.0
"""A quarter of an hour takes a minute and a half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for."""

    file: Path
    real: bool = False
    address: str | None = None
    """Of the running service, for a drill in the real group."""
    page: Path | None = None
    """Where to write the report as a page."""
    language: Language = Language.ZH
    as_json: bool = False
    speed: float = SPEED


def play_drill(settings: Settings, wanted: Wanted) -> int:
    """Play it, and tell how it went."""
    set_up("console", logging.WARNING)
    try:
        drill = load_drill(wanted.file)
        clock = SystemClock()
        playing = (
            play_really(settings, drill, wanted, clock) if wanted.real else play_in_sandbox(drill, wanted)
        )
        report = _run(playing)
    except FileError as error:
        sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
        return USAGE
    except (TellingError, aiohttp.ClientError, OSError) as error:
        sys.stderr.write(f"演练没有做完：{error}\n")
        return FAILURE
    except KeyboardInterrupt:
        return FAILURE
    return _tell(report, wanted)


def _run(playing: Coroutine[Any, Any, Report]) -> Report:
    return uvloop.run(playing)


def _tell(report: Report, wanted: Wanted) -> int:
    if wanted.page is not None:
        wanted.page.write_text(report.as_page(wanted.language), "utf-8")
    typer.echo(report.as_json() if wanted.as_json else report.as_text(wanted.language))
    return OK


# --- in the sandbox ----------------------------------------------------------------------


async def play_in_sandbox(drill: DrillFile, wanted: Wanted) -> Report:
    """With a service, a WeCom and an empty database of its own, on a fast clock. Raises TellingError."""
    marks = in_the_sandbox("")
    played = script(drill, marks, customers=True)
    customers = {one.customer: one.customer for one in played.orders if one.customer}
    beats = {source.source: source.heartbeat for source in drill.sources if source.heartbeat is not None}
    with TemporaryDirectory(prefix="dingdan-drill-") as place:
        rules = Path(place) / "rules.yaml"
        rules.write_text(_rules(beats), "utf-8")
        folder = Path(place) / "drill"
        async with (
            stage(folder, 0, 0, wanted.speed, customers=customers, DINGDAN_RULES_FILE=str(rules)) as up,
            aiohttp.ClientSession() as http,
        ):
            typer.echo(f"  {drill.name}  {up.wecom.page_url}", err=True)
            start = up.clock.now()
            teller = Teller(up.desk, http, up.clock, start, name="drill", wecom=up.wecom)
            team = Team(drill.team, up.wecom, up.clock)
            await _play(drill, played, teller, up.clock, team)
            response = await response_of(drill, played, marks, teller, up.wecom)
    return _report(drill, start, response, real=False)


def _rules(heartbeats: dict[str, timedelta]) -> str:
    """The default rules, and how often the sources of the drill say that they are alive."""
    feeds = {name: {"heartbeat": f"{beat.total_seconds():.0f}s"} for name, beat in heartbeats.items()}
    return yaml.safe_dump({"feeds": feeds}) if feeds else "{}\n"


# --- in the real group ---------------------------------------------------------------------


async def play_really(settings: Settings, drill: DrillFile, wanted: Wanted, clock: Clock) -> Report:
    """Against the running service. In the end, and when somebody stops it, its orders are cancelled.

    Raises TellingError.
    """
    start = clock.now()
    tag = f"{start.astimezone(SHANGHAI):%m%d%H%M}"
    marks = in_the_real_group(tag)
    played = script(drill, marks, customers=False)
    async with aiohttp.ClientSession() as http:
        teller = Teller(_desk(settings, wanted), http, clock, start, name=f"drill-{tag}")
        try:
            await _play(drill, played, teller, clock, None)
            response = await response_of(drill, played, marks, teller)
        finally:
            await _clear_up(played, marks, teller, clock, start)
    return _report(drill, start, response, real=True)


def _desk(settings: Settings, wanted: Wanted) -> Desk:
    ingest, read = settings.ingest.token, settings.api.token
    if ingest is None or read is None:
        raise TellingError("--real 要有 DINGDAN_INGEST__TOKEN 和 DINGDAN_API__TOKEN，和服务用的一样")
    address = wanted.address or f"http://{settings.http.host}:{settings.http.port}"
    return Desk(address=address.rstrip("/"), ingest=ingest.get_secret_value(), read=read.get_secret_value())


async def _clear_up(played: Script, marks: Marks, teller: Teller, clock: Clock, start: datetime) -> None:
    now = clock.now() - start
    with suppress(TellingError, aiohttp.ClientError):
        await teller.tell(over(played, marks, now))


# --- what is the same ----------------------------------------------------------------------


async def _play(drill: DrillFile, played: Script, teller: Teller, clock: Clock, team: Team | None) -> None:
    """Tell the story and let it run, until its time is over. Raises TellingError."""
    end = asyncio.create_task(_sleep(clock, drill.lasts))
    told = asyncio.create_task(teller.tell(played.beats))
    others = [asyncio.create_task(teller.follow(played.after_contact))]
    others += [asyncio.create_task(team.work())] if team is not None else []
    running = {told, *others}
    try:
        while not end.done():
            done, _ = await asyncio.wait({end, *running}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            running -= done
    finally:
        for task in (end, told, *others):
            task.cancel()
        await asyncio.gather(end, told, *others, return_exceptions=True)


async def _sleep(clock: Clock, duration: timedelta) -> None:
    await clock.sleep(duration)


def _report(drill: DrillFile, start: datetime, response: Response, *, real: bool) -> Report:
    return Report(
        name=drill.name, about=drill.about, real=real, began_at=start, lasts=drill.lasts, response=response
    )
