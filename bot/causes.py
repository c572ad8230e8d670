"""When is it worked out what the delays of a week have in common? Once, in the night after it, and when somebody asks.

What was found is rows of that week: whoever does it again writes the same.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Any, Protocol

import structlog

from bot.storage.caselist import CaseFilter, CaseList
from bot.storage.cases import Cases
from bot.storage.causes import EVERY_SHOP, WeekFound, found_in, weeks_of
from bot.storage.store import Store, Transaction
from bot.storage.tasks import Tasks
from rules.anomalies import AnomalyId
from rules.causes import Delay, Findings, dated, delay, findings, seen
from rules.dates import A_WEEK, begin_of, monday_of
from rules.doubts import doubt
from rules.editions import Rules
from rules.events import DRILL
from rules.reasons import Reason
from rules.tasks import TaskResult

LOOKS_BACK = 8
"""So many weeks are made up for where nobody has looked at them."""
KEPT = 26
"""So many weeks the delays can be looked at one by one."""
AT_A_TIME = 200
WRITTEN_AT_A_TIME = 2_000

log = structlog.get_logger("causes")


class Run(Protocol):
    """`Store.run`, or that of a tenure."""

    async def __call__(self, name: str, operation: Callable[[Transaction], Awaitable[Any]], /) -> Any: ...


async def catch_up(run: Run, store: Store, rules: Rules, now: datetime) -> None:
    """Look at each of the last weeks that are over and that nobody has looked at since, the oldest first."""
    zone = rules.current.calendar.zone
    present = monday_of(now.astimezone(zone).date())
    async with store.reading() as connection:
        looked = await weeks_of(connection, EVERY_SHOP, KEPT)
    for number in range(LOOKS_BACK, 0, -1):
        week = present - number * A_WEEK
        found_at = looked.get(week.isoformat())
        if found_at is None or found_at < begin_of(week + A_WEEK, zone):
            await find_causes(run, store, rules, week, now)
    oldest = (present - KEPT * A_WEEK).isoformat()
    await run("causes", lambda work: work.causes.forget_before(oldest))


async def find_causes(run: Run, store: Store, rules: Rules, week: date, now: datetime) -> None:
    """Find what the delays of a week have in common, in all shops and in each, and write it down, all at once.

    Of a week without any nothing is there, whatever was found before: what its reasons were may be taken back.
    """
    zone = rules.current.calendar.zone
    read = await _delays(store, rules, week, zone)
    by_shop: defaultdict[str, list[Delay]] = defaultdict(list)
    for one in read:
        by_shop[one.order.shop].append(one)
    groups: Mapping[str, Sequence[Delay]] = {EVERY_SHOP: read, **by_shop}
    past = await _found_before(store, week)
    delays, found = list[Delay](), dict[str, Findings]()
    if read or past:
        delays, found = await asyncio.to_thread(_found, groups, past, week, zone)
    name = week.isoformat()

    async def write(work: Transaction) -> None:
        await work.causes.clear(name)
        for place in range(0, len(delays), WRITTEN_AT_A_TIME):
            await work.causes.put(delays[place : place + WRITTEN_AT_A_TIME])
        await work.causes.keep(name, found, now)

    await run("causes", write)
    log.info("causes.found", week=name, delays=len(delays), shops=len(by_shop))


async def _delays(store: Store, rules: Rules, week: date, zone: tzinfo) -> list[Delay]:
    """Every delay of a week that has a reason and did not heal by itself; a few at a time, others read meanwhile."""
    found, before = list[Delay](), None
    wanted = CaseFilter(since=begin_of(week, zone), until=begin_of(week + A_WEEK, zone), self_healed=False)
    while True:
        async with store.reading() as connection:
            page = await CaseList(connection).page(replace(wanted, before=before), AT_A_TIME)
            explained = [case.id for case in page if case.reason and case.order.shop != DRILL]
            files = await Cases(connection).with_orders(explained)
            told = await _results(Tasks(connection), explained)
        for case, order in files.values():
            against = doubt(case, order, rules.of(case), told.get(case.id, ()))
            known = delay(case, order, week, against)
            found += [] if known is None else [known]
        if len(page) < AT_A_TIME:
            return found
        before = page[-1].id


async def _results(tasks: Tasks, cases: Collection[AnomalyId]) -> dict[AnomalyId, list[TaskResult]]:
    return {
        case: [task.result for task in theirs.values() if task.result is not None]
        for case, theirs in (await tasks.of_cases(cases)).items()
    }


async def _found_before(store: Store, week: date) -> Mapping[str, WeekFound]:
    """What was found of the week before, by shop."""
    async with store.reading() as connection:
        return await found_in(connection, (week - A_WEEK).isoformat())


def _found(
    groups: Mapping[str, Sequence[Delay]], past: Mapping[str, WeekFound], week: date, zone: tzinfo
) -> tuple[list[Delay], dict[str, Findings]]:
    """The delays with all that is known of them, and what was found by shop. It takes a while: for a thread."""
    known, found = list[Delay](), dict[str, Findings]()
    shops = sorted({*groups, *past} - {EVERY_SHOP})
    for shop in (EVERY_SHOP, *shops):
        if shops == [shop]:  # it is all there is
            found[shop] = found[EVERY_SHOP]
            continue
        delays, before = groups.get(shop, ()), past.get(shop)
        carriers = seen(None if before is None else before.findings.carriers, delays, week)
        theirs = [dated(one, carriers) for one in delays]
        known = theirs if shop == EVERY_SHOP else known
        found[shop] = findings(theirs, _hits(before), carriers, zone)
    return known, found


def _hits(before: WeekFound | None) -> dict[Reason, int]:
    return {} if before is None else {one.reason: one.change.now.hits for one in before.findings.findings}
