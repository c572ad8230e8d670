"""What is done now and then, whatever the orders do? A few jobs, kept by whichever replica holds the lease.

Nothing here is due to anybody: what must happen later is a due row, for the watcher.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.causes import catch_up
from bot.clock import Clock
from bot.directory import Directory
from bot.holidays import is_announced
from bot.leader import LeaseLostError, Tenure
from bot.proposing import propose_limits
from bot.reporting import Weekly
from bot.storage.store import Transaction
from handlers import dutywatch, experiments, personal
from handlers.ports import StoreUnavailableError
from handlers.world import World
from rules.calendar import SHANGHAI
from rules.gaps import findings

REMEMBERED = timedelta(days=7)
"""How long what came in from WeCom is known, so that a repeat of it changes nothing."""
COUNTED = timedelta(days=60)
"""How long it is known how many events a source sent in an hour."""
COMPARED = timedelta(days=60)
"""How long it is known which orders an experiment concerned that is over; what came of it stays."""
AT_A_TIME = 5_000
"""So much is dropped in one transaction: others want to write as well."""
ORDERS_AT_A_TIME = 200
"""So many orders, with all their events, lose in one what is personal."""
LATE_BY_AT_MOST = timedelta(hours=6)
DECEMBER = 12

log = structlog.get_logger("timetable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is done, and when by China's clocks; two runs missed are one run late."""

    name: str
    when: CronTrigger
    work: Callable[[], Awaitable[None]]
    often: bool = False
    """So often that it is not told each time."""


def jobs(
    tenure: Tenure, world: World, directory: Directory, clock: Clock, kept: timedelta, weekly: Weekly
) -> list[Job]:
    """The jobs of the service; `kept` is how long personal data are. What they write is refused when another replica keeps the timetable by then."""
    return [
        Job(name="forget", when=_daily(4, 10), work=partial(forget, tenure, clock)),
        Job(name="forget_passes", when=_daily(4, 20), work=partial(forget_passes, tenure, clock)),
        Job(name="forget_hours", when=_daily(4, 30), work=partial(forget_hours, tenure, clock)),
        Job(name="forget_personal", when=_daily(4, 40), work=partial(forget_personal, tenure, clock, kept)),
        Job(name="forget_trials", when=_daily(4, 50), work=partial(forget_trials, tenure, clock)),
        Job(name="find_causes", when=_daily(5, 10), work=partial(find_causes, tenure, directory, clock)),
        Job(name="propose_limits", when=_daily(5, 30), work=partial(propose, tenure, directory, clock)),
        Job(name="look_ahead", when=_daily(9, 0), work=partial(look_ahead, clock)),
        Job(name="check_duty", when=_evening(), work=partial(check_duty, tenure, world, directory)),
        Job(name="offer_cases", when=_every_minute(), work=partial(offer_cases, tenure, world), often=True),
        Job(name="experiments", when=_every_minute(), work=partial(compare, tenure, world), often=True),
        Job(name="report", when=_every_ten_minutes(), work=partial(weekly.keep, tenure), often=True),
    ]


async def keep(timetable: Sequence[Job]) -> None:
    """Run the jobs in their time, until cancelled."""
    scheduler: Any = AsyncIOScheduler(timezone=SHANGHAI)
    for job in timetable:
        scheduler.add_job(
            _run,
            job.when,
            args=(job,),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=int(LATE_BY_AT_MOST.total_seconds()),
        )
    scheduler.start()
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)


async def forget(tenure: Tenure, clock: Clock) -> None:
    """Drop what came in from WeCom and was dealt with long ago."""

    async def drop(work: Transaction) -> int:
        return await work.inbox.forget_before(clock.now() - REMEMBERED, AT_A_TIME)

    while await tenure.run("forget", drop) == AT_A_TIME:
        pass


async def forget_hours(tenure: Tenure, clock: Clock) -> None:
    """Drop what sources sent in the hours of long ago."""

    async def drop(work: Transaction) -> int:
        return await work.feeds.forget_before(clock.now() - COUNTED, AT_A_TIME)

    while await tenure.run("forget_hours", drop) == AT_A_TIME:
        pass


