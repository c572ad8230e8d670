"""(b) How long from a deadline until WeCom has the request for the card, beside what a user would pick instead?"""

import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.crowd import Crowd, order_no, take_in_all
from bench.machine import CEILINGS, scratch
from bench.peers.scans import fill, fill_indexed
from bench.rounds import Contender, Figures, Rounds, compete, sized
from bench.scene import Wecom, a_scene, a_wecom, resident_bytes
from bench.schedulers import SCHEDULERS, Scheduler
from bench.servers import new_database
from bench.watching import (
    DUE_PER_SECOND,
    LEAD,
    REARMED_PER_SECOND,
    Lag,
    all_came,
    lag_of,
    plant_far,
    plant_soon,
    rearm,
)
from rules.instants import to_ms
from tests.servers import redis_server

P50, P99, LOST, EARLY, TWICE = "p50 ms", "p99 ms", "lost", "early", "twice"
PROCESS, PER_ORDER, PLANTED = "process bytes", "bytes per order", "planted per second"
RESTART = "late after kill -9, s"
AFTER_KILL = timedelta(seconds=2)
LONGEST_RESTART = timedelta(seconds=20)
"""A schedule that is not back by then is gone."""
PLANTED_PER_SECOND = 500
"""Slower than the slowest, with a due order's time still to come."""
FILLED_PER_SECOND = 20_000
MINUTE = timedelta(minutes=1)

OURS, POLL = "ours", "ours, 1 s poll"
CRON = {"cron, ORM": ("orm", fill), "cron, SQL with index": ("sql", fill_indexed)}
NOT_DONE = "no database behind it, and no order is re-armed meanwhile"


def contenders(server: str, orders: int, seconds: float) -> list[Contender]:
    """All of them, with so many open orders; `server` is a PostgreSQL."""
    full = f"{DUE_PER_SECOND} due and {REARMED_PER_SECOND} re-armed a second; the anomaly and its card committed with fsync"
    polled = "the same service, whose watcher looks once a second"
    waited = "a run every 60 s, the waiting for it computed, the run measured; anomalies committed with fsync"
    return [
        Contender(sized(OURS, orders), full, partial(_ours, server, "bot", orders, seconds)),
        Contender(
            sized(POLL, orders), polled, partial(_ours, server, "bench.peers.polling", orders, seconds)
        ),
        *(Contender(sized(name, orders), waited, partial(_cron, server, name, orders)) for name in CRON),
        *(
            Contender(
                sized(one.name, orders), f"{one.does}; {NOT_DONE}", partial(_held, one, orders, seconds)
            )
            for one in SCHEDULERS
        ),
    ]


async def measured(server: str, sizes: Sequence[int], rounds: int, seconds: float) -> Mapping[int, Rounds]:
    """Lags by number of open orders: all rounds with the smallest number, one with each larger."""
    return {
        size: await compete(CEILINGS, contenders(server, size, seconds), rounds if size == min(sizes) else 1)
        for size in sizes
    }


async def _ours(server: str, module: str, orders: int, seconds: float, _round: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch()) as folder:
        async with new_database(server) as url, a_scene(Path(folder), url) as scene:
            due = round(DUE_PER_SECOND * seconds)
            began = time.perf_counter()
            await plant_far(scene, orders=orders, due=due, rate=DUE_PER_SECOND)
            took = time.perf_counter() - began
            async with scene.serving(module) as service:
                crowd = await plant_soon(scene, orders=orders, due=due, rate=DUE_PER_SECOND)
                await rearm(scene, crowd, REARMED_PER_SECOND, seconds)
                lag = lag_of(crowd, await all_came(scene.wecom, crowd))
                holds = resident_bytes(service.process.pid)
                last = _last(orders)
                await take_in_all(scene.settings, last, range(orders, orders + 1))
                await service.kill()
            async with scene.serving(module):
                restart = await _late(scene.wecom, last)
    return {**_figures(lag), PROCESS: holds, PLANTED: (orders - due) / took, RESTART: restart}


async def _cron(server: str, name: str, orders: int, _round: int) -> Figures:
    """A run that finds what passed its limit in the minute before it."""
    mode, filled = CRON[name]
    due = min(DUE_PER_SECOND * MINUTE.seconds, orders)
    async with new_database(server) as url, a_wecom() as wecom:
        minute_end = datetime.now(UTC) + timedelta(seconds=2 + orders / FILLED_PER_SECOND)
        await filled(url, orders, due=due, at=minute_end)
        await asyncio.sleep((minute_end - datetime.now(UTC)).total_seconds())
        environment = {"PATH": os.environ["PATH"], "DINGDAN_DATABASE_URL": url, "BENCH_WECOM": wecom.url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *("-m", "bench.peers.cron", mode), env=environment
        )
        if await process.wait():
            raise RuntimeError("the run failed")
        crowd = Crowd(size=orders, due=due, per_second=due / MINUTE.seconds, start=minute_end - MINUTE)
        return _figures(lag_of(crowd, await wecom.came()))


async def _held(scheduler: Scheduler, orders: int, seconds: float, _round: int) -> Figures:
    due = round(DUE_PER_SECOND * seconds)
    with redis_server() as broker:
        async with a_wecom() as wecom:
            async with scheduler.holding(wecom, broker) as held:
                before, began = await held.bytes(), time.perf_counter()
                await held.plant(_crowd(orders, due, datetime.now(UTC)), range(due, orders))
                took, grown = time.perf_counter() - began, await held.bytes() - before
                soon = _crowd(
                    orders, due, datetime.now(UTC) + LEAD + timedelta(seconds=due / PLANTED_PER_SECOND)
                )
                await held.plant(soon, range(due))
                lag = lag_of(soon, await all_came(wecom, soon))
                last = _last(orders)
                await held.plant(last, range(orders, orders + 1))
            async with scheduler.holding(wecom, broker):
                restart = await _late(wecom, last)
    far = orders - due
    return {**_figures(lag), PER_ORDER: grown / far, PLANTED: far / took, RESTART: restart}


def _crowd(orders: int, due: int, start: datetime) -> Crowd:
    return Crowd(size=orders, due=due, per_second=DUE_PER_SECOND, start=start)


def _last(number: int) -> Crowd:
    """One more order, due in a moment."""
    return Crowd(size=number + 1, due=number + 1, per_second=math.inf, start=datetime.now(UTC) + AFTER_KILL)


async def _late(wecom: Wecom, last: Crowd) -> float:
    """By how many seconds the card of the last order is late; infinite when it does not come."""
    number = order_no(last.size - 1)
    while datetime.now(UTC) < last.start + LONGEST_RESTART:
        at = dict(await wecom.came()).get(number)
        if at is not None:
            return (at - to_ms(last.start)) / 1000
        await asyncio.sleep(0.1)
    return math.inf


def _figures(lag: Lag) -> Figures:
    return {P50: lag.p50_ms, P99: lag.p99_ms, LOST: lag.lost, EARLY: lag.early, TWICE: lag.twice}
