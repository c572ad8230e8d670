"""How long does a rehearsal take? A million events on disk, walked by one book, on one core and on all.

`python -m bench.rehearsal --events 1000000 --cores 1 2`: each order has ten events within three days, and one in six
orders stands still for a while. Measured is what `dingdan rehearse` does: reading, walking, gathering and counting.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter, thread_time

import uvloop

from bench import machine
from bench.servers import new_database
from bot.clock import SystemClock
from bot.replaying import Named, Wanted, replay
from bot.signals import Signals
from bot.storage.connection import Conflict, Value
from bot.storage.opening import database_for, open_store
from bot.storage.orders import ARMED_ORDERS, EVENTS
from bot.storage.states import encode_order
from rules.events import OrderKey, OrderNo, Shop
from rules.instants import to_ms
from rules.orders import Order
from tests.servers import postgres_server

EACH = 10
"""Events of an order."""
AT_ONCE = 2_000
"""Orders that are planted in one transaction."""
DAYS = 30
SLOW = 1 / 6
LOOK_SECONDS = 0.005
START = datetime(2026, 3, 2, tzinfo=UTC)
STEPS = (
    ("payment", "started", 1), ("payment", "completed", 1), ("confirm", "completed", 8), ("picking", "started", 20),
    ("picking", "completed", 30), ("packing", "completed", 40), ("pickup", "completed", 90),
    ("transit", "updated", 600), ("transit", "completed", 900),
)  # fmt: skip
"""What is reported after the creation, and how many minutes after what came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rehearsal took."""

    where: str
    cores: int
    seconds: float
    events: int
    alerts: int
    held_ms: float
    """The longest that the loop of whoever asks was kept busy at once, in processor time: a neighbour's is not in it."""
    asking_mib: int
    """The most memory of the process that asks for it, as the service does."""
    walking_mib: int
    """The most of any that walks, and then counts."""


async def plant(url: str, events: int) -> None:
    """Write so many events, and the orders that they are of, as no handler would: all at once."""
    random, orders = Random(20260302), events // EACH
    async with open_store(url, Signals()):
        pass  # the schema is there
    database = database_for(url)
    await database.open()
    try:
        for first in range(0, orders, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, orders))
            rows = [row for number in numbers for row in _events(number, random)]
            last = {(row[2], row[3]): row[4] for row in rows}
            async with database.transaction() as connection:
                await connection.write(EVENTS, rows, Conflict.FAIL)
                await connection.write(
                    ARMED_ORDERS, [_order(*key, at) for key, at in last.items()], Conflict.FAIL
                )
    finally:
        await database.close()


def _events(number: int, random: Random) -> Iterator[tuple[Value, ...]]:
    shop, order_no = "main", f"DB{number:08}"
    at = START + timedelta(minutes=random.random() * DAYS * 1440)
    held = random.randrange(len(STEPS)) if random.random() < SLOW else -1
    told = [("order.created", {"channel": "miniprogram", "warehouse": f"hz{number % 9}", "amount_fen": 9900})]
    told += [("order.stage", {"stage": stage, "status": status}) for stage, status, _ in STEPS]
    for place, (kind, data) in enumerate(told):
        if place:
            minutes = STEPS[place - 1][2] * (0.5 + random.random())
            at += timedelta(minutes=minutes * (6 if place - 1 == held else 1))
        body = {
            "specversion": "1.0", "id": f"{number}-{place}", "source": "/erp", "type": kind, "subject": order_no,
            "time": at.isoformat(), "data": {"shop": shop, **data},
        }  # fmt: skip
        yield "/erp", f"{number}-{place}", shop, order_no, to_ms(at), json.dumps(body)


def _order(shop: Value, order_no: Value, at: Value) -> tuple[Value, ...]:
    key = OrderKey(Shop(str(shop)), OrderNo(str(order_no)))
    return *key, encode_order(Order(key=key)), "transit", "completed", None, 1, at, True


def _untold(done: int, of: int) -> None:
    """Nobody watches."""
    del done, of


async def play(url: str, cores: int) -> dict[str, float]:
    """Rehearse the defaults, and tell what it took."""
    began, wanted, held = perf_counter(), Wanted(book=Named(), against=None), [0.0]
    async with open_store(url, Signals()) as store:
        now = SystemClock().now() + timedelta(days=365)
        watching = asyncio.create_task(_watch(held))
        found = await replay(wanted, url, store, now, _untold, cores=cores)
        watching.cancel()
    took = perf_counter() - began
    most = {
        name: resource.getrusage(who).ru_maxrss // 1024
        for name, who in (("asking", resource.RUSAGE_SELF), ("walking", resource.RUSAGE_CHILDREN))
    }
    return {"seconds": took, "events": found.events, "alerts": found.after.alerts, "held": max(held), **most}


async def _watch(held: list[float]) -> None:
    """How long the thread of the loop works between two looks."""
    while True:
        before = thread_time()
        await asyncio.sleep(LOOK_SECONDS)
        held.append(thread_time() - before)


async def measure(where: str, server: str | None, events: int, cores: list[int]) -> list[Found]:
    """Plant once, and play on each number of cores, in a process of its own."""
    found: list[Found] = []
    async with new_database(server) as url:
        await plant(url, events)
        for many in cores:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.rehearsal", "--play", url, "--cores", str(many),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
            told = json.loads(out)
            found.append(
                Found(
                    where=where,
                    cores=many,
                    seconds=told["seconds"],
                    events=int(told["events"]),
                    alerts=int(told["alerts"]),
                    held_ms=1000 * told["held"],
                    asking_mib=int(told["asking"]),
                    walking_mib=int(told["walking"]),
                )
            )
            sys.stderr.write(f"{found[-1]}\n")
    return found


def report(found: list[Found]) -> str:
    """As a table."""
    lines = [
        machine.description(),
        "",
        "| database | cores | events | time, s | events/s | alerts | loop held, ms | asking, MiB | walking, MiB each |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.where} | {one.cores} | {one.events:,} | {one.seconds:.1f} | {one.events / one.seconds:,.0f}"
        f" | {one.alerts:,} | {one.held_ms:.0f} | {one.asking_mib} | {one.walking_mib} |"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench.rehearsal", description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    options.add_argument("--on", nargs="+", default=["SQLite", "PostgreSQL"])
    options.add_argument("--play", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.play:
        sys.stdout.write(json.dumps(uvloop.run(play(given.play, given.cores[0]))))
        return
    tempfile.tempdir = str(machine.scratch())
    found: list[Found] = []
    with ExitStack() as stack:
        for where in given.on:
            server = stack.enter_context(postgres_server(durable=True)) if where == "PostgreSQL" else None
            found += uvloop.run(measure(where, server, given.events, given.cores))
    sys.stdout.write(report(found))


if __name__ == "__main__":
    main()