async def forget_passes(tenure: Tenure, clock: Clock) -> None:
    """Drop spent passes that are over anyway."""

    async def drop(work: Transaction) -> int:
        return await work.passes.forget_before(clock.now(), AT_A_TIME)

    while await tenure.run("forget", drop) == AT_A_TIME:
        pass


async def forget_personal(tenure: Tenure, clock: Clock, kept: timedelta) -> None:
    """Remove what is personal from the orders that have had no news for so long."""
    before = clock.now() - kept
    while await tenure.run("forget_personal", lambda work: personal.forget(work, before, ORDERS_AT_A_TIME)):
        pass


async def forget_trials(tenure: Tenure, clock: Clock) -> None:
    """Drop the orders that experiments had not judged by their end, and of those long over all but what came of them."""

    async def drop(work: Transaction) -> int:
        settled = await work.experiments.settle(AT_A_TIME)
        return settled + await work.experiments.forget_before(clock.now() - COMPARED, AT_A_TIME)

    while await tenure.run("forget_trials", drop):
        pass


async def look_ahead(clock: Clock) -> None:
    """In December, miss the notice that tells next year's holidays."""
    today = clock.now().astimezone(SHANGHAI)
    if today.month == DECEMBER and not is_announced(today.year + 1):
        log.warning("calendar.unknown", year=today.year + 1, mend="days_off and workdays of the rule book")


async def check_duty(tenure: Tenure, world: World, directory: Directory) -> None:
    """Tell the managers on shift what is wrong with the duty of the next seven days, once an evening."""

    async def check(work: Transaction) -> None:
        shops, calendar = await work.orders.shops(), directory.rules.current.calendar
        found = findings(directory.roster, directory.written, directory.staff, shops, calendar, world.now())
        await dutywatch.tell_findings(work, world, found, shops)

    await tenure.run("duty_outlook", check)


async def find_causes(tenure: Tenure, directory: Directory, clock: Clock) -> None:
    """Find what the delays of the week that is over have in common; on other days there is nothing to do."""
    await catch_up(tenure.run, tenure.store, directory.rules, clock.now())


async def propose(tenure: Tenure, directory: Directory, clock: Clock) -> None:
    """Ask history for better limits, once a week; on other days there is nothing to do."""
    await propose_limits(tenure.run, tenure.store, directory.rules.current, clock.now())


async def offer_cases(tenure: Tenure, world: World) -> None:
    """Tell leads whose cases stay behind, when a leave begins."""
    if dutywatch.begun_lately(world.directory.roster, world.now()):
        await tenure.run("leave", lambda work: dutywatch.offer_cases(work, world))


async def compare(tenure: Tenure, world: World) -> None:
    """Look at the experiment that goes on, when its hour has passed, after judging the orders whose time has come."""
    if await tenure.run("look", lambda work: experiments.due(work, world)):
        while await tenure.run("judge", lambda work: experiments.judge(work, world, ORDERS_AT_A_TIME)):
            pass
        await tenure.run("look", lambda work: experiments.look(work, world))


def _evening() -> CronTrigger:
    """At eight; and a few times after it, for whoever takes over from a replica that died just then."""
    return CronTrigger(hour=20, minute="0,10,20", timezone=SHANGHAI)


def _every_ten_minutes() -> CronTrigger:
    """Which week is to be told is for the job to say: whoever was down on Monday morning tells it later."""
    return CronTrigger(minute="5-55/10", timezone=SHANGHAI)


def _every_minute() -> CronTrigger:
    return CronTrigger(minute="*", timezone=SHANGHAI)


def _daily(hour: int, minute: int) -> CronTrigger:
    return CronTrigger(hour=hour, minute=minute, timezone=SHANGHAI)


async def _run(job: Job) -> None:
    try:
        await job.work()
    except StoreUnavailableError:
        log.warning("job.put_off", job=job.name)
    except LeaseLostError:
        log.warning("job.not_ours", job=job.name)
    except Exception:
        log.exception("job.failed", job=job.name)
    else:
        (log.debug if job.often else log.info)("job.done", job=job.name)
