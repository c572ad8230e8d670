"""What does the weekly work cost when there is much? Causes of last week, and proposals, each in a process of its own.

`python -m bench.weekly --orders 200000`: the town of `bench.pages`; processor time and memory are those of our process,
the database's beside it is not counted.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from bench import machine
from bench.scene import a_scene
from bench.servers import new_database
from bench.town import Town, plant, write_files
from bot.causes import find_causes
from bot.directory import load_directory
from bot.proposing import propose_limits
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import open_store
from rules.dates import A_WEEK, monday_of
from tests.servers import postgres_server

CAUSES, PROPOSALS = "causes", "proposals"


async def measure(database: str, town: Town) -> list[str]:
    """A line for each of the two, over a town on an empty PostgreSQL database. Raises RuntimeError when one fails."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=machine.scratch()) as folder:
        async with a_scene(Path(folder), database) as scene:
            scene.environment.update(write_files(Path(folder)))
            await plant(scene, town)
            return [await _apart(job, scene.environment) for job in (CAUSES, PROPOSALS)]


async def _apart(job: str, environment: dict[str, str]) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.weekly", "--job", job,
        env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{job} ended with {child.returncode}")
    return told.decode().splitlines()[-1]


async def _do(job: str) -> str:
    """One run, and what it took of this process."""
    settings, now = load(dict(os.environ)), datetime.now(UTC)
    async with open_store(settings.database_url, Signals()) as store:
        rules = (await load_directory(settings, store, now)).rules
        before, began = _peak_mib(), time.process_time()
        if job == CAUSES:
            last_week = monday_of(rules.current.calendar.local(now).date()) - A_WEEK
            await find_causes(store.run, store, rules, last_week, now)
        else:
            await propose_limits(store.run, store, rules.current, now)
        took = timedelta(seconds=time.process_time() - began)
    return f"| {job} | {took.total_seconds():.1f} | {before:.0f} | {_peak_mib():.0f} |"


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _run(server: str, town: Town) -> list[str]:
    async with new_database(server) as url:
        return await measure(url, town)


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench.weekly", description=__doc__)
    options.add_argument("--orders", type=int, default=200_000, help="open orders")
    options.add_argument("--closed", type=int, default=50, help="closed cases for each unclosed one")
    options.add_argument("--job", choices=(CAUSES, PROPOSALS), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.job:
        sys.stdout.write(f"{uvloop.run(_do(given.job))}\n")
        return
    tempfile.tempdir = str(machine.scratch())
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(durable=True))
        lines = uvloop.run(_run(server, Town(orders=given.orders, closed_per_open=given.closed)))
    head = "| job | processor time, s | MiB before | MiB at most |\n|---|---|---|---|"
    sys.stdout.write("\n".join([f"{machine.description()}; {given.orders:,} orders.", "", head, *lines, ""]))


if __name__ == "__main__":
    main()
