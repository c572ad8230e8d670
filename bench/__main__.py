"""Measures everything in one run and writes bench/RESULTS.md."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import uvloop

from bench import check, machine
from bench.ingest import events_per_second
from bench.servers import NOTHING, ORM, OURS, Server, new_database, running
from tests.servers import postgres_server

RESULTS = Path(__file__).with_name("RESULTS.md")
SERVERS = (NOTHING, OURS, ORM)
PER_REQUEST = (100, 1)
ROUND = 10_000_000
"""Events of different rounds have numbers so far apart."""

Rates = dict[tuple[str, Server, int], list[float]]
Looks = dict[tuple[str, int], check.Look]


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=3, help="of each measurement in a round")
    options.add_argument("--orders", type=int, nargs="+", default=[10_000, 100_000], help="open orders")
    given = options.parse_args()
    with ExitStack() as stack:
        databases = {"SQLite": None, "PostgreSQL": stack.enter_context(postgres_server(durable=True))}
        RESULTS.write_text(uvloop.run(measured(databases, given.rounds, given.seconds, given.orders)))
    sys.stdout.write(RESULTS.read_text())


async def measured(
    databases: dict[str, str | None], rounds: int, seconds: float, orders: Sequence[int]
) -> str:
    """The report."""
    syncs: list[float] = []
    rates: Rates = {}
    for number in range(rounds):
        syncs.append(await asyncio.to_thread(machine.syncs_per_second, 1))
        for name, server in databases.items():
            for program in SERVERS:
                await _ingest(rates, name, server, program, seconds, number)
    looks: Looks = {}
    for name, server in databases.items():
        for count in orders:
            async with new_database(server) as url:
                looks[name, count] = await check.milliseconds(url, count)
    return report(syncs, rates, looks)


async def _ingest(
    rates: Rates, name: str, server: str | None, program: Server, seconds: float, number: int
) -> None:
    async with new_database(server) as url, running(program, url) as address:
        for turn, per_request in enumerate(PER_REQUEST):
            start = (2 * number + turn) * ROUND
            rate = await events_per_second(address, per_request=per_request, seconds=seconds, start=start)
            rates.setdefault((name, program, per_request), []).append(rate)
            sys.stderr.write(f"{name} {program.name} {per_request}/request: {rate:,.0f} events/s\n")


def report(syncs: Sequence[float], rates: Rates, looks: Looks) -> str:
    """The tables, with ratios: absolute figures mean nothing elsewhere."""
    ground = (
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d}: {machine.description()}; load, server and database share"
        f" them. The disk made 4 KiB durable {min(syncs):,.0f} to {max(syncs):,.0f} times a second."
    )
    lines = [
        "# What was measured",
        "",
        ground,
        "",
        "## Events taken in for good, per second",
        "",
        "| database | per request | server | min | median | to ORM |",
        "|---|---|---|---|---|---|",
    ]
    for (name, program, per_request), found in sorted(rates.items(), key=lambda one: (one[0][0], -one[0][2])):
        ratio = median(found) / median(rates[name, ORM, per_request])
        lines.append(
            f"| {name} | {per_request} | {program.name} | {min(found):,.0f} | {median(found):,.0f} | {ratio:.1f}x |"
        )
    lines += ["", *(f"- {program.name}: {program.does}." for program in SERVERS), ""]
    lines += [
        "## One look at the clock with nothing due, ms",
        "",
        "| database | open orders | ours | scan | ratio |",
    ]
    lines += ["|---|---|---|---|---|"]
    for (name, count), found in looks.items():
        ratio = found.scan / found.ours
        lines.append(f"| {name} | {count:,} | {found.ours:.2f} | {found.scan:.2f} | {ratio:.1f}x |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
